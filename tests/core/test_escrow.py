"""Trades that settle later: what is given lies in escrow until they are confirmed, or have failed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import DOLLAR, MARKET, OTHER, SHARE, World, of, one, rejection
from tradepit.core.commands import (
    Command,
    ConfirmTrade,
    CreateEvent,
    CreateMarket,
    Deposit,
    FailTrade,
    FeeSchedule,
    PlaceOrder,
    ReplaceOrder,
    ResolveEvent,
    RetryTrade,
    SetKillSwitch,
    SetMarginRelief,
    SetTick,
    Split,
)
from tradepit.core.enums import (
    CancelReason,
    FeePlan,
    Gives,
    MarketState,
    OrderKind,
    Reject,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    CommandRejected,
    Event,
    EventResolved,
    MarketResolved,
    OrderCancelled,
    OrderDelayed,
    OrderFilled,
    OrderReplaced,
    OrderRested,
    OrderRestored,
    OrderSettled,
    PendingChanged,
    PositionChanged,
    PositionRedeemed,
    ResolutionWaiting,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
)
from tradepit.core.exchange import Exchange

LATE = "late"


def late_world(*, restores: bool = True, **listing: Any) -> World:
    """A third market, `late`, settles later. Ann and bob have 100.00, and 100 YES and NO each."""
    world = World()
    world.do(CreateMarket(world.now, LATE, 100, deferred=True, restores=restores, **listing))
    for account in ("ann", "bob"):
        world.do(Deposit(world.now, account, 200 * DOLLAR))
        world.do(Split(world.now, account, LATE, 100 * SHARE))
    return world


@pytest.fixture
def world() -> World:
    return late_world()


def place(
    world: World, account: str, side: Side, gives: Gives, price: int, lots: int, **terms: Any
) -> list[Event]:
    return world.place(account, side, gives, price, lots, market=LATE, **terms)


def traded(world: World, *, maker: Gives = Gives.TOKENS, taker: Gives = Gives.CASH, **terms: Any) -> None:
    """Bob offers 10 shares at 0.40 as `ask`, and ann takes them as `bid`: trade 1 if it is the first."""
    place(world, "bob", Side.SELL, maker, 4_000, 10 * SHARE, name=b"ask", **terms)
    place(world, "ann", Side.BUY, taker, 4_000, 10 * SHARE, name=b"bid")


def confirm(world: World, number: int = 1) -> list[Event]:
    return world.do(ConfirmTrade(world.now, number))


def fail(world: World, number: int = 1) -> list[Event]:
    return world.do(FailTrade(world.now, number))


def wealth(world: World) -> list[tuple[int, int, int]]:
    return [(world.cash(account), *world.tokens(account, LATE)) for account in ("ann", "bob")]


def pending(world: World, account: str) -> tuple[int, int, int]:
    holding = world.exchange.state.markets[LATE].holdings.get(account)
    return (0, 0, 0) if holding is None else holding.pending


BOTH = (100 * DOLLAR, 100 * SHARE, 100 * SHARE)
LOTS = 10 * SHARE
SETTLEMENTS = [
    # maker gives, taker gives: given by ann and bob, then brought to them; pairs
    (Gives.TOKENS, Gives.CASH, (-4, 0, 0), (0, -10, 0), (0, 10, 0), (4, 0, 0), 0),
    (Gives.CASH, Gives.CASH, (-4, 0, 0), (-6, 0, 0), (0, 10, 0), (0, 0, 10), 10),
    (Gives.TOKENS, Gives.TOKENS, (0, 0, -10), (0, -10, 0), (6, 0, 0), (4, 0, 0), -10),
    (Gives.CASH, Gives.TOKENS, (0, 0, -10), (-6, 0, 0), (6, 0, 0), (0, 0, 10), 0),
]
"""The four settlements of 10 shares at 0.40, in dollars and shares."""


def units(change: tuple[int, int, int]) -> tuple[int, int, int]:
    return change[0] * DOLLAR, change[1] * SHARE, change[2] * SHARE


def plus(*changes: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(sum(parts) for parts in zip(*changes, strict=True))


@pytest.mark.parametrize(("maker", "taker", "ann", "bob", "to_ann", "to_bob", "pairs"), SETTLEMENTS)
def test_what_is_given_leaves_at_once_and_what_it_brings_comes_on_confirmation(
    world: World, maker: Gives, taker: Gives, ann: Any, bob: Any, to_ann: Any, to_bob: Any, pairs: int
) -> None:
    before = world.exchange.state.markets[LATE].pairs
    traded(world, maker=maker, taker=taker)
    assert wealth(world) == [plus(BOTH, units(ann)), plus(BOTH, units(bob))]
    assert (pending(world, "ann"), pending(world, "bob")) == (units(to_ann), units(to_bob))
    assert world.exchange.state.markets[LATE].pairs == before
    events = confirm(world)
    assert wealth(world) == [plus(BOTH, units(ann), units(to_ann)), plus(BOTH, units(bob), units(to_bob))]
    assert world.exchange.state.markets[LATE].pairs == before + pairs * SHARE
    assert one(TradeConfirmed, events).number == 1
    assert [event.order_id for event in of(OrderSettled, events)] == [b"ask", b"bid"]
    assert {(event.cash, event.yes, event.no) for event in of(PendingChanged, events)} == {(0, 0, 0)}


@pytest.mark.parametrize("restores", [True, False])
@pytest.mark.parametrize(("maker", "taker"), [row[:2] for row in SETTLEMENTS])
def test_a_failed_trade_never_was(*, restores: bool, maker: Gives, taker: Gives) -> None:
    world = late_world(restores=restores)
    traded(world, maker=maker, taker=taker)
    events = fail(world)
    assert wealth(world) == [BOTH, BOTH]
    assert pending(world, "ann") == pending(world, "bob") == (0, 0, 0)
    assert one(TradeFailed, events).restored is restores
    cancelled = {event.order_id: event for event in of(OrderCancelled, events)}
    assert set(cancelled) == ({b"bid"} if restores else {b"ask", b"bid"})
    assert all(event.reason is CancelReason.SETTLEMENT_FAILED for event in cancelled.values())
    assert all(event.remaining == LOTS for event in cancelled.values())
    assert world.asks(LATE) == ([(4_000, LOTS)] if restores else [])


def test_fees_lie_in_escrow_too() -> None:
    world = late_world(fees=FeeSchedule(clob_rate_ppm=70_000))
    place(world, "bob", Side.SELL, Gives.TOKENS, 5_000, LOTS)
    events = place(world, "ann", Side.BUY, Gives.CASH, 5_000, LOTS, fee_plan=FeePlan.CLOB_V2)
    fee = one(Trade, events).taker_fee
    assert fee == 175_000
    assert (world.cash("ann"), world.fees(LATE)) == (95 * DOLLAR - fee, 0)
    confirm(world)
    assert (world.cash("ann"), world.fees(LATE)) == (95 * DOLLAR - fee, fee)


def test_a_holding_with_nothing_but_a_trade_that_brings_nothing_is_not_forgotten() -> None:
    """Proceeds of 0.0101 that fees take to the last unit: nothing is held, and nothing is pending."""
    world = World()
    fees = FeeSchedule(us_taker_ppm=500_000)
    world.do(CreateMarket(world.now, LATE, 1, fees=fees, deferred=True))
    for account in ("ann", "bob"):
        world.do(Deposit(world.now, account, 1_000 * DOLLAR))
    lots = 10_100
    world.do(Split(world.now, "ann", LATE, lots))
    place(world, "bob", Side.SELL, Gives.CASH, 5_000, lots)
    place(world, "ann", Side.BUY, Gives.TOKENS, 5_000, lots)
    confirm(world)
    assert world.tokens("ann", LATE) == (lots, 0)
    place(world, "bob", Side.BUY, Gives.CASH, 1, lots)
    sale = place(world, "ann", Side.SELL, Gives.TOKENS, 1, lots, fee_plan=FeePlan.US, builder_bps=100)
    assert of(OrderFilled, sale)[1].cash == 0 and pending(world, "ann") == (0, 0, 0)
    Exchange.restore(world.exchange.snapshot()).check()
    fail(world, 2)
    assert world.tokens("ann", LATE) == (lots, 0)


def test_no_fill_is_a_last_word_before_it_is_settled(world: World) -> None:
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, LOTS, name=b"ask")
    fills = of(OrderFilled, place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS, name=b"bid"))
    assert [fill.done for fill in fills] == [False, False]


def test_the_last_word_waits_for_the_last_trade_of_an_order(world: World) -> None:
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, 2 * LOTS, name=b"ask")
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS, name=b"one")
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS, name=b"two")
    assert one(OrderSettled, confirm(world, 2)).order_id == b"two"
    assert [event.order_id for event in of(OrderSettled, confirm(world, 1))] == [b"ask", b"one"]


def test_an_order_of_which_a_part_failed_ends_cancelled() -> None:
    world = late_world(restores=False)
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, 2 * LOTS, name=b"ask")
    for name in (b"one", b"two"):
        place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS, name=name)
    assert one(OrderCancelled, fail(world, 1)).order_id == b"one"
    events = confirm(world, 2)
    assert one(OrderCancelled, events).remaining == LOTS
    assert one(OrderSettled, events).order_id == b"two"


def test_a_retry_changes_nothing(world: World) -> None:
    traded(world)
    before = world.exchange.state_hash()
    assert world.do(RetryTrade(world.now, 1)) == [TradeRetried(world.now, 1, LATE)]
    assert world.exchange.state_hash() == before
    assert of(TradeConfirmed, confirm(world))


@pytest.mark.parametrize("kind", [ConfirmTrade, RetryTrade, FailTrade])
def test_a_trade_that_does_not_wait_is_unknown(
    world: World, kind: type[ConfirmTrade | RetryTrade | FailTrade]
) -> None:
    traded(world)
    confirm(world)
    before = world.exchange.state_hash()
    for number in (1, 2, -1):
        (event,) = world.do(kind(world.now, number))
        assert event == CommandRejected(world.now, str(number), Reject.UNKNOWN_TRADE)
    assert world.exchange.state_hash() == before


def test_what_is_pending_can_neither_be_withdrawn_nor_sold_nor_merged(world: World) -> None:
    traded(world)
    refused = one(CommandRejected, world.withdraw("bob", 104 * DOLLAR))
    assert (refused.reason, refused.available) == (Reject.INSUFFICIENT_CASH, 100 * DOLLAR)
    sale = place(world, "ann", Side.SELL, Gives.TOKENS, 5_000, 105 * SHARE)
    assert rejection(sale).reason is Reject.INSUFFICIENT_TOKENS
    merge = one(CommandRejected, world.merge("bob", 95 * SHARE, LATE))
    assert (merge.reason, merge.available) == (Reject.INSUFFICIENT_TOKENS, 90 * SHARE)
    confirm(world)
    assert of(OrderRested, place(world, "ann", Side.SELL, Gives.TOKENS, 5_000, 105 * SHARE))


def test_a_net_order_is_refused_in_a_market_that_settles_later(world: World) -> None:
    assert rejection(place(world, "ann", Side.BUY, Gives.NET, 4_000, LOTS)).reason is Reject.CONFLICTING_TERMS


# What comes back ---------------------------------------------------------------------------------------


def test_a_maker_that_rests_takes_its_size_back_at_the_end_of_its_level(world: World) -> None:
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, 2 * LOTS, name=b"ask")
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS)
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, LOTS, name=b"later")
    assert one(OrderRestored, fail(world)).remaining == 2 * LOTS
    trade = one(Trade, place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS))
    assert trade.maker_order == b"later"


def test_an_order_that_comes_back_may_cross(world: World) -> None:
    traded(world)
    place(world, "ann", Side.BUY, Gives.CASH, 4_500, LOTS, name=b"higher")
    events = fail(world)
    trade = one(Trade, events)
    assert (trade.taker_order, trade.maker_order, trade.price) == (b"ask", b"higher", 4_500)
    assert [event.order_id for event in of(OrderCancelled, events)] == [b"bid"]
    assert [event.order_id for event in of(OrderSettled, confirm(world, 2))] == [b"higher", b"ask"]


def test_an_order_that_comes_back_and_crosses_is_held_where_the_market_holds() -> None:
    world = late_world(delay_ns=5)
    traded(world)
    world.wait(5)
    place(world, "ann", Side.BUY, Gives.CASH, 4_500, LOTS, name=b"higher")
    assert one(OrderDelayed, fail(world)).order_id == b"ask"
    assert one(Trade, world.wait(5)).taker_order == b"ask"


def test_a_held_order_does_not_take_its_size_back() -> None:
    """It is not in the book, and what it will do was decided without that size."""
    world = late_world(delay_ns=5)
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, 2 * LOTS, name=b"ask")
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS, name=b"bid")
    world.wait(5)
    place(world, "ann", Side.BUY, Gives.CASH, 3_500, LOTS, name=b"lower")
    assert of(OrderDelayed, world.do(ReplaceOrder(world.now, "bob", b"ask", price=3_500)))
    assert one(TradeFailed, fail(world)).restored is False
    assert one(Trade, world.wait(5)).taker_order == b"ask"
    confirm(world, 2)
    assert not world.exchange.state.escrows


def test_a_post_only_order_that_would_cross_now_does_not_come_back(world: World) -> None:
    traded(world, post_only=True)
    place(world, "ann", Side.BUY, Gives.CASH, 4_500, LOTS, name=b"higher")
    events = fail(world)
    assert one(TradeFailed, events).restored is False
    assert [event.order_id for event in of(OrderCancelled, events)] == [b"ask", b"bid"]


def test_an_order_that_would_meet_an_own_one_does_not_come_back(world: World) -> None:
    traded(world)
    place(world, "bob", Side.BUY, Gives.CASH, 4_500, LOTS, self_match=SelfMatch.ALLOW)
    assert one(TradeFailed, fail(world)).restored is False


def test_an_order_comes_back_without_a_client_key_that_is_taken(world: World) -> None:
    traded(world, client_key="bob/1")
    place(world, "bob", Side.SELL, Gives.TOKENS, 6_000, LOTS, name=b"next", client_key="bob/1")
    assert one(TradeFailed, fail(world)).restored
    orders = world.exchange.state.orders
    assert (orders[b"ask"].terms.client_key, orders[b"next"].terms.client_key) == ("", "bob/1")


def test_an_order_comes_back_with_its_client_key_if_that_is_free(world: World) -> None:
    traded(world, client_key="bob/1")
    fail(world)
    refused = rejection(place(world, "bob", Side.SELL, Gives.TOKENS, 6_000, LOTS, client_key="bob/1"))
    assert refused.reason is Reject.DUPLICATE_CLIENT_KEY


def test_what_an_owner_cancelled_does_not_come_back(world: World) -> None:
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, 2 * LOTS, name=b"ask")
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS, name=b"bid")
    assert one(OrderCancelled, world.cancel("bob", b"ask")).remaining == LOTS
    events = fail(world)
    assert one(TradeFailed, events).restored is False
    assert [event.order_id for event in of(OrderCancelled, events)] == [b"bid"]
    assert wealth(world) == [BOTH, BOTH]


def test_an_order_that_would_cross_and_cannot_pay_the_fee_does_not_come_back() -> None:
    """What it needs to rest came back with it, but a taker pays fees."""
    world = late_world(fees=FeeSchedule(clob_rate_ppm=70_000))
    traded(world, maker=Gives.CASH, fee_plan=FeePlan.CLOB_V2)
    world.withdraw("bob", world.cash("bob"))
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS)
    assert one(TradeFailed, fail(world)).restored is False


def test_nothing_comes_back_while_a_kill_switch_is_on(world: World) -> None:
    traded(world)
    world.do(SetKillSwitch(world.now, "bob"))
    assert one(TradeFailed, fail(world)).restored is False
    assert world.asks(LATE) == []


def test_nothing_comes_back_to_an_account_with_margin_relief(world: World) -> None:
    """It may have net orders only."""
    traded(world, maker=Gives.CASH)
    world.do(SetMarginRelief(world.now, "bob"))
    assert one(TradeFailed, fail(world)).restored is False


@pytest.mark.parametrize("state", [MarketState.HALTED, MarketState.CLOSED, MarketState.SUSPENDED])
def test_nothing_comes_back_to_a_market_that_takes_no_orders(world: World, state: MarketState) -> None:
    traded(world)
    world.set_state(state, LATE)
    assert one(TradeFailed, fail(world)).restored is False


def test_an_order_comes_back_to_a_market_that_collects(world: World) -> None:
    traded(world)
    world.set_state(MarketState.PRE_OPEN, LATE)
    place(world, "ann", Side.BUY, Gives.CASH, 4_500, LOTS)
    events = fail(world)
    assert one(TradeFailed, events).restored and not of(Trade, events)
    assert one(Trade, world.set_state(MarketState.OPEN, LATE)).price == 4_000


def test_an_order_whose_time_is_over_does_not_come_back(world: World) -> None:
    traded(world, time_in_force=TimeInForce.GTD, expires_at=world.now + 10)
    world.wait(10)
    assert one(TradeFailed, fail(world)).restored is False


def test_an_order_that_is_off_the_grid_of_now_does_not_come_back(world: World) -> None:
    traded(world)
    world.do(SetTick(world.now, LATE, 250))
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_250, LOTS, name=b"on it")
    assert one(TradeFailed, fail(world)).restored is True  # 0.40 is on the grid of 0.025
    world = late_world()
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_100, LOTS, name=b"ask")
    place(world, "ann", Side.BUY, Gives.CASH, 4_100, LOTS)
    world.do(SetTick(world.now, LATE, 250))
    assert one(TradeFailed, fail(world)).restored is False


def test_a_market_to_limit_order_comes_back_as_the_limit_order_that_it_had_become(world: World) -> None:
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS)
    place(world, "bob", Side.SELL, Gives.TOKENS, 0, 2 * LOTS, name=b"sweep", kind=OrderKind.MARKET_TO_LIMIT)
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, LOTS)
    place(world, "ann", Side.BUY, Gives.CASH, 3_000, LOTS, name=b"low")
    events = fail(world, 2)
    assert one(OrderRestored, events).price == 4_000
    assert not of(Trade, events) and world.asks(LATE) == [(4_000, LOTS)]


def test_the_takers_size_never_comes_back_and_a_replace_cannot_bring_it() -> None:
    """A replace counts what has failed like what is filled."""
    world = late_world(restores=False)
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, 6 * SHARE)
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, 10 * SHARE, name=b"bid")
    fail(world)
    moved = one(OrderReplaced, world.do(ReplaceOrder(world.now, "ann", b"bid", price=3_900)))
    assert (moved.filled, moved.remaining) == (0, 4 * SHARE)
    less = one(OrderReplaced, world.do(ReplaceOrder(world.now, "ann", b"bid", quantity=8 * SHARE)))
    assert (less.remaining, less.done) == (2 * SHARE, False)
    done = one(OrderReplaced, world.do(ReplaceOrder(world.now, "ann", b"bid", quantity=5 * SHARE)))
    assert (done.remaining, done.done) == (0, True)


def test_an_order_id_stays_taken_everywhere_until_its_trades_are_settled(world: World) -> None:
    traded(world)
    order = PlaceOrder(world.now, b"ask", "ann", OTHER, Side.BUY, Gives.CASH, 4_000, SHARE)
    assert rejection(world.do(order)).reason is Reject.DUPLICATE_ORDER
    confirm(world)
    assert of(OrderRested, world.do(order))


# Resolution --------------------------------------------------------------------------------------------


def test_a_resolution_waits_for_the_last_escrow(world: World) -> None:
    traded(world)
    traded_before = [LATE]
    place(world, "bob", Side.SELL, Gives.CASH, 6_000, LOTS, name=b"rests")
    place(world, "bob", Side.SELL, Gives.TOKENS, 5_000, LOTS, name=b"again")
    place(world, "ann", Side.BUY, Gives.CASH, 5_000, LOTS)
    events = world.resolve(10_000, LATE)
    assert one(ResolutionWaiting, events).payout == 10_000 and not of(MarketResolved, events)
    assert [event.market for event in of(OrderCancelled, events)] == traded_before
    assert one(CommandRejected, world.resolve(0, LATE)).reason is Reject.ALREADY_RESOLVED
    assert rejection(place(world, "ann", Side.BUY, Gives.CASH, 100, 1)).reason is Reject.MARKET_NOT_OPEN
    events = fail(world, 1)
    assert one(TradeFailed, events).restored is False and not of(MarketResolved, events)
    events = confirm(world, 2)
    assert one(MarketResolved, events).payout == 10_000
    redeemed = {event.account: event.yes for event in of(PositionRedeemed, events)}
    assert redeemed == {"ann": 110 * SHARE, "bob": 90 * SHARE}


def test_an_event_waits_for_the_escrows_of_all_its_markets(world: World) -> None:
    world.do(CreateEvent(world.now, "race", [LATE, OTHER]))
    traded(world)
    events = world.do(ResolveEvent(world.now, "race", [0, 10_000]))
    assert [event.market for event in of(ResolutionWaiting, events)] == [LATE, OTHER]
    again = one(CommandRejected, world.do(ResolveEvent(world.now, "race", [0, 10_000])))
    assert again.reason is Reject.ALREADY_RESOLVED
    events = confirm(world)
    assert one(EventResolved, events).payouts == [0, 10_000]
    assert len(of(MarketResolved, events)) == 2


def test_an_event_whose_markets_all_wait_is_resolved_with_the_last_of_them(world: World) -> None:
    world.do(CreateMarket(world.now, "later", 100, deferred=True))
    world.do(CreateEvent(world.now, "race", [LATE, "later"]))
    traded(world)
    world.place("bob", Side.SELL, Gives.CASH, 4_000, LOTS, market="later")
    world.place("ann", Side.BUY, Gives.CASH, 4_000, LOTS, market="later")
    world.do(ResolveEvent(world.now, "race", [0, 10_000]))
    assert not of(EventResolved, confirm(world, 1))
    assert one(EventResolved, fail(world, 2)).payouts == [0, 10_000]


def test_a_market_whose_resolution_waits_joins_no_event(world: World) -> None:
    traded(world)
    world.resolve(0, LATE)
    refused = one(CommandRejected, world.do(CreateEvent(world.now, "race", [LATE, OTHER])))
    assert (refused.subject, refused.reason) == (LATE, Reject.ALREADY_RESOLVED)
    assert one(MarketResolved, confirm(world)).payout == 0


def test_a_snapshot_keeps_escrows_and_what_their_orders_wait_for(world: World) -> None:
    place(world, "bob", Side.SELL, Gives.TOKENS, 4_000, LOTS, name=b"ask")
    place(world, "ann", Side.BUY, Gives.CASH, 4_000, 2 * LOTS, name=b"bid")
    restored = Exchange.restore(world.exchange.snapshot())
    restored.check()
    commands: list[Command] = [FailTrade(world.now, 1), ConfirmTrade(world.now, 1)]
    for command in commands:
        assert restored.apply(command) == world.do(command)
    assert restored.state_hash() == world.exchange.state_hash()


def test_an_unsettled_trade_counts_as_the_last_one(world: World) -> None:
    """A failed one stays in the market's last price too: it was seen."""
    traded(world)
    fail(world)
    assert world.exchange.state.markets[LATE].last_price == 4_000


def test_other_markets_settle_at_once(world: World) -> None:
    world.split("bob", SHARE, MARKET)
    world.sell_yes("bob", 4_000, SHARE)
    events = world.buy_yes("ann", 4_000, SHARE)
    assert [fill.done for fill in of(OrderFilled, events)] == [True, True]
    assert [event.account for event in of(PositionChanged, events)] == ["ann", "bob"]
    assert one(CommandRejected, fail(world)).reason is Reject.UNKNOWN_TRADE
