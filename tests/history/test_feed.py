"""The projector as a process: it may die, be slow, be late or be new, and history comes out the same."""

import asyncio
import os
import shutil
import signal
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
import structlog

from tests.engine.test_kill import acknowledged_before_a_kill
from tests.engine.world import deposit, listing, random_commands, until
from tests.history.scenes import House, house, rows, url_of
from tests.history.test_streams import settling_later
from tests.property.lively import lively_stream
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.messages import GetStatus
from tradepit.history.feed import HistoryFeed
from tradepit.history.reader import EntryFilter, History, OrderFilter
from tradepit.history.schema import VERSION, connect, read_checkpoint


async def trade(running: House, count: int, seed: int = 1) -> None:
    """Submit a busy day, in pieces, with the loop going on between them."""
    commands = random_commands(count, seed)
    for start in range(0, count, 40):
        await running.engine.submit_many(commands[start : start + 40])
        await asyncio.sleep(0.001)


def another_than(feed: HistoryFeed, process: int) -> bool:
    return feed.process_id not in (None, process)


def remove_history(directory: Path) -> None:
    for path in directory.glob("history.db*"):
        path.unlink()


async def rebuilt(directory: Path, into: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows that come out of the journal alone, in a copy of the directory."""
    shutil.copytree(directory, into)
    remove_history(into)
    async with house(into) as running:
        await running.caught_up()
    return rows(into)


async def test_what_happens_is_in_history_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as running:
        await running.engine.submit_many([listing(), deposit("alice", 3)])
        await running.caught_up()
        (entry,) = await running.history.entries(EntryFilter(account="alice"))
        assert (entry.cash, entry.sequence) == (3_000_000, 2)
        assert running.feed.checkpoint == 2


async def test_the_shared_fixtures_are_an_exchange_with_its_history(engine: Engine, history: History) -> None:
    await engine.submit_many([listing(), deposit("alice"), deposit("bob")])
    await history.synchronise(engine.sequence)
    assert len(await history.entries(EntryFilter())) == 2


async def test_stopping_writes_everything_first(tmp_path: Path) -> None:
    async with house(tmp_path) as running:
        await running.engine.submit_many([listing(), deposit("alice")])
    assert len(rows(tmp_path)["entries"]) == 1


async def test_history_that_was_deleted_comes_back_the_same(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with house(directory) as running:
        await trade(running, 1_500)
    live = rows(directory)
    assert {name: len(content) > 20 for name, content in live.items()} == {
        "orders": True,
        "trades": True,
        "entries": True,
    }
    assert await rebuilt(directory, tmp_path / "copy") == live


async def test_a_projector_that_is_killed_catches_up_exactly_once(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with house(directory) as running:
        with structlog.testing.capture_logs() as logs:
            for seed in (1, 2):
                killed = running.feed.process_id
                assert killed is not None
                trading = asyncio.create_task(trade(running, 1_000, seed))
                await asyncio.sleep(0.02)
                os.kill(killed, signal.SIGKILL)
                await trading
                await until(partial(another_than, running.feed, killed))
            await running.caught_up()
    ends = [entry["exit_code"] for entry in logs if entry["event"] == "projector_ended"]
    assert ends == [-signal.SIGKILL, -signal.SIGKILL]
    live = rows(directory)
    assert await rebuilt(directory, tmp_path / "copy") == live


async def test_history_begun_late_catches_up_from_the_journal(tmp_path: Path) -> None:
    async with house(tmp_path) as running:
        await trade(running, 300)
    before = rows(tmp_path)
    remove_history(tmp_path)
    async with house(tmp_path) as running:
        await running.engine.submit(deposit("late", 1))
        await running.caught_up()
        entries = await running.history.entries(EntryFilter(account="late"))
        assert len(entries) == 1
    after = rows(tmp_path)
    assert after["orders"] == before["orders"]
    assert after["trades"] == before["trades"]
    assert len(after["entries"]) == len(before["entries"]) + 1


async def test_history_of_another_journal_is_replaced(tmp_path: Path) -> None:
    async with house(tmp_path / "old") as running:
        await trade(running, 300)
    async with house(tmp_path / "new") as running:
        await running.engine.submit_many([listing(), deposit("alice")])
        await running.caught_up()
    remove_history(tmp_path / "new")
    shutil.copy(tmp_path / "old" / "history.db", tmp_path / "new" / "history.db")
    async with house(tmp_path / "new") as running:
        assert running.feed.checkpoint == 0
        await until(lambda: running.feed.checkpoint == 2)
        assert len(await running.history.entries(EntryFilter())) == 1
        assert await running.history.orders(OrderFilter()) == []


async def test_a_projector_that_is_too_slow_costs_bounded_memory_and_misses_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with house(directory, buffer_bytes_max=10_000) as running:
        await running.engine.submit(listing())
        await running.caught_up()
        projector = running.feed.process_id
        assert projector is not None
        with structlog.testing.capture_logs() as logs:
            os.kill(projector, signal.SIGSTOP)
            for start in range(0, 20_000, 1_000):
                await running.engine.submit_many(
                    [deposit(f"trader{number}", 1) for number in range(start, start + 1_000)]
                )
                await asyncio.sleep(0.005)
            assert Counter(entry["event"] for entry in logs) == {"history_falls_behind": 1}
            transport = running.feed._transport
            assert transport is not None
            assert transport.get_write_buffer_size() < 200_000
            os.kill(projector, signal.SIGCONT)
            await running.caught_up()
        assert running.feed.process_id == projector
    assert len(rows(directory)["entries"]) == 20_000


async def test_the_loop_never_waits_for_history(tmp_path: Path) -> None:
    async with house(tmp_path) as running:
        projector = running.feed.process_id
        assert projector is not None
        os.kill(projector, signal.SIGSTOP)
        async with asyncio.timeout(5):
            await running.engine.submit_many([listing(), deposit("alice")])
            assert (await running.engine.query(GetStatus())).sequence == 2
        os.kill(projector, signal.SIGCONT)
        await running.caught_up()


async def test_an_exchange_killed_under_load_has_its_whole_history_after_a_restart(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    acknowledged = await asyncio.to_thread(acknowledged_before_a_kill, directory, 1.0, "--history")
    async with house(directory) as running:
        await running.caught_up()
    live = rows(directory)
    placed = {(row[0], row[1]) for row in live["orders"]}
    assert placed.issuperset(acknowledged.items())
    assert await rebuilt(directory, tmp_path / "copy") == live


async def test_a_projector_that_cannot_start_is_tried_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as running:
        with structlog.testing.capture_logs() as logs, monkeypatch.context() as patch:
            patch.setattr("sys.executable", "/bin/false")
            projector = running.feed.process_id
            assert projector is not None
            os.kill(projector, signal.SIGKILL)
            await until(lambda: sum(entry["event"] == "projector_ended" for entry in logs) >= 3)
        await running.engine.submit(listing())
        await running.caught_up()


def test_an_older_schema_is_built_anew(tmp_path: Path) -> None:
    History(url_of(tmp_path)).close()
    database = connect(url_of(tmp_path))
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE checkpoint SET version = 0, sequence = 77, journal = 'x'")
        connection.exec_driver_sql("DROP TABLE trades")
    History(url_of(tmp_path)).close()
    with database.connect() as connection:
        assert read_checkpoint(connection) == ("", 0)
        assert connection.exec_driver_sql("SELECT count(*) FROM trades").scalar() == 0
    database.dispose()


async def test_history_of_an_older_release_comes_back_from_the_journal(tmp_path: Path) -> None:
    """The stream has every command: replaced orders, stops, events, trades that fail."""
    async with house(tmp_path, clock=ManualClock(1)) as running:
        for command in settling_later(lively_stream(41, 1_200), 3):
            await running.engine.submit(command)
    live = rows(tmp_path)
    assert all(len(content) > 5 for content in live.values())
    database = connect(url_of(tmp_path))
    with database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE checkpoint SET version = {VERSION - 1}")
        connection.exec_driver_sql("ALTER TABLE trades DROP COLUMN updated_at")
        connection.exec_driver_sql("DELETE FROM orders WHERE status = 2")
    database.dispose()
    async with house(tmp_path, clock=ManualClock(1)) as running:
        await running.caught_up()
    assert rows(tmp_path) == live
