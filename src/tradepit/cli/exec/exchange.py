"""The exchange that a command runs against: one that is running, or one started for the time being."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tradepit import environment

OPERATOR_OFFSET: Final = 8
START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 20.0

_POLL_SECONDS: Final = 0.1
_LOG_LINES_SHOWN: Final = 15


class ExchangeError(Exception):
    """There is no exchange to run against. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """`started`: it was started for this command, and ends with it."""

    port: int
    data_directory: Path
    started: bool


@contextlib.contextmanager
def attached(port: int, data_directory: Path, variables: Mapping[str, str]) -> Iterator[Exchange]:
    """The exchange on this port; where none runs, one started on `data_directory` and stopped at the end.

    Raises `ExchangeError` if the port belongs to something else or the exchange does not start.
    """
    if _answers(port):
        yield Exchange(port, _data_directory(port, data_directory), started=False)
        return
    data_directory.mkdir(parents=True, exist_ok=True)
    log = data_directory / "exec-exchange.log"
    command = [sys.executable, "-m", "tradepit.cli", "serve"]
    command += ["--data-dir", str(data_directory), "--port", str(port)]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C is for the command; the exchange outlives it by a moment.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(variables),
        )
    try:
        _wait_until_ready(process, port, log)
        yield Exchange(port, data_directory, started=True)
    finally:
        _stop(process)


def _answers(port: int) -> bool:
    """Whether an exchange answers there; ExchangeError if it is something else that does."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/ok", trust_env=False, timeout=5)
    except httpx.ConnectError:
        return False
    except httpx.HTTPError as error:
        raise ExchangeError(f"port {port} is taken, and not by an exchange ({error}); try --port") from error
    if answer.status_code != 200 or answer.text.strip().strip('"') != "OK":
        raise ExchangeError(f"port {port} is taken by something that is not an exchange; try --port")
    return True


def _data_directory(port: int, fallback: Path) -> Path:
    """Where the running exchange keeps its certificates, as its operator API says.

    Raises `ExchangeError` if they are not there: it may run in a container, or on another machine.
    """
    directory = _reported_directory(port) or fallback
    if not (directory / "tls" / "ca.pem").is_file():
        raise ExchangeError(
            f"the certificates of the exchange on port {port} are not in {directory}; say where its "
            "data is on this machine with --data-dir, or choose another --port to have an exchange started"
        )
    return directory


def _reported_directory(port: int) -> Path | None:
    try:
        answer = httpx.get(
            f"http://127.0.0.1:{port + OPERATOR_OFFSET}/v1/status", trust_env=False, timeout=5
        ).json()
        directory = Path(answer["data_dir"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    return directory if (directory / "tls").is_dir() else None


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = environment.monotonic_ns() + int(START_SECONDS * 10**9)
    while not _answers(port):
        status = process.poll()
        if status is not None:
            raise ExchangeError(f"the exchange stopped with exit code {status}; {log} ends:\n{_end_of(log)}")
        if environment.monotonic_ns() > deadline:
            raise ExchangeError(
                f"the exchange did not answer within {START_SECONDS:.0f} s; {log} ends:\n{_end_of(log)}"
            )
        time.sleep(_POLL_SECONDS)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
    return "\n".join(f"  {line}" for line in lines)
