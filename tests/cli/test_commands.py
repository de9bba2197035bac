"""The small commands."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import tradepit as package
from tests.cli.conftest import Tradepit
from tests.support.exchange_process import ExchangeProcess, free_base_port
from tradepit.environment import core_build

ONBOARD = ("us", "onboard", "--firm", "Acme-Trading", "--user", "trader1", "--key")


def test_the_version_is_the_package_s_and_says_how_it_was_built(tradepit: Tradepit) -> None:
    build = core_build()
    assert tradepit("version").stdout.strip() == f"{package.__version__} ({build})"
    assert json.loads(tradepit("version", "--json").stdout) == {
        "version": package.__version__,
        "build": build,
    }


def test_the_help_names_every_command(tradepit: Tradepit) -> None:
    text = tradepit("--help").stdout
    for command in ("serve", "exec", "demo", "us", "market", "deposit", "version"):
        assert f" {command} " in text


def test_onboarding_makes_a_private_key_and_prints_the_client_id(
    exchange: ExchangeProcess, tradepit: Tradepit, tmp_path: Path
) -> None:
    done = tradepit(*ONBOARD, "private_key.pem", "--json", "--port", str(exchange.port))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == ["client_id"]
    key = tmp_path / "private_key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----")
    again = tradepit(*ONBOARD, "private_key.pem", port=exchange.port)
    assert told["client_id"] in again.stdout
    assert "10000 dollars" in again.stdout
    assert "made now" not in again.stdout
    account = httpx.get(f"{exchange.url_of(8)}/v1/accounts/firms/Acme-Trading/accounts/trader1").json()
    assert account["cash"] == "10000"


def test_without_an_exchange_no_key_is_made(tradepit: Tradepit, tmp_path: Path) -> None:
    done = tradepit(*ONBOARD, "private_key.pem", "--port", str(free_base_port()))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "tradepit serve --port" in done.stderr
    assert not (tmp_path / "private_key.pem").exists()


def test_a_key_that_is_no_rsa_key_is_refused_and_kept(
    exchange: ExchangeProcess, tradepit: Tradepit, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content in (b"hello", pem):
        key.write_bytes(content)
        done = tradepit(*ONBOARD, "key.pem", port=exchange.port)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert key.read_bytes() == content


def test_what_the_exchange_refuses_is_one_line(exchange: ExchangeProcess, tradepit: Tradepit) -> None:
    done = tradepit("us", "onboard", "--firm", "a/b", "--user", "x", "--key", "k.pem", port=exchange.port)
    assert done.returncode == 1
    assert done.stderr.startswith("tradepit: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_refused(tradepit: Tradepit, port: str) -> None:
    done = tradepit("market", "list", port=port)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_a_market_is_created_funded_and_resolved(exchange: ExchangeProcess, tradepit: Tradepit) -> None:
    made = tradepit("market", "create", "--slug", "rain", "--question", "Will it rain?", port=exchange.port)
    assert made.returncode == 0, made.stderr
    assert "yes_token" in made.stdout
    assert "rain\topen\tWill it rain?" in tradepit("market", "list", port=exchange.port).stdout
    paid = tradepit("deposit", "0x" + "AB" * 20, "12.5", port=exchange.port)
    assert paid.stdout == f"0x{'ab' * 20} now has 12.5 dollars\n"
    resolved = tradepit("market", "resolve", "rain", "--outcome", "yes", port=exchange.port)
    assert resolved.stdout == "rain is resolved: a YES share pays 1\n"
    again = tradepit("market", "resolve", "rain", "--payout", "0.5", port=exchange.port)
    assert (again.returncode, "final" in again.stderr) == (1, True)
    assert tradepit("market", "resolve", "rain", port=exchange.port).returncode == 1


def test_a_token_file_that_is_not_there_is_one_line(exchange: ExchangeProcess, tradepit: Tradepit) -> None:
    done = tradepit("market", "list", "--token-file", "nowhere", port=exchange.port)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
