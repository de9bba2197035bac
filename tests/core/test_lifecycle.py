"""A market's states by command and by the clock, DAY orders at its close, and its tick."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.core.world import MARKET, World, of, one
from tradepit.core.commands import CreateMarket, ScheduleMarket, SetMarketState, SetTick, Tick
from tradepit.core.enums import ExpireReason, MarketState, Reject, TimeInForce
from tradepit.core.events import (
    CommandRejected,
    LevelChanged,
    MarketScheduled,
    MarketStateChanged,
    OrderExpired,
    OrderRested,
    TickChanged,
    Trade,
)
from tradepit.core.limits import TIMERS_PER_MARKET_MAX


def states(world: World, nanoseconds: int) -> list[MarketState]:
    return [event.state for event in of(MarketStateChanged, world.wait(nanoseconds))]


# Schedule ----------------------------------------------------------------------------------------------


def test_the_clock_moves_a_market_through_its_schedule() -> None:
    world = World(
        state=MarketState.PENDING,
        schedule=[(1_020, MarketState.OPEN), (1_010, MarketState.PRE_OPEN), (1_030, MarketState.CLOSED)],
    )
    assert world.exchange.next_due() == 1_010
    assert states(world, 9) == []
    assert states(world, 1) == [MarketState.PRE_OPEN]
    assert states(world, 20) == [MarketState.OPEN, MarketState.CLOSED]
    assert world.exchange.next_due() is None


def test_a_scheduled_opening_holds_the_auction_at_its_time() -> None:
    world = World(schedule=[(1_010, MarketState.OPEN)])
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.set_state(MarketState.PRE_OPEN)
    world.buy_yes("ann", 5_000, 10)
    world.buy_no("bob", 5_000, 10)
    trade = one(Trade, world.exchange.apply(Tick(5_000)))
    assert trade.time == 1_010


def test_changes_at_one_time_happen_in_the_order_of_their_scheduling() -> None:
    world = World(schedule=[(1_010, MarketState.SUSPENDED), (1_010, MarketState.OPEN)])
    world.do(ScheduleMarket(world.now, MARKET, 1_010, MarketState.PRE_OPEN))
    assert states(world, 10) == [MarketState.SUSPENDED, MarketState.OPEN, MarketState.PRE_OPEN]


def test_scheduling_is_told_and_survives_a_restart() -> None:
    world = World()
    events = world.do(ScheduleMarket(world.now, MARKET, 1_010, MarketState.HALTED))
    assert events == [MarketScheduled(world.now, MARKET, 1_010, MarketState.HALTED)]
    restored = world.exchange.restore(world.exchange.snapshot())
    assert one(MarketStateChanged, restored.apply(Tick(1_010))).state is MarketState.HALTED


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (1_000, MarketState.OPEN),
        (-1, MarketState.OPEN),
        (2**63, MarketState.OPEN),
        (2_000, MarketState.RESOLVED),
        (2_000, MarketState.PENDING),
    ],
)
def test_what_cannot_be_scheduled_is_refused(at: int, state: MarketState) -> None:
    world = World()
    assert one(CommandRejected, world.do(ScheduleMarket(1_000, MARKET, at, state))).reason is (
        Reject.INVALID_VALUE
    )


def test_a_market_has_so_many_changes_ahead_and_no_more() -> None:
    world = World()
    for number in range(TIMERS_PER_MARKET_MAX):
        one(MarketScheduled, world.do(ScheduleMarket(1_000, MARKET, 2_000 + number, MarketState.OPEN)))
    refused = one(CommandRejected, world.do(ScheduleMarket(1_000, MARKET, 3_000, MarketState.OPEN)))
    assert refused.reason is Reject.INVALID_VALUE


def test_a_resolved_market_has_no_schedule() -> None:
    world = World(schedule=[(1_010, MarketState.OPEN)])
    world.resolve(0)
    assert world.exchange.next_due() is None
    refused = one(CommandRejected, world.do(ScheduleMarket(1_000, MARKET, 2_000, MarketState.OPEN)))
    assert refused.reason is Reject.ALREADY_RESOLVED
    unknown = one(CommandRejected, world.do(ScheduleMarket(1_000, "nowhere", 2_000, MarketState.OPEN)))
    assert unknown.reason is Reject.UNKNOWN_MARKET


# Closing -----------------------------------------------------------------------------------------------


def test_day_orders_expire_when_the_market_closes() -> None:
    world = World()
    world.fund("ann", 10)
    world.buy_yes("ann", 5_000, 10, name=b"day", time_in_force=TimeInForce.DAY)
    world.buy_yes("ann", 5_000, 10, name=b"stays")
    _, expired, level = world.set_state(MarketState.CLOSED)
    assert isinstance(expired, OrderExpired) and isinstance(level, LevelChanged)
    assert (expired.order_id, expired.reason) == (b"day", ExpireReason.MARKET_CLOSED)
    assert world.is_open(b"stays") and level.quantity == 10


def test_closing_a_collecting_market_trades_first_and_expires_then() -> None:
    world = World()
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.set_state(MarketState.MATCH_AND_CLOSE)
    world.buy_yes("ann", 5_000, 10, time_in_force=TimeInForce.DAY)
    world.buy_no("bob", 5_000, 4)
    events = world.set_state(MarketState.CLOSED)
    assert one(Trade, events).quantity == 4
    assert one(OrderExpired, events).remaining == 6


def test_resolved_is_no_state_to_be_set() -> None:
    world = World()
    refused = one(CommandRejected, world.do(SetMarketState(1_000, MARKET, MarketState.RESOLVED)))
    assert refused.reason is Reject.INVALID_VALUE


# Tick --------------------------------------------------------------------------------------------------


def test_a_new_tick_leaves_what_rests_where_it_is() -> None:
    world = World(tick=10)
    world.fund("ann", 10)
    world.buy_yes("ann", 4_990, 10)
    assert world.do(SetTick(world.now, MARKET, 100)) == [TickChanged(world.now, MARKET, 10, 100)]
    assert world.bids() == [(4_990, 10)]
    (refused,) = world.buy_yes("ann", 4_980, 10)
    assert getattr(refused, "reason", None) is Reject.PRICE_OFF_TICK


@pytest.mark.parametrize("tick", [0, -100, 300, 10_000])
def test_a_tick_that_does_not_divide_a_dollar_is_refused(tick: int) -> None:
    world = World()
    assert one(CommandRejected, world.do(SetTick(world.now, MARKET, tick))).reason is Reject.INVALID_VALUE


@pytest.mark.parametrize(("price", "finer"), [(400, False), (300, True), (9_600, False), (9_700, True)])
def test_a_trade_near_an_edge_makes_the_tick_finer(price: int, finer: bool) -> None:
    world = World(edge=400, edge_tick=10)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 10_000 - price, 10)
    events = world.buy_yes("ann", price, 10)
    assert of(TickChanged, events) == ([TickChanged(world.now, MARKET, 100, 10)] if finer else [])
    if finer:
        one(OrderRested, world.buy_yes("ann", 10, 10))


def test_a_finer_tick_is_not_taken_back_by_trades() -> None:
    world = World(edge=400, edge_tick=10)
    world.fund("ann", 100)
    world.fund("bob", 100)
    for price in (300, 5_000):
        world.buy_no("bob", 10_000 - price, 10)
        world.buy_yes("ann", price, 10)
    assert world.exchange.state.markets[MARKET].tick == 10


@pytest.mark.parametrize(
    "listing",
    [
        {"maximum_quantity": 5, "quantity_step": 10},
        {"lowest_price": -1},
        {"highest_price": 10_001},
        {"edge": 5_001, "edge_tick": 1},
        {"edge": 400, "edge_tick": 3},
        {"schedule": [(0, MarketState.OPEN)]},
        {"schedule": [(5, MarketState.RESOLVED)]},
        {"schedule": [(5, MarketState.OPEN)] * (TIMERS_PER_MARKET_MAX + 1)},
    ],
)
def test_a_market_with_rules_out_of_bounds_is_refused(listing: dict[str, int]) -> None:
    world = World()
    command = replace(CreateMarket(world.now, "sun", 100), **listing)
    assert one(CommandRejected, world.do(command)).reason is Reject.INVALID_VALUE


def test_prices_and_sizes_out_of_the_markets_limits_are_refused() -> None:
    world = World(lowest_price=1_000, highest_price=9_000, maximum_quantity=50)
    world.fund("ann", 100)
    for price, quantity, reason in (
        (900, 10, Reject.PRICE_OUT_OF_RANGE),
        (9_100, 10, Reject.PRICE_OUT_OF_RANGE),
        (1_000, 51, Reject.QUANTITY_TOO_LARGE),
    ):
        (refused,) = world.buy_yes("ann", price, quantity)
        assert getattr(refused, "reason", None) is reason
    one(OrderRested, world.buy_yes("ann", 1_000, 50))


def test_a_tick_is_changed_in_a_market_that_there_is() -> None:
    refused = one(CommandRejected, World().do(SetTick(1_000, "nowhere", 10)))
    assert (refused.subject, refused.reason) == ("nowhere", Reject.UNKNOWN_MARKET)
