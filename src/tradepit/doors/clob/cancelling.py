"""Cancelling orders: one, several, all, or those of a market or a token."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from tradepit.doors.clob import errors
from tradepit.doors.clob.auth import Headers
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.wire.ids import order_text
from tradepit.engine.messages import (
    CancelOrder,
    CancelOrders,
    CancelReason,
    CancelRejected,
    GetOrder,
    ListOpenOrders,
    OrderCancelled,
    Outcome,
    Reject,
)
from tradepit.identity.wallets import WalletKey

ORDERS_MAX = 3_000
"""Ids in one `DELETE /orders`."""

_ORDER_ID = re.compile(r"0[xX][0-9a-fA-F]{64}\Z")
_encode = msgspec.json.Encoder().encode

Reply = tuple[int, bytes]
T = TypeVar("T")


class _OneOrder(msgspec.Struct):
    orderID: str = ""
    orderId: str = ""


class _MarketOrders(msgspec.Struct, forbid_unknown_fields=True):
    """Naming nothing means every order, so a misspelt filter must not pass for nothing."""

    market: str = ""
    asset_id: str = ""


class Cancelled(msgspec.Struct):
    """The reply to every cancel: each id asked for stands in exactly one of the two."""

    canceled: list[str]
    not_canceled: dict[str, str]


async def delete_order(door: Door, headers: Headers, body: bytes) -> Reply:
    """`DELETE /order`: cancel the one order named in the body."""
    key = door.authenticate(headers, "DELETE", "/order", body)
    named = _decode(body, _OneOrder)
    return 200, _encode(await _cancel(door, key, [named.orderID or named.orderId]))


async def delete_orders(door: Door, headers: Headers, body: bytes) -> Reply:
    """`DELETE /orders`: cancel the orders listed in the body."""
    key = door.authenticate(headers, "DELETE", "/orders", body)
    named = _decode(body, list[str])
    if len(named) > ORDERS_MAX:
        raise errors.ApiError(400, f"Too many orders in payload, max allowed: {ORDERS_MAX}")
    return 200, _encode(await _cancel(door, key, named))


async def cancel_all(door: Door, headers: Headers, body: bytes) -> Reply:
    """`DELETE /cancel-all`: cancel every open order of the key's accounts."""
    key = door.authenticate(headers, "DELETE", "/cancel-all", body)
    return 200, _encode(await _cancel_many(door, key, "", 0))


async def cancel_market_orders(door: Door, headers: Headers, body: bytes) -> Reply:
    """`DELETE /cancel-market-orders`: cancel the orders of a market, of a token, or (neither named) all."""
    key = door.authenticate(headers, "DELETE", "/cancel-market-orders", body)
    named = _decode(body, _MarketOrders) if body else _MarketOrders()
    market, outcome = "", 0
    if named.asset_id:
        place = door.markets.by_token(named.asset_id)
        if place is None:
            return 200, _encode(Cancelled([], {}))
        market, outcome = place.listing.slug, place.outcome + 1
    if named.market:
        listing = door.markets.by_condition(named.market)
        if listing is None or (market and market != listing.slug):
            return 200, _encode(Cancelled([], {}))
        market = listing.slug
    return 200, _encode(await _cancel_many(door, key, market, outcome))


def _decode(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise errors.ApiError(400, errors.INVALID_PAYLOAD) from None


async def _cancel(door: Door, key: WalletKey, ids: list[str]) -> Cancelled:
    if not all(_ORDER_ID.match(text) for text in ids):
        raise errors.ApiError(400, errors.INVALID_ORDER_ID)
    reply = Cancelled([], {})
    commands: list[CancelOrder] = []
    names: list[str] = []
    for text in dict.fromkeys(ids):
        order_id = bytes.fromhex(text[2:])
        view = await door.port.query(GetOrder(order_id))
        if view is None or view.order.account not in key.accounts:
            reply.not_canceled[text] = errors.CANCEL_NOT_FOUND
            continue
        commands.append(CancelOrder(door.now(), view.order.account, order_id))
        names.append(text)
    for text, outcome in zip(names, await door.port.submit_many(commands) if commands else [], strict=True):
        refused = next((event for event in outcome.events if isinstance(event, CancelRejected)), None)
        if refused is None:
            reply.canceled.append(text)
        elif refused.reason is Reject.ORDER_DELAYED:
            reply.not_canceled[text] = errors.FIRST_TEXTS[errors.Code.ORDER_DELAYED]
        else:
            reply.not_canceled[text] = errors.CANCEL_NOT_FOUND
    return reply


async def _cancel_many(door: Door, key: WalletKey, market: str, outcome: int) -> Cancelled:
    accounts = [account for account in key.accounts if await door.port.query(ListOpenOrders(account, market))]
    commands = [CancelOrders(door.now(), account, market, outcome) for account in accounts]
    outcomes = await door.port.submit_many(commands) if commands else []
    return Cancelled(list(_cancelled(outcomes, key)), {})


def _cancelled(outcomes: Iterable[Outcome], key: WalletKey) -> Iterable[str]:
    for outcome in outcomes:
        for event in outcome.events:
            if (
                isinstance(event, OrderCancelled)
                and event.reason is CancelReason.OWNER
                and event.account in key.accounts
            ):
                yield order_text(event.order_id)
