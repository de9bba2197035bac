"""A key's own orders, trades and balances."""

from __future__ import annotations

import re
from typing import Final

from litestar import Response, get

from tradepit.chain.contracts import spender_contracts
from tradepit.doors.clob import errors
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.routes.requests import (
    LAST_CURSOR,
    ClobRequest,
    authenticate,
    decode_cursor,
    door_of,
    encode_cursor,
    offset_page,
    page,
    query,
    reply,
    seconds,
)
from tradepit.doors.clob.trades import associated_trades, closed_order, logical_trades
from tradepit.doors.clob.wire.ids import order_text
from tradepit.doors.clob.wire.views import base_units, open_order_body, own_view
from tradepit.engine.messages import GetAccount, GetOrder, ListOpenOrders, OrderView
from tradepit.identity.wallets import WalletKey

PAGE_SIZE: Final = 100
ALLOWANCE: Final = str(2**256 - 1)

_INVALID_TRADES = "Invalid trade params payload"
_ORDER_ID = re.compile(r"0[xX][0-9a-fA-F]{64}\Z")


@get("/data/orders")
async def orders(request: ClobRequest) -> Response[bytes]:
    """Open orders, oldest first."""
    key = await authenticate(request)
    door = door_of(request)
    market, asset, order_id = query(request, "market"), query(request, "asset_id"), query(request, "id")
    slug = ""
    if market:
        listing = door.markets.by_condition(market)
        if listing is None:
            return reply(page([], PAGE_SIZE, LAST_CURSOR))
        slug = listing.slug
    views: list[OrderView] = []
    for account in key.accounts:
        found = await door.port.query(ListOpenOrders(account, slug))
        views += found
    rows: list[OrderView] = [
        view
        for view in views
        if (not order_id or order_text(view.order.order_id) == order_id.lower())
        and (not asset or _names(door, view, asset))
    ]
    chosen, next_cursor = offset_page(rows, query(request, "next_cursor"), PAGE_SIZE)
    return reply(page([await _row(door, view) for view in chosen], PAGE_SIZE, next_cursor))


def _names(door: Door, view: OrderView, asset: str) -> bool:
    place = door.markets.by_token(asset)
    if place is None or place.listing.slug != view.order.market:
        return False
    return own_view(view.order.side, view.order.gives)[0] == place.outcome


async def _row(door: Door, view: OrderView) -> dict[str, object]:
    listing = door.markets.by_slug(view.order.market)
    assert listing is not None, "the core has no order in a market that was never created"
    trades = await associated_trades(door, view.order.order_id) if view.filled else []
    return open_order_body(view, listing, door.wallets, trades)


@get("/data/order/{order_id:str}")
async def order(request: ClobRequest) -> Response[bytes]:
    """One open order; null when it is not open (or its last state, where the setting says so)."""
    key = await authenticate(request)
    door = door_of(request)
    text = request.path_params["order_id"]
    if _ORDER_ID.match(text) is None:
        raise errors.ApiError(400, errors.INVALID_ORDER_ID)
    order_id = bytes.fromhex(text[2:])
    view = await door.port.query(GetOrder(order_id))
    if view is not None:
        return reply(await _row(door, view) if view.order.account in key.accounts else None)
    if door.settings.show_closed_orders:
        return reply(await closed_order(door, key, order_id))
    return reply(None)


@get("/data/trades")
async def trades(request: ClobRequest) -> Response[bytes]:
    """Trades of the key's accounts, newest first: one for each taker order."""
    key = await authenticate(request)
    door = door_of(request)
    params = {name: query(request, name) for name in ("after", "before")}
    cursor = decode_cursor(query(request, "next_cursor"))
    if cursor < 0:
        return reply(page([], PAGE_SIZE, LAST_CURSOR))
    found, next_number = await logical_trades(
        door,
        key,
        trade=query(request, "id"),
        condition_id=query(request, "market"),
        asset_id=query(request, "asset_id"),
        maker_address=query(request, "maker_address").lower(),
        since=seconds(params, "after", _INVALID_TRADES),
        until=seconds(params, "before", _INVALID_TRADES),
        after=cursor,
        limit=PAGE_SIZE,
    )
    rows = [trade.body(key.accounts, trade.status) for trade in found]
    return reply(page(rows, PAGE_SIZE, encode_cursor(next_number) if next_number else LAST_CURSOR))


def _account(request: ClobRequest, key: WalletKey) -> str:
    text = query(request, "signature_type") or "0"
    if text in ("-1", "3"):
        text = "0"  # the client's default; a deposit wallet is not known here and falls back to its signer
    if text not in ("0", "1", "2"):
        raise errors.ApiError(400, "Invalid signature_type")
    return key.accounts[int(text)]


@get("/balance-allowance")
async def balance_allowance(request: ClobRequest) -> Response[bytes]:
    """Cash, or one token, in millionths; every exchange contract may move all of it."""
    key = await authenticate(request)
    door = door_of(request)
    account = _account(request, key)
    if account != key.account:
        await door.welcome(account)
    match query(request, "asset_type"):
        case "COLLATERAL":
            balance = str((await door.port.query(GetAccount(account))).cash)
        case "CONDITIONAL" | "CONDITIONAL-V2":
            balance = await _token_balance(door, account, query(request, "token_id"))
        case _:
            raise errors.ApiError(400, "Invalid asset type")
    spenders = spender_contracts(key.chain_id)
    return reply({"balance": balance, "allowances": dict.fromkeys(spenders, ALLOWANCE)})


async def _token_balance(door: Door, account: str, token: str) -> str:
    place = door.markets.by_token(token)
    if place is None:
        if not (token.isascii() and token.isdigit()):
            raise errors.ApiError(400, errors.INVALID_TOKEN_ID)
        return "0"
    view = await door.port.query(GetAccount(account, place.listing.slug))
    for position in view.positions:
        if position.market == place.listing.slug:
            return base_units(position.no if place.outcome else position.yes)
    return "0"


@get("/balance-allowance/update")
async def update_balance_allowance(request: ClobRequest) -> Response[bytes]:
    """Balances are never stale here, so there is nothing to refresh."""
    await authenticate(request)
    return reply("")


HANDLERS = [orders, order, trades, balance_allowance, update_balance_allowance]
