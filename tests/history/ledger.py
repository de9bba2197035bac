"""An exchange and its history in one process: what a command does is in the tables when they are asked."""

from __future__ import annotations

from sqlalchemy import Connection

from tradepit.core.commands import Command
from tradepit.core.exchange import Exchange
from tradepit.history.frames import Recording, keep
from tradepit.history.projection import Projection
from tradepit.history.queries import find_orders
from tradepit.history.records import OrderFilter, OrderRecord


class Ledger:
    """An exchange and its history, without the processes between them."""

    def __init__(self, connection: Connection, *, batch: int) -> None:
        self.exchange = Exchange()
        self.connection = connection
        self._projection = Projection(connection)
        self._batch = batch
        self._waiting: list[Recording] = []
        self._sequence = 0

    def do(self, *commands: Command) -> None:
        for command in commands:
            self._sequence += 1
            events = self.exchange.apply(command)
            recording = keep(self._sequence, self.exchange.time, events)
            if recording is not None:
                self._waiting.append(recording)
            if len(self._waiting) >= self._batch:
                self.write()

    def write(self) -> None:
        self._projection.write(self.connection, self._waiting)
        self._waiting = []

    def record(self, number: int) -> OrderRecord:
        self.write()
        (record,) = find_orders(self.connection, OrderFilter(order_id=number.to_bytes(32, "big")))
        return record

    def restart(self) -> None:
        """The projector's process is replaced by another one."""
        self.write()
        self._projection = Projection(self.connection)
