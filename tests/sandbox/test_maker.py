"""The house maker keeps its books, and is silent while nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from tradepit.doors.operator.service import OperatorService
from tradepit.doors.operator.wire import MarketIn
from tradepit.engine.engine import Engine
from tradepit.engine.messages import (
    BookView,
    CancelOrder,
    GetBook,
    Gives,
    MarketState,
    PlaceOrder,
    Side,
    TimeInForce,
)
from tradepit.sandbox.demo import Ladder
from tradepit.sandbox.maker import HouseMaker

MARKET = "m"
LADDER = Ladder(bid=5_100, ask=5_300, levels=3, quantity=10_000)
FULL_BIDS = [(5_100, 10_000), (5_000, 10_000), (4_900, 10_000)]
FULL_ASKS = [(5_300, 10_000), (5_400, 10_000), (5_500, 10_000)]
DEBOUNCE = 0.01
QUIET = 20 * DEBOUNCE


@pytest.fixture
async def service(engine: Engine) -> OperatorService:
    service = OperatorService(engine)
    await service.create_market(MarketIn(slug=MARKET, question="?", tick=Decimal("0.01")))
    await service.fund("house/trader", 10_000_000_000, [(MARKET, 100_000)])
    return service


def numbers() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield b"maker %d" % number


@pytest.fixture
async def maker(engine: Engine, service: OperatorService) -> AsyncIterator[HouseMaker]:
    ids = numbers()
    maker = HouseMaker(engine, {MARKET: LADDER}, new_order_id=lambda: next(ids), debounce=DEBOUNCE)
    await maker.start()
    yield maker
    await maker.stop()


async def book(engine: Engine) -> BookView:
    view = await engine.query(GetBook(MARKET))
    assert view is not None
    return view


async def until_full(engine: Engine) -> None:
    """Wait until the ladder stands again; fails after two seconds."""
    changed = asyncio.Event()
    stop = engine.listen(lambda outcome: changed.set())
    async with asyncio.timeout(2):
        while ((view := await book(engine)).bids, view.asks) != (FULL_BIDS, FULL_ASKS):
            changed.clear()
            await changed.wait()
    stop()


def order(engine: Engine, name: bytes, side: Side, price: int, quantity: int) -> PlaceOrder:
    return PlaceOrder(
        now=engine.now(),
        order_id=name,
        account="house/trader",
        market=MARKET,
        side=side,
        gives=Gives.CASH if side is Side.BUY else Gives.TOKENS,
        price=price,
        quantity=quantity,
        time_in_force=TimeInForce.GTC,
    )


async def test_the_ladder_stands_when_the_maker_has_started(engine: Engine, maker: HouseMaker) -> None:
    view = await book(engine)
    assert (view.bids, view.asks) == (FULL_BIDS, FULL_ASKS)


async def test_a_quiet_maker_writes_nothing(engine: Engine, maker: HouseMaker) -> None:
    await engine.submit(order(engine, b"far", Side.BUY, 1_000, 500))
    sequence = engine.sequence
    await asyncio.sleep(QUIET)
    assert engine.sequence == sequence


async def test_a_restarted_maker_writes_nothing_either(
    engine: Engine, service: OperatorService, maker: HouseMaker
) -> None:
    await maker.stop()
    sequence = engine.sequence
    again = HouseMaker(engine, {MARKET: LADDER}, new_order_id=lambda: b"never used", debounce=DEBOUNCE)
    await again.start()
    await asyncio.sleep(QUIET)
    await again.stop()
    assert engine.sequence == sequence


async def test_levels_that_were_traded_away_come_back(engine: Engine, maker: HouseMaker) -> None:
    await engine.submit(order(engine, b"sweep", Side.BUY, 5_400, 16_000))
    assert (await book(engine)).asks == [(5_400, 4_000), (5_500, 10_000)]
    await until_full(engine)
    sequence = engine.sequence
    await asyncio.sleep(QUIET)
    assert engine.sequence == sequence


async def test_a_level_that_is_more_than_half_full_is_left_alone(engine: Engine, maker: HouseMaker) -> None:
    await engine.submit(order(engine, b"nibble", Side.SELL, 5_100, 4_000))
    sequence = engine.sequence
    await asyncio.sleep(QUIET)
    assert engine.sequence == sequence
    assert (await book(engine)).bids[0] == (5_100, 6_000)


async def test_a_level_waits_while_another_order_is_in_its_way(engine: Engine, maker: HouseMaker) -> None:
    await engine.submit(order(engine, b"resting", Side.BUY, 5_300, 12_000))
    assert (await book(engine)).bids[0] == (5_300, 2_000)
    await asyncio.sleep(QUIET)
    view = await book(engine)
    assert view.bids[0] == (5_300, 2_000)
    assert view.asks == FULL_ASKS[1:]
    sequence = engine.sequence
    await asyncio.sleep(QUIET)
    assert engine.sequence == sequence
    await engine.submit(CancelOrder(now=engine.now(), account="house/trader", order_id=b"resting"))
    await until_full(engine)


async def test_a_halted_market_is_left_alone_and_quoted_again_when_it_opens(
    engine: Engine, service: OperatorService, maker: HouseMaker
) -> None:
    await engine.submit(order(engine, b"sweep", Side.BUY, 5_300, 10_000))
    await service.set_state(MARKET, MarketState.HALTED)
    sequence = engine.sequence
    await asyncio.sleep(QUIET)
    assert engine.sequence == sequence
    await service.set_state(MARKET, MarketState.OPEN)
    await until_full(engine)


async def test_a_resolved_market_is_given_up(
    engine: Engine, service: OperatorService, maker: HouseMaker
) -> None:
    await service.resolve(MARKET, 10_000)
    sequence = engine.sequence
    await asyncio.sleep(QUIET)
    assert engine.sequence == sequence
