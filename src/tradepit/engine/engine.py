"""The engine: commands in, journal, core, outcomes out.

    submit -> intake -> [writer thread: one transaction a batch] -> apply -> listeners -> submitter

Whatever arrives while one batch is being committed forms the next. While the loop applies a batch, the
writer already commits the one after it. Nothing leaves before its own batch is durable.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec
import structlog

from tradepit.core.commands import decode_command, encode_command
from tradepit.core.exchange import Exchange
from tradepit.core.units import Timestamp
from tradepit.engine.answers import answer
from tradepit.engine.clock import Clock
from tradepit.engine.messages import Command, Outcome, Question, Tick
from tradepit.engine.port import Listener, Unavailable
from tradepit.engine.snapshots import Snapshots
from tradepit.engine.writer import Batch, Writer
from tradepit.journal import Journal

A = TypeVar("A")

BATCH_MAX: Final = 256
"""Commands of one batch; bounds how long the loop applies without a pause (about 5 ms)."""

_log = structlog.get_logger(__name__)


class Engine:
    """Runs `exchange`, which is the state after the journal's last record, behind the port.

    Everything but the commits happens on one event loop. `commit_delay_seconds` is added to each commit
    and stands in for a slower disk. After a fault (the core raised, or a commit failed) the intake is
    closed, every submit raises `Unavailable`, and `failed` holds what happened: a restart replays
    everything that is durable.
    """

    def __init__(
        self,
        journal: Journal,
        exchange: Exchange,
        clock: Clock,
        *,
        snapshots: Snapshots | None = None,
        batch_max: int = BATCH_MAX,
        commit_delay_seconds: float = 0.0,
    ) -> None:
        self._journal = journal
        self._exchange = exchange
        self._clock = clock
        self._snapshots = snapshots or Snapshots(journal)
        self._batch_max = batch_max
        self._writer = Writer(journal, self._committed, commit_delay_seconds)
        self._sequence = journal.last_sequence
        self._journalled = self._sequence
        self._intake = Batch()
        self._full: deque[Batch] = deque()
        self._committing = False
        self._kicked = False
        self._closed = "the exchange has not been started"
        self._listeners: tuple[Listener, ...] = ()
        self._settled: list[asyncio.Future[None]] = []
        self._tick_due: Timestamp | None = None
        self._take_tick_back: Callable[[], None] | None = None
        self._loop: asyncio.AbstractEventLoop
        self.batches = 0
        """Batches that were made durable and applied since the start."""
        self.failed: asyncio.Future[str]

    @property
    def sequence(self) -> int:
        """The number of the last command that was applied."""
        return self._sequence

    @property
    def journal_identity(self) -> str:
        """The name of the journal, by which history knows whose events it holds."""
        return self._journal.identity

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is waiting, being committed or being applied."""
        return not self._committing and not self._intake.commands and not self._full

    async def start(self) -> None:
        """Open the intake; what became due while the exchange was down fires at once."""
        self._loop = asyncio.get_running_loop()
        self.failed = self._loop.create_future()
        self._writer.start()
        self._closed = ""
        self._schedule_tick()

    async def stop(self) -> None:
        """Close the intake, finish what was submitted, leave a snapshot, and close the journal."""
        if not self._closed:
            self._closed = "the exchange is stopping"
        self._cancel_tick()
        await self.settle()
        self._writer.stop()
        await self._snapshots.stop()
        if not self.failed.done():
            self._snapshots.take(self._exchange, self._sequence)
        self._journal.close()

    async def settle(self) -> None:
        """Wait until everything submitted so far, ticks that are due included, has been applied."""
        while True:
            # A due timer of the clock may still stand in the loop's queue, also one that a tick brought up.
            await asyncio.sleep(0)
            if self.is_quiet:
                return
            future = self._loop.create_future()
            self._settled.append(future)
            await future

    def now(self) -> Timestamp:
        return self._clock.now()

    async def submit(self, command: Command) -> Outcome:
        """See `Port.submit`. Raises `msgspec.ValidationError` for a command that could not be read back."""
        self._require_open()
        future: asyncio.Future[list[Outcome]] = self._loop.create_future()
        self._take_in((command,), future)
        return (await future)[0]

    async def submit_many(self, commands: Sequence[Command]) -> list[Outcome]:
        """See `Port.submit_many`. They are in one transaction: a crash leaves all of them or none."""
        self._require_open()
        if not commands:
            return []
        future: asyncio.Future[list[Outcome]] = self._loop.create_future()
        self._take_in(commands, future)
        return await future

    async def query(self, question: Question[A]) -> A:
        return answer(self._exchange, self._sequence, question)

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners = (*self._listeners, listener)

        def end() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return end

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable(self._closed)

    def _take_in(self, commands: Sequence[Command], future: asyncio.Future[list[Outcome]] | None) -> None:
        # What is applied is what a replay will read, and what no replay could read is refused here.
        try:
            records = [encode_command(command) for command in commands]
            readable = [decode_command(record) for record in records]
        except (OverflowError, TypeError, ValueError) as error:
            raise msgspec.ValidationError(f"a command that cannot be journalled: {error}") from error
        batch = self._intake
        batch.commands += readable
        batch.records += records
        batch.waiters.append((len(records), future))
        if len(batch.records) >= self._batch_max:
            self._full.append(batch)
            self._intake = Batch()
        if not self._committing and not self._kicked:
            # Not at once: what else arrives in this pass of the loop belongs into the same commit.
            self._kicked = True
            self._loop.call_soon(self._kick)

    def _kick(self) -> None:
        self._kicked = False
        if not self._committing:
            self._commit_next()

    def _commit_next(self) -> None:
        if self._full:
            batch = self._full.popleft()
        elif self._intake.commands:
            batch = self._intake
            self._intake = Batch()
        else:
            return
        batch.first = self._journalled + 1
        self._journalled += len(batch.records)
        self._committing = True
        self._writer.commit(batch)

    def _committed(self, batch: Batch, error: Exception | None) -> None:
        """The writer is done with a batch."""
        self._committing = False
        if self.failed.done():
            _refuse(batch, 0, "a fault stopped the exchange before this command was applied")
        elif error is not None:
            count = len(batch.records)
            _log.critical("commit_failed", sequence=batch.first, commands=count, error=str(error))
            self._fail(f"the journal could not be written: {error}")
            _refuse(batch, 0, "the journal could not be written")
        else:
            self.batches += 1
            self._commit_next()
            self._apply(batch)
            if not self._closed:
                self._schedule_tick()
                self._snapshots.consider(self._exchange, self._sequence)
        if self._settled and self.is_quiet:
            settled, self._settled = self._settled, []
            for future in settled:
                if not future.done():
                    future.set_result(None)

    def _apply(self, batch: Batch) -> None:
        """Apply a durable batch in order, tell the listeners of each command, then the submitters."""
        exchange = self._exchange
        listeners = self._listeners
        outcomes: list[Outcome] = []
        for command in batch.commands:
            try:
                events = exchange.apply(command)
            except Exception as error:
                self._core_failed(self._sequence + 1, command, error)
                break
            self._sequence += 1
            outcome = Outcome(self._sequence, exchange.time, events)
            outcomes.append(outcome)
            for listener in listeners:
                try:
                    listener(outcome)
                except Exception:
                    _log.exception("listener_failed", sequence=self._sequence, listener=repr(listener))
        position = 0
        for count, future in batch.waiters:
            if position + count > len(outcomes):
                _refuse(batch, position, "a fault stopped the exchange before this command was applied")
                break
            if future is not None and not future.done():
                future.set_result(outcomes[position : position + count])
            position += count

    def _core_failed(self, sequence: int, command: Command, error: Exception) -> None:
        tag = command.__struct_config__.tag
        _log.critical("apply_failed", sequence=sequence, command=tag, exc_info=error)
        self._fail(f"the core failed on record {sequence} ({tag}): {error!r}")

    def _fail(self, what: str) -> None:
        """Stop the intake for good and refuse all that waits to be committed."""
        self._closed = what
        self._cancel_tick()
        waiting = [*self._full, self._intake]
        self._full.clear()
        self._intake = Batch()
        for batch in waiting:
            _refuse(batch, 0, what)
        self.failed.set_result(what)

    def _schedule_tick(self) -> None:
        """Have the clock call when the next timer of the core is due."""
        due = self._exchange.next_due() or None
        if due != self._tick_due:
            self._cancel_tick()
            if due is not None:
                self._tick_due = due
                self._take_tick_back = self._clock.call_at(due, self._tick)

    def _cancel_tick(self) -> None:
        if self._take_tick_back is not None:
            self._take_tick_back()
            self._take_tick_back = None
        self._tick_due = None

    def _tick(self) -> None:
        """A timer is due. `_tick_due` stays, so that it is not asked for again before the tick is applied."""
        self._take_tick_back = None
        if not self._closed:
            self._take_in((Tick(now=self._clock.now()),), None)


def _refuse(batch: Batch, start: int, why: str) -> None:
    """Tell everybody in the batch whose commands begin at `start` or later that they were not applied."""
    position = 0
    for count, future in batch.waiters:
        if position >= start and future is not None and not future.done():
            future.set_exception(Unavailable(why))
        position += count
