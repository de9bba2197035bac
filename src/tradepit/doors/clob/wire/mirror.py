"""One market's book as the market channel tells it, kept from its events.

Every change of a level comes with a hash of the whole book, so the JSON of each level is kept and a book is
put together from it: 20 us for 100 levels, where encoding them would take ten times that.
`tests/doors/clob/test_market_channel.py` holds it against the book of `/book`.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left

import msgspec

from tradepit.core.units import Price, Quantity, Timestamp
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.wire.books import milliseconds
from tradepit.doors.clob.wire.decimals import price_text, quantity_text
from tradepit.engine.messages import BookView, LevelChanged, Side, Trade

_encode = msgspec.json.Encoder().encode


class BookText:
    """One token's book at one moment, as JSON in pieces."""

    __slots__ = ("_body", "_head", "hash")

    def __init__(self, head: bytes, body: bytes) -> None:
        self._head = head
        self._body = body
        self.hash = hashlib.sha1(b'{%b,"hash":"%b' % (head, body), usedforsecurity=False).hexdigest()

    def frame(self) -> str:
        """A `book` message of the market channel."""
        return (
            b'{"event_type":"book",%b,"hash":"%b%b' % (self._head, self.hash.encode(), self._body)
        ).decode()


class _Ladder:
    """One side of the book: prices in YES terms, ascending, and each level's JSON for both tokens."""

    __slots__ = ("_listing", "parts", "prices")

    def __init__(self, listing: Listing, levels: dict[Price, Quantity]) -> None:
        self._listing = listing
        self.prices: list[Price] = sorted(levels)
        self.parts: tuple[list[bytes], list[bytes]] = ([], [])
        for outcome in (0, 1):
            self.parts[outcome].extend(self._text(outcome, price, levels[price]) for price in self.prices)

    def _text(self, outcome: int, price: Price, quantity: Quantity) -> bytes:
        shown = price_text(self._listing.price_in(outcome, price))
        return f'{{"price":"{shown}","size":"{quantity_text(quantity)}"}}'.encode()

    def set(self, price: Price, quantity: Quantity) -> None:
        """The level's new aggregate; 0 takes it away. O(levels) moves of pointers."""
        index = bisect_left(self.prices, price)
        known = index < len(self.prices) and self.prices[index] == price
        if not quantity:
            if known:
                for column in (self.prices, *self.parts):
                    del column[index]
            return
        if not known:
            self.prices.insert(index, price)
        for outcome, part in enumerate(self.parts):
            text = self._text(outcome, price, quantity)
            if known:
                part[index] = text
            else:
                part.insert(index, text)


class BookMirror:
    """The levels of one market. Their JSON is made when the first reader comes, and kept from then on."""

    __slots__ = ("_asks", "_bids", "_heads", "_ladders", "_last_price", "_listing", "_tail")

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._bids: dict[Price, Quantity] = {}
        self._asks: dict[Price, Quantity] = {}
        self._ladders: tuple[_Ladder, _Ladder] | None = None
        self._last_price = listing.last_price

        self._heads = [
            b'"market":%b,"asset_id":%b,"timestamp":"' % (_encode(listing.condition_id), _encode(token))
            for token in listing.tokens
        ]
        self.set_tick(listing.tick)

    def load(self, book: BookView) -> None:
        """Take in a whole book."""
        self._bids = dict(book.bids)
        self._asks = dict(book.asks)
        self._ladders = None
        self._last_price = book.last_price
        self.set_tick(book.tick or self._listing.tick)

    def set_tick(self, tick: Price) -> None:
        """Follow the tick, which every book names."""
        listing = self._listing
        self._tail = b'"min_order_size":"%b","tick_size":"%b","neg_risk":%b,"last_trade_price":"' % (
            listing.minimum_text.encode(),
            price_text(tick).encode(),
            _encode(listing.neg_risk),
        )

    def apply(self, event: LevelChanged) -> None:
        """Follow one level."""
        levels = self._bids if event.side is Side.BUY else self._asks
        if event.quantity:
            levels[event.price] = event.quantity
        else:
            levels.pop(event.price, None)
        if self._ladders is not None:
            self._ladders[event.side].set(event.price, event.quantity)

    def trade(self, event: Trade) -> None:
        """Follow one trade."""
        self._last_price = event.price

    def _sides(self) -> tuple[_Ladder, _Ladder]:
        if self._ladders is None:
            self._ladders = (_Ladder(self._listing, self._bids), _Ladder(self._listing, self._asks))
        return self._ladders

    def text(self, outcome: int, time: Timestamp) -> BookText:
        """The book of one token, bids ascending and asks descending: the best price is the last."""
        bids, asks = self._sides()
        if outcome:
            ascending, descending = reversed(asks.parts[1]), iter(bids.parts[1])
        else:
            ascending, descending = iter(bids.parts[0]), reversed(asks.parts[0])
        last = ""
        if self._last_price:
            last = price_text(self._listing.price_in(outcome, self._last_price))
        return BookText(
            self._heads[outcome] + milliseconds(time).encode() + b'"',
            b'","bids":[%b],"asks":[%b],%b%b"}'
            % (b",".join(ascending), b",".join(descending), self._tail, last.encode()),
        )

    def best(self, outcome: int) -> tuple[str, str]:
        """Best bid and offer of one token in dollars; "0" and "1" where a side is empty."""
        bids, asks = self._sides()
        bid = bids.prices[-1] if bids.prices else 0
        ask = asks.prices[0] if asks.prices else 0
        if outcome:
            bid, ask = ask, bid
        best_bid = price_text(self._listing.price_in(outcome, bid)) if bid else "0"
        best_ask = price_text(self._listing.price_in(outcome, ask)) if ask else "1"
        return best_bid, best_ask
