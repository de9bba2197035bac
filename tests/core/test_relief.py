"""Margin relief: shorts in several markets of one event cannot all lose, and what that is worth is credit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import DOLLAR, MARKET, OTHER, SHARE, World, of, one, rejection
from tradepit.core.commands import (
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    ResolveEvent,
    SetMarginRelief,
)
from tradepit.core.enums import CancelReason, Gives, MarketState, OrderKind, Reject, Side, TimeInForce
from tradepit.core.events import (
    BalanceChanged,
    CommandRejected,
    Converted,
    Event,
    MarginReliefChanged,
    OrderCancelled,
    OrderRested,
    Trade,
)
from tradepit.core.exchange import Exchange

SUN = "sun"


@pytest.fixture
def world() -> World:
    """Rain and snow are an event, the sun stands alone. Bob is rich. Ann has 10,000.00 and margin relief."""
    world = World()
    world.do(CreateMarket(world.now, SUN, 100))
    world.do(CreateEvent(world.now, "weather", [MARKET, OTHER]))
    world.do(Deposit(world.now, "bob", 1_000_000 * DOLLAR))
    world.do(Deposit(world.now, "ann", 10_000 * DOLLAR))
    assert one(MarginReliefChanged, relieve(world)).on
    return world


def relieve(world: World, account: str = "ann", *, on: bool = True) -> list[Event]:
    return world.do(SetMarginRelief(world.now, account, on))


def short(world: World, market: str, shares: int, price: int, account: str = "ann") -> None:
    """Ann sells so many shares to bob."""
    world.net_buy("bob", price, shares * SHARE, market=market)
    one(Trade, world.net_sell(account, price, shares * SHARE, market=market))


def both(world: World) -> None:
    """Short 9,000 rain and 1,000 snow, at 0.50: ann has paid 5,000.00 for them."""
    short(world, MARKET, 9_000, 5_000)
    short(world, OTHER, 1_000, 5_000)


def relief(world: World) -> Any:
    return world.exchange.state.accounts["ann"].relief


def test_short_nine_thousand_and_one_thousand_needs_nine_thousand_of_margin(world: World) -> None:
    """The balance is 15,000.00 (10,000 and what the sales brought), the margin 9,000 and not 10,000."""
    both(world)
    shorts = world.tokens("ann")[1] + world.tokens("ann", OTHER)[1]
    margin = shorts * 10_000 - relief(world).total
    assert margin == 9_000 * DOLLAR
    assert world.cash("ann") + shorts * 10_000 - margin == 6_000 * DOLLAR


def test_the_power_that_is_freed_carries_orders_outside_the_event(world: World) -> None:
    """Cash goes down to minus the credit, and no further."""
    both(world)
    beyond = world.net_buy("ann", 5_000, 12_001 * SHARE, market=SUN)
    assert (rejection(beyond).reason, rejection(beyond).available) == (
        Reject.INSUFFICIENT_CASH,
        6_000 * DOLLAR,
    )
    world.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
    events = world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
    assert {event.account: event.cash for event in of(BalanceChanged, events)}["ann"] == -1_000 * DOLLAR
    assert rejection(world.net_buy("ann", 100, 1, market=SUN)).reason is Reject.INSUFFICIENT_CASH


def test_the_power_that_is_freed_cannot_grow_the_same_event(world: World) -> None:
    both(world)
    more = world.net_sell("ann", 5_000, 10_001 * SHARE)
    assert (rejection(more).reason, rejection(more).available) == (Reject.INSUFFICIENT_CASH, 5_000 * DOLLAR)
    assert of(OrderRested, world.net_sell("ann", 5_000, 10_000 * SHARE))


def test_closing_the_offset_needs_the_power_back(world: World) -> None:
    """To buy 1,000 snow back at 0.60 brings 400.00 of cash and ends 1,000.00 of credit."""
    both(world)
    world.net_sell("bob", 5_000, 11_000 * SHARE, market=SUN)
    world.net_buy("ann", 5_000, 11_000 * SHARE, market=SUN)
    assert world.cash("ann") == -500 * DOLLAR
    world.net_sell("bob", 6_000, 1_000 * SHARE, market=OTHER)
    refused = rejection(world.net_buy("ann", 6_000, 1_000 * SHARE, market=OTHER))
    assert refused.reason is Reject.INSUFFICIENT_CASH
    world.deposit("ann", 100 * DOLLAR)
    one(Trade, world.net_buy("ann", 6_000, 1_000 * SHARE, market=OTHER))
    assert (world.cash("ann"), relief(world).total) == (0, 0)


def test_closing_the_larger_short_is_free_down_to_the_smaller(world: World) -> None:
    """The credit is worth the smaller short; so 8,000 of the 9,000 rain carry none."""
    both(world)
    world.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
    world.net_sell("bob", 9_900, 9_000 * SHARE)
    one(Trade, world.net_buy("ann", 9_900, 8_000 * SHARE))
    assert (world.cash("ann"), relief(world).total) == (-920 * DOLLAR, 1_000 * DOLLAR)
    refused = world.net_buy("ann", 9_900, 1_000 * SHARE)
    assert rejection(refused).reason is Reject.INSUFFICIENT_CASH


def test_whoever_wins_a_credit_is_covered(world: World) -> None:
    for payouts, expected in (([10_000, 0], 0), ([0, 10_000], 8_000), ([5_000, 5_000], 4_000)):
        fresh = Exchange.restore(world.exchange.snapshot())
        other = World()
        other.exchange = fresh
        both(other)
        other.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
        other.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
        other.do(ResolveEvent(other.now, "weather", payouts))
        assert other.cash("ann") == expected * DOLLAR


def test_a_fill_that_uses_credit_cancels_what_it_carried_elsewhere(world: World) -> None:
    """Two orders outside the event may count on the same credit; the first to fill takes it."""
    world.do(CreateMarket(world.now, "moon", 100))
    both(world)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market="moon", name=b"moon")
    events = world.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
    gone = one(OrderCancelled, events)
    assert (gone.order_id, gone.reason) == (b"moon", CancelReason.UNFUNDED)


def test_credit_cannot_be_withdrawn_or_split(world: World) -> None:
    both(world)
    refused = one(CommandRejected, world.withdraw("ann", 5_001 * DOLLAR))
    assert (refused.reason, refused.available) == (Reject.INSUFFICIENT_CASH, 5_000 * DOLLAR)
    refused = one(CommandRejected, world.split("ann", 5_001 * SHARE, SUN))
    assert refused.reason is Reject.INSUFFICIENT_CASH
    world.net_buy("ann", 5_000, 3_000 * SHARE, market=SUN)
    # The order has credit of 1,000.00 to itself, and 500.00 of cash.
    assert one(CommandRejected, world.withdraw("ann", 4_501 * DOLLAR)).available == 4_500 * DOLLAR
    world.withdraw("ann", 4_500 * DOLLAR)
    assert world.cash("ann") == 500 * DOLLAR


def test_a_conversion_that_ends_credit_in_use_is_refused(world: World) -> None:
    """Snow's NO becomes YES of rain, and brings no cash."""
    both(world)
    world.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
    convert = Convert(world.now, "ann", "weather", [OTHER], 1_000 * SHARE)
    refused = one(CommandRejected, world.do(convert))
    assert (refused.reason, refused.available, refused.required) == (
        Reject.INSUFFICIENT_CASH,
        0,
        1_000 * DOLLAR,
    )
    # Of both together the pair pays what the credit was.
    assert of(Converted, world.do(Convert(world.now, "ann", "weather", [MARKET, OTHER], 1_000 * SHARE)))
    assert (world.cash("ann"), relief(world).total) == (0, 0)


