"""Orders that a market delay holds while their client's request stays open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tradepit.doors.clob.wire.replies import Fate
from tradepit.engine.messages import (
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderRested,
    Outcome,
    PlaceOrder,
    Reject,
)


class Delays:
    """Tells a waiting request what became of its delayed order."""

    def __init__(self) -> None:
        self._expected: dict[bytes, int] = {}
        self._held: dict[bytes, tuple[PlaceOrder, asyncio.Future[Fate]]] = {}

    @contextmanager
    def expecting(self, order: PlaceOrder) -> Iterator[None]:
        """Follow `order` from before it is submitted: its delay may be over before the submitter is told."""
        order_id = order.order_id
        self._expected[order_id] = self._expected.get(order_id, 0) + 1
        try:
            yield
        finally:
            self._expected[order_id] -= 1
            if not self._expected[order_id]:
                del self._expected[order_id]
                self._held.pop(order_id, None)

    async def fate(self, order: PlaceOrder) -> Fate | None:
        """What became of an expected order when its delay was over; None if no delay held it."""
        held = self._held.get(order.order_id)
        return None if held is None else await asyncio.shield(held[1])

    def hear(self, outcome: Outcome) -> None:
        """Follow one outcome; costs nothing while no request waits."""
        if not self._expected:
            return
        accepted: dict[bytes, PlaceOrder] = {}
        for event in outcome.events:
            if isinstance(event, OrderAccepted):
                accepted[event.order.order_id] = event.order
            elif isinstance(event, OrderDelayed):
                if event.order_id in self._expected and event.order_id in accepted:
                    future: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
                    self._held[event.order_id] = (accepted[event.order_id], future)
            elif isinstance(event, OrderRejected):
                # A second copy of a held order is refused too; that says nothing about the first.
                if event.reason is not Reject.DUPLICATE_ORDER:
                    self._decide(event.order.order_id, outcome)
            elif isinstance(event, OrderFilled | OrderRested | OrderCancelled | OrderExpired):
                self._decide(event.order_id, outcome)

    def _decide(self, order_id: bytes, outcome: Outcome) -> None:
        held = self._held.get(order_id)
        if held is None or held[1].done():
            return
        order, future = held
        fate = Fate(order)
        fate.follow(outcome.events)
        fate.delayed = True
        future.set_result(fate)
