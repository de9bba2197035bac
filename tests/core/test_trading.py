"""Orders one by one: how long an order lives, the market delay, cancels."""

from __future__ import annotations

import pytest

from tests.core.world import DOLLAR, MARKET, OTHER, SHARE, World, busy_world, of, one, rejection
from tradepit.core.commands import (
    FeeSchedule,
    RegisterCredential,
    RevokeCredential,
)
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    FeePlan,
    MarketState,
    Reject,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    CancelRejected,
    CommandRejected,
    LevelChanged,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderRested,
    Trade,
)

DELAY = 3_000


# How long an order lives -------------------------------------------------------------------------------


@pytest.mark.parametrize("time_in_force", [TimeInForce.GTD, TimeInForce.DAY])
def test_an_order_with_an_expiry_ends_when_its_time_has_come(time_in_force: TimeInForce) -> None:
    world = World()
    world.fund("ann", 1)
    world.buy_yes("ann", 5_000, 100, name=b"x", time_in_force=time_in_force, expires_at=world.now + 50)
    assert world.exchange.next_due() == world.now + 50
    assert world.wait(49) == []
    expired, level = world.wait(1)
    assert isinstance(expired, OrderExpired) and isinstance(level, LevelChanged)
    assert (expired.order_id, expired.remaining, expired.reason) == (b"x", 100, ExpireReason.TIME)
    assert (expired.time, level.quantity) == (world.now, 0)
    assert world.exchange.next_due() is None


def test_a_day_order_without_an_expiry_stays() -> None:
    world = World()
    world.fund("ann", 1)
    world.buy_yes("ann", 5_000, 100, name=b"x", time_in_force=TimeInForce.DAY)
    world.wait(10**18)
    assert world.is_open(b"x")


def test_an_order_expires_before_the_command_that_comes_at_its_time() -> None:
    world = World()
    world.fund("ann", 1)
    world.fund("bob", 1)
    world.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.GTD, expires_at=world.now + 10)
    world.now += 10
    events = world.buy_no("bob", 5_000, 100)
    assert [type(event) for event in events[:2]] == [OrderExpired, LevelChanged]
    assert of(Trade, events) == []


def test_a_halted_market_still_lets_orders_expire() -> None:
    world = World()
    world.fund("ann", 1)
    world.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.GTD, expires_at=world.now + 10)
    world.set_state(MarketState.HALTED)
    one(OrderExpired, world.wait(10))


# The market delay --------------------------------------------------------------------------------------


@pytest.fixture
def slow() -> World:
    """A market with a delay; bob offers 100 lots at 0.60, ann has ten dollars."""
    world = World(delay_ns=DELAY)
    world.fund("ann", 10)
    world.fund("bob", 100)
    world.buy_no("bob", 4_000, 100, name=b"ask")
    return world


def test_a_marketable_order_is_accepted_and_held(slow: World) -> None:
    accepted, delayed = slow.buy_yes("ann", 6_000, 100, name=b"x")
    assert isinstance(accepted, OrderAccepted)
    assert delayed == OrderDelayed(slow.now, b"x", "ann", MARKET, slow.now + DELAY)
    assert slow.exchange.next_due() == slow.now + DELAY
    assert slow.asks() == [(6_000, 100)] and slow.bids() == []


def test_an_order_that_does_not_cross_rests_without_delay(slow: World) -> None:
    one(OrderRested, slow.buy_yes("ann", 5_900, 100))


def test_a_held_order_trades_when_its_delay_is_over(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 150, name=b"x")
    assert slow.wait(DELAY - 1) == []
    events = slow.wait(1)
    assert one(Trade, events).quantity == 100
    assert one(OrderRested, events).remaining == 50
    assert of(OrderAccepted, events) == []
    assert {event.time for event in events} == {slow.now}


def test_a_held_order_rests_if_what_it_would_have_met_is_gone(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 100)
    slow.cancel("bob", b"ask")
    assert one(OrderRested, slow.wait(DELAY)).remaining == 100


def test_a_held_fill_or_kill_order_expires_if_it_can_no_longer_fill(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 100, time_in_force=TimeInForce.FOK)
    slow.cancel("bob", b"ask")
    assert one(OrderExpired, slow.wait(DELAY)).reason is ExpireReason.NOT_FILLABLE


