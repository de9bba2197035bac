"""`tradepit serve` as its user sees it: a process, its ports, its signals, its exit codes."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Launch
from tests.support.exchange_process import ExchangeProcess, free_base_port
from tradepit.client import Wallet
from tradepit.sandbox.wallets import TEST_WALLETS

FIRST_TEST_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def status(process: ExchangeProcess) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{process.url_of(8)}/v1/status").json()
    return answer


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`tradepit serve` that is expected to give up at once."""
    command = [sys.executable, "-m", "tradepit.cli", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_fresh_sandbox_opens_all_doors_and_says_what_to_try(launch: Launch) -> None:
    process = launch()
    assert httpx.get(f"{process.url}/ok").json() == "OK"
    assert httpx.get(f"{process.url_of(1)}/ok").json() == "OK"
    assert httpx.get(f"{process.url_of(4)}/v1/health").json() == {"status": "ok"}
    told = status(process)
    trust = ssl.create_default_context(cafile=told["ca_certificate"])
    assert httpx.get(f"https://localhost:{process.port + 5}/v1/health", verify=trust).status_code == 200
    assert told["mode"] == "sandbox"
    assert told["data_dir"] == str(process.data_dir)
    assert told["ports"]["operator"] == process.port + 8
    banner = process.log.read_text()
    assert len(banner.splitlines()) <= 24
    for command in ("demo", "us onboard", "exec"):
        assert f" {command} --port {process.port}" in banner


def test_it_listens_on_this_machine_only(launch: Launch) -> None:
    process = launch()
    for door in status(process)["ports"].values():
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A" and address.endswith(f":{door:04X}"):
                assert address.startswith("0100007F")


def test_a_clean_stop_leaves_a_snapshot_and_a_restart_writes_nothing(launch: Launch) -> None:
    process = launch()
    before = status(process)
    assert process.stop() == 0
    assert list(process.data_dir.glob("snapshot-*"))
    assert not list(process.data_dir.glob("*-wal"))
    process.start()
    after = status(process)
    for name in ("sequence", "markets", "accounts", "open_orders"):
        assert after[name] == before[name]
    markets = httpx.get(f"{process.url_of(8)}/v1/markets").json()["markets"]
    assert markets[0]["id"] == "tec-nfl-sbw-2026-02-08-kc"


def test_what_was_acknowledged_survives_kill_nine(launch: Launch) -> None:
    process = launch()
    operator = f"{process.url_of(8)}/v1"
    for number in range(20):
        body = {"account": f"house/{number}", "amount": "5"}
        assert httpx.post(f"{operator}/deposits", json=body).status_code == 201
    before = status(process)["sequence"]
    process.kill()
    process.start()
    assert status(process)["sequence"] == before
    for number in range(20):
        assert httpx.get(f"{process.url_of(8)}/v1/accounts/house/{number}").json()["cash"] == "5"


def test_a_sandbox_that_nobody_uses_writes_nothing(launch: Launch) -> None:
    process = launch()
    before = status(process)["sequence"]
    time.sleep(2)
    assert status(process)["sequence"] == before


def test_a_first_start_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    process = ExchangeProcess(tmp_path / "data")
    command = [sys.executable, "-m", "tradepit.cli", "serve", "--port", str(process.port)]
    for delay in (0.5, 0.6, 0.7, 0.8):
        with subprocess.Popen(
            [*command, "--data-dir", str(process.data_dir)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as first:
            time.sleep(delay)
            os.killpg(first.pid, signal.SIGKILL)
    process.start()
    try:
        told = status(process)
        assert (told["markets"], told["accounts"], told["open_orders"]) == (10, 11, 100)
        for wallet in TEST_WALLETS:
            account = httpx.get(f"{process.url_of(8)}/v1/accounts/{wallet}").json()
            assert account["cash"] == "10000"
            assert {(held["yes"], held["no"]) for held in account["positions"]} == {("1000", "1000")}
    finally:
        process.kill()


def test_the_secrets_stay_the_same_and_private(launch: Launch) -> None:
    process = launch()
    secrets = {path: path.read_bytes() for path in (process.data_dir / "secrets").iterdir()}
    assert len(secrets) == 2
    for path in (*secrets, process.data_dir / "tls" / "ca-key.pem"):
        assert path.stat().st_mode & 0o077 == 0
    process.stop()
    process.start()
    assert {path: path.read_bytes() for path in secrets} == secrets
    log = process.log.read_bytes()
    for secret in secrets.values():
        assert secret not in log


def test_a_full_disk_stops_the_exchange_and_loses_nothing(tmp_path: Path) -> None:
    process = ExchangeProcess(tmp_path / "data")
    serve = [sys.executable, "-m", "tradepit.cli", "serve", "--port", str(process.port)]
    # No file may grow beyond 600 blocks, which is soon true of the journal.
    limited = ["sh", "-c", 'ulimit -f 600 && exec "$@"', "sh", *serve, "--data-dir", str(process.data_dir)]
    acknowledged = 0
    with subprocess.Popen(limited, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as full:
        try:
            process.wait_until_ready(full)
            with httpx.Client(base_url=process.url_of(8)) as operator:
                body = {"account": "house/saver", "amount": "1", "reference": "x" * 200}
                while (answer := operator.post("/v1/deposits", json=body)).status_code == 201:
                    acknowledged += 1
            assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
            _, errors = full.communicate(timeout=30)
        finally:
            full.kill()
    assert full.returncode == 1
    assert "tradepit: stopped by a fault: the journal could not be written" in errors
    process.start()
    try:
        account = httpx.get(f"{process.url_of(8)}/v1/accounts/house/saver").json()
        assert (acknowledged > 0, account["cash"]) == (True, str(acknowledged))
    finally:
        process.kill()


def test_a_second_signal_ends_it_at_once(launch: Launch) -> None:
    process = launch()
    pid = process.process_id
    # A request that is not finished keeps a clean stop waiting.
    with socket.create_connection(("127.0.0.1", process.port)) as slow:
        slow.sendall(b"POST /order HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
        time.sleep(0.2)
        os.kill(pid, signal.SIGTERM)
        time.sleep(0.3)
        os.kill(pid, signal.SIGTERM)
        assert process.wait(5) == 130
    process.start()
    assert status(process)["markets"] == 10


def test_a_taken_port_is_one_clear_line(launch: Launch, tmp_path: Path) -> None:
    process = launch()
    done = run("--port", str(process.port), "--data-dir", str(tmp_path / "other"))
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"tradepit: port {process.port} is taken; stop what listens there, or choose another base with --port"
    ]
    assert not (tmp_path / "other").exists()


def test_a_data_directory_in_use_is_one_clear_line(launch: Launch) -> None:
    process = launch()
    done = run("--port", str(free_base_port()), "--data-dir", str(process.data_dir))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert str(process.data_dir) in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--port", "0"), 1),
        (("--port", "65530"), 1),
        (("--log-level", "loud"), 1),
        (("--mode", "casino"), 2),
        (("--profile", "clob-1999"), 3),
        (("--host", "192.0.2.1"), 3),
    ],
)
def test_bad_options_are_refused_in_a_line(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    base = () if "--port" in arguments else ("--port", str(free_base_port()))
    done = run("--data-dir", str(tmp_path / "data"), *base, *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


class TestProduction:
    """Mode production: no demo, no faults, tokens."""

    @pytest.fixture
    def process(self, launch: Launch) -> ExchangeProcess:
        return launch("--mode", "production")

    @pytest.fixture
    def operator(self, process: ExchangeProcess) -> Iterator[httpx.Client]:
        token = (process.data_dir / "secrets" / "operator-token").read_text()
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=process.url_of(8), headers=headers) as client:
            yield client

    def test_it_begins_empty(self, process: ExchangeProcess) -> None:
        told = status(process)
        assert (told["mode"], told["sequence"], told["markets"], told["accounts"]) == ("production", 0, 0, 0)

    def test_every_change_needs_the_token(self, process: ExchangeProcess, operator: httpx.Client) -> None:
        body = {"slug": "m", "question": "?"}
        assert httpx.post(f"{process.url_of(8)}/v1/markets", json=body).status_code == 401
        assert operator.post("/v1/markets", json=body).status_code == 201

    def test_there_are_no_faults_and_no_gifts(self, operator: httpx.Client) -> None:
        assert operator.post("/v1/faults", json={"stage": "insert"}).status_code == 403
        account = Wallet("0x" + "11" * 32).address
        assert operator.get(f"/v1/accounts/{account}").json()["cash"] == "0"

    def test_wallets_with_public_keys_are_refused(
        self, process: ExchangeProcess, operator: httpx.Client
    ) -> None:
        wallet = Wallet(FIRST_TEST_KEY)
        now = int(httpx.get(f"{process.url}/time").json())
        answer = httpx.post(f"{process.url}/auth/api-key", headers=wallet.l1_headers(now))
        assert answer.status_code == 401
        assert "public" in answer.json()["error"]
        other = Wallet("0x" + "11" * 32)
        assert httpx.post(f"{process.url}/auth/api-key", headers=other.l1_headers(now)).status_code == 200
        refused = operator.post("/v1/deposits", json={"account": wallet.address, "amount": "1"})
        assert (refused.status_code, refused.json()["error"]) == (403, "public_key_wallet")

    def test_a_data_directory_keeps_its_mode(self, process: ExchangeProcess) -> None:
        process.stop()
        done = run("--port", str(free_base_port()), "--data-dir", str(process.data_dir))
        assert done.returncode == 3
        assert "belongs to a production exchange" in done.stderr

    def test_secrets_that_others_may_read_are_refused(self, process: ExchangeProcess) -> None:
        process.stop()
        master = process.data_dir / "secrets" / "master"
        master.chmod(0o644)
        base = ("--port", str(free_base_port()), "--data-dir", str(process.data_dir))
        done = run(*base, "--mode", "production")
        assert done.returncode == 3
        assert "chmod 600" in done.stderr
        master.chmod(0o600)
        master.write_text("00" * 32)
        done = run(*base, "--mode", "production")
        assert done.returncode == 3
        assert "test secret" in done.stderr
        assert "00" * 32 not in done.stderr
