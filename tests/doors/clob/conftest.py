"""The CLOB door over a real engine, with history written in the same process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.doors.clob.trading import ALICE, BOB, ClobHouse, Trader
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.engine import Engine
from tradepit.engine.messages import Outcome
from tradepit.history.frames import keep
from tradepit.history.projection import Projection
from tradepit.history.reader import History
from tradepit.history.schema import connect, prepare

OpenHouse = Callable[[ClobSettings], Awaitable[ClobHouse]]


@pytest.fixture
def history(engine: Engine, tmp_path: Path) -> Iterator[History]:
    """A history that is always up to date: each outcome is written as it is heard."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    database = connect(url)
    prepare(database)
    reached = 0
    with database.begin() as connection:
        projection = Projection(connection)

    def hear(outcome: Outcome) -> None:
        nonlocal reached
        recording = keep(outcome.sequence, outcome.time, outcome.events)
        if recording is not None:
            with database.begin() as connection:
                projection.write(connection, [recording])
        reached = outcome.sequence

    stop = engine.listen(hear)
    history = History(url, progress=lambda: reached)
    yield history
    stop()
    history.close()
    database.dispose()


@pytest.fixture
async def open_house(engine: Engine, history: History) -> AsyncIterator[OpenHouse]:
    """Opens a door with the given settings on the test's exchange."""
    houses: list[ClobHouse] = []

    async def open_one(settings: ClobSettings) -> ClobHouse:
        houses.append(ClobHouse(engine, history, settings))
        return houses[-1]

    yield open_one
    for house in houses:
        await house.close()


@pytest.fixture
async def house(open_house: OpenHouse) -> ClobHouse:
    """A door with the default settings and one market, "rain"."""
    house = await open_house(ClobSettings())
    await house.list_market()
    return house


@pytest.fixture
async def alice(house: ClobHouse) -> Trader:
    """A trader with 10,000 dollars, 1,000 of which are 1,000 YES and NO."""
    trader = await house.trader(ALICE)
    await house.split(trader.account, 1_000)
    return trader


@pytest.fixture
async def bob(house: ClobHouse) -> Trader:
    """Another trader with the same."""
    trader = await house.trader(BOB)
    await house.split(trader.account, 1_000)
    return trader
