"""An exchange with its history attached, as `serve` puts them together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.replay import command
from tradepit.engine.restore import restore
from tradepit.history.feed import HistoryFeed
from tradepit.history.reader import History
from tradepit.history.schema import connect, entries, orders, trades
from tradepit.journal import SqliteJournal


def url_of(directory: Path) -> str:
    return f"sqlite:///{directory / 'history.db'}"


class House:
    """An engine, the feed to its projector, and a reader."""

    def __init__(self, engine: Engine, feed: HistoryFeed, history: History) -> None:
        self.engine = engine
        self.feed = feed
        self.history = history

    async def caught_up(self) -> None:
        await self.history.synchronise(self.engine.sequence)


@asynccontextmanager
async def house(
    directory: Path, *, buffer_bytes_max: int = 1 << 20, clock: ManualClock | None = None
) -> AsyncIterator[House]:
    """Everything running on `directory`; stopped in order at the end."""
    journal = SqliteJournal(directory)
    engine = Engine(journal, restore(journal), clock or ManualClock())
    await engine.start()
    feed = HistoryFeed(
        url_of(directory), journal.identity, command(directory), buffer_bytes_max=buffer_bytes_max
    )
    await feed.start(engine.sequence)
    engine.listen(feed.hear)
    history = History(url_of(directory), timeout_seconds=20)
    try:
        yield House(engine, feed, history)
    finally:
        await engine.stop()
        await feed.stop()
        history.close()


def rows(directory: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of history, table by table, in the order of their keys."""
    database = connect(url_of(directory))
    with database.connect() as connection:
        content = {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in (orders, trades, entries)
        }
    database.dispose()
    return content
