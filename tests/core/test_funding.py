"""Funding at its edges: exact fits, promised tokens, fees that cost more than they close."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import MARKET, OTHER, SHARE, World, of, one, rejection
from tradepit.core.commands import FeeSchedule
from tradepit.core.enums import CancelReason, FeePlan, Gives, Reject, SelfMatch, Side, TimeInForce
from tradepit.core.events import CommandRejected, OrderCancelled, OrderDelayed, OrderExpired, Trade
from tradepit.core.ledger import Account, Holding


@pytest.mark.parametrize(("cash", "yes", "no"), [(9, 5, 5), (10, 4, 5), (10, 5, 4)])
def test_a_holding_fits_to_the_last_lot_and_micro_dollar_and_no_further(cash: int, yes: int, no: int) -> None:
    holding = Holding(Account("ann"), MARKET)
    holding.token_cash, holding.yes_promised, holding.no_promised = 10, 5, 5
    holding.account.cash, holding.yes, holding.no = 10, 5, 5
    assert holding.fits()
    holding.account.cash, holding.yes, holding.no = cash, yes, no
    assert not holding.fits()


def test_the_largest_requirement_is_that_of_the_neediest_market() -> None:
    world = World()
    world.fund("ann", 10)
    account = world.exchange.state.accounts["ann"]
    assert account.largest_required() == 0
    world.buy_yes("ann", 4_000, 100)
    world.buy_yes("ann", 6_000, 100, market=OTHER)
    world.buy_yes("ann", 1_000, 100)
    assert account.largest_required() == 600_000
    assert account.required_bound == 600_000


def test_a_net_seller_who_cannot_pay_for_what_it_meets_is_refused_for_that() -> None:
    """Not for its FOK: its YES are promised, so nothing is closed, and the walk ends for lack of cash."""
    world = World()
    world.fund("bob", 100)
    world.fund("ann", 0, yes=10)
    world.sell_yes("ann", 9_000, 10)
    world.buy_yes("bob", 5_000, 1)
    for _ in range(2):
        refusal = rejection(world.net_sell("ann", 5_000, 100, time_in_force=TimeInForce.FOK))
        assert refusal.reason is Reject.INSUFFICIENT_CASH
        world.buy_yes("bob", 5_000, 14)


def test_a_net_buyer_who_cannot_pay_for_what_it_meets_is_refused_for_that() -> None:
    world = World()
    world.fund("bob", 100)
    world.fund("ann", 0, no=10)
    world.sell_no("ann", 9_000, 10)
    world.buy_no("bob", 5_000, 1)
    for _ in range(2):
        refusal = rejection(world.net_buy("ann", 5_000, 100, time_in_force=TimeInForce.FOK))
        assert refusal.reason is Reject.INSUFFICIENT_CASH
        world.buy_no("bob", 5_000, 14)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_net_order_that_closes_what_it_meets_lives_and_dies_by_its_terms(side: str) -> None:
    """The same as above with tokens that nothing has promised: closing pays, so the FOK decides."""
    world = World()
    world.fund("bob", 100)
    if side == "sell":
        world.fund("ann", 0, yes=10)
        world.buy_yes("bob", 5_000, 10)
        events = world.net_sell("ann", 5_000, 100, time_in_force=TimeInForce.FOK)
    else:
        world.fund("ann", 0, no=10)
        world.buy_no("bob", 5_000, 10)
        events = world.net_buy("ann", 5_000, 100, time_in_force=TimeInForce.FOK)
    assert one(OrderExpired, events).remaining == 100


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_fee_beyond_what_closing_brings_must_be_paid_in_cash(side: str) -> None:
    """Closing 1,000 lots at the far end of the grid brings 1,000 micro-dollars; a builder's 1 % of what
    opening them would cost is about 100,000."""
    world = World(tick=1)
    world.fund("bob", 1_000)
    if side == "sell":
        world.fund("ann", 0, yes=5_000)
        world.buy_yes("bob", 1, 1_000)
    else:
        world.fund("ann", 0, no=5_000)
        world.buy_no("bob", 1, 1_000)
    place = world.net_sell if side == "sell" else world.net_buy
    price = 1 if side == "sell" else 9_999
    refusal = rejection(place("ann", price, 1_000, builder_bps=100))
    assert (refusal.reason, refusal.available) == (Reject.INSUFFICIENT_CASH, 0)
    world.deposit("ann", 98_990)
    trade = one(Trade, place("ann", price, 1_000, builder_bps=100))
    assert (trade.taker_fee, world.cash("ann")) == (99_990, 0)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_net_order_is_funded_at_its_limit_however_good_the_price_that_it_meets(side: str) -> None:
    """10 shares closed at 0.50 bring 5 dollars and cost a fee of 0.17; at the limit they would bring 0.10."""
    world = World(fees=FeeSchedule(us_taker_ppm=69_500))
    world.fund("bob", 100)
    if side == "sell":
        world.fund("ann", 0.069999, yes=5_000)
        world.buy_yes("bob", 5_000, 1_000)
    else:
        world.fund("ann", 0.069999, no=5_000)
        world.buy_no("bob", 5_000, 1_000)
    place = world.net_sell if side == "sell" else world.net_buy
    limit = 100 if side == "sell" else 9_900
    refusal = rejection(place("ann", limit, 1_000, fee_plan=FeePlan.US))
    assert (refusal.reason, refusal.available) == (Reject.INSUFFICIENT_CASH, 69_999)
    world.deposit("ann", 1)
    trade = one(Trade, place("ann", limit, 1_000, fee_plan=FeePlan.US))
    assert (trade.taker_fee, world.cash("ann")) == (170_000, 4_900_000)


def test_the_fee_of_a_trade_with_oneself_can_unfund_an_order_elsewhere() -> None:
    """No token moves in the end, but 1.75 dollars go: cash alone has changed."""
    world = World(fees=FeeSchedule(clob_rate_ppm=70_000))
    world.fund("ann", 60, yes=100 * SHARE)
    world.sell_yes("ann", 5_000, 100 * SHARE)
    world.buy_yes("ann", 5_900, 100 * SHARE, market=OTHER, name=b"elsewhere")
    events = world.buy_yes(
        "ann", 5_000, 100 * SHARE, self_match=SelfMatch.ALLOW, fee_plan=FeePlan.CLOB_V2, name=b"own"
    )
    assert world.tokens("ann") == (100 * SHARE, 0)
    assert world.cash("ann") == 58_250_000
    (gone,) = of(OrderCancelled, events)
    assert (gone.order_id, gone.reason) == (b"elsewhere", CancelReason.UNFUNDED)


def test_a_newer_order_of_the_side_that_fits_outlives_the_one_that_does_not() -> None:
    world = World()
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.net_buy("ann", 9_000, 1_000, name=b"dear")
    world.net_sell("ann", 9_500, 1_000, name=b"cheap")
    world.buy_no("bob", 5_000, 1_000, market=OTHER)
    events = world.buy_yes("ann", 5_000, 1_000, market=OTHER)
    gone = one(OrderCancelled, events)
    assert (gone.order_id, gone.reason) == (b"dear", CancelReason.UNFUNDED)
    assert world.is_open(b"cheap")


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_a_held_net_budget_counts_whole_less_what_it_will_close(side: Side) -> None:
    """2.00 buy 200 lots at 0.50, which close as many tokens, and leave 1.00 that must be there."""
    world = World(delay_ns=100)
    world.fund("bob", 100)
    world.fund("ann", 1, yes=200, no=200)
    rest = world.buy_no if side is Side.BUY else world.buy_yes
    rest("bob", 5_000, 200)
    terms: dict[str, Any] = {"budget": 2_000_000, "time_in_force": TimeInForce.FAK}
    held = one(OrderDelayed, world.place("ann", side, Gives.NET, 5_000, 0, name=b"held", **terms))
    holding = world.exchange.state.accounts["ann"].holdings[MARKET]
    assert holding.required() == 1_000_000
    assert one(CommandRejected, world.withdraw("ann", 1)).reason is Reject.INSUFFICIENT_CASH
    world.wait(held.due - world.now)
    assert not world.is_open(b"held")
    assert world.tokens("ann") == ((200, 0) if side is Side.BUY else (0, 200))
    assert world.cash("ann") == 2_000_000
