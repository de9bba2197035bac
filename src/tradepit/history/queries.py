"""The questions to history as SQL, and its rows as records. Each is one indexed statement."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    or_,
    select,
    union_all,
)

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Side
from tradepit.history.records import (
    EntryFilter,
    EntryRecord,
    OrderFilter,
    OrderRecord,
    TradeFilter,
    TradeRecord,
)
from tradepit.history.schema import EntryKind, OrderStatus, TradeState, entries, orders, trades

_terms: Final = msgspec.msgpack.Decoder(PlaceOrder)
_takers: Final = orders.alias("takers")
_makers: Final = orders.alias("makers")


def find_orders(connection: Connection, asked: OrderFilter) -> list[OrderRecord]:
    columns = orders.c
    conditions = _between(columns.accepted_at, asked.since, asked.until)
    if asked.account:
        conditions.append(columns.account == asked.account)
    if asked.market:
        conditions.append(columns.market == asked.market)
    if asked.order_id:
        conditions.append(columns.order_id == asked.order_id)
    if asked.client_key:
        conditions.append(columns.client_key == asked.client_key)
    if asked.statuses:
        conditions.append(columns.status.in_([int(status) for status in asked.statuses]))
    statement = _page(select(orders).where(*conditions), columns.sequence, asked)
    return [_order(row) for row in connection.execute(statement)]


def find_trades(connection: Connection, asked: TradeFilter) -> list[TradeRecord]:
    columns = trades.c
    conditions = _between(columns.time, asked.since, asked.until)
    if asked.market:
        conditions.append(columns.market == asked.market)
    if asked.number:
        conditions.append(columns.number == asked.number)
    if asked.states:
        conditions.append(columns.state.in_([int(state) for state in asked.states]))
    if asked.taker_order:
        conditions.append(columns.taker.in_(_sequences_of(asked.taker_order)))
    if asked.order_id:
        sequences = _sequences_of(asked.order_id)
        conditions.append(or_(columns.taker.in_(sequences), columns.maker.in_(sequences)))
    chosen = _page(select(trades).where(*conditions), columns.number, asked)
    if asked.account:
        # Two walks along an index, and not one through all trades: an account may have millions.
        taken = select(trades).where(*conditions, columns.taker_account == asked.account)
        made = select(trades).where(
            *conditions, columns.maker_account == asked.account, columns.taker_account != asked.account
        )
        both = union_all(
            select(_page(taken, columns.number, asked).subquery()),
            select(_page(made, columns.number, asked).subquery()),
        ).subquery()
        chosen = _page(select(both), both.c.number, asked)
    found = chosen.subquery()
    statement = (
        select(found, _takers.c.terms.label("taker_terms"), _makers.c.terms.label("maker_terms"))
        .join_from(found, _takers, _takers.c.sequence == found.c.taker)
        .join(_makers, _makers.c.sequence == found.c.maker)
        .order_by(found.c.number.desc() if asked.newest_first else found.c.number)
    )
    return [_trade(row) for row in connection.execute(statement)]


def find_entries(connection: Connection, asked: EntryFilter) -> list[EntryRecord]:
    columns = entries.c
    conditions: list[ColumnElement[bool]] = []
    if asked.account:
        conditions.append(columns.account == asked.account)
    if asked.kinds:
        conditions.append(columns.kind.in_([int(kind) for kind in asked.kinds]))
    statement = _page(select(entries).where(*conditions), columns.sequence, asked)
    statement = statement.order_by(columns.position.desc() if asked.newest_first else columns.position)
    return [_entry(row) for row in connection.execute(statement)]


def _between(column: Column[Any], since: int, until: int) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if since:
        conditions.append(column >= since)
    if until:
        conditions.append(column < until)
    return conditions


def _page(
    statement: Select[Any], key: ColumnElement[Any], asked: OrderFilter | TradeFilter | EntryFilter
) -> Select[Any]:
    """One page of the statement, in order of `key`, from the cursor on."""
    if asked.newest_first:
        if asked.after:
            statement = statement.where(key < asked.after)
        statement = statement.order_by(key.desc())
    else:
        statement = statement.where(key > asked.after).order_by(key)
    return statement.limit(asked.limit)


def _sequences_of(order_id: bytes) -> Select[tuple[int]]:
    return select(orders.c.sequence).where(orders.c.order_id == order_id)


def _order(row: Row[Any]) -> OrderRecord:
    return OrderRecord(
        order=_terms.decode(row.terms),
        status=OrderStatus(row.status),
        reason=row.reason,
        filled=row.filled,
        remaining=row.remaining,
        notional=row.notional,
        fees=row.fees,
        accepted_at=row.accepted_at,
        updated_at=row.updated_at,
        sequence=row.sequence,
    )


def _trade(row: Row[Any]) -> TradeRecord:
    return TradeRecord(
        number=row.number,
        market=row.market,
        price=row.price,
        quantity=row.quantity,
        taker_side=Side(row.taker_side),
        taker=_terms.decode(row.taker_terms),
        maker=_terms.decode(row.maker_terms),
        taker_fee=row.taker_fee,
        maker_fee=row.maker_fee,
        time=row.time,
        sequence=row.sequence,
        state=TradeState(row.state),
        updated_at=row.updated_at,
    )


def _entry(row: Row[Any]) -> EntryRecord:
    return EntryRecord(
        account=row.account,
        kind=EntryKind(row.kind),
        market=row.market,
        cash=row.cash,
        yes=row.yes,
        no=row.no,
        reference=row.reference,
        time=row.time,
        sequence=row.sequence,
        position=row.position,
    )
