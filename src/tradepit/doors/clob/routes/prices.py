"""Books, prices, midpoints, spreads and last trades."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import msgspec
from litestar import Response, get, post

from tradepit.core.units import ONE, Price
from tradepit.doors.clob import errors
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.markets import TokenPlace
from tradepit.doors.clob.routes.requests import (
    BATCH_MAX,
    ClobRequest,
    body_as,
    door_of,
    query,
    query_list,
    reply,
    token_place,
)
from tradepit.doors.clob.wire.books import Book, best_of, token_book
from tradepit.doors.clob.wire.decimals import decimal_text, price_text
from tradepit.engine.messages import GetBook

SIDES = ("BUY", "SELL")


class Item(msgspec.Struct):
    """One item of a batch: a token, and for `/prices` a side."""

    token_id: str
    side: str = ""


async def _book(door: Door, place: TokenPlace) -> Book:
    listing = place.listing
    view = await door.port.query(GetBook(listing.slug))
    if view is None:
        raise errors.ApiError(404, errors.NO_ORDERBOOK)
    return token_book(listing, place.outcome, view.bids, view.asks, view.time)


async def _best(door: Door, place: TokenPlace) -> tuple[Price, Price]:
    """Best bid and offer of a token; 0 for an empty side."""
    view = await door.port.query(GetBook(place.listing.slug, 1))
    if view is None:
        return 0, 0
    bid, ask = best_of(view.bids), best_of(view.asks)
    if place.outcome:
        return (ONE - ask if ask else 0), (ONE - bid if bid else 0)
    return bid, ask


def _no_orderbook() -> errors.ApiError:
    return errors.ApiError(404, errors.NO_ORDERBOOK)


async def _price(door: Door, place: TokenPlace, side: str) -> str:
    """BUY shows what buyers bid, unless the setting says what a buyer would pay."""
    if side not in SIDES:
        raise errors.ApiError(400, errors.INVALID_SIDE)
    bid, ask = await _best(door, place)
    price = bid if (side == "BUY") != door.settings.buy_price_is_best_ask else ask
    if not price:
        raise _no_orderbook()
    return price_text(price)


async def _midpoint(door: Door, place: TokenPlace) -> str:
    bid, ask = await _best(door, place)
    if not bid or not ask:
        raise _no_orderbook()
    return decimal_text((bid + ask) * 5, 5)


async def _spread(door: Door, place: TokenPlace) -> str:
    bid, ask = await _best(door, place)
    if not bid or not ask:
        raise _no_orderbook()
    return price_text(ask - bid)


def _known(door: Door, tokens: Iterable[str]) -> list[TokenPlace]:
    """The places of the tokens that are known, once each; a batch skips the others."""
    places = (door.markets.by_token(token) for token in dict.fromkeys(tokens))
    return [place for place in places if place is not None]


async def _batch_tokens(request: ClobRequest) -> list[str]:
    items = await body_as(request, list[Item])
    if len(items) > BATCH_MAX:
        raise errors.ApiError(400, errors.PAYLOAD_TOO_LONG)
    return [item.token_id for item in items]


async def _map(
    door: Door, tokens: Iterable[str], value: Callable[[Door, TokenPlace], Awaitable[str]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for place in _known(door, tokens):
        try:
            found[place.token] = await value(door, place)
        except errors.ApiError:
            continue  # a token without the needed side of a book has no value, and the others do
    return found


@get("/book")
async def book(request: ClobRequest) -> Response[bytes]:
    """The book of one token."""
    door = door_of(request)
    return reply(await _book(door, token_place(door, query(request, "token_id"))))


@post("/books", status_code=200)
async def books(request: ClobRequest) -> Response[bytes]:
    """The books of several tokens, in the order asked for."""
    door = door_of(request)
    tokens = await _batch_tokens(request)
    return reply([await _book(door, place) for place in _known(door, tokens)])


@get("/price")
async def price(request: ClobRequest) -> Response[bytes]:
    """The best price of one side."""
    door = door_of(request)
    place = token_place(door, query(request, "token_id"))
    return reply({"price": await _price(door, place, query(request, "side").upper())})


async def _prices(door: Door, wanted: Iterable[tuple[str, str]]) -> Response[bytes]:
    found: dict[str, dict[str, str]] = {}
    for token, side in wanted:
        for one in (side,) if side else SIDES:
            if one not in SIDES:
                raise errors.ApiError(400, errors.INVALID_SIDE)
            for place in _known(door, (token,)):
                try:
                    found.setdefault(token, {})[one] = await _price(door, place, one)
                except errors.ApiError:
                    continue  # that side of the book is empty
    return reply(found)


@post("/prices", status_code=200)
async def prices(request: ClobRequest) -> Response[bytes]:
    """The best prices of several tokens and sides."""
    items = await body_as(request, list[Item])
    if len(items) > BATCH_MAX:
        raise errors.ApiError(400, errors.PAYLOAD_TOO_LONG)
    return await _prices(door_of(request), [(item.token_id, item.side.upper()) for item in items])


@get("/prices")
async def prices_by_query(request: ClobRequest) -> Response[bytes]:
    """The best prices of the tokens and sides named in the query, pair by pair."""
    tokens = query_list(request, "token_ids")
    sides = [side.upper() for side in query_list(request, "sides")]
    if len(tokens) > BATCH_MAX:
        raise errors.ApiError(400, errors.PAYLOAD_TOO_LONG)
    if sides and len(sides) != len(tokens):
        raise errors.ApiError(400, errors.INVALID_PAYLOAD)
    return await _prices(door_of(request), list(zip(tokens, sides or [""] * len(tokens), strict=True)))


@get("/midpoint")
async def midpoint(request: ClobRequest) -> Response[bytes]:
    """Half way between best bid and best offer."""
    door = door_of(request)
    return reply({"mid": await _midpoint(door, token_place(door, query(request, "token_id")))})


@post("/midpoints", status_code=200)
async def midpoints(request: ClobRequest) -> Response[bytes]:
    """Midpoints of several tokens."""
    return reply(await _map(door_of(request), await _batch_tokens(request), _midpoint))


@get("/midpoints")
async def midpoints_by_query(request: ClobRequest) -> Response[bytes]:
    """Midpoints of the tokens named in the query."""
    return reply(await _map(door_of(request), query_list(request, "token_ids")[:BATCH_MAX], _midpoint))


@get("/spread")
async def spread(request: ClobRequest) -> Response[bytes]:
    """Best offer less best bid."""
    door = door_of(request)
    return reply({"spread": await _spread(door, token_place(door, query(request, "token_id")))})


@post("/spreads", status_code=200)
async def spreads(request: ClobRequest) -> Response[bytes]:
    """Spreads of several tokens."""
    return reply(await _map(door_of(request), await _batch_tokens(request), _spread))


@get("/last-trade-price")
async def last_trade_price(request: ClobRequest) -> Response[bytes]:
    """The last trade as seen from one token; 0.5 and no side where nothing traded yet."""
    door = door_of(request)
    place = token_place(door, query(request, "token_id"))
    last, side = place.listing.last_trade_in(place.outcome)
    return reply({"price": last or "0.5", "side": side})


def _last_trades(door: Door, tokens: Iterable[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for place in _known(door, tokens):
        last, side = place.listing.last_trade_in(place.outcome)
        if last:
            found.append({"token_id": place.token, "price": last, "side": side})
    return found


@post("/last-trades-prices", status_code=200)
async def last_trades_prices(request: ClobRequest) -> Response[bytes]:
    """Last trades of several tokens; those that never traded are left out."""
    return reply(_last_trades(door_of(request), await _batch_tokens(request)))


@get("/last-trades-prices")
async def last_trades_prices_by_query(request: ClobRequest) -> Response[bytes]:
    """Last trades of the tokens named in the query."""
    return reply(_last_trades(door_of(request), query_list(request, "token_ids")[:BATCH_MAX]))


HANDLERS = [
    book,
    books,
    price,
    prices,
    prices_by_query,
    midpoint,
    midpoints,
    midpoints_by_query,
    spread,
    spreads,
    last_trade_price,
    last_trades_prices,
    last_trades_prices_by_query,
]
