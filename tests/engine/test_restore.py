from pathlib import Path

import pytest
import structlog

from tests.engine.world import MemoryJournal, listing, random_commands
from tradepit.core.commands import encode_command
from tradepit.core.events import encode_events
from tradepit.core.exchange import Exchange
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.restore import load_snapshot, replay, restore
from tradepit.journal import JournalDamaged, Snapshot, SqliteJournal


@pytest.fixture
def busy() -> MemoryJournal:
    """A journal of two thousand commands."""
    journal = MemoryJournal()
    journal.records = [encode_command(command) for command in random_commands(2_000)]
    return journal


def snapshot_at(journal: MemoryJournal, sequence: int) -> Snapshot:
    exchange = Exchange()
    replay(journal, exchange, 0, sequence)
    return Snapshot(sequence, exchange.state_hash(), exchange.snapshot())


async def test_a_replay_gives_the_state_and_the_events_of_the_live_exchange(
    tmp_path: Path, clock: ManualClock
) -> None:
    live = Exchange()
    journal = SqliteJournal(tmp_path)
    engine = Engine(journal, live, clock)
    await engine.start()
    told: list[bytes] = []
    engine.listen(lambda outcome: told.append(encode_events(outcome.events)))
    commands = random_commands(2_000)
    for start in range(0, len(commands), 150):
        await engine.submit_many(commands[start : start + 150])
    await engine.stop()
    live.check()

    journal = SqliteJournal(tmp_path)
    replayed = Exchange()
    again: list[bytes] = []
    replay(journal, replayed, 0, tell=lambda sequence, time, events: again.append(encode_events(events)))
    assert replayed.state_hash() == live.state_hash()
    assert again[: len(told)] == told
    assert restore(journal).state_hash() == live.state_hash()
    journal.close()


@pytest.mark.parametrize("sequence", [1, 500, 1_234, 2_000])
def test_a_snapshot_and_the_tail_give_what_the_whole_journal_gives(
    busy: MemoryJournal, sequence: int
) -> None:
    whole = restore(busy)
    busy.save_snapshot(snapshot_at(busy, sequence))
    exchange, begun = load_snapshot(busy, busy.last_sequence)
    assert begun == sequence
    tail: list[bytes] = []
    replay(busy, exchange, begun, tell=lambda sequence, time, events: tail.append(encode_events(events)))
    every: list[bytes] = []
    replay(busy, Exchange(), 0, tell=lambda sequence, time, events: every.append(encode_events(events)))
    assert tail == every[sequence:]
    assert exchange.state_hash() == whole.state_hash()
    exchange.check()


def test_the_newest_snapshot_not_after_the_asked_one_is_taken(busy: MemoryJournal) -> None:
    for sequence in (10, 20, 30):
        busy.save_snapshot(snapshot_at(busy, sequence))
    assert [load_snapshot(busy, latest)[1] for latest in (9, 10, 25, 2_000)] == [0, 10, 20, 30]


@pytest.mark.parametrize("damage", ["its bytes", "its hash", "its place"])
def test_an_unusable_snapshot_is_passed_over_with_a_warning(busy: MemoryJournal, damage: str) -> None:
    whole = restore(busy).state_hash()
    good = snapshot_at(busy, 100)
    other = snapshot_at(busy, 200)
    busy.save_snapshot(good)
    match damage:
        case "its bytes":
            busy.save_snapshot(Snapshot(200, other.state_hash, other.data[:-1]))
        case "its hash":
            busy.save_snapshot(Snapshot(200, good.state_hash, other.data))
        case _:
            busy.save_snapshot(Snapshot(2_001, other.state_hash, other.data))
    with structlog.testing.capture_logs() as logs:
        assert load_snapshot(busy, busy.last_sequence)[1] == 100
        assert restore(busy).state_hash() == whole
    if damage == "its place":
        assert logs == []
    else:
        assert {entry["event"] for entry in logs} == {"snapshot_unusable"}


def test_a_record_that_is_no_command_stops_the_restart_and_is_named(busy: MemoryJournal) -> None:
    busy.records[700] = b"rubbish"
    with pytest.raises(JournalDamaged, match="record 701") as caught:
        restore(busy)
    assert caught.value.sequence == 701


def test_a_record_that_the_core_fails_on_stops_the_restart_and_is_named(
    busy: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(state: object, block: object, command: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("tradepit.core.lifecycle.resolve_market", fail)
    with pytest.raises(JournalDamaged, match=r"failed on the journal's record 199\d") as caught:
        restore(busy)
    assert 1_985 < caught.value.sequence <= 2_000


def test_an_empty_journal_gives_an_empty_exchange() -> None:
    assert restore(MemoryJournal()).state_hash() == Exchange().state_hash()
    assert Exchange().apply(listing())
