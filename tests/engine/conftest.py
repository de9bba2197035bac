from collections.abc import AsyncIterator

import pytest

from tests.engine.world import MemoryJournal
from tradepit.core.exchange import Exchange
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine


@pytest.fixture
def memory() -> MemoryJournal:
    """A journal in memory whose disk the test can hold up and fill."""
    return MemoryJournal()


@pytest.fixture
async def held(memory: MemoryJournal, clock: ManualClock) -> AsyncIterator[Engine]:
    """A started engine on `memory`."""
    engine = Engine(memory, Exchange(), clock)
    await engine.start()
    yield engine
    memory.gate.set()
    await engine.stop()
