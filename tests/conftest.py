"""An exchange for every test that needs one: real core, real journal, a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tradepit.core.exchange import Exchange
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.replay import command
from tradepit.history.feed import HistoryFeed
from tradepit.history.reader import History
from tradepit.journal import SqliteJournal


@pytest.fixture
def clock() -> ManualClock:
    """A clock at 2027-01-15 08:00:00 UTC, which stands until the test moves it."""
    return ManualClock()


@pytest.fixture
async def engine(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Engine]:
    """A started engine on an empty exchange, its journal under `tmp_path`; stopped after the test."""
    engine = Engine(SqliteJournal(tmp_path / "exchange"), Exchange(), clock)
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def history(tmp_path: Path, engine: Engine) -> AsyncIterator[History]:
    """History of `engine`, kept by a projector in a process of its own; costs half a second."""
    directory = tmp_path / "exchange"
    url = f"sqlite:///{directory / 'history.db'}"
    feed = HistoryFeed(url, engine.journal_identity, command(directory))
    await feed.start(engine.sequence)
    end = engine.listen(feed.hear)
    history = History(url, progress=lambda: feed.checkpoint, timeout_seconds=20)
    yield history
    end()
    await feed.stop()
    history.close()
