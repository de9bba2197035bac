"""One market's order book, in YES terms: price levels, each a queue in order of arrival.

A side keeps its levels in a dictionary by price and their ranks in a sorted list with the best last, so
the best price is read in O(1), and memory grows with the levels in use, not with the tick grid. An
order is linked into its level and leaves it in O(1); only the first order at a price and the last one
to leave it touch the sorted list, in O(log n) comparisons over n levels in use.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final

from tradepit.core.enums import Side
from tradepit.core.order import Order
from tradepit.core.units import ONE, Price, Quantity

BUY: Final = Side.BUY


class Level:
    """All resting orders at one price, oldest first."""

    __slots__ = ("first", "last", "price", "quantity")

    def __init__(self, price: Price) -> None:
        self.price = price
        self.quantity: Quantity = 0
        self.first: Order | None = None
        self.last: Order | None = None


class BookSide:
    """The bids or the asks. A rank is the price, negated for asks: the greatest rank is the best."""

    __slots__ = ("levels", "ranks", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = 1 if side is BUY else -1
        self.levels: dict[Price, Level] = {}
        self.ranks: list[int] = []

    def add(self, order: Order) -> None:
        """Queue the order behind the others at its price."""
        price = order.price
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level(price)
            insort(self.ranks, price * self.sign)
            level.first = order
        else:
            last = level.last
            assert last is not None
            last.next = order
            order.previous = last
        level.last = order
        level.quantity += order.remaining
        order.level = level

    def remove(self, order: Order) -> None:
        """Take the order out, with whatever remains of it. O(1), O(log n) if its level empties."""
        level = order.level
        assert level is not None, "the order rests in no book"
        before, after = order.previous, order.next
        if before is None:
            level.first = after
        else:
            before.next = after
            order.previous = None
        if after is None:
            level.last = before
        else:
            after.previous = before
            order.next = None
        order.level = None
        level.quantity -= order.remaining
        if level.first is None:
            price = level.price
            del self.levels[price]
            ranks = self.ranks
            rank = price * self.sign
            if ranks[-1] == rank:
                ranks.pop()
            else:
                del ranks[bisect_left(ranks, rank)]

    def best(self) -> Level | None:
        """The level that trades first; None on an empty side. O(1)."""
        ranks = self.ranks
        return self.levels[ranks[-1] * self.sign] if ranks else None

    def from_best(self) -> Iterator[Level]:
        """The levels from best to worst. The side must not change meanwhile."""
        levels, sign = self.levels, self.sign
        for rank in reversed(self.ranks):
            yield levels[rank * sign]


class Book:
    """Bids and asks of one market. It never holds orders that cross: matching comes before resting."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)

    def add(self, order: Order) -> None:
        """Rest the order at its price, last in line."""
        (self.bids if order.side is BUY else self.asks).add(order)

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        (self.bids if order.side is BUY else self.asks).remove(order)

    def fill(self, maker: Order, quantity: Quantity) -> None:
        """Take `quantity` lots from a resting order; it leaves the book when nothing remains. O(1)."""
        level = maker.level
        assert level is not None, "the order rests in no book"
        if quantity == maker.remaining:
            self.remove(maker)
            maker.remaining = 0
        else:
            maker.remaining -= quantity
            level.quantity -= quantity

    def against(self, side: Side) -> BookSide:
        """The side that an incoming order of `side` trades with."""
        return self.asks if side is BUY else self.bids

    def first_against(self, side: Side, limit: Price) -> Order | None:
        """The resting order that an incoming one of `side` and `limit` would trade with first. O(1)."""
        level = self.against(side).best()
        if level is None:
            return None
        if level.price > limit if side is BUY else level.price < limit:
            return None
        return level.first

    def quantity_at(self, side: Side, price: Price) -> Quantity:
        """Lots resting at one price; 0 where there is no level. O(1)."""
        level = (self.bids if side is BUY else self.asks).levels.get(price)
        return 0 if level is None else level.quantity

    def depth(self, side: Side, levels: int = 0) -> list[tuple[Price, Quantity]]:
        """(price, quantity) from best to worst, at most `levels` of them (0: all)."""
        found = [
            (level.price, level.quantity) for level in (self.bids if side is BUY else self.asks).from_best()
        ]
        return found[:levels] if levels else found

    def orders(self) -> Iterator[Order]:
        """Every resting order: bids then asks, by priority."""
        for book_side in (self.bids, self.asks):
            for level in book_side.from_best():
                order = level.first
                while order is not None:
                    yield order
                    order = order.next

    def check(self, *, may_cross: bool = False) -> None:
        """Walk every invariant; raises AssertionError. O(orders)."""
        bids, asks = self.bids.ranks, self.asks.ranks
        assert may_cross or not (bids and asks) or bids[-1] < -asks[-1], "the book is crossed"
        for book_side in (self.bids, self.asks):
            ranks = book_side.ranks
            assert ranks == sorted(ranks), "ranks are not sorted"
            assert set(ranks) == {price * book_side.sign for price in book_side.levels}, (
                "ranks are not the levels"
            )
            for price, level in book_side.levels.items():
                assert 0 < price < ONE, "a price is out of range"
                total, arrival = 0, -1
                order, previous = level.first, None
                assert order is not None, "an empty level is kept"
                while order is not None:
                    assert order.price == price, "an order is at another price"
                    assert order.level is level, "an order does not know its level"
                    assert order.previous is previous, "a queue is broken"
                    assert order.remaining > 0, "a finished order rests"
                    assert order.arrival > arrival, "a queue is not in order of arrival"
                    total += order.remaining
                    arrival = order.arrival
                    order, previous = order.next, order
                assert level.last is previous, "a queue has another end"
                assert total == level.quantity, "an aggregate is wrong"
