"""Prometheus metrics of the exchange, counted from the outcomes that pass and the exchange's own status."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from tradepit.engine.messages import (
    GetStatus,
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    Outcome,
    Trade,
)
from tradepit.engine.port import Port

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counters of one exchange; a registry of its own, so that two exchanges in one process do not mix."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._registry = CollectorRegistry()
        self._commands = self._counter("tradepit_commands", "Commands applied since the start.")
        self._accepted = self._counter("tradepit_orders_accepted", "Orders accepted since the start.")
        self._rejected = self._counter("tradepit_orders_rejected", "Orders rejected since the start.")
        self._cancelled = self._counter("tradepit_orders_cancelled", "Orders cancelled since the start.")
        self._trades = self._counter("tradepit_trades", "Trades since the start.")
        self._lots = self._counter("tradepit_traded_lots", "Lots (1/100 share) traded since the start.")
        self._sequence = self._gauge("tradepit_sequence", "Commands in the journal.")
        self._open_orders = self._gauge("tradepit_open_orders", "Orders open now.")
        self._markets = self._gauge("tradepit_markets", "Markets listed.")
        self._accounts = self._gauge("tradepit_accounts", "Accounts known.")
        self.close = port.listen(self._count)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)

    def _count(self, outcome: Outcome) -> None:
        self._commands.inc()
        for event in outcome.events:
            match event:
                case OrderAccepted():
                    self._accepted.inc()
                case OrderRejected():
                    self._rejected.inc()
                case OrderCancelled():
                    self._cancelled.inc()
                case Trade(quantity=quantity):
                    self._trades.inc()
                    self._lots.inc(quantity)
                case _:
                    pass

    async def render(self) -> bytes:
        """The text exposition."""
        status = await self._port.query(GetStatus())
        self._sequence.set(status.sequence)
        self._open_orders.set(status.open_orders)
        self._markets.set(status.markets)
        self._accounts.set(status.accounts)
        return generate_latest(self._registry)
