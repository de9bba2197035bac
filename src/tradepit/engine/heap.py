"""When Python may look for garbage: at quiet moments, and never through the whole resting exchange.

With a million resting objects a full collection stops everything for 140 to 220 ms. The restored state is
therefore frozen (no collection looks at it again), automatic collection is off, and what has been made
since is collected when nothing waits, or in a small generation when the exchange is never quiet.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Final

_PERIOD_SECONDS: Final = 1.0
_QUIET_OBJECTS: Final = 20_000
"""New container objects that make a collection at a quiet moment worth it."""

_BUSY_OBJECTS: Final = 200_000
"""New container objects that make one due also under load: about 10 ms."""


class Heap:
    """Takes over garbage collection for this process from `start` to `stop`."""

    def __init__(self, is_quiet: Callable[[], bool]) -> None:
        self._is_quiet = is_quiet
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Freeze what there is; call it on the event loop, after the state is restored."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._wait()

    def stop(self) -> None:
        """Give collection back to Python."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            gc.unfreeze()
            gc.enable()

    def tend(self) -> None:
        """Collect if this is the moment: once a second."""
        made = gc.get_count()[0]
        if made >= _QUIET_OBJECTS and self._is_quiet():
            gc.collect()
            # What survived lives with the exchange: the next collection need not look at it.
            gc.freeze()
        elif made >= _BUSY_OBJECTS:
            gc.collect(0)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_PERIOD_SECONDS, self._tick)

    def _tick(self) -> None:
        self.tend()
        self._wait()
