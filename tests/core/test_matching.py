"""Priority, self-match, and what the walk decides before anything happens."""

from __future__ import annotations

import pytest

from tests.core.world import DOLLAR, SHARE, World, of, one, rejection
from tradepit.core.enums import CancelReason, ExpireReason, Reject, SelfMatch, TimeInForce
from tradepit.core.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRested,
    Trade,
)


@pytest.fixture
def world() -> World:
    """Three rich accounts with a thousand shares of each token."""
    world = World()
    for account in ("ann", "bob", "cyd"):
        world.fund(account, 10_000, yes=1_000 * SHARE, no=1_000 * SHARE)
    return world


def makers(events: list[Event]) -> list[bytes]:
    return [trade.maker_order for trade in of(Trade, events)]


def test_the_best_price_trades_first_then_the_oldest_order(world: World) -> None:
    world.sell_yes("ann", 5_200, 10, name=b"worse")
    world.sell_yes("ann", 5_100, 10, name=b"best, first")
    world.buy_no("bob", 4_900, 10, name=b"best, second")
    world.net_sell("bob", 5_100, 10, name=b"best, third")
    events = world.buy_yes("cyd", 5_200, 35)
    assert makers(events) == [b"best, first", b"best, second", b"best, third", b"worse"]
    assert [trade.price for trade in of(Trade, events)] == [5_100, 5_100, 5_100, 5_200]
    assert world.asks() == [(5_200, 5)]


def test_bids_trade_from_the_highest_down(world: World) -> None:
    world.buy_yes("ann", 4_800, 10, name=b"low")
    world.buy_yes("ann", 4_900, 10, name=b"high")
    assert makers(world.sell_yes("bob", 4_800, 15)) == [b"high", b"low"]


def test_a_partly_filled_order_keeps_its_place(world: World) -> None:
    world.buy_yes("ann", 4_800, 10, name=b"first")
    world.buy_yes("ann", 4_800, 10, name=b"second")
    world.sell_yes("bob", 4_800, 4)
    assert makers(world.sell_yes("bob", 4_800, 7)) == [b"first", b"second"]


