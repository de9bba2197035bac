"""The order book of an instrument: its levels, or only the best of each side."""

from __future__ import annotations

from typing import Any, Final

from litestar import get
from msgspec import UNSET

from tradepit.core.units import ONE
from tradepit.doors.us.call import Call, HttpRequest, Reply, begin
from tradepit.doors.us.errors import UNKNOWN_INSTRUMENT, InvalidArgument, NotFound
from tradepit.doors.us.instruments import STATES
from tradepit.doors.us.listings import Listing, Scale, round_half_even
from tradepit.doors.us.requests import Empty
from tradepit.doors.us.requests import GetBook as GetBookRequest
from tradepit.doors.us.wire import BestPrices, Book, InstrumentStats, Level, Settlement
from tradepit.engine.messages import BookView, GetBook

DEPTH_DEFAULT: Final = 3
DEPTH_MAX: Final = 10


@get("/v1/orderbook/{symbol:str}")
async def order_book(request: HttpRequest) -> Reply:
    """The best levels of both sides: `depth` of each, 3 by default, at most 10."""
    call = begin(request, "read:l2marketdata")
    depth = call.query(GetBookRequest).depth
    if depth < 0:
        raise InvalidArgument("depth must not be negative")
    listing, book = await _book(call, request, min(depth, DEPTH_MAX) or DEPTH_DEFAULT)
    return call.reply(
        Book(
            symbol=listing.symbol,
            bids=[_level(listing.scale, *level) for level in book.bids],
            offers=[_level(listing.scale, *level) for level in book.asks],
            state=STATES[book.state],
            stats=_stats(listing, book),
            transact_time=book.time,
        )
    )


@get("/v1/orderbook/{symbol:str}/bbo")
async def best_prices(request: HttpRequest) -> Reply:
    """The best bid and offer; spread and mid price are 0 while one side is empty."""
    call = begin(request, "read:marketdata")
    call.query(GetBookRequest)
    listing, book = await _book(call, request, 1)
    bid = _level(listing.scale, *book.bids[0]) if book.bids else None
    offer = _level(listing.scale, *book.asks[0]) if book.asks else None
    return call.reply(
        BestPrices(
            symbol=listing.symbol,
            best_bid=bid,
            best_offer=offer,
            spread=offer.px - bid.px if bid and offer else 0,
            mid_price=round_half_even(bid.px + offer.px, 2) if bid and offer else 0,
            state=STATES[book.state],
            transact_time=book.time,
        )
    )


@get("/v1/instruments/{symbol:str}/settlement")
async def settlement(request: HttpRequest) -> Reply:
    """What a resolved instrument pays; `stats` is null while it is not resolved."""
    call = begin(request, "read:marketdata")
    call.query(Empty)
    listing = await call.listing(request.path_params["symbol"])
    if listing is None:
        raise NotFound(UNKNOWN_INSTRUMENT)
    stats = None if listing.payout is None else InstrumentStats(**_settled(listing))
    return call.reply(Settlement(symbol=listing.symbol, stats=stats, price_scale=listing.scale.price))


async def _book(call: Call, request: HttpRequest, depth: int) -> tuple[Listing, BookView]:
    listing = await call.listing(request.path_params["symbol"])
    book = None
    if listing is not None:
        book = await call.services.port.query(GetBook(market=listing.market.market, depth=depth))
    if listing is None or book is None:
        raise NotFound(UNKNOWN_INSTRUMENT)
    return listing, book


def _level(scale: Scale, price: int, quantity: int) -> Level:
    return Level(px=scale.wire_price(price), qty=scale.wire_quantity(quantity))


def _stats(listing: Listing, book: BookView) -> InstrumentStats | None:
    if not book.last_price and listing.payout is None:
        return None
    last = listing.scale.wire_price(book.last_price) if book.last_price else UNSET
    return InstrumentStats(last_trade_px=last, **_settled(listing))


def _settled(listing: Listing) -> dict[str, Any]:
    """The fields of the statistics that a resolution sets; none before."""
    if listing.payout is None:
        return {}
    return {
        # A payout need not stand on the tick.
        "settlement_px": round_half_even(listing.payout * listing.scale.price, ONE),
        "settlement_preliminary": False,
        "settlement_price_calculation_method": "SETTLEMENT_PRICE_CALCULATION_METHOD_EVENT_TIER_1",
    }


HANDLERS: Final = (order_book, best_prices, settlement)
