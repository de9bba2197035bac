"""Stops: waiting, being reached, and what becomes of them."""

from __future__ import annotations

import pytest

from tests.core.world import MARKET, World, of, one
from tradepit.core.commands import ReplaceOrder
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    Gives,
    MarketState,
    OrderKind,
    Reject,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    OrderWaiting,
    Trade,
)


@pytest.fixture
def world() -> World:
    """Nobody has traded; dan makes a deep market, one cent apart, 0.40 to 0.45 and 0.46 to 0.60."""
    world = World()
    for account in ("ann", "bob", "cyd"):
        world.fund(account, 1_000, yes=1_000, no=1_000)
    world.fund("dan", 10_000)
    for cents in range(46, 61):
        world.buy_no("dan", 10_000 - 100 * cents, 100)
    for cents in range(40, 46):
        world.buy_yes("dan", 100 * cents, 100)
    return world


def stop(world: World, name: bytes, side: Side, at: int, quantity: int = 10, limit: int = 0) -> list[Event]:
    kind = OrderKind.STOP_LIMIT if limit else OrderKind.STOP
    return world.place("ann", side, Gives.CASH, limit, quantity, name=name, kind=kind, stop_price=at)


def trade_at(world: World, price: int) -> list[Event]:
    """Bob lifts (or hits) everything up to this price, and cancels the rest."""
    side = Side.BUY if price >= 4_600 else Side.SELL
    return world.place("bob", side, Gives.CASH, price, 2_000, time_in_force=TimeInForce.FAK)


def triggered(events: list[Event]) -> list[bytes]:
    return [event.order_id for event in of(OrderTriggered, events)]


def test_a_stop_waits_in_no_book_and_needs_no_money(world: World) -> None:
    accepted, waiting = stop(world, b"x", Side.BUY, 5_000, quantity=10**9)
    assert isinstance(accepted, OrderAccepted)
    assert waiting == OrderWaiting(world.now, b"x", "ann", MARKET, 5_000)
    world.withdraw("ann", world.cash("ann"))
    assert world.is_open(b"x") and world.cash("ann") == 0


def test_a_stop_becomes_a_market_to_limit_order(world: World) -> None:
    stop(world, b"x", Side.BUY, 4_700)
    events = trade_at(world, 4_700)
    assert one(OrderTriggered, events).kind is OrderKind.MARKET_TO_LIMIT
    assert of(Trade, events)[-1].taker_order == b"x"
    assert of(Trade, events)[-1].price == 4_800


def test_a_stop_limit_becomes_a_limit_order(world: World) -> None:
    stop(world, b"x", Side.BUY, 4_700, limit=4_700)
    events = trade_at(world, 4_700)
    assert one(OrderTriggered, events).kind is OrderKind.LIMIT
    assert one(OrderRested, events).price == 4_700


def test_a_trade_short_of_the_stop_price_does_not_reach_it(world: World) -> None:
    stop(world, b"buy", Side.BUY, 4_700)
    stop(world, b"sell", Side.SELL, 4_400)
    assert triggered(trade_at(world, 4_600)) == []
    assert triggered(trade_at(world, 4_500)) == []


def test_the_nearest_go_first_then_the_oldest(world: World) -> None:
    stop(world, b"far", Side.BUY, 4_800)
    stop(world, b"near 1", Side.BUY, 4_700)
    stop(world, b"near 2", Side.BUY, 4_700)
    stop(world, b"beyond", Side.BUY, 5_900)
    assert triggered(trade_at(world, 4_800)) == [b"near 1", b"near 2", b"far"]


def test_the_highest_sell_stop_goes_first(world: World) -> None:
    stop(world, b"low", Side.SELL, 4_300)
    stop(world, b"high", Side.SELL, 4_400)
    assert triggered(trade_at(world, 4_300)) == [b"high", b"low"]


def test_buys_go_before_sells(world: World) -> None:
    """Both are reached by one price only when the market opens on it."""
    trade_at(world, 4_600)
    world.set_state(MarketState.PRE_OPEN)
    stop(world, b"sell", Side.SELL, 4_700)
    stop(world, b"buy", Side.BUY, 4_500)
    assert triggered(world.set_state(MarketState.OPEN)) == [b"buy", b"sell"]


