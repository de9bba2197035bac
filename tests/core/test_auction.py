"""Auctions: what is collected, the one price and its tie-breaks, the allocation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import DOLLAR, MARKET, World, of, one, rejection
from tradepit.core.commands import FeeSchedule, SetMarketState, SetTick
from tradepit.core.enums import FeePlan, MarketState, OrderKind, Pricing, Reject, Role, SelfMatch, TimeInForce
from tradepit.core.events import (
    Event,
    IndicativeChanged,
    MarketStateChanged,
    OrderCancelled,
    OrderFilled,
    OrderRested,
    Trade,
)

FEES = FeeSchedule(clob_rate_ppm=70_000, us_taker_ppm=70_000, us_maker_rebate_ppm=10_000)


def collecting(**listing: Any) -> World:
    """A market before its opening; ann and bob are rich."""
    world = World(state=MarketState.PRE_OPEN, **listing)
    world.do(SetMarketState(world.now, MARKET, MarketState.OPEN))
    for account in ("ann", "bob", "cyd"):
        world.fund(account, 10_000, yes=10_000, no=10_000)
    world.set_state(MarketState.PRE_OPEN)
    return world


def auction(bids: list[tuple[int, int]], asks: list[tuple[int, int]], **listing: Any) -> tuple[int, int]:
    """Price and lots of the auction of these orders (cents, lots); the indicative price said so before."""
    world = collecting(**listing)
    for cents, lots in bids:
        world.buy_yes("ann", 100 * cents, lots)
    for cents, lots in asks:
        world.sell_yes("bob", 100 * cents, lots)
    announced = world.exchange.state.markets[MARKET].indicative
    trades = of(Trade, world.set_state(MarketState.OPEN))
    assert len({trade.price for trade in trades}) <= 1
    found = (trades[0].price if trades else 0, sum(trade.quantity for trade in trades))
    assert found == announced
    return found


# The price ---------------------------------------------------------------------------------------------


def test_the_price_that_trades_most_is_taken() -> None:
    """At 0.50 and 0.51 100 lots would trade, at 0.52 180, at 0.53 only 50."""
    assert auction(bids=[(52, 150), (53, 50)], asks=[(50, 100), (52, 80)]) == (5_200, 180)
    assert auction(bids=[(55, 100)], asks=[(50, 60), (55, 60)]) == (5_500, 100)


def test_of_those_the_one_that_leaves_least_over() -> None:
    """100 lots trade at 0.50 to 0.52; 40 bid lots are left over below 0.52, none at it."""
    assert auction(bids=[(52, 100), (51, 40)], asks=[(50, 100)]) == (5_200, 100)
    assert auction(bids=[(52, 100)], asks=[(50, 100), (51, 40)]) == (5_000, 100)


def test_of_those_the_one_nearest_to_the_midpoint_where_nobody_has_traded() -> None:
    """All of 0.40 to 0.50 trade 10 lots and leave none: the middle is 0.45."""
    assert auction(bids=[(50, 10)], asks=[(40, 10)]) == (4_500, 10)


def test_of_two_equally_near_the_lower() -> None:
    """The middle of 0.40 and 0.51 is 0.455: 0.45 and 0.46 are equally near."""
    assert auction(bids=[(51, 10)], asks=[(40, 10)]) == (4_500, 10)


@pytest.mark.parametrize(("last", "price"), [(4_300, 4_300), (3_000, 4_000), (7_000, 5_000), (4_850, 4_800)])
def test_the_last_trade_is_the_reference_where_there_is_one(last: int, price: int) -> None:
    """Off the grid of now (the tick was finer once), 0.485 is as near to 0.48 as to 0.49: the lower."""
    world = collecting(tick=50)
    world.set_state(MarketState.OPEN)
    world.buy_yes("ann", last, 1)
    world.sell_yes("bob", last, 1)
    world.do(SetTick(world.now, MARKET, 100))
    world.set_state(MarketState.PRE_OPEN)
    world.buy_yes("ann", 5_000, 10)
    world.sell_yes("bob", 4_000, 10)
    assert {trade.price for trade in of(Trade, world.set_state(MarketState.OPEN))} == {price}


def test_an_order_off_the_grid_of_now_may_give_its_price() -> None:
    world = collecting(tick=1)
    world.buy_yes("ann", 4_999, 10)
    world.sell_yes("bob", 4_997, 10)
    world.do(SetTick(world.now, MARKET, 100))
    assert one(Trade, world.set_state(MarketState.OPEN)).price == 4_997


def test_where_nothing_crosses_nothing_trades() -> None:
    assert auction(bids=[(49, 10)], asks=[(50, 10)]) == (0, 0)
    assert auction(bids=[(49, 10)], asks=[]) == (0, 0)
    assert auction(bids=[], asks=[(49, 10)]) == (0, 0)


# The allocation ----------------------------------------------------------------------------------------


def test_the_better_price_is_served_first_and_then_the_older_order() -> None:
    world = collecting()
    world.buy_yes("ann", 5_000, 10, name=b"late but equal")
    world.buy_yes("cyd", 5_000, 10, name=b"last")
    world.buy_yes("cyd", 5_100, 10, name=b"better")
    world.sell_yes("bob", 5_000, 15, name=b"ask")
    trades = of(Trade, world.set_state(MarketState.OPEN))
    assert [(trade.taker_order, trade.maker_order, trade.quantity) for trade in trades] == [
        (b"ask", b"better", 10),
        (b"ask", b"late but equal", 5),
    ]
    assert world.bids() == [(5_000, 15)] and world.asks() == []


def test_of_two_that_meet_the_later_is_the_taker_and_nobody_pays_a_fee() -> None:
    world = collecting(fees=FEES)
    world.sell_yes("bob", 5_000, 100, name=b"ask", fee_plan=FeePlan.US)
    world.buy_yes("ann", 5_000, 100, name=b"bid", fee_plan=FeePlan.CLOB_V2, builder_bps=100)
    before = world.cash("ann"), world.cash("bob")
    events = world.set_state(MarketState.OPEN)
    trade = one(Trade, events)
    assert (trade.taker_order, trade.maker_order) == (b"bid", b"ask")
    assert (trade.taker_fee, trade.maker_fee, trade.builder_fee, world.fees()) == (0, 0, 0, 0)
    assert (before[0] - world.cash("ann"), world.cash("bob") - before[1]) == (500_000, 500_000)
    assert [(fill.role, fill.done) for fill in of(OrderFilled, events)] == [
        (Role.MAKER, True), (Role.TAKER, True)
    ]  # fmt: skip


def test_a_bid_above_the_price_gets_the_price() -> None:
    world = collecting()
    world.buy_yes("ann", 9_000, 10)
    world.sell_yes("bob", 1_000, 10)
    cash = world.cash("ann")
    world.set_state(MarketState.OPEN)
    assert cash - world.cash("ann") == 5_000 * 10


def test_own_orders_may_meet_whatever_their_rule() -> None:
    world = collecting()
    world.buy_yes("ann", 5_000, 10, self_match=SelfMatch.REJECT_INCOMING)
    world.sell_yes("ann", 5_000, 10, self_match=SelfMatch.CANCEL_BOTH)
    trade = one(Trade, world.set_state(MarketState.OPEN))
    assert trade.taker_account == trade.maker_account == "ann"


def test_all_four_settlements_happen_in_auctions_too() -> None:
    world = collecting()
    pairs = world.exchange.state.markets[MARKET].pairs
    world.buy_yes("ann", 5_000, 10)
    world.buy_no("bob", 5_000, 10)
    assert one(Trade, world.set_state(MarketState.OPEN)).pairs == 10
    world.set_state(MarketState.MATCH_AND_CLOSE)
    world.sell_no("ann", 5_000, 10)
    world.sell_yes("bob", 5_000, 10)
    assert one(Trade, world.set_state(MarketState.CLOSED)).pairs == -10
    assert world.exchange.state.markets[MARKET].pairs == pairs


# Collecting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [
        {"time_in_force": TimeInForce.IOC},
        {"time_in_force": TimeInForce.FAK},
        {"time_in_force": TimeInForce.FOK},
        {"post_only": True},
        {"strict": True},
        {"minimum_quantity": 5},
        {"kind": OrderKind.MARKET_TO_LIMIT, "price": 0},
        {"kind": OrderKind.STOP, "price": 0, "stop_price": 5_000, "time_in_force": TimeInForce.IOC},
    ],
)
def test_an_order_that_cannot_wait_is_refused_while_collecting(terms: dict[str, Any]) -> None:
    price = terms.pop("price", 5_000)
    assert rejection(collecting().buy_yes("ann", price, 10, **terms)).reason is Reject.CANNOT_WAIT


def test_crossing_orders_rest_while_collecting_and_are_funded() -> None:
    world = collecting()
    one(OrderRested, world.buy_yes("ann", 6_000, 10))
    one(OrderRested, world.sell_yes("bob", 5_000, 10))
    assert rejection(world.buy_yes("ann", 6_000, 10**9)).reason is Reject.INSUFFICIENT_CASH
    assert (world.bids(), world.asks()) == ([(6_000, 10)], [(5_000, 10)])


def test_a_pegged_price_is_taken_from_what_was_collected() -> None:
    world = collecting()
    world.sell_yes("bob", 5_000, 10)
    assert one(OrderRested, world.buy_yes("ann", 0, 10, pricing=Pricing.BEST_OPPOSITE)).price == 5_000


def indicative(events: list[Event]) -> list[tuple[int, int]]:
    return [(event.price, event.quantity) for event in of(IndicativeChanged, events)]


def test_the_indicative_price_is_told_when_it_changes_and_only_then() -> None:
    world = collecting()
    assert indicative(world.buy_yes("ann", 5_000, 10, name=b"bid")) == []
    assert indicative(world.sell_yes("bob", 5_000, 4)) == [(5_000, 4)]
    assert indicative(world.buy_yes("ann", 4_000, 10)) == []
    assert indicative(world.sell_yes("bob", 4_900, 4)) == [(5_000, 8)]
    assert indicative(world.cancel("ann", b"bid")) == [(0, 0)]


def test_the_indicative_price_changes_with_what_the_re_check_cancels() -> None:
    """Found by a reading: an order cancelled as unfunded changed the auction, and nobody said so."""
    world = collecting()
    world.buy_yes("ann", 5_000, 10)
    world.sell_yes("bob", 5_000, 10)
    events = world.split("ann", world.cash("ann") // DOLLAR * 100)
    one(OrderCancelled, events)
    assert indicative(events) == [(0, 0)]


def test_the_indicative_price_changes_with_the_tick() -> None:
    world = collecting()
    world.buy_yes("ann", 5_100, 10)
    world.sell_yes("bob", 4_000, 10)
    assert indicative(world.do(SetTick(world.now, MARKET, 50))) == [(4_550, 10)]


def test_a_market_that_begins_to_collect_says_what_it_has() -> None:
    world = collecting()
    world.buy_yes("ann", 5_000, 10)
    world.sell_yes("bob", 5_000, 10)
    first = world.set_state(MarketState.MATCH_AND_CLOSE)
    assert [type(event) for event in first] == [MarketStateChanged]
    one(Trade, world.set_state(MarketState.SUSPENDED))


def test_resolving_a_market_that_collects_holds_no_auction() -> None:
    world = collecting()
    world.buy_yes("ann", 5_000, 10)
    world.sell_yes("bob", 5_000, 10)
    events = world.resolve(10_000)
    assert of(Trade, events) == [] and len(of(OrderCancelled, events)) == 2
    assert indicative(events) == []