def test_trades_are_numbered_over_the_whole_exchange(world: World) -> None:
    world.buy_yes("ann", 5_000, 30)
    numbers = [one(Trade, world.sell_yes("bob", 5_000, 10)).number for _ in range(3)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


# Self-match --------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(world: World) -> World:
    """Asks at 0.50, 0.51 and 0.52: of bob, of ann herself, of bob."""
    world.sell_yes("bob", 5_000, 10, name=b"bob's best")
    world.sell_yes("ann", 5_100, 10, name=b"ann's own")
    world.sell_yes("bob", 5_200, 10, name=b"bob's worst")
    return world


def test_reject_incoming_refuses_an_order_that_would_reach_an_own_one(mixed: World) -> None:
    events = mixed.buy_yes("ann", 5_200, 25, self_match=SelfMatch.REJECT_INCOMING)
    assert rejection(events).reason is Reject.SELF_MATCH
    assert len(mixed.asks()) == 3


def test_reject_incoming_lets_an_order_pass_that_is_complete_before(mixed: World) -> None:
    events = mixed.buy_yes("ann", 5_200, 10, self_match=SelfMatch.REJECT_INCOMING)
    assert makers(events) == [b"bob's best"]


def test_cancel_resting_clears_own_orders_when_they_are_reached(mixed: World) -> None:
    events = mixed.buy_yes("ann", 5_200, 20, self_match=SelfMatch.CANCEL_RESTING)
    assert makers(events) == [b"bob's best", b"bob's worst"]
    cancelled = one(OrderCancelled, events)
    assert (cancelled.order_id, cancelled.reason) == (b"ann's own", CancelReason.SELF_MATCH)
    kinds = [type(event) for event in events]
    assert kinds.index(OrderCancelled) > kinds.index(Trade), "it comes among the fills, where it happens"
    assert kinds[kinds.index(OrderCancelled) + 1] is Trade


def test_cancel_resting_leaves_own_orders_alone_that_are_not_reached(mixed: World) -> None:
    mixed.buy_yes("ann", 5_200, 10, self_match=SelfMatch.CANCEL_RESTING)
    assert mixed.is_open(b"ann's own")


def test_cancel_both_ends_the_incoming_order_there_and_keeps_what_it_traded(mixed: World) -> None:
    events = mixed.buy_yes("ann", 5_200, 25, name=b"incoming", self_match=SelfMatch.CANCEL_BOTH)
    assert makers(events) == [b"bob's best"]
    assert [(c.order_id, c.remaining, c.reason) for c in of(OrderCancelled, events)] == [
        (b"ann's own", 10, CancelReason.SELF_MATCH),
        (b"incoming", 15, CancelReason.SELF_MATCH),
    ]
    assert mixed.bids() == [] and mixed.asks() == [(5_200, 10)]


def test_allow_lets_an_account_trade_with_itself(mixed: World) -> None:
    before = mixed.cash("ann")
    events = mixed.buy_yes("ann", 5_100, 20, self_match=SelfMatch.ALLOW)
    own = of(Trade, events)[1]
    assert own.maker_account == own.taker_account == "ann"
    assert mixed.cash("ann") == before - 5_000 * 10


def test_where_both_sides_are_one_account_the_buyer_is_settled_first() -> None:
    """A net seller with no YES closes with what its own purchase just brought."""
    world = World()
    world.fund("a", 1_000)
    world.net_sell("a", 5_000, 100)
    world.net_buy("a", 5_000, 100, self_match=SelfMatch.ALLOW)
    assert world.tokens("a") == (0, 0)
    assert world.cash("a") == 1_000 * DOLLAR


def test_the_same_prevention_group_makes_two_accounts_one(world: World) -> None:
    world.sell_yes("bob", 5_000, 10, self_match_group="desk")
    events = world.buy_yes("ann", 5_000, 10, self_match_group="desk")
    assert rejection(events).reason is Reject.SELF_MATCH
    one(Trade, world.buy_yes("ann", 5_000, 10, self_match_group="another desk"))


@pytest.mark.parametrize("resting_group", ["", "another desk"])
def test_a_prevention_group_says_what_is_own_instead_of_the_account(world: World, resting_group: str) -> None:
    world.sell_yes("ann", 5_000, 10, self_match_group=resting_group)
    one(Trade, world.buy_yes("ann", 5_000, 10, self_match_group="desk"))


def test_fill_or_kill_does_not_count_own_orders_as_liquidity(mixed: World) -> None:
    events = mixed.buy_yes(
        "ann", 5_200, 25, time_in_force=TimeInForce.FOK, self_match=SelfMatch.CANCEL_RESTING
    )
    assert [type(event) for event in events] == [OrderAccepted, OrderExpired]
    assert mixed.is_open(b"ann's own"), "an order that dies on arrival cancels nothing"


# What the walk decides ---------------------------------------------------------------------------------


def test_a_post_only_order_that_would_cross_is_rejected(world: World) -> None:
    world.sell_yes("bob", 5_000, 10)
    assert rejection(world.buy_yes("ann", 5_000, 10, post_only=True)).reason is Reject.POST_ONLY_WOULD_CROSS
    one(OrderRested, world.buy_yes("ann", 4_900, 10, post_only=True))


def test_a_post_only_order_counts_own_orders_as_crossing(world: World) -> None:
    world.sell_yes("ann", 5_000, 10)
    events = world.buy_yes("ann", 5_000, 10, post_only=True, self_match=SelfMatch.CANCEL_RESTING)
    assert rejection(events).reason is Reject.POST_ONLY_WOULD_CROSS


def test_a_fill_or_kill_order_fills_whole_or_expires_untouched(world: World) -> None:
    world.sell_yes("bob", 5_000, 10)
    events = world.buy_yes("ann", 5_000, 11, time_in_force=TimeInForce.FOK)
    expired = one(OrderExpired, events)
    assert (expired.reason, expired.remaining) == (ExpireReason.NOT_FILLABLE, 11)
    assert world.asks() == [(5_000, 10)]
    events = world.buy_yes("ann", 5_000, 10, time_in_force=TimeInForce.FOK)
    assert of(OrderFilled, events)[-1].done


def test_a_minimum_quantity_that_cannot_fill_at_once_expires_the_order(world: World) -> None:
    world.sell_yes("bob", 5_000, 10)
    expired = one(OrderExpired, world.buy_yes("ann", 5_000, 20, minimum_quantity=11))
    assert (expired.reason, expired.remaining) == (ExpireReason.MINIMUM_NOT_MET, 20)
    events = world.buy_yes("ann", 5_000, 20, minimum_quantity=10)
    assert one(OrderRested, events).remaining == 10


def test_minimum_and_fill_or_kill_are_decided_before_funding() -> None:
    world = World()
    events = world.buy_yes("penniless", 5_000, 10, time_in_force=TimeInForce.FOK)
    assert [type(event) for event in events] == [OrderAccepted, OrderExpired]


def test_a_fill_or_kill_order_beyond_its_cash_is_refused_and_not_expired(world: World) -> None:
    world.sell_yes("bob", 5_000, 100)
    world.fund("poor", 0.1)
    events = world.buy_yes("poor", 5_000, 100, time_in_force=TimeInForce.FOK)
    assert rejection(events).reason is Reject.INSUFFICIENT_CASH


def test_fill_and_kill_cancels_and_immediate_or_cancel_expires_the_rest(world: World) -> None:
    world.sell_yes("bob", 5_000, 20)
    events = world.buy_yes("ann", 5_000, 25, name=b"fak", time_in_force=TimeInForce.FAK)
    killed = one(OrderCancelled, events)
    assert (killed.order_id, killed.remaining, killed.reason) == (b"fak", 5, CancelReason.REMAINDER)
    expired = one(OrderExpired, world.buy_yes("ann", 5_000, 15, time_in_force=TimeInForce.IOC))
    assert (expired.remaining, expired.reason) == (15, ExpireReason.REMAINDER)
    assert world.bids() == []


# Budgets -----------------------------------------------------------------------------------------------


def test_a_budget_buys_whole_lots_at_each_price_and_never_takes_the_rest(world: World) -> None:
    world.sell_yes("bob", 3_000, 10)
    world.sell_yes("bob", 4_000, 100)
    before = world.cash("ann")
    events = world.spend("ann", 50_000, 4_000)
    assert [(trade.price, trade.quantity) for trade in of(Trade, events)] == [(3_000, 10), (4_000, 5)]
    assert before - world.cash("ann") == 50_000
    events = world.spend("ann", 43_999, 4_000)
    last = of(OrderFilled, events)[-1]
    assert (last.quantity, last.done, last.remaining) == (10, True, 0)
    assert before - world.cash("ann") == 90_000


def test_a_budget_for_no_counts_in_the_price_of_no(world: World) -> None:
    world.buy_yes("bob", 6_000, 100)
    events = world.spend("ann", 40_000, 4_000, token="no")
    assert [(trade.price, trade.quantity) for trade in of(Trade, events)] == [(6_000, 10)]
    assert world.tokens("ann") == (1_000 * SHARE, 1_000 * SHARE + 10)


def test_a_budget_takes_whole_quantity_steps() -> None:
    world = World(quantity_step=10)
    world.fund("ann", 100)
    world.fund("bob", 100)
    world.buy_no("bob", 5_000, 100)
    events = world.spend("ann", 5_000 * 19, 5_000)
    assert one(Trade, events).quantity == 10


def test_a_budget_that_buys_no_step_at_its_limit_is_refused(world: World) -> None:
    world.sell_yes("bob", 4_000, 100)
    assert rejection(world.spend("ann", 3_999, 4_000)).reason is Reject.BUDGET_TOO_SMALL
    assert one(Trade, world.spend("ann", 4_000, 4_000)).quantity == 1


def test_a_fill_or_kill_budget_that_the_book_cannot_spend_expires(world: World) -> None:
    world.sell_yes("bob", 4_000, 10)
    events = world.spend("ann", 50_000, 4_000)
    expired = one(OrderExpired, events)
    assert (expired.reason, expired.remaining) == (ExpireReason.NOT_FILLABLE, 0)
    events = world.spend("ann", 50_000, 4_000, time_in_force=TimeInForce.FAK)
    cancelled = one(OrderCancelled, events)
    assert (cancelled.reason, cancelled.remaining) == (CancelReason.REMAINDER, 0)
    assert not of(OrderFilled, events)[-1].done


def test_a_budget_must_be_there_with_its_fees(world: World) -> None:
    world.sell_yes("bob", 4_000, 100)
    world.fund("poor", 0.039999)
    refused = rejection(world.spend("poor", 40_000, 4_000))
    assert (refused.reason, refused.required) == (Reject.INSUFFICIENT_CASH, 40_000)