def test_fill_or_kill_and_post_only_are_decided_on_arrival(slow: World) -> None:
    events = slow.buy_yes("ann", 6_000, 101, time_in_force=TimeInForce.FOK)
    assert one(OrderExpired, events).reason is ExpireReason.NOT_FILLABLE
    refused = rejection(slow.buy_yes("ann", 6_000, 100, post_only=True))
    assert refused.reason is Reject.POST_ONLY_WOULD_CROSS
    assert rejection(slow.buy_yes("bob", 6_000, 100)).reason is Reject.SELF_MATCH


def test_a_held_order_cannot_be_cancelled(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 100, name=b"x")
    assert one(CancelRejected, slow.cancel("ann", b"x")).reason is Reject.ORDER_DELAYED
    assert slow.cancel_all("ann") == []
    one(Trade, slow.wait(DELAY))


def test_a_held_order_counts_in_funding(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 1_000)
    refused = rejection(slow.buy_yes("ann", 5_000, 1_000))
    assert (refused.reason, refused.reserved) == (Reject.INSUFFICIENT_CASH, 6 * DOLLAR)
    assert one(CommandRejected, slow.withdraw("ann", 4 * DOLLAR + 1)).available == 4 * DOLLAR


def test_a_held_order_that_a_fill_elsewhere_unfunded_is_rejected_when_due(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 1_000, name=b"held")
    slow.buy_yes("ann", 5_000, 1_000, name=b"elsewhere", market=OTHER)
    events = slow.buy_no("bob", 5_000, 1_000, market=OTHER)
    assert of(OrderCancelled, events) == [], "nothing cancels a held order before it is due"
    (refused,) = slow.wait(DELAY)
    assert isinstance(refused, OrderRejected)
    assert (refused.order.order_id, refused.reason) == (b"held", Reject.INSUFFICIENT_CASH)
    assert not slow.is_open(b"held")


def test_a_held_order_is_rejected_when_due_if_the_market_is_no_longer_open(slow: World) -> None:
    slow.buy_yes("ann", 6_000, 100)
    slow.set_state(MarketState.SUSPENDED)
    assert one(OrderRejected, slow.wait(DELAY)).reason is Reject.MARKET_NOT_OPEN


def test_a_held_order_is_rejected_when_due_if_its_credential_was_revoked(slow: World) -> None:
    slow.do(RegisterCredential(slow.now, "key", "ann", "test"))
    slow.buy_yes("ann", 6_000, 100, credential="key")
    slow.do(RevokeCredential(slow.now, "key"))
    assert one(OrderRejected, slow.wait(DELAY)).reason is Reject.UNKNOWN_CREDENTIAL


def test_held_orders_run_in_order_of_their_arrival(slow: World) -> None:
    slow.fund("cyd", 10)
    slow.buy_yes("ann", 6_000, 80, name=b"first")
    slow.buy_yes("cyd", 6_000, 80, name=b"second")
    trades = of(Trade, slow.wait(DELAY))
    assert [(trade.taker_order, trade.quantity) for trade in trades] == [(b"first", 80), (b"second", 20)]


def test_a_held_budget_is_kept_whole_until_it_is_spent(slow: World) -> None:
    slow.spend("ann", 600_000, 6_000)
    assert one(CommandRejected, slow.withdraw("ann", 9_400_001)).available == 9_400_000
    assert of(OrderFilled, slow.wait(DELAY))[-1].done


# Cancels -----------------------------------------------------------------------------------------------


def test_an_owner_takes_an_order_out_once() -> None:
    world = busy_world()
    cancelled, level = world.cancel("bob", b"bid")
    assert cancelled == OrderCancelled(world.now, b"bid", "bob", MARKET, 100, CancelReason.OWNER)
    assert level == LevelChanged(world.now, MARKET, Side.BUY, 4_000, 0)
    (again,) = world.cancel("bob", b"bid")
    assert again == CancelRejected(world.now, b"bid", "bob", Reject.UNKNOWN_ORDER)


def test_a_foreign_order_is_as_unknown_as_none() -> None:
    world = busy_world()
    assert one(CancelRejected, world.cancel("ann", b"bid")).reason is Reject.UNKNOWN_ORDER
    assert world.is_open(b"bid")


