"""What becomes of an order in history, whether its life fits into one batch or takes several."""

import pytest
from sqlalchemy import select

from tests.engine.world import MARKET, START, deposit, listing, order, random_commands
from tests.history.ledger import Ledger
from tradepit.core.commands import (
    CancelOrder,
    CreateMarket,
    FeeSchedule,
    Merge,
    PlaceOrder,
    ResolveMarket,
    SetMarketState,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    FeePlan,
    Gives,
    MarketState,
    Reject,
    Side,
    TimeInForce,
)
from tradepit.core.exchange import Exchange
from tradepit.history.queries import find_entries, find_orders, find_trades
from tradepit.history.records import EntryFilter, OrderFilter, OrderRecord, TradeFilter
from tradepit.history.schema import EntryKind, OrderStatus, orders, trades


def test_an_order_that_rests_is_open(ledger: Ledger) -> None:
    placed = order(1, "alice", Side.BUY, 4_000, 250, now=START + 3)
    ledger.do(placed)
    assert ledger.record(1) == OrderRecord(placed, OrderStatus.OPEN, 0, 0, 250, 0, 0, START + 3, START + 3, 5)


def test_an_order_filled_in_two_pieces_sums_its_fills(ledger: Ledger) -> None:
    ledger.do(
        order(1, "bob", Side.SELL, 5_000, 100),
        order(2, "carol", Side.SELL, 5_200, 100),
        order(3, "alice", Side.BUY, 5_200, 150, now=START + 8),
        order(4, "alice", Side.BUY, 5_200, 50, now=START + 9),
    )
    taker, first, second = ledger.record(3), ledger.record(1), ledger.record(2)
    assert (taker.status, taker.filled, taker.remaining) == (OrderStatus.FILLED, 150, 0)
    assert taker.notional == 100 * 5_000 + 50 * 5_200
    assert (first.status, first.updated_at) == (OrderStatus.FILLED, START + 8)
    assert (second.status, second.notional, second.updated_at) == (
        OrderStatus.FILLED,
        100 * 5_200,
        START + 9,
    )


def test_a_partly_filled_order_that_is_cancelled_keeps_both_numbers(ledger: Ledger) -> None:
    ledger.do(
        order(1, "bob", Side.SELL, 5_000, 100),
        order(2, "alice", Side.BUY, 5_000, 30),
        CancelOrder(START + 5, "bob", (1).to_bytes(32, "big")),
    )
    record = ledger.record(1)
    assert (record.status, record.reason) == (OrderStatus.CANCELLED, CancelReason.OWNER)
    assert (record.filled, record.remaining, record.updated_at) == (30, 70, START + 5)


def test_a_killed_remainder_and_a_kill_whole_are_told_apart(ledger: Ledger) -> None:
    ledger.do(
        order(1, "bob", Side.SELL, 5_000, 100),
        order(2, "alice", Side.BUY, 5_000, 500, time_in_force=TimeInForce.FOK),
        order(3, "alice", Side.BUY, 5_000, 500, time_in_force=TimeInForce.FAK),
    )
    whole, part = ledger.record(2), ledger.record(3)
    assert (whole.status, whole.reason) == (OrderStatus.EXPIRED, ExpireReason.NOT_FILLABLE)
    assert (part.status, part.reason) == (OrderStatus.CANCELLED, CancelReason.REMAINDER)
    assert (whole.filled, part.filled, part.remaining) == (0, 100, 400)


def test_a_budget_order_is_filled(ledger: Ledger) -> None:
    ledger.do(
        order(1, "bob", Side.SELL, 5_000, 100),
        order(2, "alice", Side.BUY, 5_000, budget=200_000, time_in_force=TimeInForce.FAK),
    )
    record = ledger.record(2)
    assert (record.status, record.filled, record.notional) == (OrderStatus.FILLED, 40, 200_000)


