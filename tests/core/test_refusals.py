"""What is refused, and why: every reason provoked, and no trace left in the state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.world import MARKET, OTHER, SHARE, World, busy_world, one, rejection
from tradepit.core.commands import (
    Claim,
    ConfirmTrade,
    CreateEvent,
    CreateMarket,
    Deposit,
    PlaceOrder,
    RegisterCredential,
    ResolveEvent,
    ResolveMarket,
    RevokeCredential,
)
from tradepit.core.enums import (
    FeePlan,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    Reject,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    CancelRejected,
    CommandRejected,
    Event,
    OrderRested,
    Trade,
)
from tradepit.core.limits import CASH_MAX, OPEN_ORDERS_MAX, QUANTITY_MAX

DELAY = 3_000


Provocation = Callable[[World], list[Event]]

SHAPE: list[tuple[Reject, Provocation]] = [
    (Reject.UNKNOWN_MARKET, lambda w: w.buy_yes("ann", 5_000, 100, market="nowhere")),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, expires_at=w.now + 1)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.GTD)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 0)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, -100)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, budget=100)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 0, budget=1_000_000)),
    (Reject.CONFLICTING_TERMS, lambda w: w.spend("ann", 10**6, 5_000, time_in_force=TimeInForce.GTC)),
    (
        Reject.CONFLICTING_TERMS,
        lambda w: w.sell_yes("ann", 5_000, 0, budget=10**6, time_in_force=TimeInForce.FOK),
    ),
    (
        Reject.CONFLICTING_TERMS,
        lambda w: w.sell_no("ann", 5_000, 0, budget=10**6, time_in_force=TimeInForce.FAK),
    ),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, post_only=True, minimum_quantity=50)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, minimum_quantity=110)),
    (Reject.PRICE_OUT_OF_RANGE, lambda w: w.buy_yes("ann", 0, 100)),
    (Reject.PRICE_OUT_OF_RANGE, lambda w: w.buy_yes("ann", 10_000, 100)),
    (Reject.PRICE_OUT_OF_RANGE, lambda w: w.buy_yes("ann", -100, 100)),
    (Reject.PRICE_OFF_TICK, lambda w: w.buy_yes("ann", 5_050, 100)),
    (Reject.QUANTITY_OFF_STEP, lambda w: w.buy_yes("ann", 5_000, 105)),
    (Reject.QUANTITY_OFF_STEP, lambda w: w.buy_yes("ann", 5_000, 100, minimum_quantity=15)),
    (Reject.QUANTITY_TOO_SMALL, lambda w: w.buy_yes("ann", 5_000, 40)),
    (Reject.QUANTITY_TOO_LARGE, lambda w: w.buy_yes("ann", 5_000, QUANTITY_MAX + 10)),
    (Reject.QUANTITY_TOO_LARGE, lambda w: w.spend("ann", CASH_MAX + 1, 5_000)),
    (Reject.BUDGET_TOO_SMALL, lambda w: w.spend("ann", 10 * 5_000 - 1, 5_000)),
    (
        Reject.EXPIRY_IN_PAST,
        lambda w: w.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.GTD, expires_at=w.now),
    ),
    (
        Reject.EXPIRY_IN_PAST,
        lambda w: w.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.DAY, expires_at=w.now),
    ),
    (Reject.WRONG_FEE, lambda w: w.buy_yes("ann", 5_000, 100, fee_plan=FeePlan.CLOB_V1, fee_bps=99)),
    (Reject.UNKNOWN_CREDENTIAL, lambda w: w.buy_yes("ann", 5_000, 100, credential="never registered")),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, stop_price=5_000)),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, kind=OrderKind.STOP_LIMIT)),
    (
        Reject.CONFLICTING_TERMS,
        lambda w: w.buy_yes("ann", 5_000, 100, kind=OrderKind.STOP, stop_price=5_000),
    ),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, kind=OrderKind.MARKET_TO_LIMIT)),
    (
        Reject.CONFLICTING_TERMS,
        lambda w: w.buy_yes("ann", 0, 100, kind=OrderKind.MARKET_TO_LIMIT, post_only=True),
    ),
    (
        Reject.CONFLICTING_TERMS,
        lambda w: w.buy_yes("ann", 0, 100, kind=OrderKind.MARKET_TO_LIMIT, strict=True),
    ),
    (Reject.CONFLICTING_TERMS, lambda w: w.buy_yes("ann", 5_000, 100, pricing=Pricing.BEST_OWN)),
    (
        Reject.CONFLICTING_TERMS,
        lambda w: w.buy_yes(
            "ann", 0, 100, kind=OrderKind.STOP_LIMIT, stop_price=5_000, pricing=Pricing.BEST_OWN
        ),
    ),
    (
        Reject.PRICE_OUT_OF_RANGE,
        lambda w: w.buy_yes("ann", 5_000, 100, kind=OrderKind.STOP_LIMIT, stop_price=10_000),
    ),
    (
        Reject.PRICE_OFF_TICK,
        lambda w: w.buy_yes("ann", 5_000, 100, kind=OrderKind.STOP_LIMIT, stop_price=5_050),
    ),
    (
        Reject.BUDGET_TOO_SMALL,
        lambda w: w.buy_yes(
            "ann", 0, 0, budget=59_999, kind=OrderKind.MARKET_TO_LIMIT, time_in_force=TimeInForce.IOC
        ),
    ),
    (
        Reject.NO_LIQUIDITY,
        lambda w: w.buy_yes("ann", 0, 100, kind=OrderKind.MARKET_TO_LIMIT, market=OTHER),
    ),
    (Reject.NO_LIQUIDITY, lambda w: w.buy_yes("ann", 0, 100, pricing=Pricing.BEST_OWN, market=OTHER)),
    (
        Reject.NO_LIQUIDITY,
        lambda w: w.buy_yes(
            "bob", 0, 100, kind=OrderKind.MARKET_TO_LIMIT, self_match=SelfMatch.CANCEL_RESTING
        ),
    ),
    (Reject.NOT_AT_LIMIT, lambda w: w.buy_yes("ann", 6_100, 100, strict=True)),
    (Reject.RESERVED_ACCOUNT, lambda w: w.buy_yes("vault/race", 5_000, 100)),
    (Reject.INVALID_VALUE, lambda w: w.buy_yes("ann", 5_000, 100, builder_bps=101)),
    (Reject.DUPLICATE_ORDER, lambda w: w.buy_yes("ann", 5_000, 100, name=b"bid")),
    (Reject.DUPLICATE_CLIENT_KEY, lambda w: w.buy_yes("ann", 5_000, 100, client_key="bob/bid")),
    (Reject.POST_ONLY_WOULD_CROSS, lambda w: w.buy_yes("ann", 6_000, 100, post_only=True)),
    (Reject.SELF_MATCH, lambda w: w.buy_yes("bob", 6_000, 100)),
    (Reject.INSUFFICIENT_CASH, lambda w: w.buy_yes("ann", 5_000, 200_010)),
    (Reject.INSUFFICIENT_CASH, lambda w: w.buy_yes("nobody", 5_000, 100)),
    (Reject.INSUFFICIENT_TOKENS, lambda w: w.sell_yes("ann", 5_000, 100 * SHARE + 10)),
    (Reject.INSUFFICIENT_TOKENS, lambda w: w.sell_no("ann", 5_000, 100 * SHARE + 10)),
    (Reject.INVALID_VALUE, lambda w: w.buy_yes("ann", 5_000, 100, name=b"")),
    (Reject.INVALID_VALUE, lambda w: w.buy_yes("ann", 5_000, 100, name=b"x" * 65)),
    (Reject.INVALID_VALUE, lambda w: w.buy_yes("", 5_000, 100)),
    (Reject.INVALID_VALUE, lambda w: w.buy_yes("a" * 201, 5_000, 100)),
    (Reject.INVALID_VALUE, lambda w: w.buy_yes("ann", 5_000, 100, client_key="k" * 201)),
    (
        Reject.INVALID_VALUE,
        lambda w: w.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.GTD, expires_at=2**63),
    ),
]


@pytest.mark.parametrize(("reason", "provoke"), SHAPE)
def test_an_order_is_refused_for_one_reason_and_leaves_no_trace(reason: Reject, provoke: Provocation) -> None:
    world = busy_world()
    before = world.exchange.state_hash()
    refused = rejection(provoke(world))
    assert refused.reason is reason
    assert world.exchange.state_hash() == before


@pytest.mark.parametrize("time_in_force", [TimeInForce.FOK, TimeInForce.FAK, TimeInForce.IOC])
def test_an_order_that_never_rests_may_not_be_post_only(time_in_force: TimeInForce) -> None:
    events = busy_world().buy_yes("ann", 5_000, 100, post_only=True, time_in_force=time_in_force)
    assert rejection(events).reason is Reject.CONFLICTING_TERMS


@pytest.mark.parametrize("time_in_force", [TimeInForce.FOK, TimeInForce.FAK, TimeInForce.IOC])
def test_an_order_that_never_rests_needs_no_tick_and_no_minimum(time_in_force: TimeInForce) -> None:
    events = busy_world().buy_yes("ann", 6_055, 10, time_in_force=time_in_force)
    assert one(Trade, events).price == 6_000


TAKING = (MarketState.OPEN, MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)


@pytest.mark.parametrize("state", [state for state in MarketState if state not in TAKING])
def test_only_a_market_that_matches_or_collects_takes_orders(state: MarketState) -> None:
    world = busy_world()
    if state is MarketState.RESOLVED:
        world.resolve(5_000)
    else:
        world.set_state(state)
    assert rejection(world.buy_yes("ann", 5_000, 100)).reason is Reject.MARKET_NOT_OPEN


def test_an_account_may_have_so_many_open_orders_and_no_more() -> None:
    world = World()
    world.fund("ann", 1)
    apply = world.exchange.apply
    for number in range(OPEN_ORDERS_MAX):
        order_id = number.to_bytes(4, "big")
        apply(PlaceOrder(1, order_id, "ann", MARKET, Side.BUY, Gives.CASH, 100, 1))
    assert rejection(world.buy_yes("ann", 100, 1, name=b"one more")).reason is Reject.TOO_MANY_OPEN_ORDERS
    world.cancel("ann", bytes(4))
    one(OrderRested, world.buy_yes("ann", 100, 1, name=b"one more"))


def test_every_reason_for_a_refusal_is_provoked_somewhere_in_this_file() -> None:
    world = World(delay_ns=DELAY)
    world.fund("ann", 1)
    world.fund("bob", 1)
    world.sell_no("bob", 5_000, 1)
    world.buy_no("bob", 5_000, 100)
    world.buy_yes("ann", 5_000, 100, name=b"held")
    told = [
        *world.cancel("ann", b"unknown"),
        *world.cancel("ann", b"held"),
        *world.do(CreateMarket(world.now, MARKET, 100)),
        *world.do(Claim(world.now, "key", world.now + 1)),
        *world.do(Claim(world.now, "key", world.now + 1)),
        *world.resolve(0),
        *world.resolve(0),
        *world.do(Deposit(world.now, "ann", 0)),
        *world.do(RevokeCredential(world.now, "unknown")),
        *world.do(ResolveMarket(world.now, "nowhere", 0)),
        *world.do(CreateMarket(world.now, "sun", 100)),
        *world.do(CreateEvent(world.now, "race", [OTHER, "sun"])),
        *world.resolve(0, OTHER),
        *world.do(ResolveEvent(world.now, "nothing", [0])),
        *world.do(ConfirmTrade(world.now, 1)),
    ]
    elsewhere = {
        Reject.MARKET_NOT_OPEN,
        Reject.TOO_MANY_OPEN_ORDERS,
        Reject.KILL_SWITCH,  # test_guards
        Reject.CANNOT_WAIT,  # test_auction
    }
    provoked = {event.reason for event in told if isinstance(event, CancelRejected | CommandRejected)}
    assert provoked | elsewhere | {reason for reason, _ in SHAPE} == set(Reject)


def test_a_refused_order_may_be_sent_again_and_an_accepted_one_never() -> None:
    world = World()
    assert rejection(world.buy_yes("ann", 5_000, 100, name=b"x")).reason is Reject.INSUFFICIENT_CASH
    world.fund("ann", 1)
    one(OrderRested, world.buy_yes("ann", 5_000, 100, name=b"x"))
    world.cancel("ann", b"x")
    assert rejection(world.buy_yes("ann", 5_000, 100, name=b"x")).reason is Reject.DUPLICATE_ORDER


def test_a_client_key_is_free_again_when_its_order_has_ended() -> None:
    world = World()
    world.fund("ann", 1)
    world.buy_yes("ann", 5_000, 100, name=b"x", client_key="ann/1")
    assert rejection(world.buy_yes("ann", 100, 100, client_key="ann/1")).reason is Reject.DUPLICATE_CLIENT_KEY
    world.cancel("ann", b"x")
    one(OrderRested, world.buy_yes("ann", 5_000, 100, client_key="ann/1"))


def test_an_order_names_a_live_credential_or_none() -> None:
    world = World()
    world.fund("ann", 10)
    world.do(RegisterCredential(world.now, "key", "ann", "test"))
    one(OrderRested, world.buy_yes("ann", 5_000, 100, credential="key"))
    world.do(RevokeCredential(world.now, "key"))
    refused = rejection(world.buy_yes("ann", 5_000, 100, credential="key"))
    assert refused.reason is Reject.UNKNOWN_CREDENTIAL
