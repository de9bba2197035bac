"""A port that fails on demand, so that a bot's handling of a broken exchange can be tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tradepit.core.units import Timestamp
from tradepit.engine.messages import Command, Outcome, PlaceOrder, Question
from tradepit.engine.port import FaultStage, Listener, Port, SystemFault

A = TypeVar("A")


@dataclass
class _Fault:
    stage: FaultStage
    remaining: int
    account: str


class FaultInjector:
    """The port `inner`, except that armed faults refuse order placements with `SystemFault`."""

    def __init__(self, inner: Port) -> None:
        self._inner = inner
        self._armed: list[_Fault] = []

    def arm(self, stage: FaultStage, count: int, account: str = "") -> None:
        """The next `count` placements of `account` ("" is anyone) fail at `stage`; 0 disarms it.

        Faults of several stages are used up in the order in which they were armed.
        """
        self._armed = [fault for fault in self._armed if (fault.stage, fault.account) != (stage, account)]
        if count > 0:
            self._armed.append(_Fault(stage, count, account))

    def now(self) -> Timestamp:
        return self._inner.now()

    async def submit(self, command: Command) -> Outcome:
        fault = self._fault_of(command)
        if fault is not None:
            fault.remaining -= 1
            if not fault.remaining:
                self._armed.remove(fault)
            raise SystemFault(fault.stage)
        return await self._inner.submit(command)

    async def submit_many(self, commands: Sequence[Command]) -> list[Outcome]:
        """A fault that awaits one of them refuses all: the exchange has done none.

        It is not used up by that. Submit the commands singly, and it finds the one it is for.
        """
        for command in commands:
            fault = self._fault_of(command)
            if fault is not None:
                raise SystemFault(fault.stage)
        return await self._inner.submit_many(commands)

    async def query(self, question: Question[A]) -> A:
        return await self._inner.query(question)

    def listen(self, listener: Listener) -> Callable[[], None]:
        return self._inner.listen(listener)

    def _fault_of(self, command: Command) -> _Fault | None:
        if isinstance(command, PlaceOrder):
            for fault in self._armed:
                if fault.account in ("", command.account):
                    return fault
        return None
