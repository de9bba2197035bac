"""A real `tradepit serve` in a process of its own, for benchmarks, client tests and the page runner."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

PORTS: Final = 10
"""How many consecutive ports one exchange may use."""

READY_SECONDS: Final = 60
STOP_SECONDS: Final = 30
COMMAND: Final = Path(sys.executable).with_name("tradepit")


class NotReady(Exception):
    """The exchange ended or did not answer in time; the message holds what it printed last."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running exchange: its base port, its data directory, its process id and its log."""

    port: int
    data: Path
    pid: int
    log: Path

    def url(self, offset: int = 0) -> str:
        """The plain address of the port at `offset` from the base."""
        return f"http://127.0.0.1:{self.port + offset}"


def free_base_port() -> int:
    """A base from which all ports of an exchange were free a moment ago."""
    for base in random.sample(range(20_000, 60_000, PORTS), k=200):
        with ExitStack() as stack:
            try:
                for port in range(base, base + PORTS):
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise OSError(f"found no {PORTS} consecutive free ports")


def _answers(port: int) -> bool:
    try:
        return bool(httpx.get(f"http://127.0.0.1:{port}/ok", timeout=2, trust_env=False).json() == "OK")
    except httpx.TransportError:
        return False


@contextmanager
def serve(data: Path, *, arguments: Sequence[str] = ()) -> Iterator[Exchange]:
    """Start the exchange on free ports with its data in `data`, and stop it as Ctrl-C would at the end.

    Raises `NotReady` where it does not come up or does not stop.
    """
    port = free_base_port()
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(COMMAND), "serve", "--data-dir", str(data), "--port", str(port), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(f"exit status {process.poll()}; it printed:\n{_tail(log)}")
            time.sleep(0.05)
        yield Exchange(port, data, process.pid, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise NotReady(f"did not stop in {STOP_SECONDS} s; it printed:\n{_tail(log)}") from None


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-4_000:]
