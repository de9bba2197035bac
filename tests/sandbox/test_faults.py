"""Faults on demand."""

from __future__ import annotations

import pytest

from tradepit.doors.operator.service import OperatorService
from tradepit.doors.operator.wire import MarketIn
from tradepit.engine.engine import Engine
from tradepit.engine.messages import CancelOrder, Deposit, GetStatus, Gives, OrderAccepted, PlaceOrder, Side
from tradepit.engine.port import SystemFault
from tradepit.sandbox.faults import FaultInjector


@pytest.fixture
async def injector(engine: Engine) -> FaultInjector:
    service = OperatorService(engine)
    await service.create_market(MarketIn(slug="m", question="?"))
    for account in ("house/a", "house/b"):
        await service.deposit(account, 100_000_000)
    return FaultInjector(engine)


def order(port: FaultInjector, account: str = "house/a", name: bytes = b"1") -> PlaceOrder:
    return PlaceOrder(
        now=port.now(),
        order_id=name,
        account=account,
        market="m",
        side=Side.BUY,
        gives=Gives.CASH,
        price=5_000,
        quantity=500,
    )


async def test_without_faults_it_is_the_port_itself(injector: FaultInjector, engine: Engine) -> None:
    heard: list[int] = []
    stop = injector.listen(lambda outcome: heard.append(outcome.sequence))
    outcome = await injector.submit(order(injector))
    assert isinstance(outcome.events[0], OrderAccepted)
    assert heard == [outcome.sequence]
    stop()
    assert (await injector.query(GetStatus())).sequence == engine.sequence


async def test_a_faulty_placement_leaves_no_trace_and_may_be_repeated(
    injector: FaultInjector, engine: Engine
) -> None:
    injector.arm("insert", 1)
    sequence = engine.sequence
    with pytest.raises(SystemFault) as fault:
        await injector.submit(order(injector))
    assert fault.value.stage == "insert"
    assert engine.sequence == sequence
    outcome = await injector.submit(order(injector))
    assert isinstance(outcome.events[0], OrderAccepted)


async def test_only_placements_fail(injector: FaultInjector) -> None:
    await injector.submit(order(injector))
    injector.arm("execute", 1)
    await injector.submit(Deposit(now=injector.now(), account="house/a", amount=1))
    await injector.submit(CancelOrder(now=injector.now(), account="house/a", order_id=b"1"))
    with pytest.raises(SystemFault):
        await injector.submit(order(injector, name=b"2"))


async def test_a_fault_may_be_for_one_account(injector: FaultInjector) -> None:
    injector.arm("delay", 1, "house/b")
    await injector.submit(order(injector))
    with pytest.raises(SystemFault):
        await injector.submit(order(injector, "house/b", b"2"))
    await injector.submit(order(injector, "house/b", b"2"))


async def test_faults_of_several_stages_come_in_the_order_in_which_they_were_armed(
    injector: FaultInjector,
) -> None:
    injector.arm("execute", 1)
    injector.arm("insert", 1)
    stages = []
    for _ in range(2):
        with pytest.raises(SystemFault) as fault:
            await injector.submit(order(injector))
        stages.append(fault.value.stage)
    assert stages == ["execute", "insert"]


async def test_a_count_of_zero_disarms(injector: FaultInjector) -> None:
    injector.arm("insert", 5)
    injector.arm("insert", 0)
    outcome = await injector.submit(order(injector))
    assert isinstance(outcome.events[0], OrderAccepted)


async def test_a_fault_in_a_batch_refuses_all_of_it_and_then_finds_its_order(
    injector: FaultInjector, engine: Engine
) -> None:
    injector.arm("insert", 1, "house/b")
    sequence = engine.sequence
    batch = [order(injector), order(injector, "house/b", b"2")]
    with pytest.raises(SystemFault):
        await injector.submit_many(batch)
    assert engine.sequence == sequence
    await injector.submit(batch[0])
    with pytest.raises(SystemFault):
        await injector.submit(batch[1])
    assert len(await injector.submit_many([batch[1], order(injector, name=b"3")])) == 2
