"""The exchange as a function of time: clock, timers, claims, credentials, snapshots."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from tests.core.world import MARKET, World, of, one
from tradepit.core.commands import Claim, Command, Deposit, RegisterCredential, RevokeCredential, Tick
from tradepit.core.enums import Reject, TimeInForce
from tradepit.core.events import (
    BalanceChanged,
    Claimed,
    CommandRejected,
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    Trade,
)
from tradepit.core.exchange import Exchange
from tradepit.core.limits import CASH_MAX
from tradepit.core.units import TIME_MAX

# Time --------------------------------------------------------------------------------------------------


def test_time_never_runs_backwards() -> None:
    exchange = Exchange()
    exchange.apply(Tick(100))
    deposited, balance = exchange.apply(Deposit(50, "ann", 1))
    assert (deposited.time, balance.time, exchange.time) == (100, 100, 100)
    exchange.apply(Tick(101))
    assert exchange.time == 101


def test_a_tick_on_a_quiet_exchange_says_nothing() -> None:
    exchange = Exchange()
    assert exchange.apply(Tick(100)) == []
    assert exchange.next_due() is None


def test_time_stops_at_the_end_of_time() -> None:
    exchange = Exchange()
    exchange.apply(Tick(TIME_MAX + 5))
    assert exchange.time == TIME_MAX


def test_timers_fire_by_due_time_and_then_by_creation() -> None:
    world = World()
    world.fund("ann", 10)
    for name, lead in ((b"late", 30), (b"early", 10), (b"middle, first", 20), (b"middle, second", 20)):
        world.buy_yes("ann", 5_000, 10, name=name, time_in_force=TimeInForce.GTD, expires_at=world.now + lead)
    start = world.now
    expired = of(OrderExpired, world.wait(1_000))
    assert [(event.order_id, event.time - start) for event in expired] == [
        (b"early", 10),
        (b"middle, first", 20),
        (b"middle, second", 20),
        (b"late", 30),
    ]


def test_each_timer_is_a_block_of_its_own_with_its_own_time_and_re_check() -> None:
    """Two held orders come due in one tick: the first one's fill leaves no money for the second's."""
    world = World(delay_ns=100)
    world.fund("ann", 10)
    world.fund("bob", 100)
    world.buy_no("bob", 5_000, 4_000)
    world.buy_yes("ann", 5_000, 1_000, name=b"first")
    world.now += 1
    world.buy_yes("ann", 5_000, 1_000, name=b"second")
    first_due = world.now + 99
    events = world.wait(1_000)
    trades = of(Trade, events)
    assert [(trade.taker_order, trade.time) for trade in trades] == [
        (b"first", first_due),
        (b"second", first_due + 1),
    ]
    balances = [(event.account, event.time, event.cash) for event in of(BalanceChanged, events)]
    assert balances == [
        ("ann", first_due, 5_000_000),
        ("bob", first_due, 95_000_000),
        ("ann", first_due + 1, 0),
        ("bob", first_due + 1, 90_000_000),
    ]


def test_a_held_order_meets_its_own_expiry_when_its_delay_is_over() -> None:
    world = World(delay_ns=100)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 100)
    world.buy_yes("ann", 5_000, 100, time_in_force=TimeInForce.GTD, expires_at=world.now + 50)
    (refused,) = world.wait(100)
    assert isinstance(refused, OrderRejected)
    assert refused.reason is Reject.EXPIRY_IN_PAST


def test_the_timer_of_an_order_that_has_ended_is_forgotten() -> None:
    world = World()
    world.fund("ann", 10)
    world.buy_yes("ann", 5_000, 10, name=b"x", time_in_force=TimeInForce.GTD, expires_at=world.now + 10)
    world.cancel("ann", b"x")
    assert world.exchange.next_due() is None
    assert world.wait(10) == []


def test_timers_due_fire_before_the_command_that_brings_the_time() -> None:
    world = World(delay_ns=100)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 100, name=b"ask")
    world.buy_yes("ann", 5_000, 100, name=b"held")
    world.now += 100
    events = world.cancel("bob", b"ask")
    assert of(OrderFilled, events)[0].order_id == b"ask", "it traded before the cancel came"


# Claims ------------------------------------------------------------------------------------------------


def test_a_key_can_be_claimed_once_until_its_time() -> None:
    exchange = Exchange()
    assert exchange.apply(Claim(100, "jti", 200)) == [Claimed(100, "jti", 200)]
    (refused,) = exchange.apply(Claim(199, "jti", 300))
    assert refused == CommandRejected(199, "jti", Reject.ALREADY_CLAIMED)
    assert exchange.apply(Claim(200, "jti", 300)) == [Claimed(200, "jti", 300)]


@pytest.mark.parametrize(("key", "until"), [("", 200), ("jti", 100), ("jti", 99), ("k" * 401, 200)])
def test_a_claim_that_claims_nothing_is_refused(key: str, until: int) -> None:
    (refused,) = Exchange().apply(Claim(100, key, until))
    assert refused == CommandRejected(100, key, Reject.INVALID_VALUE)


def test_lapsed_claims_leave_no_trace_in_the_state() -> None:
    one_way, other_way = Exchange(), Exchange()
    one_way.apply(Claim(100, "jti", 200))
    for exchange in (one_way, other_way):
        exchange.apply(Tick(300))
    assert one_way.state_hash() == other_way.state_hash()


# Credentials -------------------------------------------------------------------------------------------


def test_a_credential_is_registered_once_and_revoked_once() -> None:
    exchange = Exchange()
    register = RegisterCredential(100, "key-1", "ann", "clob.key", b"payload")
    registered = CredentialRegistered(100, "key-1", "ann", "clob.key", b"payload")
    assert exchange.apply(register) == [registered]
    assert exchange.apply(register) == [CommandRejected(100, "key-1", Reject.ALREADY_EXISTS)]
    revoked = CredentialRevoked(100, "key-1", "ann", "clob.key")
    assert exchange.apply(RevokeCredential(100, "key-1")) == [revoked]
    unknown = CommandRejected(100, "key-1", Reject.UNKNOWN_CREDENTIAL)
    assert exchange.apply(RevokeCredential(100, "key-1")) == [unknown]
    assert exchange.apply(register) == [registered]


@pytest.mark.parametrize(
    ("credential", "account", "kind", "size"),
    [
        ("", "ann", "k", 0),
        ("c", "", "k", 0),
        ("c", "ann", "", 0),
        ("c" * 201, "ann", "k", 0),
        ("c", "a", "k", 10**6),
    ],
)
def test_a_credential_without_names_or_of_great_size_is_refused(
    credential: str, account: str, kind: str, size: int
) -> None:
    command = RegisterCredential(100, credential, account, kind, b"x" * size)
    assert Exchange().apply(command) == [CommandRejected(100, credential, Reject.INVALID_VALUE)]


# Snapshots ---------------------------------------------------------------------------------------------


def test_a_restored_exchange_still_knows_everything_that_is_not_seen_in_events() -> None:
    world = World(delay_ns=100)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.do(Claim(world.now, "jti", world.now + 1_000))
    world.do(RegisterCredential(world.now, "key", "ann", "kind"))
    world.buy_no("bob", 5_000, 100, client_key="bob/1")
    world.buy_yes("ann", 5_000, 50, name=b"held")
    world.buy_yes("ann", 4_000, 50, name=b"gone")
    world.cancel("ann", b"gone")
    world.exchange = Exchange.restore(world.exchange.snapshot())
    refusals = [
        world.buy_yes("ann", 4_000, 50, name=b"gone"),
        world.buy_no("bob", 4_000, 100, client_key="bob/1"),
        world.do(Claim(world.now, "jti", world.now + 5)),
        world.do(RegisterCredential(world.now, "key", "ann", "kind")),
    ]
    assert [getattr(events[0], "reason", None) for events in refusals] == [
        Reject.DUPLICATE_ORDER,
        Reject.DUPLICATE_CLIENT_KEY,
        Reject.ALREADY_CLAIMED,
        Reject.ALREADY_EXISTS,
    ]
    trade = one(Trade, world.wait(100))
    assert (trade.number, trade.taker_order) == (1, b"held")


def test_equal_states_have_equal_bytes_whatever_path_led_to_them() -> None:
    straight, detour = World(), World()
    for world in (straight, detour):
        world.fund("ann", 10)
    detour.now = straight.now
    detour.deposit("ann", 5)
    detour.withdraw("ann", 5)
    assert straight.exchange.snapshot() == detour.exchange.snapshot()
    detour.deposit("ann", 5)
    assert straight.exchange.state_hash() != detour.exchange.state_hash()


@pytest.mark.parametrize("data", [b"", b"rubbish", msgspec.msgpack.encode([1, 2, 3])])
def test_foreign_bytes_are_no_snapshot(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Exchange.restore(data)


def test_a_snapshot_of_another_format_is_refused_in_words() -> None:
    fields = msgspec.msgpack.decode(World().exchange.snapshot())
    with pytest.raises(ValueError, match="format 99"):
        Exchange.restore(msgspec.msgpack.encode([99, *fields[1:]]))


def test_a_market_survives_its_snapshot() -> None:
    world = World(tick=25)
    restored = Exchange.restore(world.exchange.snapshot())
    assert restored.state.markets[MARKET].listing.tick == 25
    assert of(Deposited, restored.apply(Deposit(world.now, "ann", 1)))


def test_many_great_deposits_do_not_outgrow_the_snapshot() -> None:
    exchange = Exchange()
    for number in range(20):
        exchange.apply(Deposit(1, f"account-{number}", CASH_MAX))
    assert Exchange.restore(exchange.snapshot()).state_hash() == exchange.state_hash()


def test_what_is_no_command_is_an_error_of_the_caller() -> None:
    with pytest.raises(TypeError, match="not a command"):
        Exchange().apply(cast(Command, SimpleNamespace(now=1)))
