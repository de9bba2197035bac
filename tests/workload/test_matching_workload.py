"""The two workloads on which independent engines agree, through the book alone and through the whole
exchange; and their beginning through the naive exchange too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.workload import ADD, EXPECTED, MESSAGES, Totals, messages
from tests.property.naive import NaiveExchange
from tradepit.core.book import Book
from tradepit.core.commands import CancelOrder, Command, CreateMarket, Deposit, PlaceOrder, Split
from tradepit.core.enums import Gives, SelfMatch, Side
from tradepit.core.events import Event, OrderRejected, Trade
from tradepit.core.exchange import Exchange
from tradepit.core.ledger import Account, Holding
from tradepit.core.order import Order
from tradepit.core.units import ONE

MARKET = "workload"
ACCOUNTS = 60
RICH = 10**13
GRIDS = sorted(EXPECTED)


@pytest.mark.parametrize("highest_price", GRIDS)
def test_the_book_alone_trades_the_known_totals(highest_price: int) -> None:
    book = Book()
    holding = Holding(Account("everybody"), MARKET)
    orders: dict[int, Order] = {}
    fills = lots_traded = 0
    for kind, number, side, price, lots in messages(MESSAGES, highest_price):
        if kind == ADD:
            terms = PlaceOrder(
                1, number.to_bytes(4, "big"), "everybody", MARKET, Side(side), Gives.CASH, price, lots
            )
            order = orders[number] = Order(terms, holding, 1, number)
            while order.remaining and (maker := book.first_against(order.side, price)) is not None:
                quantity = min(order.remaining, maker.remaining)
                book.fill(maker, quantity)
                order.remaining -= quantity
                fills += 1
                lots_traded += quantity
            if order.remaining:
                book.add(order)
        elif orders[number].remaining:
            book.remove(orders.pop(number))
    book.check()
    assert Totals(fills, lots_traded) == EXPECTED[highest_price]


@pytest.mark.parametrize("highest_price", GRIDS)
def test_the_whole_exchange_trades_the_known_totals(highest_price: int) -> None:
    exchange = Exchange()
    totals = Totals(0, 0)
    for number, command in enumerate(exchange_commands(MESSAGES, highest_price)):
        totals = _add(totals, exchange.apply(command))
        if number % 50_000 == 0:
            exchange.check()
    exchange.check()
    assert totals == EXPECTED[highest_price]


@pytest.mark.parametrize("highest_price", GRIDS)
def test_the_naive_exchange_trades_like_the_core_where_the_workload_begins(highest_price: int) -> None:
    naive, core = NaiveExchange(), Exchange()
    totals = Totals(0, 0)
    for command in exchange_commands(5_000, highest_price):
        events = core.apply(command)
        assert naive.apply(command) == events
        totals = _add(totals, events)
    assert totals.fills > 1_000


def exchange_commands(count: int, highest_price: int) -> Iterator[Command]:
    """The workload as commands of many rich accounts, which buy, sell and net in turn."""
    scale = ONE // (highest_price + 1)
    yield CreateMarket(1, MARKET, scale)
    for owner in range(ACCOUNTS):
        yield Deposit(1, f"account-{owner}", RICH)
        yield Split(1, f"account-{owner}", MARKET, 10_000_000)
    for kind, number, side, price, lots in messages(count, highest_price):
        account = f"account-{number % ACCOUNTS}"
        order_id = number.to_bytes(4, "big")
        if kind == ADD:
            yield PlaceOrder(
                1,
                order_id,
                account,
                MARKET,
                Side(side),
                Gives(number % 3),
                price * scale,
                lots,
                self_match=SelfMatch.ALLOW,
            )
        else:
            yield CancelOrder(1, account, order_id)


def _add(totals: Totals, events: list[Event]) -> Totals:
    fills, lots = totals
    for event in events:
        assert not isinstance(event, OrderRejected), event
        if isinstance(event, Trade):
            fills += 1
            lots += event.quantity
    return Totals(fills, lots)
