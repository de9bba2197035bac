import asyncio
from pathlib import Path

import msgspec
import pytest
import structlog

from tests.engine.world import START, MemoryJournal, deposit, listing, opening, order, until
from tradepit.core.commands import Command, decode_command
from tradepit.core.exchange import Exchange
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.messages import (
    CancelOrder,
    CancelRejected,
    Deposited,
    Event,
    GetAccount,
    GetOrder,
    GetStatus,
    OrderAccepted,
    OrderExpired,
    Outcome,
    Side,
    Tick,
    TimeInForce,
)
from tradepit.engine.port import Port, Unavailable
from tradepit.journal import SqliteJournal


def test_the_engine_is_a_port(memory: MemoryJournal, clock: ManualClock) -> None:
    port: Port = Engine(memory, Exchange(), clock)
    assert port.now() == clock.now()


async def test_a_command_is_answered_with_its_place_its_time_and_its_events(engine: Engine) -> None:
    first = await engine.submit(listing())
    second = await engine.submit(deposit("alice", 5, now=START + 7))
    assert (first.sequence, second.sequence) == (1, 2)
    assert second.time == START + 7
    assert isinstance(second.events[0], Deposited)
    account = await engine.query(GetAccount("alice"))
    assert account.cash == 5_000_000


async def test_nothing_leaves_before_it_is_durable(held: Engine, memory: MemoryJournal) -> None:
    heard: list[Outcome] = []
    held.listen(heard.append)
    memory.gate.clear()
    waiting = asyncio.create_task(held.submit(deposit("alice")))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    assert heard == []
    assert not (await held.query(GetAccount("alice"))).known
    memory.gate.set()
    outcome = await waiting
    assert heard == [outcome]
    assert (await held.query(GetAccount("alice"))).known


async def test_what_arrives_during_a_commit_forms_the_next_batch(held: Engine, memory: MemoryJournal) -> None:
    memory.gate.clear()
    first = asyncio.create_task(held.submit(listing()))
    await until(lambda: not held.is_quiet and held._committing)
    others = [asyncio.create_task(held.submit(deposit(f"trader{number}"))) for number in range(50)]
    await asyncio.sleep(0.01)
    memory.gate.set()
    outcomes = await asyncio.gather(first, *others)
    assert [len(batch) for batch in memory.batches] == [1, 50]
    assert [outcome.sequence for outcome in outcomes] == list(range(1, 52))


async def test_what_arrives_in_one_pass_of_the_loop_is_one_commit(
    held: Engine, memory: MemoryJournal
) -> None:
    await asyncio.gather(*(held.submit(deposit(f"trader{number}")) for number in range(100)))
    assert [len(batch) for batch in memory.batches] == [100]


async def test_a_batch_has_a_bounded_size(memory: MemoryJournal, clock: ManualClock) -> None:
    engine = Engine(memory, Exchange(), clock, batch_max=10)
    await engine.start()
    await asyncio.gather(*(engine.submit(deposit(f"trader{number}")) for number in range(35)))
    assert [len(batch) for batch in memory.batches] == [10, 10, 10, 5]
    await engine.stop()


async def test_commands_submitted_together_stand_next_to_each_other(
    held: Engine, memory: MemoryJournal
) -> None:
    together = [deposit("alice", number) for number in range(1, 6)]
    alone, many, after = await asyncio.gather(
        held.submit(listing()), held.submit_many(together), held.submit(deposit("bob"))
    )
    assert alone.sequence == 1
    assert [outcome.sequence for outcome in many] == [2, 3, 4, 5, 6]
    assert after.sequence == 7
    assert [decode_command(record) for record in memory.records[1:6]] == together
    assert await held.submit_many([]) == []


async def test_listeners_hear_every_outcome_in_order_and_before_the_submitter(held: Engine) -> None:
    order_of_events: list[object] = []
    end = held.listen(lambda outcome: order_of_events.append(outcome.sequence))

    async def client(number: int) -> None:
        outcome = await held.submit(deposit(f"trader{number}"))
        assert outcome.sequence in order_of_events
        order_of_events.append("answered")

    await asyncio.gather(*(client(number) for number in range(5)))
    assert order_of_events == [1, 2, 3, 4, 5, *["answered"] * 5]
    end()
    await held.submit(listing())
    assert 6 not in order_of_events


