"""From events to rows. A batch is gathered in memory first: an order that comes and goes within one batch
costs one insert, and an order that is touched ten times costs one update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Executable, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tradepit.core.commands import PlaceOrder, encode_command
from tradepit.core.enums import Reject
from tradepit.core.events import (
    Deposited,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderRested,
    PairsMerged,
    PairsSplit,
    PositionRedeemed,
    Trade,
    Withdrawn,
)
from tradepit.core.units import ONE, Timestamp
from tradepit.history.frames import Recording
from tradepit.history.schema import EntryKind, OrderStatus, entries, orders, trades

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[bytes, str]

_LIVING: Final = frozenset({OrderStatus.OPEN, OrderStatus.DELAYED})
_RECENT_ORDERS: Final = 50_000
_LOOK_UP_ORDERS: Final = 500

_change_order = (
    update(orders)
    .where(orders.c.sequence == bindparam("of_sequence"))
    .values(
        status=func.coalesce(bindparam("new_status"), orders.c.status),
        reason=func.coalesce(bindparam("new_reason"), orders.c.reason),
        filled=func.coalesce(bindparam("new_filled"), orders.c.filled),
        remaining=func.coalesce(bindparam("new_remaining"), orders.c.remaining),
        notional=orders.c.notional + bindparam("more_notional"),
        fees=orders.c.fees + bindparam("more_fees"),
        delayed_until=func.coalesce(bindparam("new_delayed_until"), orders.c.delayed_until),
        updated_at=bindparam("at"),
    )
)


class Projection:
    """Turns recordings into rows of one database.

    It remembers the delayed orders, to tell the rejection of one from the refusal of the same order sent
    again, and the sequences of recent open orders, which it would otherwise have to look up. Everything else
    it needs is in the events.
    """

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(
            select(orders.c.order_id, orders.c.market, orders.c.delayed_until).where(
                orders.c.status == OrderStatus.DELAYED
            )
        )
        self._delayed: dict[Key, Timestamp] = {(row[0], row[1]): row[2] for row in rows}
        self._insert_order = _insert_order(connection.dialect.name)
        self._recent: dict[Key, int] = {}
        self._new: dict[Key, Row] = {}
        self._refused: dict[Key, Row] = {}
        self._changed: dict[Key, Row] = {}
        self._trades: list[Row] = []
        self._entries: list[Row] = []
        self._sequence = 0
        self._position = 0
        self._handlers: dict[type, Callable[[Any], None]] = {
            OrderAccepted: self._accepted,
            OrderRejected: self._rejected,
            OrderDelayed: self._delay,
            OrderRested: self._rested,
            OrderFilled: self._filled,
            OrderCancelled: self._cancelled,
            OrderExpired: self._expired,
            Trade: self._trade,
            Deposited: self._deposited,
            Withdrawn: self._withdrawn,
            PairsSplit: self._split,
            PairsMerged: self._merged,
            PositionRedeemed: self._redeemed,
        }

    def write(self, connection: Connection, recordings: Sequence[Recording]) -> None:
        """Bring the tables forward by `recordings`, within the caller's transaction."""
        handlers = self._handlers
        for recording in recordings:
            self._sequence = recording.sequence
            self._position = 0
            for event in recording.events:
                handlers[type(event)](event)
        if self._new or self._refused:
            connection.execute(self._insert_order, [*self._new.values(), *self._refused.values()])
        sequences = self._locate(connection)
        if self._changed:
            for key, change in self._changed.items():
                change["of_sequence"] = sequences[key]
            connection.execute(_change_order, list(self._changed.values()))
        if self._trades:
            for trade in self._trades:
                trade["taker"] = sequences[trade["taker"]]
                trade["maker"] = sequences[trade["maker"]]
            connection.execute(insert(trades), self._trades)
        if self._entries:
            connection.execute(insert(entries), self._entries)
        self._forget_batch(sequences)

    def _locate(self, connection: Connection) -> dict[Key, int]:
        """The sequences of all orders that the batch speaks of."""
        sequences = {key: row["sequence"] for key, row in self._new.items()}
        spoken_of = {*self._changed, *(trade[role] for trade in self._trades for role in ("taker", "maker"))}
        unknown: list[Key] = []
        for key in spoken_of - sequences.keys():
            sequence = self._recent.get(key)
            if sequence is None:
                unknown.append(key)
            else:
                sequences[key] = sequence
        for start in range(0, len(unknown), _LOOK_UP_ORDERS):
            ids = [order_id for order_id, _ in unknown[start : start + _LOOK_UP_ORDERS]]
            found = connection.execute(
                select(orders.c.order_id, orders.c.market, orders.c.sequence).where(
                    orders.c.order_id.in_(ids)
                )
            )
            sequences.update({(order_id, market): sequence for order_id, market, sequence in found})
        return sequences

    def _forget_batch(self, sequences: dict[Key, int]) -> None:
        """Make ready for the next batch, keeping the places of orders that it may speak of."""
        recent = self._recent
        for key, row in self._new.items():
            if row["status"] in _LIVING:
                recent[key] = row["sequence"]
        for key, change in self._changed.items():
            if change["new_status"] is None or change["new_status"] in _LIVING:
                recent[key] = sequences[key]
            else:
                recent.pop(key, None)
        while len(recent) > _RECENT_ORDERS:
            del recent[next(iter(recent))]
        self._new, self._refused, self._changed, self._trades, self._entries = {}, {}, {}, [], []

    def _accepted(self, event: OrderAccepted) -> None:
        key = (event.order.order_id, event.order.market)
        self._refused.pop(key, None)
        self._new[key] = self._row(event.order, OrderStatus.OPEN, event.time)

    def _rejected(self, event: OrderRejected) -> None:
        order = event.order
        key = (order.order_id, order.market)
        due = self._delayed.get(key)
        if due is not None and event.time >= due:
            self._end(key, OrderStatus.REJECTED, event.reason, None, event.time)
            return
        if event.reason is not Reject.DUPLICATE_ORDER and key not in self._new:
            row = self._row(order, OrderStatus.REJECTED, event.time)
            row["reason"] = event.reason
            self._refused[key] = row

    def _delay(self, event: OrderDelayed) -> None:
        key = (event.order_id, event.market)
        self._delayed[key] = event.due
        row = self._new.get(key)
        if row is not None:
            row["status"] = OrderStatus.DELAYED
            row["delayed_until"] = event.due
        else:
            change = self._change(key, event.time)
            change["new_status"] = OrderStatus.DELAYED
            change["new_delayed_until"] = event.due

    def _rested(self, event: OrderRested) -> None:
        """An accepted order is open anyway; only one whose delay is over changes by resting."""
        key = (event.order_id, event.market)
        if self._delayed.pop(key, None) is not None:
            self._end(key, OrderStatus.OPEN, 0, event.remaining, event.time)

    def _filled(self, event: OrderFilled) -> None:
        key = (event.order_id, event.market)
        notional = event.price * event.quantity
        row = self._new.get(key)
        if row is not None:
            row["filled"] = event.filled
            row["remaining"] = event.remaining
            row["notional"] += notional
            row["fees"] += event.fee
            row["updated_at"] = event.time
        else:
            change = self._change(key, event.time)
            change["new_filled"] = event.filled
            change["new_remaining"] = event.remaining
            change["more_notional"] += notional
            change["more_fees"] += event.fee
        if event.done:
            self._end(key, OrderStatus.FILLED, 0, event.remaining, event.time)

    def _cancelled(self, event: OrderCancelled) -> None:
        key = (event.order_id, event.market)
        self._end(key, OrderStatus.CANCELLED, event.reason, event.remaining, event.time)

    def _expired(self, event: OrderExpired) -> None:
        key = (event.order_id, event.market)
        self._end(key, OrderStatus.EXPIRED, event.reason, event.remaining, event.time)

    def _trade(self, event: Trade) -> None:
        self._trades.append(
            {
                "number": event.number,
                "sequence": self._sequence,
                "time": event.time,
                "market": event.market,
                "price": event.price,
                "quantity": event.quantity,
                "taker_side": event.taker_side,
                "taker": (event.taker_order, event.market),
                "taker_account": event.taker_account,
                "taker_fee": event.taker_fee,
                "maker": (event.maker_order, event.market),
                "maker_account": event.maker_account,
                "maker_fee": event.maker_fee,
            }
        )

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

    def _row(self, order: PlaceOrder, status: OrderStatus, time: Timestamp) -> Row:
        return {
            "sequence": self._sequence,
            "order_id": order.order_id,
            "market": order.market,
            "account": order.account,
            "client_key": order.client_key,
            "status": status,
            "reason": 0,
            "filled": 0,
            "remaining": order.quantity,
            "notional": 0,
            "fees": 0,
            "accepted_at": time,
            "updated_at": time,
            "delayed_until": 0,
            "terms": encode_command(order),
        }

    def _end(
        self, key: Key, status: OrderStatus, reason: int, remaining: int | None, time: Timestamp
    ) -> None:
        """Give the order another status; `remaining` None leaves what it had."""
        self._delayed.pop(key, None)
        row = self._new.get(key)
        if row is not None:
            row["status"] = status
            row["reason"] = reason
            row["updated_at"] = time
            if remaining is not None:
                row["remaining"] = remaining
        else:
            change = self._change(key, time)
            change["new_status"] = status
            change["new_reason"] = reason
            if remaining is not None:
                change["new_remaining"] = remaining

    def _change(self, key: Key, time: Timestamp) -> Row:
        """What this batch changes in a row of an earlier one."""
        change = self._changed.get(key)
        if change is None:
            change = self._changed[key] = {
                "of_sequence": 0,
                "new_status": None,
                "new_reason": None,
                "new_filled": None,
                "new_remaining": None,
                "more_notional": 0,
                "more_fees": 0,
                "new_delayed_until": None,
            }
        change["at"] = time
        return change

    def _enter(
        self,
        event: Deposited | Withdrawn | PairsSplit | PairsMerged | PositionRedeemed,
        kind: EntryKind,
        market: str = "",
        *,
        cash: int,
        yes: int = 0,
        no: int = 0,
        reference: str = "",
    ) -> None:
        self._entries.append(
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


def _insert_order(dialect: str) -> Executable:
    """Insert an order; one that was refused before, under the same id, gives its row to the new attempt."""
    statement = postgresql.insert(orders) if dialect == "postgresql" else sqlite.insert(orders)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[orders.c.order_id, orders.c.market],
        set_={column.name: new[column.name] for column in orders.columns},
        where=orders.c.status == OrderStatus.REJECTED,
    )
