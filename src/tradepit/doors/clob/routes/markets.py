"""What the markets are: tick, fee, tokens, and the market objects in their several shapes."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Response, get

from tradepit.core.units import ONE
from tradepit.doors.clob import errors
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.markets import Listing, number
from tradepit.doors.clob.routes.requests import (
    ClobRequest,
    door_of,
    offset_page,
    page,
    query,
    reply,
    token_place,
)
from tradepit.doors.clob.wire.books import best_of
from tradepit.doors.clob.wire.decimals import decimal_text
from tradepit.doors.clob.wire.times import iso_time
from tradepit.engine.messages import GetBook

PAGE_SIZE = 500


def _listing(request: ClobRequest, token: str) -> Listing:
    return token_place(door_of(request), token, errors.MARKET_NOT_FOUND).listing


@get(["/tick-size", "/tick-size/{token_id:str}"])
async def tick_size(request: ClobRequest) -> Response[bytes]:
    """The market's tick, as a number."""
    token = request.path_params.get("token_id") or query(request, "token_id")
    return reply({"minimum_tick_size": number(_listing(request, token).tick_text)})


@get("/neg-risk")
async def neg_risk(request: ClobRequest) -> Response[bytes]:
    """Whether orders are signed for the neg-risk exchange."""
    return reply({"neg_risk": _listing(request, query(request, "token_id")).neg_risk})


@get(["/fee-rate", "/fee-rate/{token_id:str}"])
async def fee_rate(request: ClobRequest) -> Response[bytes]:
    """The basis points that V1 orders must sign."""
    token = request.path_params.get("token_id") or query(request, "token_id")
    return reply({"base_fee": _listing(request, token).fees.clob_v1_bps})


@get("/markets-by-token/{token_id:str}")
async def market_by_token(request: ClobRequest) -> Response[bytes]:
    """The condition and both tokens of the market of one token."""
    listing = _listing(request, request.path_params["token_id"])
    return reply(
        {
            "condition_id": listing.condition_id,
            "primary_token_id": listing.yes_token,
            "secondary_token_id": listing.no_token,
        }
    )


@get("/clob-markets/{condition_id:str}")
async def clob_market(request: ClobRequest) -> Response[bytes]:
    """The compact market object that clients read before they sign."""
    listing = _by_condition(request)
    body: dict[str, object] = {
        "c": listing.condition_id,
        "t": [{"t": token, "o": label} for token, label in zip(listing.tokens, listing.labels, strict=True)],
        "mos": number(listing.minimum_text),
        "mts": number(listing.tick_text),
        "mbf": listing.fees.clob_v1_bps,
        "tbf": listing.fees.clob_v1_bps,
        "r": None,
        "gst": None,
        "sd": listing.delay_ns // 1_000_000_000,
        "ao": listing.takes_orders,
        "cbos": False,
        "aot": iso_time(listing.listed_at),
        "rfqe": False,
        "itode": listing.holds_reply,
        "ibce": False,
        "oas": 0,
    }
    if listing.neg_risk:
        body["nr"] = True
    if (curve := listing.fee_curve) is not None:
        body["fd"] = curve
    return reply(body)


def _by_condition(request: ClobRequest) -> Listing:
    condition_id = request.path_params["condition_id"]
    listing = door_of(request).markets.by_condition(condition_id)
    if listing is not None:
        return listing
    if not condition_id.lower().startswith("0x"):
        raise errors.ApiError(400, errors.INVALID_MARKET)
    raise errors.ApiError(404, errors.MARKET_NOT_FOUND)


