"""The exchange's clock: the machine's, guarded, or one that a test moves by hand."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from tradepit.core.units import NANOSECONDS, Timestamp
from tradepit.environment import monotonic_ns, wall_clock_ns

JUMP_MAX_NS: Final = 60 * NANOSECONDS
"""How far the wall clock may run ahead of the monotonic one before it is not believed."""

_WAIT_MAX_SECONDS: Final = 3600.0
_log = structlog.get_logger(__name__)


class Clock(Protocol):
    """What the engine asks of a clock."""

    def now(self) -> Timestamp:
        """The time, in nanoseconds since 1970 in UTC."""

    def call_at(self, when: Timestamp, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` once, on the event loop, when `now()` has reached `when`.

        Returns the function that takes it back.
        """


class SystemClock:
    """The machine's wall clock, as long as it agrees with the monotonic one.

    A wall clock that jumps more than a minute ahead is not believed, because one wrong second would expire
    orders that nobody can bring back: the clock then goes on by the monotonic one, and says so in the log,
    until the two agree again. A jump back is followed; the core never lets its own time run backwards.
    """

    def __init__(
        self,
        wall: Callable[[], Timestamp] = wall_clock_ns,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._base_wall = wall()
        self._base_monotonic = monotonic()
        self._refusing = False

    def now(self) -> Timestamp:
        wall = self._wall()
        monotonic = self._monotonic()
        expected = self._base_wall + monotonic - self._base_monotonic
        if wall - expected > JUMP_MAX_NS:
            if not self._refusing:
                self._refusing = True
                _log.error(
                    "wall_clock_jumped",
                    ahead_seconds=(wall - expected) // NANOSECONDS,
                    advice="going on by the steady clock; restart if the new time is right",
                )
            return expected
        if self._refusing:
            self._refusing = False
            _log.info("wall_clock_agrees_again")
        self._base_wall = wall
        self._base_monotonic = monotonic
        return wall

    def call_at(self, when: Timestamp, callback: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        handle: asyncio.TimerHandle

        def wait() -> None:
            # The loop counts floats of the monotonic clock: it may be early, and the wall clock may move.
            nonlocal handle
            left = when - self.now()
            if left <= 0:
                callback()
            else:
                handle = loop.call_later(min(left / NANOSECONDS + 0.0005, _WAIT_MAX_SECONDS), wait)

        handle = loop.call_later(0, wait)
        return lambda: handle.cancel()


class ManualClock:
    """A clock that stands still until it is moved: for tests, replays and demonstrations.

    Use it on the event loop's thread. Moving it calls what has become due, in order of time, before it
    returns; `await engine.settle()` then waits until the exchange has acted on it.
    """

    def __init__(self, start: Timestamp = 1_800_000_000 * NANOSECONDS) -> None:
        self._now = start
        self._due: list[tuple[Timestamp, int]] = []
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._number = 0

    def now(self) -> Timestamp:
        return self._now

    def advance(self, seconds: int = 0, *, nanoseconds: int = 0) -> None:
        """Move forward by `seconds` and `nanoseconds`; raises `ValueError` for a move backwards."""
        self.move_to(self._now + seconds * NANOSECONDS + nanoseconds)

    def move_to(self, when: Timestamp) -> None:
        """Move forward to `when`; raises `ValueError` for a move backwards."""
        if when < self._now:
            raise ValueError("a clock cannot be moved backwards")
        while self._due and self._due[0][0] <= when:
            due, number = heapq.heappop(self._due)
            callback = self._callbacks.pop(number, None)
            if callback is not None:
                self._now = max(self._now, due)
                callback()
        self._now = when

    def call_at(self, when: Timestamp, callback: Callable[[], None]) -> Callable[[], None]:
        self._number += 1
        number = self._number
        self._callbacks[number] = callback
        heapq.heappush(self._due, (when, number))
        # A callback that is already due must still not run inside the call that asks for it.
        if when <= self._now:
            asyncio.get_running_loop().call_soon(self._fire_due)

        def cancel() -> None:
            self._callbacks.pop(number, None)

        return cancel

    def _fire_due(self) -> None:
        self.move_to(self._now)
