"""Orders whose price or quantity is not given: market-to-limit, pegged, strict, budgets, builder's fees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import MARKET, World, of, one, rejection
from tradepit.core.commands import FeeSchedule
from tradepit.core.enums import (
    ExpireReason,
    FeePlan,
    Gives,
    OrderKind,
    Pricing,
    Reject,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    OrderAccepted,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRested,
    Trade,
)

SWEEP: dict[str, Any] = {"kind": OrderKind.MARKET_TO_LIMIT}


@pytest.fixture
def world() -> World:
    """Bob offers 100 lots at 0.50 and at 0.60 and bids 100 at 0.40; ann has 100.00 and 1,000 NO."""
    world = World()
    world.fund("ann", 100, no=1_000)
    world.fund("bob", 1_000)
    world.buy_no("bob", 5_000, 100, name=b"ask 50")
    world.buy_no("bob", 4_000, 100, name=b"ask 60")
    world.buy_yes("bob", 4_000, 100, name=b"bid 40")
    return world


# Market-to-limit ---------------------------------------------------------------------------------------


def test_a_market_order_sweeps_and_rests_at_its_last_price(world: World) -> None:
    events = world.buy_yes("ann", 0, 250, **SWEEP)
    assert [trade.price for trade in of(Trade, events)] == [5_000, 6_000]
    rested = one(OrderRested, events)
    assert (rested.price, rested.remaining) == (6_000, 50)


def test_a_market_order_that_may_not_rest_expires_its_remainder(world: World) -> None:
    events = world.buy_yes("ann", 0, 250, time_in_force=TimeInForce.IOC, **SWEEP)
    assert one(OrderExpired, events).remaining == 50


def test_a_market_order_is_funded_at_the_price_of_its_walk(world: World) -> None:
    """150 lots cost 0.50 x 100 + 0.60 x 50 = 0.80 dollars."""
    world.withdraw("ann", world.cash("ann") - 799_999)
    refused = rejection(world.buy_yes("ann", 0, 150, **SWEEP))
    assert (refused.reason, refused.available) == (Reject.INSUFFICIENT_CASH, 799_999)
    world.deposit("ann", 1)
    assert len(of(Trade, world.buy_yes("ann", 0, 150, **SWEEP))) == 2
    assert world.cash("ann") == 0


def test_the_rest_of_a_market_order_must_be_funded_too(world: World) -> None:
    world.withdraw("ann", world.cash("ann") - 1_100_000)
    assert rejection(world.buy_yes("ann", 0, 201, **SWEEP)).reason is Reject.INSUFFICIENT_CASH
    one(OrderRested, world.place("ann", Side.SELL, Gives.CASH, 0, 110, **SWEEP))


def test_a_market_sell_goes_down_to_the_last_bid(world: World) -> None:
    assert one(Trade, world.net_sell("ann", 0, 100, **SWEEP)).price == 4_000


# Pegged and strict -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "pricing", "price"),
    [
        (Side.BUY, Pricing.BEST_OWN, 4_000),
        (Side.BUY, Pricing.BEST_OPPOSITE, 5_000),
        (Side.SELL, Pricing.BEST_OWN, 5_000),
        (Side.SELL, Pricing.BEST_OPPOSITE, 4_000),
    ],
)
def test_a_price_is_taken_from_the_top_of_the_book(
    world: World, side: Side, pricing: Pricing, price: int
) -> None:
    events = world.place("ann", side, Gives.NET, 0, 10, pricing=pricing)
    assert one(OrderAccepted, events).order.price == price


@pytest.mark.parametrize("price", [5_000, 4_900])
def test_a_strict_order_trades_at_its_limit_or_rests(world: World, price: int) -> None:
    events = world.buy_yes("ann", price, 150, strict=True)
    assert [trade.price for trade in of(Trade, events)] == ([5_000] if price == 5_000 else [])
    assert one(OrderRested, events).price == price


# Budgets -----------------------------------------------------------------------------------------------


def test_a_net_buy_closes_with_its_budget(world: World) -> None:
    """Closing NO with 0.50: every lot brings ONE - P back, so no cash is needed."""
    world.withdraw("ann", world.cash("ann"))
    events = world.net_buy("ann", 5_000, 0, budget=500_000, time_in_force=TimeInForce.IOC)
    fill = [fill for fill in of(OrderFilled, events) if fill.account == "ann"]
    assert [(f.quantity, f.cash, f.no, f.done) for f in fill] == [(100, 500_000, -100, True)]


def test_a_net_sell_spends_the_price_of_no(world: World) -> None:
    events = world.net_sell("ann", 4_000, 0, budget=60_000, time_in_force=TimeInForce.FAK)
    assert one(Trade, events).quantity == 10


def test_what_a_budget_of_an_ioc_order_leaves_expires(world: World) -> None:
    events = world.buy_yes("ann", 5_000, 0, budget=600_000, time_in_force=TimeInForce.IOC)
    assert one(Trade, events).quantity == 100
    expired = one(OrderExpired, events)
    assert (expired.reason, expired.remaining) == (ExpireReason.REMAINDER, 0)


def test_a_market_order_with_a_budget_is_complete_when_no_step_can_be_bought(world: World) -> None:
    terms = {"budget": 504_999, "time_in_force": TimeInForce.FOK, **SWEEP}
    assert sum(trade.quantity for trade in of(Trade, world.buy_yes("ann", 0, 0, **terms))) == 100


def test_a_held_net_budget_reserves_what_it_was_checked_for() -> None:
    """Found by the differential test: it reserved its whole budget and unfunded what was there before."""
    world = World(delay_ns=3)
    world.fund("ann", 1, yes=100, no=100)
    world.fund("bob", 100)
    world.buy_no("bob", 5_000, 100)
    world.withdraw("ann", world.cash("ann"))
    world.net_buy("ann", 1_000, 100, name=b"before")
    budget = {"budget": 500_000, "time_in_force": TimeInForce.FAK}
    one(OrderDelayed, world.net_buy("ann", 5_000, 0, **budget))
    world.deposit("ann", 1)
    assert world.is_open(b"before")
    assert one(Trade, world.wait(3)).quantity == 100


# Builder's fee -----------------------------------------------------------------------------------------


def test_a_builders_fee_comes_on_top_of_the_takers_and_is_named() -> None:
    """0.10 % of 100 shares at 0.50 is 0.05; the venue's own fee at 7 % is 100 x 0.07 x 0.25 = 1.75."""
    world = World(fees=FeeSchedule(clob_rate_ppm=70_000))
    world.fund("ann", 100)
    world.fund("bob", 100)
    world.buy_no("bob", 5_000, 10_000)
    trade = one(Trade, world.buy_yes("ann", 5_000, 10_000, fee_plan=FeePlan.CLOB_V2, builder_bps=10))
    assert (trade.taker_fee, trade.builder_fee) == (1_800_000, 50_000)
    assert world.fees(MARKET) == 1_800_000


def test_a_builders_fee_is_of_the_price_of_the_takers_own_token() -> None:
    world = World()
    world.fund("ann", 100)
    world.fund("bob", 100)
    world.buy_yes("bob", 9_000, 1_000)
    trade = one(Trade, world.buy_no("ann", 1_000, 1_000, builder_bps=100))
    assert trade.builder_fee == trade.taker_fee == 10_000
