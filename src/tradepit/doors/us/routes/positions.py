"""Balances and positions of the participant's trading accounts."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from tradepit.doors.us.call import Call, HttpRequest, Reply, begin
from tradepit.doors.us.errors import InvalidArgument, Unimplemented
from tradepit.doors.us.instruments import CURRENCY
from tradepit.doors.us.money import balance_of
from tradepit.doors.us.paging import decode_token, encode_token, page_size
from tradepit.doors.us.requests import GetBalance, ListPositions
from tradepit.doors.us.wire import Balance, Balances, Position, Positions
from tradepit.engine.messages import GetAccount, GetStatus, MarketState

SCOPE: Final = "read:positions"
PAGE_DEFAULT: Final = 100


@post("/v1/positions/balance", status_code=200)
async def balance(request: HttpRequest) -> Reply:
    """The balance of one account, by default the participant's first."""
    call = begin(request, SCOPE)
    return call.reply(await _balance(call))


@post("/v1/positions/balances", status_code=200)
async def balances(request: HttpRequest) -> Reply:
    """The same, by currency; there is only the dollar."""
    call = begin(request, SCOPE)
    return call.reply(Balances(balances={CURRENCY: await _balance(call)}))


@get("/v1/positions")
async def list_positions(request: HttpRequest) -> Reply:
    """The positions of one account, in the order in which its markets were listed."""
    call = begin(request, SCOPE)
    wanted = call.query(ListPositions)
    if wanted.as_of_time or wanted.as_of_date:
        raise Unimplemented("a position as of an earlier time")
    size = page_size(wanted.page_size, default=PAGE_DEFAULT)
    (offset,) = decode_token(wanted.page_token, (int,)) or (0,)
    account = call.participant().account(wanted.name)
    await call.synchronise()
    port = call.services.port
    view = await port.query(GetAccount(account=account))
    now = (await port.query(GetStatus())).time
    await call.services.listings.load()
    held = {position.market: position for position in view.positions}
    rows = [
        (listing, held[listing.market.market])
        for listing in call.services.listings.all()
        if listing.market.market in held and wanted.symbol in ("", listing.symbol)
    ]
    if wanted.non_zero_only:
        rows = [(listing, position) for listing, position in rows if position.yes != position.no]
    if wanted.active_only:
        rows = [(listing, position) for listing, position in rows if listing.state != MarketState.RESOLVED]
    end = offset + size
    positions = []
    for listing, position in rows[offset:end]:
        scale = listing.scale
        basis = await call.services.cost_bases.get(account, listing.market.market)
        positions.append(
            Position(
                account=account,
                symbol=listing.symbol,
                net_position=scale.wire_quantity(position.yes) - scale.wire_quantity(position.no),
                qty_bought=scale.wire_quantity(basis.bought),
                qty_sold=scale.wire_quantity(basis.sold),
                cost=scale.wire_notional(basis.cost),
                realized=scale.wire_notional(basis.realized),
                bod_position=scale.wire_quantity(basis.start_of_day(now)),
                expired=listing.state is MarketState.RESOLVED,
                update_time=basis.updated_at,
            )
        )
    return call.reply(
        Positions(
            positions=positions,
            available_position=[position.net_position for position in positions],
            next_page_token=encode_token(end) if end < len(rows) else "",
            eof=end >= len(rows),
        )
    )


async def _balance(call: Call) -> Balance:
    wanted = await call.body(GetBalance)
    if wanted.currency not in ("", CURRENCY):
        raise InvalidArgument(f"unknown currency: only {CURRENCY} is held here")
    account = call.participant().account(wanted.name)
    port = call.services.port
    view = await port.query(GetAccount(account=account))
    return balance_of(view, (await port.query(GetStatus())).time)


HANDLERS: Final = (balance, balances, list_positions)
