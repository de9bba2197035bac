"""The core and the naive exchange, written apart from each other, say the same, event for event."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.held import held_stream
from tests.property.lively import lively_stream
from tests.property.naive import NaiveExchange
from tests.property.relieved import relieved_stream
from tests.property.streams import commands_of, opening, seeded
from tests.property.unsettled import unsettled_stream
from tradepit.core.commands import Command
from tradepit.core.enums import CancelReason, ExpireReason, Reject
from tradepit.core.events import BalanceChanged, Event, Trade
from tradepit.core.exchange import Exchange

NUMBER = st.integers(0, 2**32 - 1)
# Left alone, hypothesis draws lists of about five; the second kind makes most streams long.
NUMBERS = st.lists(NUMBER, max_size=150) | st.lists(NUMBER, min_size=60, max_size=150)
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)

HELD_STREAMS = range(300, 500)
REASONS_OUT_OF_REACH = {
    repr(reason)
    for reason in (
        # Streams are too small for this one; tests/core provokes it.
        Reject.TOO_MANY_OPEN_ORDERS,
        # Words of the format that nothing in the core says yet.
        CancelReason.OPERATOR,
        CancelReason.MARKET_CLOSED,
    )
}


def agree(commands: list[Command]) -> list[Event]:
    """Apply the commands to both and compare; returns all events."""
    naive, core = NaiveExchange(), Exchange()
    told: list[Event] = []
    for number, command in enumerate(commands):
        expected, events = naive.apply(command), core.apply(command)
        assert events == expected, f"they differ at command {number}: {command}"
        told.extend(events)
    core.check()
    return told


@given(NUMBERS)
@settings(QUIET, max_examples=100)
def test_the_core_agrees_with_the_naive_exchange(numbers: list[int]) -> None:
    agree(commands_of(numbers))


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_the_core_agrees_with_the_naive_exchange_on_long_streams(first: int) -> None:
    for seed in range(first, first + 20):
        agree(seeded(seed, 250))


def test_the_core_agrees_with_the_naive_exchange_while_orders_are_held() -> None:
    for seed in HELD_STREAMS:
        agree(held_stream(seed, 120))


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_the_core_agrees_with_the_naive_exchange_while_orders_change(first: int) -> None:
    for seed in range(first, first + 50):
        agree(lively_stream(seed, 150))


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_the_core_agrees_with_the_naive_exchange_while_trades_are_unsettled(first: int) -> None:
    for seed in range(first, first + 30):
        agree(unsettled_stream(seed, 150))


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_the_core_agrees_with_the_naive_exchange_while_credit_is_used(first: int) -> None:
    told = [event for seed in range(first, first + 30) for event in agree(relieved_stream(seed, 150))]
    balances = [event for event in told if isinstance(event, BalanceChanged)]
    assert any(event.cash < 0 and not event.account.startswith("vault/") for event in balances)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@given(NUMBERS)
@settings(QUIET, max_examples=2_000)
def test_the_core_agrees_with_the_naive_exchange_on_two_thousand_examples(numbers: list[int]) -> None:
    agree(commands_of(numbers))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_core_agrees_with_the_naive_exchange_on_two_thousand_long_streams() -> None:
    for seed in range(1_000, 3_000):
        agree(seeded(seed, 300))
        agree(lively_stream(seed, 300))
        agree(unsettled_stream(seed, 250))
        agree(relieved_stream(seed, 250))


def test_the_streams_reach_every_kind_of_event_and_reason() -> None:
    """A comparison proves nothing about what the streams never do."""
    told = [event for seed in range(60) for event in agree(seeded(seed, 250))]
    told += [event for seed in range(20) for event in agree(unsettled_stream(seed, 250))]
    kinds = {type(event) for event in told}
    missing = {kind for kind in Event.__args__ if kind not in kinds}
    assert not missing
    # The three enumerations share numbers, so they are compared by their names.
    reasons = {repr(event.reason) for event in told if hasattr(event, "reason")}
    wanted = {repr(reason) for kind in (Reject, CancelReason, ExpireReason) for reason in kind}
    assert wanted - reasons == REASONS_OUT_OF_REACH
    pairs = {(trade.pairs > 0) - (trade.pairs < 0) for trade in told if isinstance(trade, Trade)}
    assert pairs == {-1, 0, 1}, "mint, merge and transfer"
    assert any(isinstance(event, Trade) and event.maker_fee < 0 for event in told)


def test_the_opening_funds_everybody() -> None:
    events = agree(opening())
    assert not [event for event in events if hasattr(event, "reason")]
