"""What doors ask of history. Queries run in threads of their own: they never hold up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from sqlalchemy import Connection

from tradepit.history.queries import find_entries, find_orders, find_trades
from tradepit.history.records import (
    EntryFilter,
    EntryRecord,
    OrderFilter,
    OrderRecord,
    TradeFilter,
    TradeRecord,
)
from tradepit.history.schema import EntryKind, OrderStatus, TradeState, connect, prepare, read_checkpoint

__all__ = [
    "EntryFilter",
    "EntryKind",
    "EntryRecord",
    "History",
    "HistoryBehind",
    "OrderFilter",
    "OrderRecord",
    "OrderStatus",
    "TradeFilter",
    "TradeRecord",
    "TradeState",
]

_THREADS: Final = 4
_POLL_SECONDS_MIN: Final = 0.001
_POLL_SECONDS_MAX: Final = 0.010

F = TypeVar("F")
R = TypeVar("R")


class HistoryBehind(Exception):
    """History did not reach a command in time: its projector is busy catching up, or down.

    Nothing is lost, and it gets there by itself. Answer in your venue's words for "try again later".
    """


class History:
    """Reads the history database at `url`, whoever writes it.

    `progress`, where the feed runs in this process (`HistoryFeed.checkpoint`), spares `synchronise` from
    asking the database.
    """

    def __init__(
        self,
        url: str,
        *,
        progress: Callable[[], int] | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._database = connect(url)
        prepare(self._database)
        self._progress = progress
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tradepit-history")
        self._polling: asyncio.Task[int] | None = None

    def close(self) -> None:
        """Release the threads and the connections; waits for queries that run."""
        self._threads.shutdown()
        self._database.dispose()

    async def synchronise(self, sequence: int) -> None:
        """Wait until history holds what command `sequence` did; raises `HistoryBehind` after the time-out."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_seconds
        pause = _POLL_SECONDS_MIN
        while (reached := await self._checkpoint()) < sequence:
            if loop.time() >= deadline:
                raise HistoryBehind(
                    f"history has reached command {reached}, and not {sequence}, "
                    f"within {self._timeout_seconds} s"
                )
            await asyncio.sleep(pause)
            pause = min(1.2 * pause, _POLL_SECONDS_MAX)

    async def orders(self, asked: OrderFilter) -> list[OrderRecord]:
        """The orders that fit, one page of them."""
        return await self._run(find_orders, asked)

    async def trades(self, asked: TradeFilter) -> list[TradeRecord]:
        """The trades that fit, one page of them."""
        return await self._run(find_trades, asked)

    async def entries(self, asked: EntryFilter) -> list[EntryRecord]:
        """The ledger entries that fit, one page of them."""
        return await self._run(find_entries, asked)

    async def _checkpoint(self) -> int:
        if self._progress is not None:
            return self._progress()
        # Everybody who waits shares one look at the database.
        if self._polling is None or self._polling.done():
            self._polling = asyncio.get_running_loop().create_task(self._run(_sequence, None))
        return await asyncio.shield(self._polling)

    async def _run(self, query: Callable[[Connection, F], R], asked: F) -> R:
        def run() -> R:
            with self._database.connect() as connection:
                return query(connection, asked)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)


def _sequence(connection: Connection, asked: None) -> int:
    return read_checkpoint(connection)[1]
