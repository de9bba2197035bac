"""The CLOB's first Python client, unmodified, pointed here by its host argument."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.support import Bot, Operator

pytestmark = pytest.mark.clients

DOLLAR = 1_000_000


@pytest.fixture(scope="module")
def steps(module_bot: Bot, operator: Operator) -> dict[str, Any]:
    """What one run of the script showed; every test looks at a part of it."""
    return module_bot.steps("v1", "clob_v1.py", operator.market("clob-client-example"), CHAIN_ID="137")


def test_a_new_wallet_makes_its_key_and_derives_the_same_again(steps: dict[str, Any]) -> None:
    assert steps["derived again"] is True
    assert len(steps["keys"]["apiKeys"]) == 1
    assert steps["ok"] == "OK"


def test_a_new_wallet_is_funded_by_the_faucet(steps: dict[str, Any]) -> None:
    assert steps["cash"] == str(10_000 * DOLLAR)
    assert steps["shares"] == str(1_000 * DOLLAR)


def test_market_data_reads_as_the_client_expects(steps: dict[str, Any]) -> None:
    assert steps["tick"] == "0.0001"
    assert steps["neg risk"] is False
    assert steps["fee rate"] == 0
    assert float(steps["midpoint"]["mid"]) == pytest.approx(0.52)
    assert float(steps["price"]["price"]) == pytest.approx(0.51)
    assert steps["book"]["bids"] and steps["book"]["asks"]
    assert steps["market"] == steps["book"]["condition"]


def test_a_gtc_order_rests_and_is_found(steps: dict[str, Any]) -> None:
    placed = steps["gtc"]
    assert placed["success"] is True
    assert placed["errorMsg"] == ""
    assert placed["status"] == "live"
    assert placed["orderID"] == placed["orderId"] == steps["open"][0]["id"] == steps["order"]["id"]
    assert steps["order"]["original_size"] == "20"
    assert steps["order"]["price"] == "0.31"
    assert steps["order"]["side"] == "BUY"


def test_the_same_signed_order_is_refused_as_duplicated(steps: dict[str, Any]) -> None:
    assert "Duplicated" in steps["gtc again"]


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_again(steps: dict[str, Any]) -> None:
    order = steps["gtc"]["orderID"]
    assert steps["cancel"] == {"canceled": [order], "not_canceled": {}}
    assert list(steps["cancel again"]["not_canceled"]) == [order]


def test_gtd_orders_with_dates_far_beyond_any_clock_rest(steps: dict[str, Any]) -> None:
    assert steps["gtd"]["status"] == "live"
    assert steps["gtd far"]["status"] == "live"


def test_a_gtd_order_with_a_past_date_is_refused(steps: dict[str, Any]) -> None:
    assert "expiration" in steps["gtd past"]


def test_a_fok_buy_spends_its_dollars_at_the_market(steps: dict[str, Any]) -> None:
    bought = steps["fok buy"]
    assert bought["status"] == "matched"
    assert 25.9 < float(bought["makingAmount"]) <= 26
    assert float(bought["takingAmount"]) == pytest.approx(float(bought["makingAmount"]) / 0.53, rel=1e-3)
    assert bought["transactionsHashes"]
    assert bought["orderHashes"]


def test_a_fok_sell_sells_its_shares_at_the_market(steps: dict[str, Any]) -> None:
    sold = steps["fok sell"]
    assert sold["status"] == "matched"
    assert float(sold["makingAmount"]) == 10
    assert float(sold["takingAmount"]) == pytest.approx(5.1)


def test_a_fak_order_takes_what_is_there(steps: dict[str, Any]) -> None:
    assert steps["fak buy"]["status"] == "matched"


def test_a_fok_order_larger_than_the_book_is_killed_in_the_venue_s_words(steps: dict[str, Any]) -> None:
    assert "FOK orders are fully filled or killed" in steps["fok too large"]


def test_a_post_only_order_that_would_cross_is_refused(steps: dict[str, Any]) -> None:
    assert "crosses book" in steps["post only"]


def test_an_order_beyond_the_balance_is_refused(steps: dict[str, Any]) -> None:
    assert "not enough balance / allowance" in steps["too poor"]


def test_a_batch_rests_every_order_in_it(steps: dict[str, Any]) -> None:
    assert [reply["status"] for reply in steps["batch"]] == ["live", "live", "live"]
    assert sorted(steps["live"]) == sorted(["0.32", "0.82", "0.21", "0.22", "0.9"])


def test_cancels_by_list_by_market_and_of_all_leave_nothing(steps: dict[str, Any]) -> None:
    assert len(steps["cancel two"]["canceled"]) == 2
    assert len(steps["cancel market"]["canceled"]) == 3
    assert steps["cancel all"]["canceled"] == [steps["rest one"]["orderID"]]
    assert steps["left"] == []


def test_trades_name_the_orders_that_made_them(steps: dict[str, Any]) -> None:
    takers = {trade["taker_order_id"] for trade in steps["trades"]}
    assert takers == {steps[name]["orderID"] for name in ("fok buy", "fok sell", "fak buy")}
    assert all(trade["trader_side"] == "TAKER" for trade in steps["trades"])


def test_the_balance_moved_by_exactly_what_the_replies_said(steps: dict[str, Any]) -> None:
    paid = sum(round(float(steps[name]["makingAmount"]) * DOLLAR) for name in ("fok buy", "fak buy"))
    got = sum(round(float(steps[name]["takingAmount"]) * DOLLAR) for name in ("fok buy", "fak buy"))
    sold = steps["fok sell"]
    assert int(steps["cash after"]) == int(steps["cash"]) - paid + round(float(sold["takingAmount"]) * DOLLAR)
    assert int(steps["shares after"]) == int(steps["shares"]) + got - round(
        float(sold["makingAmount"]) * DOLLAR
    )