def test_a_stop_that_another_one_reaches_waits_its_turn(world: World) -> None:
    """The first sweeps to 0.50 and reaches the third, but the second was reached before."""
    stop(world, b"third", Side.BUY, 5_000)
    stop(world, b"first", Side.BUY, 4_700, quantity=400)
    stop(world, b"second", Side.BUY, 4_700)
    events = trade_at(world, 4_700)
    assert triggered(events) == [b"first", b"second", b"third"]
    takers = [trade.taker_order for trade in of(Trade, events)]
    assert takers[-2:] == [b"second", b"third"]


def test_a_stop_reached_when_it_comes_is_activated_at_once(world: World) -> None:
    trade_at(world, 4_700)
    events = stop(world, b"x", Side.BUY, 4_600)
    assert [type(event) for event in events[:3]] == [OrderAccepted, OrderTriggered, Trade]
    assert of(OrderWaiting, events) == []


def test_without_a_trade_nothing_is_reached(world: World) -> None:
    one(OrderWaiting, stop(world, b"x", Side.SELL, 9_900))


def test_a_stop_may_fail_when_its_turn_comes_and_that_is_its_last_word(world: World) -> None:
    stop(world, b"x", Side.BUY, 4_700, quantity=300_000)
    events = trade_at(world, 4_700)
    failed = one(OrderRejected, events)
    assert (failed.order.order_id, failed.reason) == (b"x", Reject.INSUFFICIENT_CASH)
    assert (failed.order.kind, failed.order.stop_price) == (OrderKind.MARKET_TO_LIMIT, 0)
    assert not world.is_open(b"x")


def test_a_stop_that_finds_nobody_left_is_refused(world: World) -> None:
    stop(world, b"x", Side.BUY, 6_000)
    assert one(OrderRejected, trade_at(world, 6_000)).reason is Reject.NO_LIQUIDITY


def test_a_stop_is_cancelled_and_expires_like_any_order(world: World) -> None:
    stop(world, b"x", Side.BUY, 5_000)
    assert one(OrderCancelled, world.cancel("ann", b"x")).reason is CancelReason.OWNER
    world.place(
        "ann", Side.BUY, Gives.CASH, 0, 10, name=b"y", kind=OrderKind.STOP, stop_price=5_000,
        time_in_force=TimeInForce.GTD, expires_at=world.now + 5,
    )  # fmt: skip
    assert one(OrderExpired, world.wait(5)).reason is ExpireReason.TIME
    assert triggered(trade_at(world, 5_000)) == []


def test_a_stop_is_held_by_the_market_delay_when_it_is_activated() -> None:
    world = World(delay_ns=3)
    world.fund("ann", 100)
    world.fund("bob", 100)
    stop(world, b"x", Side.BUY, 5_000)
    world.buy_no("bob", 5_000, 10)
    world.buy_no("bob", 4_900, 10)
    world.fund("cyd", 100)
    world.buy_yes("cyd", 5_000, 10)
    events = world.wait(3)
    assert triggered(events) == [b"x"]
    assert one(OrderDelayed, events).order_id == b"x"
    assert one(Trade, world.wait(3)).taker_order == b"x"


def test_a_replaced_stop_keeps_its_age_unless_price_or_more_lots(world: World) -> None:
    for name in (b"a", b"b", b"c"):
        stop(world, name, Side.BUY, 4_700)
    fewer = world.do(ReplaceOrder(world.now, "ann", b"a", quantity=5))
    assert one(OrderReplaced, fewer).kept_place
    more = world.do(ReplaceOrder(world.now, "ann", b"b", quantity=15))
    assert not one(OrderReplaced, more).kept_place
    assert triggered(trade_at(world, 4_700)) == [b"a", b"c", b"b"]


def test_a_stop_replaced_to_where_the_market_is_goes_off(world: World) -> None:
    trade_at(world, 4_600)
    stop(world, b"x", Side.BUY, 5_000)
    events = world.do(ReplaceOrder(world.now, "ann", b"x", stop_price=4_600))
    assert [type(event) for event in events[:3]] == [OrderReplaced, OrderTriggered, Trade]


def test_stops_wait_while_the_market_does_not_match(world: World) -> None:
    trade_at(world, 4_600)
    world.set_state(MarketState.PRE_OPEN)
    one(OrderWaiting, stop(world, b"x", Side.BUY, 4_600))
    world.set_state(MarketState.SUSPENDED)
    assert world.is_open(b"x")
    assert triggered(world.set_state(MarketState.OPEN)) == [b"x"]