@pytest.mark.parametrize(
    ("state", "may_cancel"),
    [
        (MarketState.PENDING, False),
        (MarketState.PRE_OPEN, True),
        (MarketState.OPEN, True),
        (MarketState.SUSPENDED, True),
        (MarketState.HALTED, False),
        (MarketState.CLOSED, False),
    ],
)
def test_the_market_state_says_whether_orders_can_be_cancelled(state: MarketState, may_cancel: bool) -> None:
    world = busy_world()
    world.set_state(state)
    events = world.cancel("bob", b"bid")
    if may_cancel:
        one(OrderCancelled, events)
        assert len(of(OrderCancelled, world.cancel_all("bob"))) == 1
    else:
        assert one(CancelRejected, events).reason is Reject.MARKET_NOT_OPEN
        assert world.cancel_all("bob") == []


def test_cancelling_many_follows_account_market_and_outcome() -> None:
    world = World()
    world.fund("ann", 100, yes=100, no=100)
    world.fund("bob", 100)
    world.buy_yes("ann", 2_000, 10, name=b"buy yes")
    world.sell_yes("ann", 8_000, 10, name=b"sell yes")
    world.buy_no("ann", 2_000, 10, name=b"buy no")
    world.sell_no("ann", 8_000, 10, name=b"sell no")
    world.net_buy("ann", 2_000, 10, name=b"net")
    world.buy_yes("ann", 2_000, 10, name=b"elsewhere", market=OTHER)
    world.buy_yes("bob", 2_000, 10, name=b"bob's")

    def cancelled(market: str, outcome: int = 0) -> list[bytes]:
        return [event.order_id for event in of(OrderCancelled, world.cancel_all("ann", market, outcome))]

    assert cancelled("nowhere") == []
    assert cancelled(MARKET, 1) == [b"buy yes", b"sell yes"]
    assert cancelled(MARKET, 2) == [b"buy no", b"sell no"]
    assert cancelled(MARKET) == [b"net"]
    assert cancelled("") == [b"elsewhere"]
    assert world.is_open(b"bob's")
    assert world.cancel_all("nobody") == []


def test_a_builders_fee_goes_by_the_token_that_is_sold_and_never_exceeds_it() -> None:
    """Of YES at 0.01 a basis point is a hundredth of a cent's hundredth, not one of the NO at 0.99."""
    world = World(fees=FeeSchedule(clob_rate_ppm=500_000))
    world.fund("ann", 0, yes=100 * SHARE)
    world.fund("bob", 100)
    world.buy_yes("bob", 100, 100 * SHARE)
    events = world.sell_yes("ann", 100, 100 * SHARE, fee_plan=FeePlan.CLOB_V2, builder_bps=100)
    assert one(Trade, events).builder_fee == DOLLAR // 100
    assert world.cash("ann") == DOLLAR - 495_000 - DOLLAR // 100


def test_a_seller_whose_fees_exceed_the_proceeds_must_have_the_difference() -> None:
    """Proceeds of 0.010002; 0.005 and a bit is rounded to a cent, and the builder's fee comes on top."""
    for cash in (97, 98):
        world = World(tick=1, fees=FeeSchedule(us_taker_ppm=500_000))
        world.fund("ann", cash / DOLLAR, yes=10_002)
        world.fund("bob", 1)
        world.buy_yes("bob", 1, 10_002)
        events = world.sell_yes("ann", 1, 10_002, fee_plan=FeePlan.US, builder_bps=100)
        if cash == 97:
            assert rejection(events).reason is Reject.INSUFFICIENT_CASH
        else:
            assert one(Trade, events).taker_fee == 10_100
            assert world.cash("ann") == 0


def test_resting_orders_of_one_manner_share_their_terms_and_others_do_not() -> None:
    world = World()
    world.fund("ann", 1_000)
    for name, price in ((b"1", 4_000), (b"2", 4_100)):
        world.buy_yes("ann", price, 10, name=name)
    world.buy_yes("ann", 4_200, 10, name=b"3", post_only=True)
    orders = world.exchange.state.orders
    assert orders[b"1"].style is orders[b"2"].style
    assert orders[b"3"].style is not orders[b"1"].style
    assert [orders[name].terms.price for name in (b"1", b"2", b"3")] == [4_000, 4_100, 4_200]
    assert [orders[name].terms.post_only for name in (b"1", b"2", b"3")] == [False, False, True]
