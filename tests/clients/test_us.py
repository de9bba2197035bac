"""A script written against the US exchange: under `tradepit exec`, and with its addresses changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.support import (
    SCRIPTS,
    Operator,
    Trader,
    authority,
    client_python,
    read_steps,
    run,
    under_exec,
)
from tests.support.exchange_process import ExchangeProcess

pytestmark = pytest.mark.clients

SYMBOL = "tec-nfl-sbw-2026-02-08-kc"


@pytest.fixture(params=["exec", "localhost"])
def steps(
    request: pytest.FixtureRequest, exchange: ExchangeProcess, operator: Operator, trader: Trader
) -> dict[str, Any]:
    """What the script showed: once with the venue's hosts in it, once with local ones."""
    command = [client_python("us"), str(SCRIPTS / "us_first_order.py")]
    environment = trader.environment()
    if request.param == "exec":
        command = under_exec(exchange, command)
    else:
        environment["US_TOKEN_HOST"] = f"localhost:{exchange.port + 5}"
        environment["US_API"] = f"https://localhost:{exchange.port + 5}"
        environment["REQUESTS_CA_BUNDLE"] = authority(exchange, operator)
    return read_steps(run(command, environment, trader.key.parent))


def test_a_first_order_is_placed_seen_and_cancelled(steps: dict[str, Any], trader: Trader) -> None:
    who = steps["who"]
    assert who["user"] == f"firms/Test-Firm/users/{trader.user}"
    assert who["firm"] == "Test-Firm"
    assert who["firmDisplayName"] == "Test Firm"
    assert who["firmType"] == "FIRM_TYPE_TRADER"

    first = steps["instruments"][0]
    assert len(steps["instruments"]) == 3
    assert first["symbol"] == SYMBOL
    assert first["price_scale"] == 10_000
    assert first["description"]

    placed = steps["placed"]
    assert placed["state"] == "ORDER_STATE_NEW"
    assert placed["price"] == 5_000
    assert placed["order_qty"] == placed["leaves_qty"] == 10
    assert placed["cum_qty"] == 0

    assert steps["open before"] is True
    assert steps["open after"] is False
    assert steps["unknown"].startswith("404 ")
