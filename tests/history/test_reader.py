import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.engine.world import START, listing, opening, order
from tests.history.scenes import url_of
from tradepit.core.commands import CancelOrder, Command
from tradepit.core.enums import SelfMatch, Side, TimeInForce
from tradepit.core.exchange import Exchange
from tradepit.history.frames import keep
from tradepit.history.projection import Projection
from tradepit.history.reader import (
    EntryFilter,
    EntryKind,
    History,
    HistoryBehind,
    OrderFilter,
    OrderStatus,
    TradeFilter,
)
from tradepit.history.schema import connect, make_anew, move_checkpoint


def record(directory: Path, commands: Sequence[Command]) -> None:
    """Bring history to where `commands` lead."""
    database = connect(url_of(directory))
    exchange = Exchange()
    recordings = [keep(number, exchange.time, exchange.apply(one)) for number, one in enumerate(commands, 1)]
    with database.begin() as connection:
        make_anew(connection, "journal")
        Projection(connection).write(connection, [one for one in recordings if one is not None])
        move_checkpoint(connection, "journal", 0, len(commands))
    database.dispose()


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    """Orders 1 to 8; alice and bob trade three times, bob and carol once in another market."""
    second = 10**9
    record(
        tmp_path,
        [
            *opening(["alice", "bob", "carol"]),
            listing("snow"),
            order(1, "alice", Side.BUY, 5_000, 100, now=START),
            order(2, "bob", Side.SELL, 5_000, 60, now=START + second),
            order(3, "bob", Side.SELL, 5_000, 60, now=START + 2 * second),
            order(4, "alice", Side.BUY, 5_000, 10, now=START + 3 * second),
            order(5, "carol", Side.BUY, 3_000, 10, now=START + 4 * second),
            order(6, "bob", Side.SELL, 4_000, 10, now=START + 5 * second, market="snow"),
            order(7, "carol", Side.BUY, 4_500, 10, now=START + 6 * second, market="snow"),
            order(8, "alice", Side.BUY, 9_000, 50, now=START + 7 * second, time_in_force=TimeInForce.FOK),
            CancelOrder(START + 8 * second, "carol", (5).to_bytes(32, "big")),
        ],
    )
    history = History(url_of(tmp_path), timeout_seconds=20)
    yield history
    history.close()


def order_id(number: int) -> bytes:
    return number.to_bytes(32, "big")


async def orders(history: History, asked: OrderFilter) -> list[int]:
    return [int.from_bytes(found.order.order_id, "big") for found in await history.orders(asked)]


async def trades(history: History, asked: TradeFilter) -> list[int]:
    return [found.number for found in await history.trades(asked)]


SECOND = 10**9


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (OrderFilter(), [8, 7, 6, 5, 4, 3, 2, 1]),
        (OrderFilter(newest_first=False), [1, 2, 3, 4, 5, 6, 7, 8]),
        (OrderFilter(account="bob"), [6, 3, 2]),
        (OrderFilter(market="snow"), [7, 6]),
        (OrderFilter(account="bob", market="snow"), [6]),
        (OrderFilter(order_id=order_id(4)), [4]),
        (OrderFilter(order_id=b"unknown"), []),
        (OrderFilter(statuses=(OrderStatus.CANCELLED, OrderStatus.EXPIRED)), [8, 5]),
        (OrderFilter(statuses=(OrderStatus.OPEN,)), [3]),
        (OrderFilter(since=START + 2 * SECOND, until=START + 5 * SECOND), [5, 4, 3]),
        (OrderFilter(limit=2), [8, 7]),
        (OrderFilter(limit=2, after=12), [6, 5]),
        (OrderFilter(limit=2, after=7, newest_first=False), [3, 4]),
        (OrderFilter(client_key="none has this"), []),
    ],
)
async def test_orders_are_found_by_what_is_asked(
    history: History, asked: OrderFilter, expected: list[int]
) -> None:
    assert await orders(history, asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (TradeFilter(), [4, 3, 2, 1]),
        (TradeFilter(newest_first=False), [1, 2, 3, 4]),
        (TradeFilter(account="alice"), [3, 2, 1]),
        (TradeFilter(account="bob"), [4, 3, 2, 1]),
        (TradeFilter(account="carol"), [4]),
        (TradeFilter(account="nobody"), []),
        (TradeFilter(account="bob", market="snow"), [4]),
        (TradeFilter(account="bob", limit=2), [4, 3]),
        (TradeFilter(account="bob", limit=2, after=3), [2, 1]),
        (TradeFilter(account="bob", limit=2, after=1, newest_first=False), [2, 3]),
        (TradeFilter(number=2), [2]),
        (TradeFilter(taker_order=order_id(3)), [2]),
        (TradeFilter(order_id=order_id(3)), [3, 2]),
        (TradeFilter(order_id=order_id(1)), [2, 1]),
        (TradeFilter(since=START + 2 * SECOND, until=START + 6 * SECOND), [3, 2]),
    ],
)
async def test_trades_are_found_by_what_is_asked(
    history: History, asked: TradeFilter, expected: list[int]
) -> None:
    assert await trades(history, asked) == expected


