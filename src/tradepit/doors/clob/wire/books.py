"""The order book of one token, as `/book` shows it: best price last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from tradepit.core.units import NANOSECONDS, Price, Quantity, Timestamp
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.wire.decimals import price_text, quantity_text

_NANOSECONDS_PER_MILLISECOND = NANOSECONDS // 1000

Levels = list[tuple[Price, Quantity]]


class Level(msgspec.Struct, gc=False):
    """One price of a book and what rests there."""

    price: str
    size: str


class Book(msgspec.Struct):
    """The body of `/book`. The order of the members is that of the hash."""

    market: str
    asset_id: str
    timestamp: str
    hash: str
    bids: list[Level]
    asks: list[Level]
    min_order_size: str
    tick_size: str
    neg_risk: bool
    last_trade_price: str


_encode = msgspec.json.Encoder().encode


def milliseconds(time: Timestamp) -> str:
    """A time as the venue's text of milliseconds."""
    return str(time // _NANOSECONDS_PER_MILLISECOND)


def book_hash(book: Book) -> str:
    """SHA-1 of the book's JSON with an empty hash (docs/protocol/clob.md, "Order book")."""
    book.hash = ""
    return hashlib.sha1(_encode(book), usedforsecurity=False).hexdigest()


def token_book(listing: Listing, outcome: int, bids: Levels, asks: Levels, time: Timestamp) -> Book:
    """The book of one token from the market's levels in YES terms, best first.

    The NO book is the mirror: a bid for YES at p is an offer of NO at 1 - p.
    """
    if outcome:
        bids, asks = asks, bids
    book = Book(
        market=listing.condition_id,
        asset_id=listing.tokens[outcome],
        timestamp=milliseconds(time),
        hash="",
        bids=_levels(listing, outcome, bids),
        asks=_levels(listing, outcome, asks),
        min_order_size=listing.minimum_text,
        tick_size=listing.tick_text,
        neg_risk=listing.neg_risk,
        last_trade_price=listing.last_trade_in(outcome)[0],
    )
    book.hash = book_hash(book)
    return book


def _levels(listing: Listing, outcome: int, best_first: Levels) -> list[Level]:
    return [
        Level(price_text(listing.price_in(outcome, price)), quantity_text(quantity))
        for price, quantity in reversed(best_first)
    ]


def best_of(levels: Iterable[tuple[Price, Quantity]]) -> Price:
    """The first price of a side that lists its best first; 0 for an empty side."""
    return next((price for price, _ in levels), 0)
