import asyncio
import sys
from pathlib import Path

import structlog

from tests.engine.world import MemoryJournal, deposit, listing, until
from tradepit.core.exchange import Exchange
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.replay import snapshot_command
from tradepit.engine.restore import load_snapshot
from tradepit.engine.snapshots import Snapshots
from tradepit.journal import SqliteJournal
from tradepit.journal.snapshots import SnapshotFiles


async def test_a_clean_stop_leaves_a_snapshot_and_a_restart_replays_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    exchange = Exchange()
    engine = Engine(SqliteJournal(tmp_path), exchange, clock)
    await engine.start()
    await engine.submit_many([listing(), deposit("alice")])
    await engine.stop()
    journal = SqliteJournal(tmp_path)
    restored, sequence = load_snapshot(journal, journal.last_sequence)
    assert sequence == journal.last_sequence == 2
    assert restored.state_hash() == exchange.state_hash()
    journal.close()


async def test_a_stop_without_anything_new_leaves_no_other_snapshot(
    tmp_path: Path, clock: ManualClock
) -> None:
    for _ in range(3):
        journal = SqliteJournal(tmp_path)
        engine = Engine(journal, load_snapshot(journal, 10)[0], clock)
        await engine.start()
        if engine.sequence == 0:
            await engine.submit(listing())
        await engine.stop()
    assert SnapshotFiles(tmp_path).sequences() == [1]


async def test_a_snapshot_is_taken_every_so_many_commands_and_the_last_two_are_kept(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    engine = Engine(memory, Exchange(), clock, snapshots=Snapshots(memory, every=10))
    await engine.start()
    seen = set()
    for number in range(45):
        await engine.submit(deposit(f"trader{number}"))
        seen.add(tuple(memory.snapshots()))
    assert seen == {(), (10,), (20, 10), (30, 20), (40, 30)}
    await engine.stop()
    assert memory.snapshots() == [45, 40]


async def test_the_snapshot_that_a_reader_of_events_needs_is_kept(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    snapshots = Snapshots(memory, every=10, needed_from=lambda: 25)
    engine = Engine(memory, Exchange(), clock, snapshots=snapshots)
    await engine.start()
    for number in range(60):
        await engine.submit(deposit(f"trader{number}"))
    assert memory.snapshots() == [60, 50, 20]
    await engine.stop()


async def test_another_process_makes_the_snapshots_of_a_running_exchange(
    tmp_path: Path, clock: ManualClock
) -> None:
    journal = SqliteJournal(tmp_path)
    snapshots = Snapshots(journal, every=10, maker=snapshot_command(tmp_path))
    exchange = Exchange()
    engine = Engine(journal, exchange, clock, snapshots=snapshots)
    await engine.start()
    await engine.submit_many([listing(), *(deposit(f"trader{number}") for number in range(11))])
    async with asyncio.timeout(20):
        while not journal.snapshots():
            await engine.submit(deposit("alice", 1))
            await asyncio.sleep(0.02)
    (sequence,) = journal.snapshots()
    assert sequence >= 12
    restored, found = load_snapshot(journal, sequence)
    assert found == sequence
    restored.check()
    await engine.stop()


async def test_a_snapshot_process_that_fails_is_logged_and_not_started_over_and_over(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    engine = Engine(memory, Exchange(), clock, snapshots=Snapshots(memory, every=5, maker=failing))
    await engine.start()
    with structlog.testing.capture_logs() as logs:
        await engine.submit_many([deposit(f"trader{number}") for number in range(7)])
        await until(lambda: bool(logs))
        await engine.submit(deposit("alice"))
        await asyncio.sleep(0.1)
    assert [(entry["event"], entry["error"]) for entry in logs] == [
        ("snapshot_failed", "its process ended with code 3")
    ]
    await engine.stop()
    assert memory.snapshots() == [8]


async def test_stopping_ends_a_snapshot_process_that_is_still_at_work(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    endless = [sys.executable, "-c", "import time; time.sleep(60)"]
    engine = Engine(memory, Exchange(), clock, snapshots=Snapshots(memory, every=5, maker=endless))
    await engine.start()
    await engine.submit_many([deposit(f"trader{number}") for number in range(7)])
    async with asyncio.timeout(10):
        await engine.stop()
    assert memory.snapshots() == [7]


async def test_a_snapshot_process_that_cannot_be_started_stops_nothing(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    snapshots = Snapshots(memory, every=5, maker=["/nowhere/to/be/found"])
    engine = Engine(memory, Exchange(), clock, snapshots=snapshots)
    await engine.start()
    with structlog.testing.capture_logs() as logs:
        await engine.submit_many([deposit(f"trader{number}") for number in range(7)])
        await until(lambda: bool(logs))
    assert "No such file" in logs[0]["error"]
    assert (await engine.submit(deposit("alice"))).sequence == 8
    await engine.stop()


async def test_a_snapshot_that_cannot_be_written_does_not_hinder_a_clean_stop(
    tmp_path: Path, clock: ManualClock
) -> None:
    engine = Engine(SqliteJournal(tmp_path), Exchange(), clock)
    await engine.start()
    await engine.submit(listing())
    (tmp_path / "snapshot-00000000000000000001.unfinished").mkdir()
    with structlog.testing.capture_logs() as logs:
        await engine.stop()
    assert [entry["event"] for entry in logs] == ["snapshot_failed"]
    SqliteJournal(tmp_path).close()