def test_only_net_orders_use_credit(world: World) -> None:
    for gives in (Gives.CASH, Gives.TOKENS):
        refused = rejection(world.place("ann", Side.BUY, gives, 5_000, SHARE))
        assert refused.reason is Reject.CONFLICTING_TERMS


def test_relief_waits_until_token_orders_are_gone(world: World) -> None:
    world.buy_yes("bob", 5_000, SHARE, name=b"x")
    assert one(CommandRejected, relieve(world, "bob")).reason is Reject.CONFLICTING_TERMS
    world.cancel("bob", b"x")
    assert one(MarginReliefChanged, relieve(world, "bob")).account == "bob"


def test_a_waiting_stop_that_gives_cash_forbids_relief_too(world: World) -> None:
    world.place("bob", Side.BUY, Gives.CASH, 5_000, SHARE, kind=OrderKind.STOP_LIMIT, stop_price=6_000)
    assert one(CommandRejected, relieve(world, "bob")).reason is Reject.CONFLICTING_TERMS


@pytest.mark.parametrize("account", ["nobody", "vault/weather", ""])
def test_relief_is_for_accounts_that_exist_and_are_no_vault(world: World, account: str) -> None:
    assert one(CommandRejected, relieve(world, account)).reason is Reject.INVALID_VALUE


