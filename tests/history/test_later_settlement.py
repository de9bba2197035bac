"""Trades that settle later in history: matched, retried, confirmed, or void."""

import pytest
from msgspec.structs import replace

from tests.engine.world import START, order
from tests.history.ledger import Ledger
from tradepit.core.commands import CancelOrder, ConfirmTrade, CreateMarket, FailTrade, FeeSchedule, RetryTrade
from tradepit.core.enums import CancelReason, FeePlan, Side
from tradepit.history.queries import find_trades
from tradepit.history.records import TradeFilter, TradeRecord
from tradepit.history.schema import OrderStatus, TradeState

LATER = "later"
FEES = FeeSchedule(clob_v1_bps=100)


@pytest.fixture(autouse=True)
def _matched(ledger: Ledger) -> None:
    """bob's order 1 of 100 lots has met alice's order 2 of 60; neither is settled."""
    ledger.do(
        CreateMarket(START, LATER, 100, deferred=True, restores=True, fees=FEES),
        order(1, "bob", Side.SELL, 5_000, 100, market=LATER),
        order(2, "alice", Side.BUY, 5_000, 60, market=LATER),
    )


def only_trade(ledger: Ledger, number: int = 1) -> TradeRecord:
    ledger.write()
    (record,) = find_trades(ledger.connection, TradeFilter(number=number))
    return record


def test_a_trade_is_matched_until_it_is_confirmed(ledger: Ledger) -> None:
    assert only_trade(ledger).state is TradeState.MATCHED
    taker = ledger.record(2)
    assert (taker.status, taker.filled, taker.remaining) == (OrderStatus.OPEN, 60, 0)
    ledger.do(RetryTrade(START + 1, 1))
    assert only_trade(ledger).state is TradeState.RETRYING
    ledger.do(ConfirmTrade(START + 2, 1))
    trade = only_trade(ledger)
    assert (trade.state, trade.time, trade.updated_at) == (TradeState.CONFIRMED, START, START + 2)
    assert ledger.record(2).status is OrderStatus.FILLED
    maker = ledger.record(1)
    assert (maker.status, maker.filled, maker.remaining) == (OrderStatus.OPEN, 60, 40)


@pytest.mark.parametrize("restarts", [False, True])
def test_a_trade_that_fails_takes_back_what_it_did_to_its_orders(ledger: Ledger, restarts: bool) -> None:
    if restarts:
        ledger.restart()
    ledger.do(FailTrade(START + 3, 1))
    assert only_trade(ledger).state is TradeState.FAILED
    maker, taker = ledger.record(1), ledger.record(2)
    assert (maker.status, maker.filled, maker.notional, maker.remaining) == (OrderStatus.OPEN, 0, 0, 100)
    assert (taker.status, taker.reason) == (OrderStatus.CANCELLED, CancelReason.SETTLEMENT_FAILED)
    assert (taker.filled, taker.notional, taker.fees, taker.remaining) == (0, 0, 0, 60)


def test_fees_of_a_failed_trade_are_taken_back_and_others_stay(ledger: Ledger) -> None:
    for number, quantity in ((4, 10), (5, 30)):
        ledger.do(order(number, "carol", Side.SELL, 4_600 + 100 * number, quantity, market=LATER))
    ledger.do(CancelOrder(START, "bob", (1).to_bytes(32, "big")))
    bought = order(6, "alice", Side.BUY, 5_100, 40, market=LATER)
    ledger.do(replace(bought, fee_plan=FeePlan.CLOB_V1, fee_bps=100))
    first, second = only_trade(ledger, 2), only_trade(ledger, 3)
    assert first.taker_fee
    assert ledger.record(6).fees == first.taker_fee + second.taker_fee
    ledger.do(FailTrade(START, 2))
    record = ledger.record(6)
    assert (record.status, record.filled, record.fees) == (OrderStatus.OPEN, 30, second.taker_fee)
    assert record.notional == 30 * second.price
    ledger.do(ConfirmTrade(START, 3))
    assert ledger.record(6).status is OrderStatus.CANCELLED


def test_an_order_that_was_cancelled_meanwhile_stays_so(ledger: Ledger) -> None:
    ledger.do(CancelOrder(START, "bob", (1).to_bytes(32, "big")), FailTrade(START, 1))
    maker = ledger.record(1)
    assert (maker.status, maker.filled, maker.remaining) == (OrderStatus.CANCELLED, 0, 40)


def test_trades_of_other_markets_are_confirmed_at_once(ledger: Ledger) -> None:
    ledger.do(order(8, "bob", Side.SELL), order(9, "alice", Side.BUY))
    assert only_trade(ledger, 2).state is TradeState.CONFIRMED
