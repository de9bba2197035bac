"""Random streams of all commands: rows made live, rows made later, and the core itself, agree."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from tests.history.ledger import Ledger
from tests.property.lively import lively_stream
from tests.property.streams import seeded
from tradepit.core.commands import Command, ConfirmTrade, CreateMarket, FailTrade, RetryTrade
from tradepit.core.events import Trade
from tradepit.core.exchange import Exchange
from tradepit.history.queries import find_orders, find_trades
from tradepit.history.records import OrderFilter, TradeFilter
from tradepit.history.schema import (
    OrderStatus,
    TradeState,
    connect,
    deferred_markets,
    entries,
    event_markets,
    orders,
    prepare,
    trades,
)

TABLES = (orders, trades, entries, deferred_markets, event_markets)
LIVING = (OrderStatus.OPEN, OrderStatus.DELAYED, OrderStatus.WAITING)


def settling_later(commands: list[Command], seed: int) -> list[Command]:
    """The stream with two markets that settle later, and trades that settle, are retried, and fail."""
    rng = random.Random(seed)
    exchange = Exchange()
    unsettled: list[int] = []
    stream: list[Command] = []
    for command in commands:
        if isinstance(command, CreateMarket) and not command.deferred:
            later = command.market in ("coarse", "held", "fine")
            command = replace(command, deferred=later, restores=command.market != "fine")
        following: list[Command] = [command]
        if unsettled and rng.random() < 0.5:
            number = rng.choice(unsettled)
            kind = rng.choice((ConfirmTrade, ConfirmTrade, FailTrade, RetryTrade))
            following.append(kind(command.now, number))
        for one in following:
            stream.append(one)
            unsettled += [event.number for event in exchange.apply(one) if isinstance(event, Trade)]
    return stream


def content(connection: Connection) -> list[list[tuple[object, ...]]]:
    return [sorted(tuple(row) for row in connection.execute(select(table))) for table in TABLES]


def streams() -> list[list[Command]]:
    plain = [seeded(seed, 400) for seed in (11, 12)] + [lively_stream(seed, 400) for seed in (21, 22)]
    later = [seeded(seed, 500) for seed in range(31, 35)] + [
        lively_stream(seed, 400) for seed in (41, 42, 43)
    ]
    return plain + [settling_later(stream, number) for number, stream in enumerate(later)]


def project(commands: list[Command], batch: int, *, restarting: bool = False) -> Ledger:
    database = connect("sqlite://")
    prepare(database)
    ledger = Ledger(database.connect(), batch=batch)
    for number, command in enumerate(commands):
        if restarting and number % 97 == 0:
            ledger.restart()
        ledger.do(command)
    ledger.write()
    return ledger


@pytest.mark.parametrize("commands", streams(), ids=lambda commands: f"{len(commands)} commands")
def test_history_is_the_same_however_it_was_made_and_agrees_with_the_core(commands: list[Command]) -> None:
    live = project(commands, 1)
    rows = content(live.connection)
    assert content(project(commands, 10_000).connection) == rows
    assert content(project(commands, 13, restarting=True).connection) == rows

    state = live.exchange.state
    everything = find_orders(live.connection, OrderFilter(limit=100_000))
    open_now = {
        record.order.order_id: record
        for record in everything
        if record.status in LIVING and record.order.order_id not in state.settling
    }
    assert set(open_now) == set(state.orders)
    for order_id, record in open_now.items():
        order = state.orders[order_id]
        assert (record.filled, record.remaining, record.notional) == (
            order.filled,
            order.remaining,
            order.notional,
        )
        assert (record.status is OrderStatus.WAITING) == order.is_waiting
        assert (record.status is OrderStatus.DELAYED) == bool(order.delayed_until)
    for order_id, order in state.settling.items():
        (record,) = (record for record in everything if record.order.order_id == order_id)
        assert record.status is OrderStatus.OPEN and record.filled == order.filled
    pending = {
        trade.number
        for trade in find_trades(live.connection, TradeFilter(limit=100_000))
        if trade.state in (TradeState.MATCHED, TradeState.RETRYING)
    }
    assert pending == set(state.escrows)
    check_fills(live.connection)


def check_fills(connection: Connection) -> None:
    """What is filled, paid and charged is the sum over the trades that did not fail."""
    sums: dict[int, tuple[int, int, int]] = {}
    for trade in connection.execute(select(trades).where(trades.c.state != TradeState.FAILED)):
        for sequence, fee in ((trade.taker, trade.taker_fee), (trade.maker, trade.maker_fee)):
            filled, notional, fees = sums.get(sequence, (0, 0, 0))
            sums[sequence] = (
                filled + trade.quantity,
                notional + trade.price * trade.quantity,
                fees + fee,
            )
    for row in connection.execute(select(orders)):
        assert (row.filled, row.notional, row.fees) == sums.get(row.sequence, (0, 0, 0)), row
