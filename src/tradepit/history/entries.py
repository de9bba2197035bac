"""Ledger entries: what moved an account's money or tokens other than a trade."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, insert

from tradepit.core.events import (
    Converted,
    Deposited,
    EventCreated,
    PairsMerged,
    PairsSplit,
    PositionRedeemed,
    Withdrawn,
)
from tradepit.core.units import ONE
from tradepit.history.schema import EntryKind, entries, event_markets
from tradepit.history.statements import find_linked


class Entries:
    """Gathers the entries of a batch.

    It knows the markets of each event: a conversion does not name those that it gives YES of.
    """

    def __init__(self, connection: Connection) -> None:
        self._linked = find_linked(connection)
        self._new_linked: list[dict[str, Any]] = []
        self._rows: list[dict[str, Any]] = []
        self._sequence = 0
        self._position = 0
        self.handlers: dict[type, Callable[[Any], None]] = {
            Deposited: self._deposited,
            Withdrawn: self._withdrawn,
            PairsSplit: self._split,
            PairsMerged: self._merged,
            PositionRedeemed: self._redeemed,
            Converted: self._converted,
            EventCreated: self._link,
        }

    def begin(self, sequence: int) -> None:
        """The entries that follow are of this command."""
        self._sequence = sequence
        self._position = 0

    def write(self, connection: Connection) -> None:
        """Write the batch, and begin another."""
        if self._rows:
            connection.execute(insert(entries), self._rows)
            self._rows = []
        if self._new_linked:
            connection.execute(insert(event_markets), self._new_linked)
            self._new_linked = []

    def _deposited(self, event: Deposited) -> None:
        self._enter(event, EntryKind.DEPOSIT, cash=event.amount, reference=event.reference)

    def _withdrawn(self, event: Withdrawn) -> None:
        self._enter(event, EntryKind.WITHDRAWAL, cash=-event.amount, reference=event.reference)

    def _split(self, event: PairsSplit) -> None:
        lots = event.quantity
        self._enter(event, EntryKind.SPLIT, event.market, cash=-ONE * lots, yes=lots, no=lots)

    def _merged(self, event: PairsMerged) -> None:
        lots = event.quantity
        self._enter(event, EntryKind.MERGE, event.market, cash=ONE * lots, yes=-lots, no=-lots)

    def _redeemed(self, event: PositionRedeemed) -> None:
        self._enter(event, EntryKind.REDEMPTION, event.market, cash=event.cash, yes=-event.yes, no=-event.no)

    def _converted(self, event: Converted) -> None:
        """An entry for each market of the event, and one for the cash, if there is any."""
        lots, given, reference = event.quantity, set(event.markets), event.event
        for market in self._linked[event.event]:
            if market in given:
                self._enter(event, EntryKind.CONVERSION, market, cash=0, no=-lots, reference=reference)
            else:
                self._enter(event, EntryKind.CONVERSION, market, cash=0, yes=lots, reference=reference)
        if event.cash:
            self._enter(event, EntryKind.CONVERSION, cash=event.cash, reference=reference)

    def _link(self, event: EventCreated) -> None:
        self._linked[event.event] = event.markets
        self._new_linked += [
            {"event": event.event, "position": position, "market": market}
            for position, market in enumerate(event.markets)
        ]

    def _enter(
        self,
        event: Deposited | Withdrawn | PairsSplit | PairsMerged | PositionRedeemed | Converted,
        kind: EntryKind,
        market: str = "",
        *,
        cash: int,
        yes: int = 0,
        no: int = 0,
        reference: str = "",
    ) -> None:
        self._rows.append(
            {
                "sequence": self._sequence,
                "position": self._position,
                "time": event.time,
                "kind": kind,
                "account": event.account,
                "market": market,
                "cash": cash,
                "yes": yes,
                "no": no,
                "reference": reference,
            }
        )
        self._position += 1
