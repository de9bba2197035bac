"""The loop around the bare book: match against it, rest, cancel; no ledger and no events.

`make bench-core` compiles this module together with the core, as the exchange's own rules are compiled with
the book that they call. So it imports the core and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from tradepit.core.book import Book
from tradepit.core.commands import PlaceOrder
from tradepit.core.ledger import Account, Holding
from tradepit.core.order import Order


def replay(
    stream: Sequence[tuple[int, int, int, int, int]], terms: Sequence[PlaceOrder]
) -> tuple[int, int, float]:
    """Fills, lots and seconds of the messages; `terms` are their orders' terms, one for each message."""
    holding = Holding(Account("benchmark"), "benchmark")
    book = Book()
    open_orders: dict[int, Order] = {}
    fills = traded = 0
    started = perf_counter()
    for (kind, number, _, price, lots), order_terms in zip(stream, terms, strict=True):
        if kind == 0:
            order = Order(order_terms, holding, 0, number)
            side, left = order_terms.side, lots
            while left and (maker := book.first_against(side, price)) is not None:
                quantity = maker.remaining
                if quantity > left:
                    quantity = left
                book.fill(maker, quantity)
                left -= quantity
                fills += 1
                traded += quantity
            if left:
                order.remaining = left
                book.add(order)
                open_orders[number] = order
        else:
            resting = open_orders.pop(number, None)
            if resting is not None and resting.remaining:
                book.remove(resting)
    seconds = perf_counter() - started
    book.check()
    return fills, traded, seconds
