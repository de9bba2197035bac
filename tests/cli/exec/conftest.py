"""A stand-in exchange, commands under `tradepit exec`, and a canary that nobody may ever reach."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.exchange_process import free_base_port

HERE = Path(__file__).parent
SECONDS_TO_START = 30


@dataclass(frozen=True)
class StandIn:
    """An exchange for the purposes of `exec`: its base port and where its certificates are."""

    port: int
    data_directory: Path


@dataclass(frozen=True)
class Run:
    """What a command under `exec` left."""

    code: int
    out: str
    err: str

    def answers(self) -> list[dict[str, Any]]:
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Canary:
    """A listener on an address of this machine that is not loopback. Whoever connects got out."""

    url: str
    connections: int = 0


def exec_command_line(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "tradepit.cli", "exec", "--port", str(port), *options, "--"]


def clean_environment(**more: str) -> dict[str, str]:
    """What the commands inherit: nothing that would get them anywhere by itself."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    source = str(Path(__file__).parents[3] / "src")
    return {**kept, "PYTHONPATH": source, "PYTHONWARNINGS": "error", **more}


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    data_directory = tmp_path_factory.mktemp("exchange")
    port = free_base_port()
    process = subprocess.Popen(
        [sys.executable, str(HERE / "stand_in.py"), str(port), str(data_directory)], env=clean_environment()
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/ok", trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None and time.monotonic() < deadline, "the stand-in did not start"
                time.sleep(0.05)
        yield StandIn(port, data_directory)
    finally:
        process.terminate()
        process.wait(20)


class Executor:
    """Runs commands under `tradepit exec` against the stand-in exchange."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in

    def __call__(
        self,
        command: Sequence[str],
        *,
        options: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Run:
        done = subprocess.run(
            [*exec_command_line(self.stand_in.port, *options), *command],
            env=clean_environment(**(variables or {})),
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def python_client(self, library: str, *urls: str, options: Sequence[str] = ()) -> list[dict[str, Any]]:
        return self(
            [sys.executable, str(HERE / "clients" / "client.py"), library, *urls], options=options
        ).answers()


@pytest.fixture
def execute(stand_in: StandIn) -> Executor:
    return Executor(stand_in)


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command line of the Node clients, installed once into the user's cache."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    manifest = (HERE / "node" / "package.json").read_text()
    wanted = json.loads(manifest)["dependencies"]
    version = "_".join(f"{name}-{number}" for name, number in sorted(wanted.items()))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tradepit-tests" / version
    if not all((cache / "node_modules" / name / "package.json").is_file() for name in wanted):
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text(manifest)
        npm = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        installed = subprocess.run(npm, cwd=cache, capture_output=True, text=True, timeout=100, check=False)
        if installed.returncode != 0:
            pytest.skip("npm could not install axios and ws")
    script = cache / "client.cjs"
    shutil.copyfile(HERE / "node" / "client.cjs", script)
    return ["node", str(script)]


@pytest.fixture
def canary() -> Iterator[Canary]:
    address = _address_that_is_not_loopback()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    listener = socket.create_server((address, 0))
    canary = Canary(f"{address}:{listener.getsockname()[1]}")

    def watch() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            canary.connections += 1
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary")

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield canary
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _address_that_is_not_loopback() -> str | None:
    """The address that the machine would send from. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address
