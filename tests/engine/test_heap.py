import gc
from collections.abc import AsyncIterator

import pytest

from tradepit.engine.heap import Heap


@pytest.fixture
def quiet() -> list[bool]:
    return [True]


@pytest.fixture
async def heap(quiet: list[bool]) -> AsyncIterator[Heap]:
    heap = Heap(lambda: quiet[0])
    heap.start()
    yield heap
    heap.stop()


class Knot:
    """Garbage that only the collector finds."""

    alive = 0

    def __init__(self) -> None:
        self.myself = self
        Knot.alive += 1

    def __del__(self) -> None:
        Knot.alive -= 1


def tie(count: int) -> None:
    for _ in range(count):
        Knot()


async def test_collection_happens_at_quiet_moments_only(heap: Heap, quiet: list[bool]) -> None:
    assert not gc.isenabled()
    before = Knot.alive
    quiet[0] = False
    tie(30_000)
    heap.tend()
    assert Knot.alive == before + 30_000
    quiet[0] = True
    heap.tend()
    assert Knot.alive == before


async def test_a_little_garbage_is_not_worth_a_pause(heap: Heap) -> None:
    gc.collect()
    before = Knot.alive
    tie(100)
    heap.tend()
    assert Knot.alive == before + 100
    gc.collect()


async def test_garbage_is_bounded_when_it_is_never_quiet(heap: Heap, quiet: list[bool]) -> None:
    quiet[0] = False
    before = Knot.alive
    tie(210_000)
    heap.tend()
    assert Knot.alive == before


async def test_the_restored_state_is_not_looked_at_again(heap: Heap) -> None:
    assert gc.get_freeze_count() > 10_000


async def test_stopping_gives_collection_back(quiet: list[bool]) -> None:
    heap = Heap(lambda: quiet[0])
    heap.start()
    heap.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    heap.stop()
