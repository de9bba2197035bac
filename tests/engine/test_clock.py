import asyncio
from functools import partial

import pytest
import structlog

from tradepit.core.units import NANOSECONDS
from tradepit.engine.clock import ManualClock, SystemClock

NOW = 1_800_000_000 * NANOSECONDS


class Machine:
    """A machine whose two clocks the test sets."""

    def __init__(self) -> None:
        self.wall = NOW
        self.monotonic = 5_000

    def run(self, seconds: int) -> None:
        self.wall += seconds * NANOSECONDS
        self.monotonic += seconds * NANOSECONDS

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.monotonic)


def test_the_system_clock_is_the_wall_clock() -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.now() == NOW
    machine.run(seconds=86_400)
    assert clock.now() == NOW + 86_400 * NANOSECONDS


def test_small_corrections_of_the_wall_clock_are_followed_both_ways() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 59 * NANOSECONDS
    assert clock.now() == NOW + 59 * NANOSECONDS
    machine.wall -= 3_600 * NANOSECONDS
    assert clock.now() == machine.wall


def test_a_wall_clock_that_jumps_ahead_is_not_believed_until_it_agrees_again() -> None:
    machine = Machine()
    clock = machine.clock()
    with structlog.testing.capture_logs() as logs:
        machine.wall += 3_600 * NANOSECONDS
        assert clock.now() == NOW
        machine.run(seconds=10)
        assert clock.now() == NOW + 10 * NANOSECONDS
        machine.wall -= 3_590 * NANOSECONDS
        assert clock.now() == NOW + 20 * NANOSECONDS
        machine.run(seconds=5)
        assert clock.now() == NOW + 25 * NANOSECONDS
    assert [entry["event"] for entry in logs] == ["wall_clock_jumped", "wall_clock_agrees_again"]
    assert logs[0]["ahead_seconds"] == 3_600


async def test_the_system_clock_calls_when_its_time_has_come_and_not_before() -> None:
    clock = SystemClock()
    due = clock.now() + 20_000_000
    called: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    clock.call_at(due, lambda: called.set_result(clock.now()))
    assert await called >= due


async def test_a_call_that_was_taken_back_does_not_come() -> None:
    system, manual = SystemClock(), ManualClock()
    calls: list[str] = []
    system.call_at(system.now() + 1_000_000, lambda: calls.append("system"))()
    system.call_at(0, lambda: calls.append("past"))()
    manual.call_at(manual.now() + 1, lambda: calls.append("manual"))()
    manual.advance(1)
    await asyncio.sleep(0.01)
    assert calls == []


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(NOW)
    assert clock.now() == NOW
    clock.advance(2, nanoseconds=5)
    assert clock.now() == NOW + 2 * NANOSECONDS + 5
    clock.move_to(NOW + 3 * NANOSECONDS)
    assert clock.now() == NOW + 3 * NANOSECONDS
    with pytest.raises(ValueError, match="backwards"):
        clock.move_to(NOW)


def test_moving_a_manual_clock_calls_in_order_of_time_with_the_clock_at_that_time() -> None:
    clock = ManualClock(NOW)
    calls: list[tuple[str, int]] = []

    def note(name: str) -> None:
        calls.append((name, clock.now() - NOW))

    for name, seconds in (("late", 3), ("early", 1), ("never", 10), ("also early", 1)):
        clock.call_at(NOW + seconds * NANOSECONDS, partial(note, name))
    clock.advance(5)
    second = NANOSECONDS
    assert calls == [("early", second), ("also early", second), ("late", 3 * second)]


async def test_what_is_due_already_is_called_soon_but_not_at_once() -> None:
    clock = ManualClock()
    calls: list[int] = []
    clock.call_at(0, lambda: calls.append(1))
    assert calls == []
    await asyncio.sleep(0)
    assert calls == [1]
