"""The book by itself: levels, queues and what it costs nothing to know."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.core.book import Book
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.core.ledger import Account, Holding
from tradepit.core.order import Order

HOLDING = Holding(Account("ann"), "rain")


def make(number: int, side: Side, price: int, quantity: int) -> Order:
    terms = PlaceOrder(1, bytes([number]), "ann", "rain", side, Gives.CASH, price, quantity)
    return Order(terms, HOLDING, 1, number)


def filled(*orders: tuple[Side, int, int]) -> tuple[Book, list[Order]]:
    """A book with these orders (side, price, quantity), in this order of arrival."""
    book = Book()
    made = [make(number, *terms) for number, terms in enumerate(orders)]
    for order in made:
        book.add(order)
    book.check()
    return book, made


def test_an_empty_book_offers_nothing() -> None:
    book = Book()
    assert book.bids.best() is None and book.asks.best() is None
    assert book.first_against(Side.BUY, 9_999) is None
    assert book.depth(Side.BUY) == [] and list(book.orders()) == []


def test_depth_is_best_first_on_both_sides() -> None:
    book, _ = filled(
        (Side.BUY, 4_000, 1),
        (Side.BUY, 4_200, 2),
        (Side.BUY, 4_100, 3),
        (Side.SELL, 5_200, 4),
        (Side.SELL, 5_000, 5),
        (Side.SELL, 5_100, 6),
    )
    assert book.depth(Side.BUY) == [(4_200, 2), (4_100, 3), (4_000, 1)]
    assert book.depth(Side.SELL) == [(5_000, 5), (5_100, 6), (5_200, 4)]
    assert book.depth(Side.SELL, 2) == [(5_000, 5), (5_100, 6)]


def test_the_first_to_trade_is_the_oldest_of_the_best_level_within_the_limit() -> None:
    book, orders = filled((Side.SELL, 5_100, 1), (Side.SELL, 5_000, 2), (Side.SELL, 5_000, 3))
    assert book.first_against(Side.BUY, 5_000) is orders[1]
    assert book.first_against(Side.BUY, 4_999) is None
    book.remove(orders[1])
    assert book.first_against(Side.BUY, 9_999) is orders[2]


def test_a_fill_lowers_the_level_and_the_last_lot_removes_the_order() -> None:
    book, (first, second) = filled((Side.BUY, 4_000, 10), (Side.BUY, 4_000, 5))
    book.fill(first, 4)
    assert (first.remaining, book.quantity_at(Side.BUY, 4_000)) == (6, 11)
    assert book.first_against(Side.SELL, 4_000) is first
    book.fill(first, 6)
    assert (first.remaining, book.quantity_at(Side.BUY, 4_000)) == (0, 5)
    assert book.first_against(Side.SELL, 4_000) is second
    book.check()


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_order_leaves_its_queue_from_any_place(position: int) -> None:
    book, orders = filled(*[(Side.SELL, 5_000, 1)] * 3)
    book.remove(orders[position])
    book.check()
    assert list(book.orders()) == [order for order in orders if order is not orders[position]]


def test_a_level_that_empties_is_gone() -> None:
    book, (order,) = filled((Side.SELL, 5_000, 1))
    book.remove(order)
    assert book.depth(Side.SELL) == [] and book.quantity_at(Side.SELL, 5_000) == 0
    assert book.asks.levels == {} and book.asks.ranks == []


def test_an_order_that_rests_in_no_book_cannot_leave_it() -> None:
    book, (order,) = filled((Side.SELL, 5_000, 1))
    book.remove(order)
    with pytest.raises(AssertionError, match="rests in no book"):
        book.remove(order)


def test_a_crossed_book_is_noticed_by_its_check() -> None:
    book = Book()
    book.add(make(1, Side.BUY, 5_000, 1))
    book.add(make(2, Side.SELL, 5_000, 1))
    with pytest.raises(AssertionError, match="crossed"):
        book.check()


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9)), max_size=60), st.randoms())
def test_any_order_of_arrivals_and_departures_keeps_the_book_sound(
    arrivals: list[tuple[int, int]], rng: random.Random
) -> None:
    book = Book()
    resting: list[Order] = []
    for number, (price, quantity) in enumerate(arrivals):
        side = Side.BUY if price <= 15 else Side.SELL
        resting.append(make(number, side, price, quantity))
        book.add(resting[-1])
        if rng.random() < 0.4:
            book.remove(resting.pop(rng.randrange(len(resting))))
        book.check()
    expected: dict[int, int] = {}
    for order in resting:
        expected[order.price] = expected.get(order.price, 0) + order.remaining
    assert dict(book.depth(Side.BUY) + book.depth(Side.SELL)) == expected
