"""From events to rows. A batch is gathered in memory first: an order that comes and goes within one batch
costs one insert, and an order that is touched ten times costs one update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, insert, select

from tradepit.core.commands import PlaceOrder, encode_command
from tradepit.core.enums import Reject
from tradepit.core.events import (
    MarketCreated,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderRestored,
    OrderSettled,
    OrderTriggered,
    OrderWaiting,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
)
from tradepit.core.units import Timestamp
from tradepit.history.entries import Entries
from tradepit.history.frames import Recording
from tradepit.history.schema import (
    OrderStatus,
    TradeState,
    deferred_markets,
    orders,
    trades,
)
from tradepit.history.statements import (
    change_order,
    change_trade,
    find_deferred,
    find_unsettled,
    insert_order,
)

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[bytes, str]

_LIVING: Final = frozenset({OrderStatus.OPEN, OrderStatus.DELAYED, OrderStatus.WAITING})
_RECENT_ORDERS: Final = 50_000
_LOOK_UP_ORDERS: Final = 500


class Projection:
    """Turns recordings into rows of one database.

    It remembers the delayed orders, to tell the rejection of one from the refusal of the same order sent
    again; which markets settle later, and their unsettled trades, to take back what one of them did; and the
    sequences of recent open orders, which it would otherwise have to look up. Everything else it needs is in
    the events.
    """

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(
            select(orders.c.order_id, orders.c.market, orders.c.delayed_until).where(
                orders.c.status == OrderStatus.DELAYED
            )
        )
        self._delayed: dict[Key, Timestamp] = {(row[0], row[1]): row[2] for row in rows}
        self._deferred = find_deferred(connection)
        self._unsettled = find_unsettled(connection)
        self._entries = Entries(connection)
        self._triggered: Key | None = None
        self._insert_order = insert_order(connection.dialect.name)
        self._recent: dict[Key, int] = {}
        self._new: dict[Key, Row] = {}
        self._refused: dict[Key, Row] = {}
        self._changed: dict[Key, Row] = {}
        self._trades: list[Row] = []
        self._changed_trades: dict[int, Row] = {}
        self._new_deferred: list[Row] = []
        self._sequence = 0
        self._handlers: dict[type, Callable[[Any], None]] = {
            OrderAccepted: self._accepted,
            OrderRejected: self._rejected,
            OrderDelayed: self._delay,
            OrderWaiting: self._waiting,
            OrderTriggered: self._trigger,
            OrderRested: self._rested,
            OrderReplaced: self._replaced,
            OrderFilled: self._filled,
            OrderSettled: self._settled,
            OrderRestored: self._restored,
            OrderCancelled: self._cancelled,
            OrderExpired: self._expired,
            Trade: self._trade,
            TradeConfirmed: self._confirmed,
            TradeRetried: self._retried,
            TradeFailed: self._failed,
            MarketCreated: self._listed,
            **self._entries.handlers,
        }

    def write(self, connection: Connection, recordings: Sequence[Recording]) -> None:
        """Bring the tables forward by `recordings`, within the caller's transaction."""
        handlers = self._handlers
        for recording in recordings:
            self._sequence = recording.sequence
            self._entries.begin(recording.sequence)
            for event in recording.events:
                kind = type(event)
                handlers[kind](event)
                if kind is not OrderTriggered:
                    # Only what follows at once is what became of it.
                    self._triggered = None
        if self._new or self._refused:
            connection.execute(self._insert_order, [*self._new.values(), *self._refused.values()])
        sequences = self._locate(connection)
        if self._changed:
            for key, change in self._changed.items():
                change["of_sequence"] = sequences[key]
            connection.execute(change_order, list(self._changed.values()))
        if self._trades:
            for trade in self._trades:
                trade["taker"] = sequences[trade["taker"]]
                trade["maker"] = sequences[trade["maker"]]
            connection.execute(insert(trades), self._trades)
        if self._changed_trades:
            connection.execute(change_trade, list(self._changed_trades.values()))
        if self._new_deferred:
            connection.execute(insert(deferred_markets), self._new_deferred)
        self._entries.write(connection)
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
        self._new, self._refused, self._changed, self._changed_trades = {}, {}, {}, {}
        self._trades, self._new_deferred = [], []

    def _accepted(self, event: OrderAccepted) -> None:
        key = (event.order.order_id, event.order.market)
        self._refused.pop(key, None)
        self._new[key] = self._row(event.order, OrderStatus.OPEN, event.time)

    def _rejected(self, event: OrderRejected) -> None:
        order = event.order
        key = (order.order_id, order.market)
        due = self._delayed.get(key)
        if key == self._triggered or (due is not None and event.time >= due):
            self._end(key, OrderStatus.REJECTED, event.reason, None, event.time)
            return
        if event.reason is not Reject.DUPLICATE_ORDER and key not in self._new:
            row = self._row(order, OrderStatus.REJECTED, event.time)
            row["accepted"] = 0
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

    def _waiting(self, event: OrderWaiting) -> None:
        self._set_status((event.order_id, event.market), OrderStatus.WAITING, event.time)

    def _trigger(self, event: OrderTriggered) -> None:
        """Its stop price was reached. Its terms stay those that were asked for."""
        self._triggered = (event.order_id, event.market)
        self._set_status(self._triggered, OrderStatus.OPEN, event.time)

    def _replaced(self, event: OrderReplaced) -> None:
        order = event.order
        key = (order.order_id, order.market)
        row = self._new.get(key)
        if row is not None:
            row["terms"] = encode_command(order)
            row["client_key"] = order.client_key
            row["remaining"] = event.remaining
            row["updated_at"] = event.time
        else:
            change = self._change(key, event.time)
            change["new_terms"] = encode_command(order)
            change["new_client_key"] = order.client_key
            change["new_remaining"] = event.remaining
        if event.done:
            self._end(key, OrderStatus.FILLED, 0, event.remaining, event.time)

    def _settled(self, event: OrderSettled) -> None:
        self._end((event.order_id, event.market), OrderStatus.FILLED, 0, 0, event.time)

    def _restored(self, event: OrderRestored) -> None:
        self._end((event.order_id, event.market), OrderStatus.OPEN, 0, event.remaining, event.time)

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
            change["more_filled"] = 0
            change["new_remaining"] = event.remaining
            change["more_notional"] += notional
            change["more_fees"] += event.fee
        if event.done:
            self._end(key, OrderStatus.FILLED, 0, event.remaining, event.time)
        elif key in self._delayed:
            # In a market that settles later a fill is no last word, and no order rests after it either.
            self._end(key, OrderStatus.OPEN, 0, event.remaining, event.time)

    def _cancelled(self, event: OrderCancelled) -> None:
        key = (event.order_id, event.market)
        self._end(key, OrderStatus.CANCELLED, event.reason, event.remaining, event.time)

    def _expired(self, event: OrderExpired) -> None:
        key = (event.order_id, event.market)
        self._end(key, OrderStatus.EXPIRED, event.reason, event.remaining, event.time)

    def _trade(self, event: Trade) -> None:
        deferred = event.market in self._deferred
        if deferred:
            self._unsettled[event.number] = event
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
                "state": TradeState.MATCHED if deferred else TradeState.CONFIRMED,
                "updated_at": event.time,
            }
        )

    def _confirmed(self, event: TradeConfirmed) -> None:
        del self._unsettled[event.number]
        self._change_trade(event.number, TradeState.CONFIRMED, event.time)

    def _retried(self, event: TradeRetried) -> None:
        self._change_trade(event.number, TradeState.RETRYING, event.time)

    def _failed(self, event: TradeFailed) -> None:
        """The trade is void: take back what it added to its orders."""
        trade = self._unsettled.pop(event.number)
        self._change_trade(event.number, TradeState.FAILED, event.time)
        for order_id, fee in ((trade.taker_order, trade.taker_fee), (trade.maker_order, trade.maker_fee)):
            key = (order_id, trade.market)
            notional = trade.price * trade.quantity
            row = self._new.get(key)
            if row is not None:
                row["filled"] -= trade.quantity
                row["notional"] -= notional
                row["fees"] -= fee
                row["updated_at"] = event.time
            else:
                change = self._change(key, event.time)
                change["more_filled"] -= trade.quantity
                change["more_notional"] -= notional
                change["more_fees"] -= fee

    def _change_trade(self, number: int, state: TradeState, time: Timestamp) -> None:
        self._changed_trades[number] = {"of_number": number, "new_state": state, "at": time}

    def _listed(self, event: MarketCreated) -> None:
        market = event.listing.market
        if event.listing.deferred:
            self._deferred.add(market)
            self._new_deferred.append({"market": market})

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
            "accepted": 1,
            "terms": encode_command(order),
        }

    def _set_status(self, key: Key, status: OrderStatus, time: Timestamp) -> None:
        """Give a living order another status, and leave the rest."""
        row = self._new.get(key)
        if row is not None:
            row["status"] = status
            row["updated_at"] = time
        else:
            self._change(key, time)["new_status"] = status

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
                "more_filled": 0,
                "new_remaining": None,
                "more_notional": 0,
                "more_fees": 0,
                "new_delayed_until": None,
                "new_terms": None,
                "new_client_key": None,
            }
        change["at"] = time
        return change
