"""The same commands give the same state and events: after a restart, from bytes, under any hash seed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.lively import lively_stream
from tests.property.relieved import relieved_stream
from tests.property.streams import ACCOUNTS, commands_of, seeded
from tests.property.test_differential import NUMBERS, QUIET
from tests.property.unsettled import unsettled_stream
from tradepit.core.commands import CancelOrder, Command, Deposit, decode_command, encode_command
from tradepit.core.events import decode_events, encode_events
from tradepit.core.exchange import Exchange

ROOT = Path(__file__).parents[2]


@given(NUMBERS, st.floats(0, 1))
@settings(QUIET, max_examples=60)
def test_an_exchange_restored_from_a_snapshot_goes_on_as_if_nothing_had_been(
    numbers: list[int], fraction: float
) -> None:
    _restore_in_the_middle(commands_of(numbers), fraction)


@pytest.mark.parametrize("seed", range(30))
def test_a_snapshot_anywhere_in_a_long_stream_changes_nothing(seed: int) -> None:
    _restore_in_the_middle(seeded(seed, 300), random.Random(seed).random())


@pytest.mark.parametrize("seed", range(60))
def test_a_snapshot_anywhere_while_orders_change_changes_nothing(seed: int) -> None:
    _restore_in_the_middle(lively_stream(seed, 200), random.Random(seed).random())


@pytest.mark.parametrize("seed", range(60))
def test_a_snapshot_anywhere_while_trades_are_unsettled_changes_nothing(seed: int) -> None:
    _restore_in_the_middle(unsettled_stream(seed, 200), random.Random(seed).random())


@pytest.mark.parametrize("seed", range(60))
def test_a_snapshot_anywhere_while_credit_is_used_changes_nothing(seed: int) -> None:
    _restore_in_the_middle(relieved_stream(seed, 200), random.Random(seed).random())


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@given(NUMBERS, st.floats(0, 1))
@settings(QUIET, max_examples=2_000)
def test_a_snapshot_changes_nothing_on_two_thousand_examples(numbers: list[int], fraction: float) -> None:
    _restore_in_the_middle(commands_of(numbers), fraction)


def _restore_in_the_middle(commands: list[Command], fraction: float) -> None:
    original = Exchange()
    cut = int(fraction * len(commands))
    for command in commands[:cut]:
        original.apply(command)
    restored = Exchange.restore(original.snapshot())
    restored.check()
    assert restored.state_hash() == original.state_hash()
    assert restored.snapshot() == original.snapshot()
    assert restored.next_due() == original.next_due()
    for command in commands[cut:]:
        assert restored.apply(command) == original.apply(command), command
    assert restored.state_hash() == original.state_hash()
    restored.check()


@pytest.mark.parametrize("seed", range(5))
def test_commands_and_events_come_back_from_their_bytes(seed: int) -> None:
    first, second = Exchange(), Exchange()
    for command in seeded(seed, 200):
        data = encode_command(command)
        assert decode_command(data) == command
        events = first.apply(command)
        assert second.apply(decode_command(data)) == events
        assert decode_events(encode_events(events)) == events
    assert first.state_hash() == second.state_hash()


def test_a_refused_command_leaves_the_state_as_it_was() -> None:
    exchange = Exchange()
    for command in seeded(1, 200):
        exchange.apply(command)
    before = exchange.state_hash()
    exchange.apply(CancelOrder(exchange.time, ACCOUNTS[0], b"never sent"))
    exchange.apply(Deposit(exchange.time, ACCOUNTS[0], 0))
    assert exchange.state_hash() == before
    exchange.apply(Deposit(exchange.time, ACCOUNTS[0], 1))
    assert exchange.state_hash() != before


def test_the_hash_seed_of_the_interpreter_changes_nothing() -> None:
    told = {_run_elsewhere(hash_seed) for hash_seed in ("0", "1", "4242")}
    assert told == {digest_of_streams()}


def _run_elsewhere(hash_seed: str) -> str:
    """What a fresh interpreter with this hash seed makes of the same streams."""
    done = subprocess.run(
        [sys.executable, "-c", "from tests.property.test_determinism import *; print(digest_of_streams())"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def digest_of_streams() -> str:
    """A digest over all events and final states of a few streams."""
    digest = sha256()
    for seed in range(4):
        exchange = Exchange()
        for command in seeded(seed, 250):
            digest.update(encode_events(exchange.apply(command)))
        digest.update(exchange.state_hash().encode())
    exchange = Exchange()
    for command in (*unsettled_stream(1, 250), *relieved_stream(1, 250)):
        digest.update(encode_events(exchange.apply(command)))
    digest.update(exchange.state_hash().encode())
    return digest.hexdigest()
