"""Heartbeats and kill switches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.world import MARKET, OTHER, World, of, one, rejection
from tradepit.core.commands import (
    Heartbeat,
    RegisterCredential,
    ReplaceOrder,
    RevokeCredential,
    SetKillSwitch,
)
from tradepit.core.enums import CancelReason, Gives, MarketState, OrderKind, Reject, Side
from tradepit.core.events import (
    CommandRejected,
    Event,
    HeartbeatLapsed,
    HeartbeatTaken,
    KillSwitchChanged,
    OrderCancelled,
    OrderRejected,
    OrderRested,
    ReplaceRejected,
)
from tradepit.core.limits import HEARTBEAT_MAX_NS

SECOND = 10**9


@pytest.fixture
def world() -> World:
    """Ann holds two keys and has orders of each, in two markets, and a stop."""
    world = World()
    for account in ("ann", "bob"):
        world.fund(account, 1_000)
    for key in ("key-1", "key-2"):
        world.do(RegisterCredential(world.now, key, "ann", "test"))
    world.buy_yes("ann", 4_000, 10, name=b"one", credential="key-1")
    world.buy_yes("ann", 4_000, 10, name=b"two", credential="key-2")
    world.buy_yes("ann", 4_000, 10, name=b"elsewhere", market=OTHER, credential="key-1")
    stop: dict[str, Any] = {"kind": OrderKind.STOP, "stop_price": 6_000}
    world.place("ann", Side.BUY, Gives.CASH, 0, 10, name=b"stop", credential="key-1", **stop)
    world.buy_yes("bob", 4_000, 10, name=b"bob's")
    return world


def cancelled(events: list[Event], reason: CancelReason) -> list[bytes]:
    ended = of(OrderCancelled, events)
    assert all(event.reason is reason for event in ended)
    return [event.order_id for event in ended]


def beat(world: World, timeout_ns: int = 10 * SECOND, key: str = "key-1") -> list[Event]:
    return world.do(Heartbeat(world.now, key, timeout_ns))


# Heartbeat ---------------------------------------------------------------------------------------------


def test_a_heartbeat_says_when_the_next_one_is_due(world: World) -> None:
    assert beat(world) == [HeartbeatTaken(world.now, "key-1", world.now + 10 * SECOND)]
    assert world.exchange.next_due() == world.now + 10 * SECOND


def test_silence_cancels_what_the_credential_placed_and_nothing_else(world: World) -> None:
    beat(world)
    assert world.wait(10 * SECOND - 1) == []
    events = world.wait(1)
    assert one(HeartbeatLapsed, events).credential == "key-1"
    assert cancelled(events, CancelReason.HEARTBEAT) == [b"one", b"elsewhere", b"stop"]
    assert world.is_open(b"two") and world.is_open(b"bob's")
    assert world.exchange.next_due() is None


def test_every_heartbeat_sets_the_deadline_anew(world: World) -> None:
    beat(world)
    world.wait(9 * SECOND)
    beat(world)
    assert world.wait(9 * SECOND) == []
    one(HeartbeatLapsed, world.wait(SECOND))


def test_a_shorter_deadline_replaces_a_longer_one_also_across_a_restart(world: World) -> None:
    beat(world, 10 * SECOND)
    beat(world, 5 * SECOND)
    restored = world.exchange.restore(world.exchange.snapshot())
    again = Heartbeat(world.now, "key-1", 10 * SECOND)
    assert restored.apply(again) == world.do(again)
    assert restored.state_hash() == world.exchange.state_hash()
    assert world.wait(5 * SECOND) == []


def test_a_timeout_of_nothing_ends_the_watch(world: World) -> None:
    beat(world)
    assert beat(world, 0) == [HeartbeatTaken(world.now, "key-1", 0)]
    assert world.exchange.next_due() is None


def test_a_revoked_credential_is_watched_no_more(world: World) -> None:
    beat(world)
    world.do(RevokeCredential(world.now, "key-1"))
    assert world.exchange.next_due() is None


@pytest.mark.parametrize("timeout_ns", [-1, HEARTBEAT_MAX_NS + 1])
def test_a_deadline_out_of_bounds_is_refused(world: World, timeout_ns: int) -> None:
    assert one(CommandRejected, beat(world, timeout_ns)).reason is Reject.INVALID_VALUE


def test_only_a_known_credential_has_a_heart(world: World) -> None:
    assert one(CommandRejected, beat(world, key="nobody")).reason is Reject.UNKNOWN_CREDENTIAL


# Kill switch -------------------------------------------------------------------------------------------


def test_an_accounts_switch_cancels_all_of_it_and_refuses_more(world: World) -> None:
    events = world.do(SetKillSwitch(world.now, "ann"))
    assert events[0] == KillSwitchChanged(world.now, "ann", "", True)
    assert cancelled(events, CancelReason.KILL_SWITCH) == [b"one", b"two", b"elsewhere", b"stop"]
    assert rejection(world.buy_yes("ann", 4_000, 10)).reason is Reject.KILL_SWITCH
    one(OrderRested, world.buy_yes("bob", 4_000, 10))
    world.do(SetKillSwitch(world.now, "ann", on=False))
    one(OrderRested, world.buy_yes("ann", 4_000, 10))


def test_a_markets_switch_cancels_all_in_it_and_refuses_more(world: World) -> None:
    events = world.do(SetKillSwitch(world.now, market=MARKET))
    assert cancelled(events, CancelReason.KILL_SWITCH) == [b"one", b"two", b"stop", b"bob's"]
    assert rejection(world.buy_yes("bob", 4_000, 10)).reason is Reject.KILL_SWITCH
    one(OrderRested, world.buy_yes("bob", 4_000, 10, market=OTHER))
    world.do(SetKillSwitch(world.now, market=MARKET, on=False))
    one(OrderRested, world.buy_yes("bob", 4_000, 10))


def test_a_switch_works_in_a_halted_market_and_before_an_account_exists(world: World) -> None:
    world.set_state(MarketState.HALTED)
    assert b"one" in cancelled(world.do(SetKillSwitch(world.now, "ann")), CancelReason.KILL_SWITCH)
    world.do(SetKillSwitch(world.now, "newcomer"))
    world.deposit("newcomer", 10**6)
    assert rejection(world.buy_yes("newcomer", 1_000, 1, market=OTHER)).reason is Reject.KILL_SWITCH


def test_a_switch_names_exactly_one_thing_that_exists(world: World) -> None:
    for account, market in (("", ""), ("ann", MARKET), ("a" * 201, "")):
        refused = one(CommandRejected, world.do(SetKillSwitch(world.now, account, market)))
        assert refused.reason is Reject.INVALID_VALUE
    unknown = one(CommandRejected, world.do(SetKillSwitch(world.now, "", "nowhere")))
    assert unknown.reason is Reject.UNKNOWN_MARKET


def test_what_a_delay_holds_is_refused_when_it_is_due() -> None:
    world = World(delay_ns=3)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 10)
    world.buy_yes("ann", 5_000, 10, name=b"held")
    assert of(OrderCancelled, world.do(SetKillSwitch(world.now, "ann"))) == []
    assert one(OrderRejected, world.wait(3)).reason is Reject.KILL_SWITCH
    assert not world.is_open(b"held")


def test_nothing_is_replaced_in_a_killed_market() -> None:
    world = World(delay_ns=3)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_yes("ann", 4_000, 10, name=b"x")
    world.buy_no("bob", 5_000, 10)
    world.buy_yes("ann", 5_000, 10)
    world.do(SetKillSwitch(world.now, market=MARKET))
    assert not world.is_open(b"x")
    refused = one(ReplaceRejected, world.do(ReplaceOrder(world.now, "ann", b"x", 4_100)))
    assert refused.reason is Reject.UNKNOWN_ORDER
