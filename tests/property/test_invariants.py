"""What must hold after every command, checked by an observer who sees nothing but the events."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings

from tests.property.lively import lively_stream
from tests.property.relieved import relieved_stream
from tests.property.streams import ACCOUNTS, RACE, commands_of, seeded
from tests.property.test_differential import NUMBERS, QUIET
from tests.property.unsettled import unsettled_stream
from tests.property.wild import wild
from tests.property.witness import Witness
from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    ConfirmTrade,
    FailTrade,
    ResolveEvent,
    ResolveMarket,
)
from tradepit.core.enums import Reject
from tradepit.core.events import CancelRejected, OrderCancelled
from tradepit.core.exchange import Exchange
from tradepit.core.units import ONE


def watch(commands: list[Command]) -> tuple[Exchange, Witness]:
    """Apply the commands while the witness listens and the core checks itself."""
    exchange, witness = Exchange(), Witness()
    for command in commands:
        witness.see(exchange.apply(command))
        exchange.check()
    return exchange, witness


@given(NUMBERS)
@settings(QUIET, max_examples=60)
def test_money_tokens_priority_and_books_hold_after_every_command(numbers: list[int]) -> None:
    watch(commands_of(numbers))


@pytest.mark.parametrize("seed", range(20))
def test_money_tokens_priority_and_books_hold_on_long_streams(seed: int) -> None:
    watch(seeded(seed, 400))


@pytest.mark.parametrize("seed", [*range(30), 12_845])
def test_money_tokens_priority_and_books_hold_while_orders_change(seed: int) -> None:
    """In the last one the end of a cheap order raises what a held budget requires, if that could close."""
    watch(lively_stream(seed, 250))


@pytest.mark.parametrize("seed", range(60))
def test_money_tokens_escrow_and_books_hold_while_trades_are_unsettled(seed: int) -> None:
    """In the end all that waits is settled, one way or the other: nothing is left pending or open."""
    exchange, witness = watch(unsettled_stream(seed, 250))
    for event in list(exchange.state.linked):
        witness.see(exchange.apply(ResolveEvent(exchange.time, event, [1_000, 9_000])))
    for market in list(exchange.state.markets):
        witness.see(exchange.apply(ResolveMarket(exchange.time, market, 4_000)))
    for number in range(1, witness.trades + 1):
        end = FailTrade if number % 3 == 0 else ConfirmTrade
        witness.see(exchange.apply(end(exchange.time, number)))
        exchange.check()
    assert witness.open_orders() == []
    assert not witness.escrows and not any(map(any, witness.told_pending.values()))
    assert sum(witness.pairs.values()) == 0


@pytest.mark.parametrize("seed", range(60))
def test_cash_goes_down_to_minus_the_credit_and_no_further(seed: int) -> None:
    """When every event is resolved nobody owes anything, whoever wins."""
    exchange, witness = watch(relieved_stream(seed, 250))
    for race, payouts in (("race", [3_000, 3_000, 4_000] if seed % 2 else [0, 0, ONE]), ("duel", [0, ONE])):
        witness.see(exchange.apply(ResolveEvent(exchange.time, race, payouts)))
        exchange.check()
    assert all(cash >= 0 for cash in witness.cash.values())


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@given(NUMBERS)
@settings(QUIET, max_examples=2_000)
def test_money_tokens_priority_and_books_hold_on_two_thousand_examples(numbers: list[int]) -> None:
    watch(commands_of(numbers))


@pytest.mark.parametrize("seed", range(20))
def test_whatever_decodes_gives_events_and_breaks_nothing(seed: int) -> None:
    """Commands with values that no sane door would send: `apply` answers each and stays sound."""
    rng = random.Random(seed)
    exchange = Exchange()
    for command in (*seeded(seed, 300), *unsettled_stream(seed, 200), *relieved_stream(seed, 200)):
        exchange.apply(wild(command, rng) if rng.random() < 0.25 else command)
        exchange.check()


@pytest.mark.parametrize("seed", range(10))
def test_a_second_cancel_changes_nothing(seed: int) -> None:
    exchange, witness = watch(seeded(seed, 120))
    for order_id in witness.open_orders():
        account = witness.orders[order_id].place.account
        exchange.apply(CancelOrder(exchange.time, account, order_id))
        before = exchange.state_hash()
        (again,) = exchange.apply(CancelOrder(exchange.time, account, order_id))
        assert isinstance(again, CancelRejected)
        assert again.reason in (Reject.UNKNOWN_ORDER, Reject.ORDER_DELAYED, Reject.MARKET_NOT_OPEN)
        assert exchange.state_hash() == before


@pytest.mark.parametrize("seed", range(10))
def test_when_all_is_cancelled_resolved_or_lapsed_every_accepted_order_has_ended_once(seed: int) -> None:
    """The witness refuses a second end; here is the other half: none is left without one."""
    exchange, witness = watch(seeded(seed, 200))
    witness.see(exchange.apply(ResolveEvent(exchange.time, RACE, [1_000, 9_000, 0])))
    exchange.check()
    for market in list(exchange.state.markets):
        witness.see(exchange.apply(ResolveMarket(exchange.time, market, 4_000)))
        exchange.check()
    assert witness.open_orders() == []
    assert sum(witness.pairs.values()) == 0


def test_cancelling_everything_names_each_open_order_of_the_account_once() -> None:
    exchange, witness = watch(seeded(3, 150))
    for account in ACCOUNTS:
        mine = {i for i in witness.open_orders() if witness.orders[i].place.account == account}
        events = exchange.apply(CancelOrders(exchange.time, account))
        witness.see(events)
        named = [event.order_id for event in events if isinstance(event, OrderCancelled)]
        left = {i for i in witness.open_orders() if witness.orders[i].place.account == account}
        assert len(named) == len(set(named))
        assert set(named) == mine - left
