"""Prometheus metrics of the exchange, counted from the outcomes that pass and the exchange's own status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from tradepit.engine.messages import (
    Event,
    GetStatus,
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    Outcome,
    StatusView,
    Trade,
)
from tradepit.engine.port import Port

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_COUNTED: Final[dict[type[Event], tuple[str, str]]] = {
    OrderAccepted: ("tradepit_orders_accepted", "Orders accepted since the start."),
    OrderRejected: ("tradepit_orders_rejected", "Orders rejected since the start."),
    OrderCancelled: ("tradepit_orders_cancelled", "Orders cancelled since the start."),
    Trade: ("tradepit_trades", "Trades since the start."),
}


class Metrics(Collector):
    """What one exchange did since the start, and how it stands. `batches` counts the engine's commits."""

    def __init__(self, port: Port, batches: Callable[[], int] | None = None) -> None:
        self._port = port
        self._batches = batches
        self._commands = 0
        self._lots = 0
        self._events: Counter[type[Event]] = Counter()
        self._status: StatusView | None = None
        # Of its own, so that two exchanges in one process do not mix.
        self._registry = CollectorRegistry()
        self._registry.register(self)
        port.listen(self._count)

    def _count(self, outcome: Outcome) -> None:
        self._commands += 1
        for event in outcome.events:
            self._events[type(event)] += 1
            if isinstance(event, Trade):
                self._lots += event.quantity

    async def render(self) -> bytes:
        """The text exposition."""
        self._status = await self._port.query(GetStatus())
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client`; nothing before the first `render`."""
        status = self._status
        if status is None:
            return
        yield CounterMetricFamily("tradepit_commands", "Commands applied since the start.", self._commands)
        if self._batches is not None:
            yield CounterMetricFamily(
                "tradepit_batches", "Commits to the journal since the start.", self._batches()
            )
        for kind, (name, text) in _COUNTED.items():
            yield CounterMetricFamily(name, text, self._events[kind])
        yield CounterMetricFamily(
            "tradepit_traded_lots", "Lots (1/100 share) traded since the start.", self._lots
        )
        yield GaugeMetricFamily("tradepit_sequence", "Commands in the journal.", status.sequence)
        yield GaugeMetricFamily("tradepit_open_orders", "Orders open now.", status.open_orders)
        yield GaugeMetricFamily("tradepit_markets", "Markets listed.", status.markets)
        yield GaugeMetricFamily("tradepit_accounts", "Accounts known.", status.accounts)
