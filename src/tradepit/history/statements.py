"""The statements that the projection runs, and what it reads of the past when it starts."""

from __future__ import annotations

from sqlalchemy import Connection, Executable, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tradepit.core.enums import Side
from tradepit.core.events import Trade
from tradepit.history.schema import TradeState, deferred_markets, event_markets, orders, trades

change_order = (
    update(orders)
    .where(orders.c.sequence == bindparam("of_sequence"))
    .values(
        status=func.coalesce(bindparam("new_status"), orders.c.status),
        reason=func.coalesce(bindparam("new_reason"), orders.c.reason),
        filled=func.coalesce(bindparam("new_filled"), orders.c.filled) + bindparam("more_filled"),
        remaining=func.coalesce(bindparam("new_remaining"), orders.c.remaining),
        notional=orders.c.notional + bindparam("more_notional"),
        fees=orders.c.fees + bindparam("more_fees"),
        delayed_until=func.coalesce(bindparam("new_delayed_until"), orders.c.delayed_until),
        terms=func.coalesce(bindparam("new_terms"), orders.c.terms),
        client_key=func.coalesce(bindparam("new_client_key"), orders.c.client_key),
        updated_at=bindparam("at"),
    )
)
change_trade = (
    update(trades)
    .where(trades.c.number == bindparam("of_number"))
    .values(state=bindparam("new_state"), updated_at=bindparam("at"))
)
_takers = orders.alias("takers")
_makers = orders.alias("makers")


def find_unsettled(connection: Connection) -> dict[int, Trade]:
    """The trades that have neither settled nor failed, by number. What history does not keep of them
    (the change in pairs) is 0."""
    statement = (
        select(trades, _takers.c.order_id.label("taker_order"), _makers.c.order_id.label("maker_order"))
        .join(_takers, _takers.c.sequence == trades.c.taker)
        .join(_makers, _makers.c.sequence == trades.c.maker)
        .where(trades.c.state.in_([int(TradeState.MATCHED), int(TradeState.RETRYING)]))
        .order_by(trades.c.number)
    )
    return {
        row.number: Trade(
            row.time,
            row.number,
            row.market,
            row.price,
            row.quantity,
            Side(row.taker_side),
            row.taker_order,
            row.taker_account,
            row.taker_fee,
            row.maker_order,
            row.maker_account,
            row.maker_fee,
            0,
        )
        for row in connection.execute(statement)
    }


def find_deferred(connection: Connection) -> set[str]:
    """The markets whose trades settle later."""
    return set(connection.execute(select(deferred_markets.c.market)).scalars())


def find_linked(connection: Connection) -> dict[str, list[str]]:
    """The markets of each event, in its order."""
    columns = event_markets.c
    linked: dict[str, list[str]] = {}
    for event, market in connection.execute(
        select(columns.event, columns.market).order_by(columns.event, columns.position)
    ):
        linked.setdefault(event, []).append(market)
    return linked


def insert_order(dialect: str) -> Executable:
    """Insert an order; one that was refused before, under the same id, gives its row to the new attempt."""
    statement = postgresql.insert(orders) if dialect == "postgresql" else sqlite.insert(orders)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[orders.c.order_id, orders.c.market],
        set_={column.name: new[column.name] for column in orders.columns},
        where=orders.c.accepted == 0,
    )
