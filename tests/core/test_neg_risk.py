"""Events: markets of which exactly one resolves YES, their vault, converting, resolution as a whole."""

from __future__ import annotations

import pytest

from tests.core.world import DOLLAR, MARKET, OTHER, SHARE, World, of, one, rejection
from tradepit.core.commands import (
    Command,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    RegisterCredential,
    ResolveEvent,
    ResolveMarket,
    Split,
    Withdraw,
)
from tradepit.core.enums import CancelReason, MarketState, Reject
from tradepit.core.events import (
    CommandRejected,
    Converted,
    Event,
    EventCreated,
    EventResolved,
    MarketResolved,
    OrderCancelled,
    PositionRedeemed,
)

SUN = "sun"
RACE = [MARKET, OTHER, SUN]
VAULT = "vault/race"


@pytest.fixture
def world() -> World:
    """Rain, snow and sun are one event; ann holds 100 shares of NO of each, and no YES."""
    world = World()
    world.do(CreateMarket(world.now, SUN, 100))
    one(EventCreated, world.do(CreateEvent(world.now, "race", RACE)))
    world.fund("ann", 300)
    for market in RACE:
        world.split("ann", 100 * SHARE, market)
    return world


def convert(world: World, markets: list[str], quantity: int, account: str = "ann") -> list[Event]:
    return world.do(Convert(world.now, account, "race", markets, quantity))


def refused(world: World, command: Command) -> tuple[str, Reject]:
    """What the refusal names, and why; nothing has changed."""
    before = world.exchange.state_hash()
    event = one(CommandRejected, world.do(command))
    assert world.exchange.state_hash() == before
    return event.subject, event.reason


# Convert -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [1, 2, 3])
def test_no_of_some_becomes_yes_of_the_others_and_cash(world: World, given: int) -> None:
    """40 shares of NO of k markets: 40 YES of each other one, and 40 x (k - 1) dollars."""
    lots = 40 * SHARE
    event = one(Converted, convert(world, RACE[:given], lots))
    assert event.cash == world.cash("ann") == 40 * (given - 1) * DOLLAR
    for number, market in enumerate(RACE):
        expected = (100 * SHARE, 100 * SHARE - lots) if number < given else (100 * SHARE + lots, 100 * SHARE)
        assert world.tokens("ann", market) == expected
        assert world.tokens(VAULT, market) == (0, lots)
    assert world.cash(VAULT) == -2 * 40 * DOLLAR


def test_the_vault_splits_only_what_it_hands_over(world: World) -> None:
    convert(world, [MARKET, OTHER], 40 * SHARE)
    pairs = [world.exchange.state.markets[market].pairs for market in RACE]
    assert pairs == [100 * SHARE, 100 * SHARE, 140 * SHARE]


def test_an_order_that_promised_the_tokens_is_cancelled(world: World) -> None:
    world.sell_no("ann", 5_000, 80 * SHARE, name=b"x")
    assert one(OrderCancelled, convert(world, [MARKET], 40 * SHARE)).reason is CancelReason.UNFUNDED


def test_one_market_is_worth_the_same_whichever_way_it_is_said(world: World) -> None:
    """NO of rain is YES of everything else: after the conversion ann gets the same however it ends."""
    for winner in range(3):
        copy = world.exchange.restore(world.exchange.snapshot())
        payouts = [10_000 if number == winner else 0 for number in range(3)]
        copy.apply(ResolveEvent(world.now, "race", payouts))
        straight = copy.state.accounts["ann"].cash
        copy = world.exchange.restore(world.exchange.snapshot())
        copy.apply(Convert(world.now, "ann", "race", [MARKET, SUN], 70 * SHARE))
        copy.apply(ResolveEvent(world.now, "race", payouts))
        copy.check()
        assert copy.state.accounts["ann"].cash == straight
        assert copy.state.accounts[VAULT].cash == 0


def test_what_cannot_be_converted_is_refused(world: World) -> None:
    now = world.now
    assert refused(world, Convert(now, "ann", "race", [MARKET], 101 * SHARE)) == (
        "ann",
        Reject.INSUFFICIENT_TOKENS,
    )
    for markets, quantity in (
        ([], 1),
        ([MARKET, MARKET], 1),
        (["nowhere"], 1),
        ([MARKET], 0),
        ([MARKET], -1),
    ):
        assert refused(world, Convert(now, "ann", "race", markets, quantity)) == ("ann", Reject.INVALID_VALUE)
    assert refused(world, Convert(now, "ann", "no race", [MARKET], 1)) == ("no race", Reject.UNKNOWN_EVENT)
    assert refused(world, Convert(now, "bob", "race", [MARKET], 1)) == ("bob", Reject.INSUFFICIENT_TOKENS)


def test_a_conversion_is_in_whole_steps_of_every_market_of_the_event() -> None:
    world = World()
    world.do(CreateMarket(world.now, SUN, 100, quantity_step=10))
    world.do(CreateEvent(world.now, "race", [MARKET, SUN]))
    world.fund("ann", 10)
    world.split("ann", 100)
    assert refused(world, Convert(world.now, "ann", "race", [MARKET], 15)) == (
        "ann",
        Reject.QUANTITY_OFF_STEP,
    )
    one(Converted, convert(world, [MARKET], 20))