async def test_a_listener_that_raises_harms_nobody(held: Engine) -> None:
    heard: list[int] = []

    def broken(outcome: Outcome) -> None:
        raise RuntimeError("a listener's bug")

    held.listen(broken)
    held.listen(lambda outcome: heard.append(outcome.sequence))
    with structlog.testing.capture_logs() as logs:
        assert (await held.submit(listing())).sequence == 1
    assert heard == [1]
    assert [entry["event"] for entry in logs] == ["listener_failed"]


async def test_cancelling_who_waits_takes_nothing_back(held: Engine, memory: MemoryJournal) -> None:
    memory.gate.clear()
    impatient = asyncio.create_task(held.submit(deposit("alice", 1)))
    patient = asyncio.create_task(held.submit(deposit("bob", 2)))
    await asyncio.sleep(0.01)
    impatient.cancel()
    memory.gate.set()
    assert (await patient).sequence == 2
    assert impatient.cancelled()
    assert (await held.query(GetAccount("alice"))).cash == 1_000_000


@pytest.mark.parametrize("terms", [{"price": "cheap"}, {"price": 2**64}, {"account": "\ud800"}, {"tag": 1.5}])
async def test_a_command_that_could_not_be_read_back_is_refused_before_the_journal(
    held: Engine, memory: MemoryJournal, terms: dict[str, object]
) -> None:
    malformed = msgspec.structs.replace(order(1, "alice", Side.BUY), **terms)
    with pytest.raises(msgspec.ValidationError):
        await held.submit(malformed)
    with pytest.raises(msgspec.ValidationError):
        await held.submit_many([deposit("alice"), malformed])
    assert memory.records == []
    assert (await held.submit(deposit("alice"))).sequence == 1


class BrokenExchange(Exchange):
    """A core with a bug: it fails on the third deposit."""

    __slots__ = ("deposits",)

    def __init__(self) -> None:
        super().__init__()
        self.deposits = 0

    def apply(self, command: Command) -> list[Event]:
        events = super().apply(command)
        self.deposits += 1
        if self.deposits == 3:
            raise ArithmeticError("the books do not balance")
        return events


