"""The one thread that commits: it takes a batch, makes it durable, and tells the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from tradepit.core.commands import Command
from tradepit.engine.messages import Outcome
from tradepit.journal import Journal


class Batch:
    """Commands that become durable together, and who waits for how many of them, in the same order.

    The engine's own commands have no one waiting.
    """

    __slots__ = ("commands", "first", "records", "waiters")

    def __init__(self) -> None:
        self.first = 0
        self.commands: list[Command] = []
        self.records: list[bytes] = []
        self.waiters: list[tuple[int, asyncio.Future[list[Outcome]] | None]] = []


class Writer:
    """Commits one batch at a time, never on the event loop.

    `delay_seconds` is added to each commit: it stands in for a slower disk in benchmarks.
    """

    def __init__(
        self,
        journal: Journal,
        done: Callable[[Batch, Exception | None], None],
        delay_seconds: float = 0.0,
    ) -> None:
        self._journal = journal
        self._done = done
        self._delay_seconds = delay_seconds
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread; `done` is called on the running loop."""
        loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._run, args=(loop,), name="tradepit-writer", daemon=True)
        self._thread.start()

    def commit(self, batch: Batch) -> None:
        """Hand a batch over; `done` hears of it, with the error if it is not durable."""
        self._queue.put(batch)

    def stop(self) -> None:
        """End the thread after what it has been given; waits for it."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while (batch := self._queue.get()) is not None:
            error = self._append(batch.first, batch.records)
            try:
                loop.call_soon_threadsafe(self._done, batch, error)
            except RuntimeError:
                # The loop was closed without stopping the engine: nobody is left to be told.
                return

    def _append(self, first: int, records: Sequence[bytes]) -> Exception | None:
        try:
            if self._delay_seconds:
                time.sleep(self._delay_seconds)
            self._journal.append(first, records)
        # Whatever it is, the batch is not known to be durable, and the loop decides.
        except Exception as error:
            return error
        return None
