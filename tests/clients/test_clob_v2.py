"""The CLOB's second Python client, unmodified, pointed here by its host argument."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.support import Bot, Operator

pytestmark = pytest.mark.clients

DOLLAR = 1_000_000


@pytest.fixture(scope="module")
def steps(module_bot: Bot, operator: Operator) -> dict[str, Any]:
    """What one run of the script showed, on the test chain; every test looks at a part of it."""
    position = operator.market("position-id-example").yes_token
    market = operator.market("clob-client-example")
    return module_bot.steps("v2", "clob_v2.py", market, CHAIN_ID="80002", POSITION=position)


def test_the_exchange_speaks_version_two(steps: dict[str, Any]) -> None:
    assert steps["ok"] == "OK"
    assert steps["version"] == 2


def test_a_wallet_of_the_test_chain_is_funded_too(steps: dict[str, Any]) -> None:
    assert steps["cash"] == str(10_000 * DOLLAR)
    assert steps["shares"] == str(1_000 * DOLLAR)


def test_a_gtc_order_rests_and_is_found(steps: dict[str, Any]) -> None:
    assert steps["gtc"]["status"] == "live"
    assert steps["gtc"]["orderID"] == steps["open"][0]["id"] == steps["order"]["id"]


def test_the_same_signed_order_is_refused_as_duplicated(steps: dict[str, Any]) -> None:
    assert "Duplicated" in steps["gtc again"]


def test_gtd_orders_rest(steps: dict[str, Any]) -> None:
    assert steps["gtd"]["status"] == "live"
    assert steps["gtd far"]["status"] == "live"


def test_market_orders_trade_and_carry_their_hashes(steps: dict[str, Any]) -> None:
    for name in ("fok buy", "fok sell", "fak buy"):
        assert steps[name]["status"] == "matched", name
        assert steps[name]["transactionsHashes"], name


def test_a_post_only_order_that_would_cross_is_refused(steps: dict[str, Any]) -> None:
    assert "crosses book" in steps["post only"]


def test_a_batch_rests_every_order_in_it(steps: dict[str, Any]) -> None:
    assert [reply["status"] for reply in steps["batch"]] == ["live", "live"]
    assert sorted(steps["live"]) == sorted(["0.32", "0.82", "0.21", "0.22"])


def test_cancels_by_id_by_list_by_market_and_of_all_leave_nothing(steps: dict[str, Any]) -> None:
    assert steps["cancel"]["canceled"] == [steps["gtc"]["orderID"]]
    assert len(steps["cancel two"]["canceled"]) == 2
    assert len(steps["cancel market"]["canceled"]) == 2
    assert steps["cancel all"]["canceled"] == [steps["rest one"]["orderID"]]
    assert steps["left"] == []


def test_trades_and_balances_agree_with_the_replies(steps: dict[str, Any]) -> None:
    takers = {trade["taker_order_id"] for trade in steps["trades"]}
    assert takers == {steps[name]["orderID"] for name in ("fok buy", "fok sell", "fak buy")}
    bought = sum(round(float(steps[name]["takingAmount"]) * DOLLAR) for name in ("fok buy", "fak buy"))
    assert int(steps["shares after"]) == int(steps["shares"]) + bought - 10 * DOLLAR
    assert int(steps["cash after"]) != int(steps["cash"])


def test_an_order_for_a_position_id_is_signed_for_the_third_exchange_and_rests(steps: dict[str, Any]) -> None:
    assert steps["v3"]["status"] == "live"
