"""Replacing an order: its place in line, its funding, and what leaves it as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import MARKET, World, of, one, rejection
from tradepit.core.commands import ReplaceOrder, SetTick
from tradepit.core.enums import Gives, MarketState, OrderKind, Reject, Side, TimeInForce
from tradepit.core.events import (
    Event,
    LevelChanged,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    ReplaceRejected,
    Trade,
)


@pytest.fixture
def world() -> World:
    """Ann bids 100 lots at 0.40 twice, first and last; bob bids between them; cyd can sell."""
    world = World()
    world.fund("ann", 20)
    world.fund("bob", 20)
    world.fund("cyd", 50, yes=10_000)
    world.buy_yes("ann", 4_000, 100, name=b"first", client_key="ann/1")
    world.buy_yes("bob", 4_000, 100, name=b"second")
    return world


def change(world: World, name: bytes, account: str = "ann", **terms: Any) -> list[Event]:
    return world.do(ReplaceOrder(world.now, account, name, **terms))


def refused(events: list[Event]) -> Reject:
    (event,) = events
    assert isinstance(event, ReplaceRejected)
    return event.reason


def takers_meet(world: World) -> list[bytes]:
    """Who is filled, in order, when cyd sells everything into the bids."""
    return [trade.maker_order for trade in of(Trade, world.sell_yes("cyd", 100, 1_000))]


def test_fewer_lots_keep_the_place(world: World) -> None:
    replaced, level = change(world, b"first", quantity=60)
    assert isinstance(replaced, OrderReplaced) and isinstance(level, LevelChanged)
    assert (replaced.remaining, replaced.kept_place, replaced.done) == (60, True, False)
    assert level.quantity == 160
    assert takers_meet(world) == [b"first", b"second"]


def test_another_key_tag_or_expiry_keeps_the_place(world: World) -> None:
    events = change(world, b"first", client_key="ann/2", tag=b"note")
    assert [type(event) for event in events] == [OrderReplaced]
    assert one(OrderReplaced, events).kept_place
    assert rejection(world.buy_yes("bob", 100, 1, client_key="ann/2")).reason is Reject.DUPLICATE_CLIENT_KEY
    one(OrderRested, world.buy_yes("bob", 100, 1, client_key="ann/1"))
    assert takers_meet(world)[:2] == [b"first", b"second"]


def test_more_lots_go_to_the_back_of_the_level(world: World) -> None:
    replaced, rested, level = change(world, b"first", quantity=150)
    assert isinstance(replaced, OrderReplaced) and not replaced.kept_place
    assert isinstance(rested, OrderRested) and rested.remaining == 150
    assert isinstance(level, LevelChanged) and level.quantity == 250
    assert takers_meet(world) == [b"second", b"first"]


def test_another_price_is_a_new_arrival_even_when_it_comes_back(world: World) -> None:
    change(world, b"first", price=3_900)
    change(world, b"first", price=4_000)
    assert takers_meet(world) == [b"second", b"first"]


def test_a_new_price_may_match_and_the_order_keeps_its_identity(world: World) -> None:
    world.buy_no("cyd", 5_500, 40, name=b"ask")
    events = change(world, b"first", price=4_500)
    kinds = [type(event) for event in events[:5]]
    assert kinds == [OrderReplaced, Trade, OrderFilled, OrderFilled, OrderRested]
    assert one(Trade, events).taker_order == b"first"
    assert one(OrderRested, events).remaining == 60
    assert world.bids() == [(4_500, 60), (4_000, 100)] and world.asks() == []


def test_quantity_means_the_whole_order_what_is_filled_included(world: World) -> None:
    world.sell_yes("cyd", 4_000, 30)
    assert one(OrderReplaced, change(world, b"first", quantity=80)).remaining == 50
    replaced = one(OrderReplaced, change(world, b"first", quantity=130))
    assert (replaced.filled, replaced.remaining) == (30, 100)


@pytest.mark.parametrize("quantity", [30, 1])
def test_no_more_than_what_is_filled_ends_the_order(world: World, quantity: int) -> None:
    world.sell_yes("cyd", 4_000, 30)
    replaced = one(OrderReplaced, change(world, b"first", quantity=quantity))
    assert (replaced.filled, replaced.remaining, replaced.done) == (30, 0, True)
    assert not world.is_open(b"first")
    assert world.bids() == [(4_000, 100)]


def test_funding_takes_the_old_order_out_first(world: World) -> None:
    """Ann has 20.00: 500 lots at 0.40 are exactly that, though 100 rest already."""
    one(OrderReplaced, change(world, b"first", quantity=500))
    before = world.exchange.state_hash()
    event = one(ReplaceRejected, change(world, b"first", quantity=501 * 10))
    assert event.reason is Reject.INSUFFICIENT_CASH
    assert (event.available, event.reserved, event.required) == (20_000_000, 0, 4_000 * 5_010)
    assert world.exchange.state_hash() == before


def test_a_refused_replace_leaves_the_order_untouched(world: World) -> None:
    world.buy_yes("ann", 3_000, 100, name=b"maker only", post_only=True)
    world.buy_no("cyd", 5_500, 40, name=b"ask")
    before = world.exchange.state_hash()
    assert refused(change(world, b"maker only", price=4_500)) is Reject.POST_ONLY_WOULD_CROSS
    assert refused(change(world, b"first", price=4_050)) is Reject.PRICE_OFF_TICK
    assert refused(change(world, b"first", quantity=0)) is Reject.CONFLICTING_TERMS
    assert refused(change(world, b"first", quantity=-5)) is Reject.CONFLICTING_TERMS
    assert refused(change(world, b"first", stop_price=4_000)) is Reject.CONFLICTING_TERMS
    assert refused(change(world, b"first", expires_at=world.now + 1)) is Reject.CONFLICTING_TERMS
    assert refused(change(world, b"first", client_key="x" * 201)) is Reject.INVALID_VALUE
    assert refused(change(world, b"first", tag=b"x" * 4_097)) is Reject.INVALID_VALUE
    assert refused(change(world, b"nobody's")) is Reject.UNKNOWN_ORDER
    assert refused(change(world, b"first", account="bob")) is Reject.UNKNOWN_ORDER
    assert world.exchange.state_hash() == before


def test_another_orders_client_key_is_refused_after_the_shape(world: World) -> None:
    world.buy_yes("ann", 3_000, 100, client_key="ann/2")
    assert refused(change(world, b"first", client_key="ann/2")) is Reject.DUPLICATE_CLIENT_KEY
    assert refused(change(world, b"first", client_key="ann/2", price=1)) is Reject.PRICE_OFF_TICK


@pytest.mark.parametrize(
    ("state", "may"),
    [
        (MarketState.PENDING, False),
        (MarketState.PRE_OPEN, True),
        (MarketState.OPEN, True),
        (MarketState.SUSPENDED, False),
        (MarketState.HALTED, False),
        (MarketState.CLOSED, False),
        (MarketState.MATCH_AND_CLOSE, True),
    ],
)
def test_replacing_is_for_markets_that_match_or_collect(world: World, state: MarketState, may: bool) -> None:
    world.set_state(state)
    events = change(world, b"first", quantity=50)
    if may:
        one(OrderReplaced, events)
    else:
        assert refused(events) is Reject.MARKET_NOT_OPEN


def test_all_of_the_shape_applies_to_a_reduction_too(world: World) -> None:
    world.do(SetTick(world.now, MARKET, 250))
    world.do(SetTick(world.now, MARKET, 2_000))
    one(OrderReplaced, change(world, b"first", quantity=50))
    world.do(SetTick(world.now, MARKET, 2_500))
    assert refused(change(world, b"first", quantity=40)) is Reject.PRICE_OFF_TICK
    one(OrderReplaced, change(world, b"first", quantity=40, price=2_500))


def test_a_minimum_quantity_counts_no_more_after_a_replace() -> None:
    world = World()
    world.fund("ann", 20)
    world.fund("bob", 20)
    world.buy_no("bob", 5_000, 50)
    world.buy_yes("ann", 5_000, 100, name=b"x", minimum_quantity=50)
    world.buy_no("bob", 4_500, 10)
    events = change(world, b"x", price=5_500)
    assert one(OrderReplaced, events).order.minimum_quantity == 0
    assert one(Trade, events).quantity == 10


def test_a_new_expiry_counts_and_the_old_one_does_not() -> None:
    world = World()
    world.fund("ann", 20)
    terms = {"time_in_force": TimeInForce.GTD, "expires_at": world.now + 10}
    world.buy_yes("ann", 5_000, 100, name=b"x", **terms)
    change(world, b"x", expires_at=world.now + 20)
    assert world.exchange.next_due() == world.now + 20
    assert world.wait(19) == []
    one(OrderExpired, world.wait(1))


def test_of_two_that_expire_at_once_the_one_whose_expiry_was_set_last_goes_last() -> None:
    """And a restart in between changes nothing: an expiry that was given up once is not remembered."""
    world = World()
    world.fund("ann", 20)
    for name in (b"x", b"y"):
        world.buy_yes("ann", 5_000, 100, name=name, time_in_force=TimeInForce.GTD, expires_at=world.now + 9)
    change(world, b"x", expires_at=world.now + 5)
    restored = world.exchange.restore(world.exchange.snapshot())
    back = ReplaceOrder(world.now, "ann", b"x", expires_at=world.now + 9)
    assert restored.apply(back) == world.do(back)
    assert [event.order_id for event in of(OrderExpired, world.wait(9))] == [b"y", b"x"]


def test_a_replaced_order_is_held_by_the_market_delay_and_keeps_what_it_filled() -> None:
    """Found by a reading: it came back from its delay with its whole quantity."""
    world = World(delay_ns=3)
    world.fund("ann", 20)
    world.fund("bob", 20)
    world.buy_yes("ann", 4_000, 100, name=b"x")
    world.buy_no("bob", 6_000, 30)
    world.wait(3)
    world.buy_no("bob", 5_000, 10)
    events = change(world, b"x", price=5_000)
    assert one(OrderDelayed, events).due == world.now + 3
    assert refused(change(world, b"x", price=4_000)) is Reject.ORDER_DELAYED
    events = world.wait(3)
    assert one(Trade, events).quantity == 10
    assert one(OrderRested, events).remaining == 60
    assert of(OrderRejected, events) == []


def test_what_was_a_market_order_is_replaced_as_a_limit_order_at_its_price() -> None:
    """Found by a reading: more lots made it sweep the book again."""
    world = World()
    world.fund("ann", 100)
    world.fund("bob", 100)
    world.buy_no("bob", 5_000, 10)
    world.buy_no("bob", 4_000, 10)
    world.place("ann", Side.BUY, Gives.CASH, 0, 25, kind=OrderKind.MARKET_TO_LIMIT, name=b"m")
    world.buy_no("bob", 1_000, 50)
    assert world.bids() == [(6_000, 5)]
    events = change(world, b"m", quantity=40)
    replaced = one(OrderReplaced, events)
    assert (replaced.order.kind, replaced.order.price) == (OrderKind.LIMIT, 6_000)
    assert of(Trade, events) == [] and world.bids() == [(6_000, 20)]
    one(OrderReplaced, change(world, b"m", price=3_000))
    assert world.bids() == [(3_000, 20)]