async def test_a_core_that_fails_stops_the_intake_and_names_the_command(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    engine = Engine(memory, BrokenExchange(), clock)
    await engine.start()
    with structlog.testing.capture_logs() as logs:
        results = await asyncio.gather(
            *(engine.submit(deposit(f"trader{number}")) for number in range(5)), return_exceptions=True
        )
    assert [isinstance(result, Outcome) for result in results] == [True, True, False, False, False]
    assert all(isinstance(result, Unavailable) for result in results[2:])
    (entry,) = logs
    assert (entry["event"], entry["sequence"], entry["command"]) == ("apply_failed", 3, "cash.deposit")
    assert "record 3 (cash.deposit)" in await engine.failed
    with pytest.raises(Unavailable, match="record 3"):
        await engine.submit(listing())
    with pytest.raises(Unavailable, match="record 3"):
        await engine.submit_many([listing()])
    await engine.stop()
    assert memory.saved == []


async def test_a_commit_that_fails_applies_nothing_and_stops_the_intake(
    held: Engine, memory: MemoryJournal
) -> None:
    await held.submit(listing())
    heard: list[Outcome] = []
    held.listen(heard.append)
    memory.full = True
    memory.gate.clear()
    doomed = asyncio.create_task(held.submit(deposit("alice")))
    await until(lambda: held._committing)
    behind = asyncio.create_task(held.submit(deposit("bob")))
    await asyncio.sleep(0.01)
    memory.gate.set()
    for task in (doomed, behind):
        with pytest.raises(Unavailable):
            await task
    assert heard == []
    assert (await held.query(GetStatus())).sequence == 1
    assert "the disk is full" in await held.failed
    with pytest.raises(Unavailable, match="the disk is full"):
        await held.submit(listing())


async def test_an_engine_takes_commands_only_between_start_and_stop(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    engine = Engine(memory, Exchange(), clock)
    with pytest.raises(Unavailable, match="not been started"):
        await engine.submit(listing())
    await engine.start()
    last = asyncio.create_task(engine.submit(listing()))
    await asyncio.sleep(0)
    await engine.stop()
    assert (await last).sequence == 1
    with pytest.raises(Unavailable, match="is stopping"):
        await engine.submit(listing())
    assert len(memory.records) == 1


async def test_a_good_till_date_order_expires_on_a_quiet_exchange(engine: Engine, clock: ManualClock) -> None:
    heard: list[Outcome] = []
    await engine.submit_many(opening())
    placed = order(
        1,
        "alice",
        Side.BUY,
        time_in_force=TimeInForce.GTD,
        expires_at=clock.now() + 60 * 10**9,
    )
    assert isinstance((await engine.submit(placed)).events[0], OrderAccepted)
    engine.listen(heard.append)
    clock.advance(59)
    await engine.settle()
    assert heard == []
    clock.advance(1)
    await engine.settle()
    (outcome,) = heard
    assert isinstance(outcome.events[0], OrderExpired)
    assert outcome.time == placed.expires_at
    assert await engine.query(GetOrder(placed.order_id)) is None


async def test_a_tick_is_written_only_when_something_is_due(
    held: Engine, memory: MemoryJournal, clock: ManualClock
) -> None:
    await held.submit_many(opening())
    expiry = clock.now() + 10**9
    for number in (1, 2):
        await held.submit(
            order(number, "alice", Side.BUY, time_in_force=TimeInForce.GTD, expires_at=expiry * number)
        )
    before = len(memory.records)
    for _ in range(5):
        clock.advance(3_600)
        await held.settle()
    assert [decode_command(record) for record in memory.records[before:]] == [Tick(expiry)]


async def test_timers_that_a_jump_of_the_clock_passes_fire_each_at_its_time(
    engine: Engine, clock: ManualClock
) -> None:
    await engine.submit_many(opening())
    for number in (1, 2, 3):
        expiry = clock.now() + number * 10**9
        await engine.submit(
            order(number, "alice", Side.BUY, time_in_force=TimeInForce.GTD, expires_at=expiry)
        )
    start = clock.now()
    heard: list[Outcome] = []
    engine.listen(heard.append)
    clock.advance(3_600)
    await engine.settle()
    expired = [event for outcome in heard for event in outcome.events if isinstance(event, OrderExpired)]
    assert [event.time - start for event in expired] == [10**9, 2 * 10**9, 3 * 10**9]
    assert (await engine.query(GetStatus())).open_orders == 0


async def test_what_became_due_while_the_exchange_was_down_fires_at_the_start(
    tmp_path: Path, clock: ManualClock
) -> None:
    engine = Engine(SqliteJournal(tmp_path), Exchange(), clock)
    await engine.start()
    await engine.submit_many(opening())
    placed = order(1, "alice", Side.BUY, time_in_force=TimeInForce.GTD, expires_at=clock.now() + 10**9)
    await engine.submit(placed)
    exchange = engine._exchange
    await engine.stop()
    clock.advance(60)
    again = Engine(SqliteJournal(tmp_path), exchange, clock)
    await again.start()
    await again.settle()
    assert await again.query(GetOrder(placed.order_id)) is None
    assert again.sequence == 5
    await again.stop()


async def test_an_artificial_delay_slows_the_commit_and_not_the_loop(
    memory: MemoryJournal, clock: ManualClock
) -> None:
    engine = Engine(memory, Exchange(), clock, commit_delay_seconds=0.05)
    await engine.start()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    submitted = asyncio.create_task(engine.submit(listing()))
    passes = 0
    while not submitted.done():
        await asyncio.sleep(0.001)
        passes += 1
    assert loop.time() - begun >= 0.05
    assert passes > 3
    await engine.stop()


async def test_a_refused_command_has_its_place_in_the_journal_too(
    held: Engine, memory: MemoryJournal
) -> None:
    outcome = await held.submit(CancelOrder(START, "alice", b"unknown"))
    assert isinstance(outcome.events[0], CancelRejected)
    assert len(memory.records) == outcome.sequence == 1