async def test_an_account_that_met_itself_sees_the_trade_once(tmp_path: Path) -> None:
    mine = [order(1, "alice", Side.BUY), order(2, "alice", Side.SELL)]
    allowed = [msgspec.structs.replace(one, self_match=SelfMatch.ALLOW) for one in mine]
    record(tmp_path, [*opening(), *allowed])
    history = History(url_of(tmp_path))
    assert await trades(history, TradeFilter(account="alice")) == [1]
    history.close()


async def test_a_record_is_what_was_placed_and_what_became_of_it(history: History) -> None:
    (found,) = await history.orders(OrderFilter(order_id=order_id(3)))
    assert found.order == order(3, "bob", Side.SELL, 5_000, 60, now=START + 2 * SECOND)
    assert (found.status, found.filled, found.remaining) == (OrderStatus.OPEN, 50, 10)
    assert (found.notional, found.sequence) == (250_000, 8)
    assert (found.accepted_at, found.updated_at) == (START + 2 * SECOND, START + 3 * SECOND)


async def test_entries_are_found_by_account_and_kind(history: History) -> None:
    found = await history.entries(EntryFilter(account="bob"))
    assert [(entry.kind, entry.cash, entry.sequence) for entry in found] == [
        (EntryKind.DEPOSIT, 1_000_000_000, 3)
    ]
    assert await history.entries(EntryFilter(kinds=(EntryKind.WITHDRAWAL,))) == []
    assert [entry.account for entry in await history.entries(EntryFilter(newest_first=False))] == [
        "alice",
        "bob",
        "carol",
    ]
    assert [entry.account for entry in await history.entries(EntryFilter(after=4, limit=1))] == ["bob"]


async def test_synchronising_with_what_is_there_returns(history: History) -> None:
    await asyncio.gather(*(history.synchronise(number) for number in range(15)))


async def test_synchronising_waits_until_the_projector_is_there(history: History, tmp_path: Path) -> None:
    waiting = asyncio.create_task(history.synchronise(15))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    database = connect(url_of(tmp_path))
    with database.begin() as connection:
        assert move_checkpoint(connection, "journal", 14, 15)
    database.dispose()
    await waiting


async def test_history_that_does_not_get_there_is_a_clear_error(tmp_path: Path) -> None:
    record(tmp_path, opening())
    history = History(url_of(tmp_path), timeout_seconds=0.1)
    with pytest.raises(HistoryBehind, match=r"has reached command 3, and not 99, within 0\.1 s"):
        await history.synchronise(99)
    history.close()


async def test_progress_told_by_the_feed_is_believed(tmp_path: Path) -> None:
    reached = [5]
    history = History(url_of(tmp_path), progress=lambda: reached[0], timeout_seconds=20)
    await history.synchronise(5)
    waiting = asyncio.create_task(history.synchronise(6))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    reached[0] = 6
    await waiting
    history.close()