def test_relief_does_not_end_while_cash_is_below_zero(world: World) -> None:
    both(world)
    world.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
    refused = one(CommandRejected, relieve(world, on=False))
    assert (refused.reason, refused.available) == (Reject.INSUFFICIENT_CASH, -1_000 * DOLLAR)
    world.deposit("ann", 1_000 * DOLLAR)
    assert not one(MarginReliefChanged, relieve(world, on=False)).on


def test_orders_that_counted_on_credit_are_cancelled_when_relief_ends(world: World) -> None:
    both(world)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN, name=b"x")
    events = relieve(world, on=False)
    assert one(OrderCancelled, events).order_id == b"x"
    assert of(BalanceChanged, events) == []


def test_an_event_that_is_made_later_gives_credit_to_the_shorts_that_are_there(world: World) -> None:
    world.do(CreateMarket(world.now, "moon", 100))
    short(world, SUN, 100, 5_000)
    short(world, "moon", 50, 5_000)
    assert relief(world).total == 0
    world.do(CreateEvent(world.now, "sky", [SUN, "moon"]))
    assert relief(world).total == 50 * DOLLAR


def test_what_a_budget_does_not_spend_is_kept_aside_while_it_is_held() -> None:
    """Of a held net budget what it is seen to pay may close; the rest is cash, for relief too."""
    world = World()
    world.do(CreateMarket(world.now, SUN, 100, delay_ns=5))
    world.do(Deposit(world.now, "bob", 1_000 * DOLLAR))
    world.do(Deposit(world.now, "ann", 10 * DOLLAR))
    relieve(world)
    world.net_sell("bob", 5_000, 4 * SHARE, market=SUN)
    held: dict[str, Any] = {"budget": 8 * DOLLAR, "time_in_force": TimeInForce.FAK, "market": SUN}
    world.net_buy("ann", 5_000, 0, **held)
    assert one(CommandRejected, world.withdraw("ann", 3 * DOLLAR)).available == 2 * DOLLAR
    assert rejection(world.net_buy("ann", 4_000, 6 * SHARE, market=SUN)).reason is Reject.INSUFFICIENT_CASH
    assert of(OrderRested, world.net_buy("ann", 4_000, 5 * SHARE, market=SUN))


def test_an_auction_fills_orders_on_credit(world: World) -> None:
    both(world)
    world.set_state(MarketState.PRE_OPEN, SUN)
    world.net_buy("ann", 5_000, 12_000 * SHARE, market=SUN)
    world.net_sell("bob", 5_000, 12_000 * SHARE, market=SUN)
    world.set_state(MarketState.OPEN, SUN)
    assert world.cash("ann") == -1_000 * DOLLAR


def test_a_held_net_budget_to_sell_counts_like_one_to_buy() -> None:
    """It closes the 4 shares of YES that it was seen to sell for 2.00; the other 6.00 are kept aside."""
    world = World(delay_ns=5)
    world.fund("ann", 10, yes=4 * SHARE, no=4 * SHARE)
    world.fund("bob", 10)
    world.net_buy("bob", 5_000, 4 * SHARE)
    world.net_sell("ann", 5_000, 0, budget=8 * DOLLAR, time_in_force=TimeInForce.FAK)
    assert one(CommandRejected, world.withdraw("ann", 9 * DOLLAR)).available == 4 * DOLLAR
    world.wait(5)
    assert (world.cash("ann"), world.tokens("ann")) == (12 * DOLLAR, (0, 4 * SHARE))
