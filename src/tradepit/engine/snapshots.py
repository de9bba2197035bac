"""When a snapshot is taken, by whom, and which are kept.

On a clean stop the engine takes one itself. While it runs, another process makes one every so many
commands by replaying the journal from the last: the exchange does not stand still for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tradepit.core.exchange import Exchange
from tradepit.journal import Journal, JournalError, Snapshot

EVERY: Final = 100_000
"""Commands between two snapshots; they bound a restart to a few seconds of replay."""

_log = structlog.get_logger(__name__)


class Snapshots:
    """The snapshots of one engine.

    `maker` is the command line of a process that leaves a snapshot of the journal as it then is
    (`tradepit.engine.replay.command`); without one the engine takes them itself, standing still meanwhile.
    `needed_from` tells how far the slowest reader of events is: a snapshot that it could catch up from is
    never deleted.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        every: int = EVERY,
        maker: Sequence[str] = (),
        needed_from: Callable[[], int] | None = None,
    ) -> None:
        self._journal = journal
        self._every = every
        self._maker = maker
        self._needed_from = needed_from
        self._newest = max(journal.snapshots(), default=0)
        self._next = self._newest + every
        self._making: asyncio.Task[None] | None = None

    def consider(self, exchange: Exchange, sequence: int) -> None:
        """See to a snapshot if it is time for one."""
        if sequence < self._next or self._making is not None:
            return
        if self._maker:
            self._making = asyncio.get_running_loop().create_task(self._make())
        else:
            self.take(exchange, sequence)

    def take(self, exchange: Exchange, sequence: int) -> None:
        """Take one now, unless there is one of this very state.

        One that cannot be written is logged: the journal holds everything, and a restart only takes longer.
        """
        if sequence in (0, self._newest):
            return
        snapshot = Snapshot(sequence, exchange.state_hash(), exchange.snapshot())
        try:
            self._journal.save_snapshot(snapshot)
        except JournalError as error:
            self._failed(str(error))
        else:
            self._kept(sequence)

    async def stop(self) -> None:
        """End a process that is making one; an unfinished snapshot leaves no trace."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)

    async def _make(self) -> None:
        try:
            code = await self._run_maker()
        except OSError as error:
            self._failed(str(error))
        else:
            if code:
                self._failed(f"its process ended with code {code}")
            else:
                self._kept(max(self._journal.snapshots(), default=self._newest))
        self._making = None

    async def _run_maker(self) -> int:
        # A session of its own: Ctrl-C on the terminal is for the exchange, which then ends this one.
        process = await asyncio.create_subprocess_exec(
            *self._maker, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        try:
            return await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise

    def _failed(self, why: str) -> None:
        _log.error("snapshot_failed", error=why)
        # Not again before another interval has passed: it would fail over and over.
        self._next += self._every

    def _kept(self, newest: int) -> None:
        """Keep the newest two, and the one that the slowest reader needs."""
        self._newest = newest
        self._next = newest + self._every
        sequences = self._journal.snapshots()
        keep = set(sequences[:2])
        if self._needed_from is not None:
            reader = self._needed_from()
            keep.update([sequence for sequence in sequences if sequence <= reader][:1])
        self._journal.prune_snapshots(keep)
