"""A real exchange in a process of its own: started, asked, stopped, killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import httpx

PORTS: Final = 10
START_SECONDS: Final = 60.0


def free_base_port() -> int:
    """A base port whose ten ports nobody listens on, below those that outgoing connections take."""
    while True:
        base = random.randrange(20_000, 32_000, PORTS)
        try:
            for offset in range(PORTS):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
        except OSError:
            continue
        return base


class ExchangeProcess:
    """`tradepit serve` on a free base port. Start it again on the same directory after `kill`."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.port = free_base_port()
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The CLOB door."""
        return f"http://127.0.0.1:{self.port}"

    def url_of(self, offset: int, scheme: str = "http") -> str:
        """Another door, by its offset from the base port."""
        return f"{scheme}://127.0.0.1:{self.port + offset}"

    def start(self) -> None:
        """Start and wait until it is ready; raises with the log's end if it does not become so."""
        command = [sys.executable, "-m", "tradepit.cli", "serve", "--port", str(self.port)]
        command += ["--data-dir", str(self.data_dir), *self.arguments]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            self.wait_until_ready(self._process)
        except RuntimeError:
            self.kill()
            raise RuntimeError(
                "the exchange did not start:\n" + self.log.read_text(errors="replace")[-4000:]
            ) from None

    def wait_until_ready(self, process: subprocess.Popen[Any]) -> None:
        """Wait until the exchange that `process` runs on these ports answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx.get(f"{self.url}/ok", timeout=2).json() == "OK":
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError("the exchange did not start")

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait(self, seconds: float) -> int:
        """Wait until it has ended by itself; its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def stop(self, seconds: float = 30) -> int:
        """Ask it to stop, as Ctrl-C does, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(seconds)

    def kill(self) -> None:
        """kill -9, it and its own children (the projector): the machine lost its power."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
