"""Stop orders that wait for a price: in no book, and not funded (docs/core.md, "Stops")."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from tradepit.core.enums import Side
from tradepit.core.order import Order
from tradepit.core.units import Price


class Stops:
    """The waiting stops of one market, in the order in which a price reaches them.

    A buy stop is reached when the last trade is at or above it, a sell stop at or below. Keys are the
    stop price for buys and its negative for sells, so that the least key is reached first.
    """

    __slots__ = ("_buys", "_sells")

    def __init__(self) -> None:
        self._buys: list[tuple[int, int, Order]] = []
        self._sells: list[tuple[int, int, Order]] = []

    def add(self, order: Order) -> None:
        """Wait. O(log n)."""
        insort(self._side(order), self._entry(order))

    def remove(self, order: Order) -> None:
        """Wait no longer. O(log n)."""
        entries = self._side(order)
        del entries[bisect_left(entries, self._entry(order))]

    def take_reached(self, last: Price) -> list[Order]:
        """Take out what the last price has reached: buys before sells, nearest first, then age."""
        reached: list[Order] = []
        for entries, price in ((self._buys, last), (self._sells, -last)):
            count = 0
            while count < len(entries) and entries[count][0] <= price:
                reached.append(entries[count][2])
                count += 1
            del entries[:count]
        return reached

    def __iter__(self) -> Iterator[Order]:
        for entries in (self._buys, self._sells):
            for _, _, order in entries:
                yield order

    def _side(self, order: Order) -> list[tuple[int, int, Order]]:
        return self._buys if order.side is Side.BUY else self._sells

    @staticmethod
    def _entry(order: Order) -> tuple[int, int, Order]:
        # Arrivals are unique, so two entries never compare their orders.
        stop = order.style.stop_price
        return (stop if order.side is Side.BUY else -stop), order.arrival, order


def is_reached(side: Side, stop_price: Price, last: Price) -> bool:
    """Whether the last trade's price (0: there was none) reaches a stop."""
    if not last:
        return False
    return last >= stop_price if side is Side.BUY else last <= stop_price
