"""Markets from listing to payout, and money that comes, goes and turns into pairs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import DOLLAR, MARKET, OTHER, SHARE, World, of, one
from tradepit.core.commands import CreateMarket, Deposit, FeeSchedule
from tradepit.core.enums import CancelReason, MarketState, Reject, Side
from tradepit.core.events import (
    BalanceChanged,
    CommandRejected,
    Deposited,
    LevelChanged,
    MarketCreated,
    MarketResolved,
    MarketStateChanged,
    OrderCancelled,
    OrderRested,
    PairsMerged,
    PairsSplit,
    PositionChanged,
    PositionRedeemed,
    Trade,
    Withdrawn,
)
from tradepit.core.limits import CASH_MAX, DELAY_MAX_NS, METADATA_BYTES_MAX, QUANTITY_MAX
from tradepit.core.units import ONE

# Markets -----------------------------------------------------------------------------------------------


def test_a_market_is_listed_once_with_all_that_was_said_of_it() -> None:
    world = World()
    listing = CreateMarket(world.now, "fog", 25, 5, 10, 7, MarketState.PENDING, FeeSchedule(1), {"a": "b"})
    assert world.do(listing) == [MarketCreated(world.now, listing)]
    assert one(CommandRejected, world.do(listing)).reason is Reject.ALREADY_EXISTS


@pytest.mark.parametrize(
    "wrong",
    [
        {"market": ""},
        {"market": "m" * 201},
        {"tick": 0},
        {"tick": -100},
        {"tick": 3},
        {"tick": ONE},
        {"quantity_step": 0},
        {"quantity_step": -1},
        {"quantity_step": QUANTITY_MAX + 1},
        {"minimum_quantity": -1},
        {"delay_ns": -1},
        {"delay_ns": DELAY_MAX_NS + 1},
        {"state": MarketState.RESOLVED},
        {"fees": FeeSchedule(clob_rate_ppm=500_001)},
        {"metadata": {"note": "x" * METADATA_BYTES_MAX}},
    ],
)
def test_a_market_with_impossible_terms_is_refused(wrong: dict[str, Any]) -> None:
    world = World()
    terms: dict[str, Any] = {"now": world.now, "market": "fog", "tick": 100, **wrong}
    refused = one(CommandRejected, world.do(CreateMarket(**terms)))
    assert (refused.reason, refused.subject) == (Reject.INVALID_VALUE, terms["market"])


@pytest.mark.parametrize("tick", [1, 10, 25, 50, 100, 1_000])
def test_every_tick_of_the_venues_can_be_listed(tick: int) -> None:
    world = World(tick=tick)
    world.fund("ann", 1)
    one(OrderRested, world.buy_yes("ann", tick, 1))


def test_a_market_moves_between_states_and_says_so() -> None:
    world = World()
    assert world.set_state(MarketState.HALTED) == [MarketStateChanged(world.now, MARKET, MarketState.HALTED)]
    assert one(CommandRejected, world.set_state(MarketState.OPEN, "nowhere")).reason is Reject.UNKNOWN_MARKET
    assert one(CommandRejected, world.set_state(MarketState.RESOLVED)).reason is Reject.INVALID_VALUE


def test_closing_a_market_leaves_its_orders_in_the_book() -> None:
    world = World()
    world.fund("ann", 1)
    world.buy_yes("ann", 5_000, 100, name=b"x")
    world.set_state(MarketState.CLOSED)
    assert world.is_open(b"x")


# Resolution --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payout", [0, 1, 3_333, 5_000, ONE])
def test_a_resolution_pays_every_lot_and_leaves_no_tokens(payout: int) -> None:
    world = World()
    world.fund("both", 0, yes=100, no=100)
    world.fund("yes", 5)
    world.fund("no", 5)
    world.buy_no("no", 5_000, 300)
    world.buy_yes("yes", 5_000, 300)
    events = world.resolve(payout)
    assert [(paid.account, paid.cash) for paid in of(PositionRedeemed, events)] == [
        ("both", ONE * 100),
        ("no", (ONE - payout) * 300),
        ("yes", payout * 300),
    ]
    for account in ("both", "yes", "no"):
        assert world.tokens(account) == (0, 0)
    assert world.cash("yes") == 5 * DOLLAR - 1_500_000 + payout * 300


def test_a_resolution_cancels_first_then_pays_then_tells_levels_and_balances() -> None:
    world = World()
    world.fund("ann", 10, yes=100, no=100)
    world.sell_yes("ann", 6_000, 100, name=b"first")
    world.buy_yes("ann", 4_000, 100, name=b"second")
    now = world.now
    assert world.resolve(ONE) == [
        OrderCancelled(now, b"first", "ann", MARKET, 100, CancelReason.MARKET_RESOLVED),
        OrderCancelled(now, b"second", "ann", MARKET, 100, CancelReason.MARKET_RESOLVED),
        MarketResolved(now, MARKET, ONE),
        PositionRedeemed(now, "ann", MARKET, 100, 100, DOLLAR),
        LevelChanged(now, MARKET, Side.SELL, 6_000, 0),
        LevelChanged(now, MARKET, Side.BUY, 4_000, 0),
        BalanceChanged(now, "ann", 11 * DOLLAR),
        PositionChanged(now, "ann", MARKET, 0, 0),
    ]


def test_a_resolution_cancels_delayed_orders_too() -> None:
    world = World(delay_ns=100)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 100, name=b"resting")
    world.buy_yes("ann", 5_000, 100, name=b"delayed")
    events = world.resolve(0)
    assert [event.order_id for event in of(OrderCancelled, events)] == [b"resting", b"delayed"]
    assert world.exchange.next_due() is None
    assert world.wait(100) == []


def test_a_resolution_is_final() -> None:
    world = World()
    world.fund("ann", 10, yes=100, no=100)
    world.resolve(0)
    for events in (
        world.resolve(ONE),
        world.set_state(MarketState.OPEN),
        world.split("ann", 100),
        world.merge("ann", 100),
    ):
        assert one(CommandRejected, events).reason is Reject.ALREADY_RESOLVED


@pytest.mark.parametrize("payout", [-1, ONE + 1])
def test_a_payout_is_a_price_from_nothing_to_one(payout: int) -> None:
    assert one(CommandRejected, World().resolve(payout)).reason is Reject.INVALID_VALUE


def test_an_unknown_market_cannot_be_resolved() -> None:
    assert one(CommandRejected, World().resolve(0, "nowhere")).reason is Reject.UNKNOWN_MARKET


def test_a_resolution_in_one_market_leaves_the_others_alone() -> None:
    world = World()
    world.fund("ann", 10)
    world.split("ann", 100, OTHER)
    world.buy_yes("ann", 5_000, 100, name=b"x", market=OTHER)
    world.resolve(0)
    assert world.is_open(b"x") and world.tokens("ann", OTHER) == (100, 100)


# Cash --------------------------------------------------------------------------------------------------


def test_a_deposit_and_a_withdrawal_carry_their_reference() -> None:
    world = World()
    assert world.do(Deposit(world.now, "ann", 5, "faucet")) == [
        Deposited(world.now, "ann", 5, "faucet"),
        BalanceChanged(world.now, "ann", 5),
    ]
    assert world.withdraw("ann", 5) == [
        Withdrawn(world.now, "ann", 5, ""),
        BalanceChanged(world.now, "ann", 0),
    ]


@pytest.mark.parametrize("amount", [0, -1, CASH_MAX + 1])
def test_a_deposit_is_positive_and_within_the_bounds(amount: int) -> None:
    assert one(CommandRejected, World().deposit("ann", amount)).reason is Reject.INVALID_VALUE


def test_a_balance_never_exceeds_its_bound_by_deposits() -> None:
    world = World()
    one(Deposited, world.deposit("ann", CASH_MAX))
    assert one(CommandRejected, world.deposit("ann", 1)).reason is Reject.INVALID_VALUE


@pytest.mark.parametrize("amount", [0, -1])
def test_a_withdrawal_is_positive(amount: int) -> None:
    world = World()
    world.fund("ann", 1)
    assert one(CommandRejected, world.withdraw("ann", amount)).reason is Reject.INVALID_VALUE


def test_nobody_withdraws_more_than_there_is() -> None:
    world = World()
    world.fund("ann", 1)
    refused = one(CommandRejected, world.withdraw("ann", DOLLAR + 1))
    assert (refused.reason, refused.available, refused.required) == (
        Reject.INSUFFICIENT_CASH,
        DOLLAR,
        DOLLAR + 1,
    )
    assert one(CommandRejected, world.withdraw("nobody", 1)).reason is Reject.INSUFFICIENT_CASH


# Pairs -------------------------------------------------------------------------------------------------


def test_a_split_turns_a_dollar_a_share_into_both_tokens_and_a_merge_turns_it_back() -> None:
    world = World()
    world.fund("ann", 3)
    assert world.split("ann", 2 * SHARE) == [
        PairsSplit(world.now, "ann", MARKET, 200),
        BalanceChanged(world.now, "ann", DOLLAR),
        PositionChanged(world.now, "ann", MARKET, 200, 200),
    ]
    assert world.merge("ann", 2 * SHARE) == [
        PairsMerged(world.now, "ann", MARKET, 200),
        BalanceChanged(world.now, "ann", 3 * DOLLAR),
        PositionChanged(world.now, "ann", MARKET, 0, 0),
    ]


@pytest.mark.parametrize("quantity", [0, -10, QUANTITY_MAX + 10])
def test_pairs_come_in_positive_and_bounded_quantities(quantity: int) -> None:
    world = World(quantity_step=10)
    world.fund("ann", 3)
    for events in (world.split("ann", quantity), world.merge("ann", quantity)):
        assert one(CommandRejected, events).reason is Reject.INVALID_VALUE


def test_pairs_come_in_whole_quantity_steps() -> None:
    world = World(quantity_step=10)
    world.fund("ann", 3)
    for events in (world.split("ann", 15), world.merge("ann", 15)):
        assert one(CommandRejected, events).reason is Reject.QUANTITY_OFF_STEP


def test_a_split_needs_the_cash_and_a_merge_both_tokens() -> None:
    world = World()
    world.fund("ann", 1, yes=50)
    refused = one(CommandRejected, world.split("ann", 101))
    assert (refused.reason, refused.available, refused.required) == (
        Reject.INSUFFICIENT_CASH,
        DOLLAR,
        1_010_000,
    )
    assert one(CommandRejected, world.merge("ann", 1)).reason is Reject.INSUFFICIENT_TOKENS
    assert one(CommandRejected, world.split("ann", 1, "nowhere")).reason is Reject.UNKNOWN_MARKET
    assert one(CommandRejected, world.merge("ann", 1, "nowhere")).reason is Reject.UNKNOWN_MARKET


def test_split_tokens_can_be_sold_at_once() -> None:
    world = World()
    world.fund("ann", 1)
    world.fund("bob", 1)
    world.split("ann", 100)
    world.buy_yes("bob", 5_000, 100)
    one(Trade, world.sell_yes("ann", 5_000, 100))
    assert world.tokens("ann") == (0, 100)
