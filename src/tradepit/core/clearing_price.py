"""The one price of an auction (docs/core.md, "Auctions")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from tradepit.core.enums import Side
from tradepit.core.market import Market
from tradepit.core.units import Price, Quantity


class _Curve:
    """How many lots one side would trade at a price: sums over its levels, by price ascending."""

    __slots__ = ("_buys", "_prices", "_sums")

    def __init__(self, levels: list[tuple[Price, Quantity]], *, buys: bool) -> None:
        levels = sorted(levels)
        self._prices = [price for price, _ in levels]
        self._sums = [0, *accumulate(quantity for _, quantity in levels)]
        self._buys = buys

    def at(self, price: Price) -> Quantity:
        """Lots willing to trade at `price`: bids at or above it, asks at or below."""
        if self._buys:
            return self._sums[-1] - self._sums[bisect_left(self._prices, price)]
        return self._sums[bisect_right(self._prices, price)]


def clearing_price(market: Market) -> tuple[Price, Quantity]:
    """The auction's price and how much trades at it; (0, 0) when nothing crosses.

    Chosen by, in turn: most lots traded; least lots left over at that price; nearest to the reference
    (last trade, else the midpoint of best bid and offer, else one half); lower. Between two prices of
    orders nothing changes, so it is enough to look at those, their neighbours on the grid, and the
    reference. O(levels x log levels).
    """
    book = market.book
    best_bid, best_ask = book.bids.best(), book.asks.best()
    if best_bid is None or best_ask is None or best_bid.price < best_ask.price:
        return 0, 0
    low, high, tick = best_ask.price, best_bid.price, market.tick
    # Twice the reference, so that the midpoint needs no half.
    reference = 2 * market.last_price if market.last_price else low + high
    bids, asks = book.depth(Side.BUY), book.depth(Side.SELL)
    demand, supply = _Curve(bids, buys=True), _Curve(asks, buys=False)
    below = reference // 2 // tick * tick
    candidates = {below, below + tick}
    for price, _ in (*bids, *asks):
        grid = price // tick * tick
        candidates.update((price, grid - tick, grid, grid + tick))
    best: tuple[int, int, int, int] | None = None
    for price in candidates:
        if not low <= price <= high:
            continue
        wanted, offered = demand.at(price), supply.at(price)
        rank = (-min(wanted, offered), abs(wanted - offered), abs(2 * price - reference), price)
        if best is None or rank < best:
            best = rank
    assert best is not None, "crossing orders have a price between them"
    return best[3], -best[0]
