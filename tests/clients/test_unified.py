"""The venue's unified SDK, unmodified, under `tradepit exec`: it knows the venue's hosts only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.support import Bot, Operator

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def steps(module_bot: Bot, operator: Operator) -> dict[str, Any]:
    position = operator.market("position-id-example").yes_token
    market = operator.market("clob-client-example")
    return module_bot.steps("unified", "unified.py", market, wrapped=True, POSITION=position)


def test_the_wallet_is_funded(steps: dict[str, Any]) -> None:
    assert float(steps["cash"]) in (10_000, 10_000_000_000)


@pytest.mark.parametrize("asset", ["token", "position"])
def test_a_limit_order_rests_is_listed_and_cancelled(steps: dict[str, Any], asset: str) -> None:
    placed = steps[f"{asset} limit"]
    assert placed["ok"] is True
    assert placed["status"] == "live"
    assert steps[f"{asset} open"] == [placed["id"]]
    assert steps[f"{asset} cancel"] == [placed["id"]]


@pytest.mark.parametrize("asset", ["token", "position"])
def test_market_orders_trade_both_ways(steps: dict[str, Any], asset: str) -> None:
    bought, sold = steps[f"{asset} market buy"], steps[f"{asset} market sell"]
    assert bought["ok"] is True
    assert sold["ok"] is True
    assert bought["status"] == sold["status"] == "matched"
    assert 9.9 < float(bought["making"]) <= 10
    assert float(sold["making"]) == 5


def test_every_trade_is_in_the_account_s_list(steps: dict[str, Any]) -> None:
    assert steps["trades"] == 4