def test_an_order_expires_at_its_time(ledger: Ledger) -> None:
    terms = order(1, "alice", Side.BUY, time_in_force=TimeInForce.GTD, expires_at=START + 100)
    ledger.do(terms, Tick(START + 500))
    record = ledger.record(1)
    assert (record.status, record.reason) == (OrderStatus.EXPIRED, ExpireReason.TIME)
    assert record.updated_at == START + 100


def test_a_refused_order_is_kept_with_its_reason(ledger: Ledger) -> None:
    ledger.do(order(1, "nobody", Side.BUY))
    record = ledger.record(1)
    assert (record.status, record.reason) == (OrderStatus.REJECTED, Reject.INSUFFICIENT_CASH)
    assert (record.filled, record.remaining) == (0, 100)


def test_a_refused_order_that_is_sent_again_and_taken_has_one_row(ledger: Ledger) -> None:
    again = order(1, "dave", Side.BUY, now=START + 7)
    ledger.do(order(1, "dave", Side.BUY), order(1, "dave", Side.BUY), deposit("dave"), again)
    record = ledger.record(1)
    assert (record.status, record.reason, record.order) == (OrderStatus.OPEN, 0, again)
    assert (record.sequence, record.accepted_at) == (8, START + 7)


@pytest.mark.parametrize("state", [MarketState.OPEN, MarketState.HALTED])
def test_refusing_a_known_order_again_does_not_touch_it(ledger: Ledger, state: MarketState) -> None:
    ledger.do(order(1, "alice", Side.BUY), SetMarketState(START, MARKET, state))
    before = ledger.record(1)
    ledger.do(order(1, "alice", Side.BUY))
    assert ledger.record(1) == before
    assert before.status is OrderStatus.OPEN


def delayed_market() -> CreateMarket:
    return listing("slow", delay_ns=1_000)


def slow_order(number: int, account: str, side: Side, now: int, **terms: int) -> PlaceOrder:
    return order(number, account, side, now=now, market="slow", **terms)  # type: ignore[arg-type]  # ints


def test_a_delayed_order_rests_when_its_delay_is_over(ledger: Ledger) -> None:
    ledger.do(delayed_market(), slow_order(1, "bob", Side.SELL, START))
    ledger.do(Tick(START + 1_000), slow_order(2, "alice", Side.BUY, START + 2_000, quantity=150))
    assert ledger.record(2).status is OrderStatus.DELAYED
    ledger.restart()
    ledger.do(Tick(START + 3_000))
    record = ledger.record(2)
    assert (record.status, record.filled, record.remaining) == (OrderStatus.OPEN, 100, 50)
    assert record.updated_at == START + 3_000


def test_a_delayed_order_that_is_refused_when_its_delay_is_over_is_rejected(ledger: Ledger) -> None:
    ledger.do(
        delayed_market(),
        slow_order(1, "bob", Side.SELL, START),
        Tick(START + 1_000),
        slow_order(2, "alice", Side.BUY, START + 2_000),
    )
    assert ledger.record(2).status is OrderStatus.DELAYED
    ledger.restart()
    ledger.do(
        SetMarketState(START + 2_100, "slow", MarketState.HALTED),
        slow_order(2, "alice", Side.BUY, START + 2_200),
    )
    assert ledger.record(2).status is OrderStatus.DELAYED
    ledger.do(Tick(START + 3_000))
    record = ledger.record(2)
    assert (record.status, record.reason) == (OrderStatus.REJECTED, Reject.MARKET_NOT_OPEN)
    assert (record.sequence, record.order.now) == (8, START + 2_000)


def test_a_trade_names_both_orders_and_fees_are_summed(ledger: Ledger) -> None:
    fees = FeeSchedule(clob_rate_ppm=200_000)
    ledger.do(CreateMarket(START, "paid", 100, fees=fees))
    maker = PlaceOrder(START, b"maker", "bob", "paid", Side.SELL, Gives.CASH, 5_000, 10_000)
    taker = PlaceOrder(
        START + 4, b"taker", "alice", "paid", Side.BUY, Gives.CASH, 5_000, 6_000, fee_plan=FeePlan.CLOB_V2
    )
    ledger.do(maker, taker)
    ledger.write()
    (trade,) = find_trades(ledger.connection, TradeFilter(market="paid"))
    assert (trade.number, trade.price, trade.quantity, trade.taker_side) == (1, 5_000, 6_000, Side.BUY)
    assert (trade.taker, trade.maker, trade.time, trade.sequence) == (taker, maker, START + 4, 7)
    assert (trade.taker_fee, trade.maker_fee) == (3_000_000, 0)
    (record,) = find_orders(ledger.connection, OrderFilter(order_id=b"taker"))
    assert record.fees == 3_000_000


