"""One exchange for all client tests, and new wallets and traders for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.serving import serve
from tests.clients.support import Bot, Operator, Trader, onboard
from tests.support.exchange_process import ExchangeProcess


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeProcess]:
    """A sandbox exchange with its demo markets, on ports and in a directory of its own."""
    with serve(tmp_path_factory.mktemp("exchange") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def operator(exchange: ExchangeProcess) -> Operator:
    return Operator(exchange.url_of(8))


@pytest.fixture
def bot(exchange: ExchangeProcess, tmp_path: Path) -> Bot:
    return Bot(exchange, "0x" + secrets.token_hex(32), tmp_path)


@pytest.fixture
def trader(exchange: ExchangeProcess, tmp_path: Path) -> Trader:
    return onboard(exchange, tmp_path, "Test-Firm", f"trader{secrets.token_hex(4)}")


@pytest.fixture(scope="module")
def module_bot(exchange: ExchangeProcess, tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """One new wallet for all tests of a module."""
    return Bot(exchange, "0x" + secrets.token_hex(32), tmp_path_factory.mktemp("bot"))