# Resolution --------------------------------------------------------------------------------------------


def test_an_event_is_resolved_as_a_whole(world: World) -> None:
    convert(world, [MARKET], 10 * SHARE)
    events = world.do(ResolveEvent(world.now, "race", [0, 10_000, 0]))
    assert events[0] == EventResolved(world.now, "race", [0, 10_000, 0])
    assert [event.market for event in of(MarketResolved, events)] == RACE
    paid = {event.market: event.cash for event in of(PositionRedeemed, events) if event.account == VAULT}
    assert paid == {MARKET: 10 * DOLLAR, OTHER: 0, SUN: 10 * DOLLAR}
    assert world.cash(VAULT) == 0 and world.cash("ann") == 300 * DOLLAR + 10 * DOLLAR - 10 * DOLLAR


def test_a_void_event_pays_prices_that_add_up_to_one(world: World) -> None:
    convert(world, RACE, 100 * SHARE)
    world.do(ResolveEvent(world.now, "race", [3_333, 3_333, 3_334]))
    assert world.cash(VAULT) == 0
    assert world.cash("ann") == 200 * DOLLAR + 100 * DOLLAR


@pytest.mark.parametrize(
    "payouts", [[], [10_000], [0, 0, 0], [10_000, 10_000, 0], [10_001, -1, 0], [0, 0, 0, 10_000]]
)
def test_prices_that_do_not_fit_the_event_are_refused(world: World, payouts: list[int]) -> None:
    assert refused(world, ResolveEvent(world.now, "race", payouts)) == ("race", Reject.INVALID_VALUE)


def test_a_market_of_an_event_is_not_resolved_alone(world: World) -> None:
    assert refused(world, ResolveMarket(world.now, SUN, 0)) == (SUN, Reject.EVENT_MARKET)


def test_an_event_ends_once(world: World) -> None:
    world.do(ResolveEvent(world.now, "race", [0, 0, 10_000]))
    for command in (ResolveEvent(1, "race", [0, 0, 10_000]), Convert(1, "ann", "race", [SUN], 1)):
        assert refused(world, command) == ("race", Reject.ALREADY_RESOLVED)
    assert refused(world, ResolveEvent(1, "no race", [])) == ("no race", Reject.UNKNOWN_EVENT)


# Linking -----------------------------------------------------------------------------------------------


def test_what_cannot_be_linked_is_refused(world: World) -> None:
    now = world.now
    for name in ("moon", "done"):
        world.do(CreateMarket(now, name, 100))
    world.resolve(0, "done")
    assert refused(world, CreateEvent(now, "race", ["moon", "done"])) == ("race", Reject.ALREADY_EXISTS)
    for event, markets in (
        ("", ["moon", SUN]),
        ("e", ["moon"]),
        ("e", ["moon", "moon"]),
        ("x" * 195, ["moon", SUN]),
    ):
        assert refused(world, CreateEvent(now, event, markets)) == (event, Reject.INVALID_VALUE)
    assert refused(world, CreateEvent(now, "e", ["moon", "nowhere"])) == ("nowhere", Reject.UNKNOWN_MARKET)
    assert refused(world, CreateEvent(now, "e", ["moon", "done"])) == ("done", Reject.ALREADY_RESOLVED)
    assert refused(world, CreateEvent(now, "e", ["moon", SUN])) == (SUN, Reject.EVENT_MARKET)


def test_nobody_acts_for_a_vault(world: World) -> None:
    now = world.now
    convert(world, [MARKET], 10)
    assert rejection(world.buy_yes(VAULT, 5_000, 10)).reason is Reject.RESERVED_ACCOUNT
    for command in (
        Deposit(now, VAULT, 1),
        Withdraw(now, VAULT, 1),
        Split(now, VAULT, MARKET, 1),
        Convert(now, VAULT, "race", [MARKET], 1),
    ):
        assert refused(world, command) == (VAULT, Reject.RESERVED_ACCOUNT)
    registered = RegisterCredential(now, "key", VAULT, "test")
    assert refused(world, registered) == ("key", Reject.RESERVED_ACCOUNT)


def test_trading_goes_on_in_linked_markets_and_survives_a_restart(world: World) -> None:
    convert(world, [MARKET], 10)
    world.set_state(MarketState.HALTED, OTHER)
    convert(world, [OTHER], 10)
    restored = world.exchange.restore(world.exchange.snapshot())
    restored.check()
    end = ResolveEvent(world.now, "race", [0, 0, 10_000])
    assert restored.apply(end) == world.do(end)
    assert restored.state_hash() == world.exchange.state_hash()


# Where relief is not needed: the venue's own examples (docs/protocol/us.md) ------------------


def test_a_short_costs_one_minus_the_price_of_buying_power() -> None:
    """5.00 and one sold at 0.70: worth 5.70 less the 1.00 that the short may cost, which is 4.70 free."""
    world = World()
    world.fund("ann", 5)
    world.fund("bob", 5)
    world.net_sell("ann", 7_000, SHARE)
    world.net_buy("bob", 7_000, SHARE)
    assert world.cash("ann") == 4_700_000
    assert world.tokens("ann") == (0, SHARE)