def test_money_and_tokens_that_move_without_a_trade_are_entries(ledger: Ledger) -> None:
    ledger.do(
        Split(START, "alice", MARKET, 300),
        Merge(START, "alice", MARKET, 100),
        Withdraw(START + 1, "alice", 5, "payout 7"),
        ResolveMarket(START + 2, MARKET, 10_000),
    )
    ledger.write()
    found = find_entries(ledger.connection, EntryFilter(account="alice", newest_first=False))
    assert [(entry.kind, entry.cash, entry.yes, entry.no) for entry in found] == [
        (EntryKind.DEPOSIT, 1_000_000_000, 0, 0),
        (EntryKind.SPLIT, -3_000_000, 300, 300),
        (EntryKind.MERGE, 1_000_000, -100, -100),
        (EntryKind.WITHDRAWAL, -5, 0, 0),
        (EntryKind.REDEMPTION, 2_000_000, -200, -200),
    ]
    assert found[3].reference == "payout 7"
    balance = sum(entry.cash for entry in found)
    assert balance == ledger.exchange.state.accounts["alice"].cash


def test_history_agrees_with_the_core_after_a_busy_day(ledger: Ledger) -> None:
    ledger = Ledger(ledger.connection, batch=37)
    ledger.exchange = Exchange()
    ledger._sequence = 100
    ledger.do(*random_commands(3_000))
    ledger.write()
    state = ledger.exchange.state
    living = find_orders(
        ledger.connection,
        OrderFilter(statuses=(OrderStatus.OPEN, OrderStatus.DELAYED), since=1, limit=10_000),
    )
    assert {
        (record.order.order_id, record.filled, record.remaining, record.notional) for record in living
    } == {(one.order_id, one.filled, one.remaining, one.notional) for one in state.orders.values()}
    for record in living:
        delayed = bool(state.orders[record.order.order_id].delayed_until)
        assert record.status is (OrderStatus.DELAYED if delayed else OrderStatus.OPEN)
    numbers = [row[0] for row in ledger.connection.execute(select(trades.c.number).order_by(trades.c.number))]
    assert numbers == list(range(1, state.trade_number + 1))
    statuses = set(ledger.connection.execute(select(orders.c.status)).scalars())
    assert statuses >= {0, 2, 3, 4, 5}


def test_an_order_that_is_refused_when_sent_again_goes_on_with_its_life(ledger: Ledger) -> None:
    ledger.do(order(1, "alice", Side.BUY))
    before = ledger.record(1)
    ledger.do(
        SetMarketState(START, MARKET, MarketState.HALTED),
        order(1, "alice", Side.BUY),
        SetMarketState(START, MARKET, MarketState.OPEN),
        order(2, "bob", Side.SELL, quantity=30),
    )
    record = ledger.record(1)
    assert (record.status, record.filled, record.sequence) == (OrderStatus.OPEN, 30, before.sequence)


def test_orders_of_before_a_restart_are_found_again(ledger: Ledger) -> None:
    ledger.do(*(order(number, "bob", Side.SELL, quantity=10) for number in range(1, 700)))
    ledger.restart()
    ledger.do(order(1_000, "alice", Side.BUY, quantity=6_980))
    assert ledger.record(698).status is OrderStatus.FILLED
    assert ledger.record(699).status is OrderStatus.OPEN
    (last,) = find_trades(ledger.connection, TradeFilter(limit=1))
    assert last.maker.order_id == (698).to_bytes(32, "big")