async def _tokens(door: Door, listing: Listing) -> list[dict[str, object]]:
    """Both tokens with a price: the payout once resolved, else the midpoint, the last trade, or a half."""
    price = ONE * 10 // 2
    if listing.payout is not None:
        price = listing.payout * 10
    elif (view := await door.port.query(GetBook(listing.slug, 1))) is not None:
        bid, ask = best_of(view.bids), best_of(view.asks)
        if bid and ask:
            price = (bid + ask) * 5
        elif listing.last_price:
            price = listing.last_price * 10
    prices = (price, ONE * 10 - price)
    return [
        {
            "token_id": listing.tokens[outcome],
            "outcome": listing.labels[outcome],
            "price": number(decimal_text(prices[outcome], 5)),
            "winner": listing.payout is not None and prices[outcome] == ONE * 10,
        }
        for outcome in (0, 1)
    ]


def _rewards() -> dict[str, object]:
    return {"rates": None, "min_size": 0, "max_spread": 0}


async def _simplified(door: Door, listing: Listing) -> dict[str, object]:
    return {
        "condition_id": listing.condition_id,
        "rewards": _rewards(),
        "tokens": await _tokens(door, listing),
        "active": True,
        "closed": listing.closed,
        "archived": False,
        "accepting_orders": listing.takes_orders,
    }


async def _full(door: Door, listing: Listing) -> dict[str, object]:
    return {
        "enable_order_book": True,
        "active": True,
        "closed": listing.closed,
        "archived": False,
        "accepting_orders": listing.takes_orders,
        "accepting_order_timestamp": iso_time(listing.listed_at),
        "minimum_order_size": number(listing.minimum_text),
        "minimum_tick_size": number(listing.tick_text),
        "condition_id": listing.condition_id,
        "question_id": listing.question_id,
        "question": listing.question,
        "description": listing.description,
        "market_slug": listing.slug,
        "end_date_iso": listing.end_date or None,
        "game_start_time": None,
        "seconds_delay": listing.delay_ns // 1_000_000_000,
        "fpmm": "",
        "maker_base_fee": listing.fees.clob_v1_bps,
        "taker_base_fee": listing.fees.clob_v1_bps,
        "notifications_enabled": True,
        "neg_risk": listing.neg_risk,
        "neg_risk_market_id": "",
        "neg_risk_request_id": "",
        "icon": "",
        "image": "",
        "rewards": _rewards(),
        "is_50_50_outcome": False,
        "tokens": await _tokens(door, listing),
        "tags": None,
    }


async def _market_page(
    request: ClobRequest, *, simplified: bool, wanted: Callable[[Listing], bool]
) -> Response[bytes]:
    door = door_of(request)
    listings = [listing for listing in door.markets.all() if wanted(listing)]
    chosen, next_cursor = offset_page(listings, query(request, "next_cursor"), PAGE_SIZE)
    shape = _simplified if simplified else _full
    return reply(page([await shape(door, listing) for listing in chosen], PAGE_SIZE, next_cursor))


def _any(_: Listing) -> bool:
    return True


def _sampled(listing: Listing) -> bool:
    """The venue samples markets that pay rewards; none does here, so all that trade are shown."""
    return listing.takes_orders


@get("/markets")
async def markets(request: ClobRequest) -> Response[bytes]:
    """All markets."""
    return await _market_page(request, simplified=False, wanted=_any)


@get("/simplified-markets")
async def simplified_markets(request: ClobRequest) -> Response[bytes]:
    """All markets in the short shape."""
    return await _market_page(request, simplified=True, wanted=_any)


@get("/sampling-markets")
async def sampling_markets(request: ClobRequest) -> Response[bytes]:
    """The markets that trade."""
    return await _market_page(request, simplified=False, wanted=_sampled)


@get("/sampling-simplified-markets")
async def sampling_simplified_markets(request: ClobRequest) -> Response[bytes]:
    """The markets that trade, in the short shape."""
    return await _market_page(request, simplified=True, wanted=_sampled)


@get("/markets/{condition_id:str}")
async def market(request: ClobRequest) -> Response[bytes]:
    """One market."""
    return reply(await _full(door_of(request), _by_condition(request)))


HANDLERS = [
    tick_size,
    neg_risk,
    fee_rate,
    market_by_token,
    clob_market,
    markets,
    simplified_markets,
    sampling_markets,
    sampling_simplified_markets,
    market,
]
