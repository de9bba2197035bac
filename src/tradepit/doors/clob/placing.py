"""Placing orders: `POST /order` and `POST /orders`, from the request's bytes to the reply's."""

from __future__ import annotations

from contextlib import ExitStack

import msgspec

from tradepit.doors.clob import errors
from tradepit.doors.clob.auth import Headers
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.wire.intake import PostedOrder, decode_batch, decode_order, read_order
from tradepit.doors.clob.wire.replies import (
    Fate,
    Placement,
    RefusedEntry,
    placement,
    refused_entry,
    refused_placement,
    refused_status,
)
from tradepit.engine.messages import Outcome, PlaceOrder
from tradepit.engine.port import SystemFault
from tradepit.identity.wallets import WalletKey

_encode = msgspec.json.Encoder().encode

Reply = tuple[int, bytes]


async def post_order(door: Door, headers: Headers, body: bytes) -> Reply:
    """Place one order. Raises `ApiError` for what fails before it is an order of a known key."""
    key = door.authenticate(headers, "POST", "/order", body)
    profile = door.profile
    try:
        posted = decode_order(body)
        order, listing = await _read(door, posted, key)
        return 200, _encode(await _place(door, order, listing))
    except errors.Refusal as refused:
        return refused_status(refused, profile), _encode(refused_placement(refused, profile))


async def post_orders(door: Door, headers: Headers, body: bytes) -> Reply:
    """Place a batch: each entry is taken or refused for itself; the commands stand together.

    Raises `ApiError` for a batch that is none, or too long.
    """
    key = door.authenticate(headers, "POST", "/orders", body)
    raw = decode_batch(body)
    maximum = door.profile.batch_max
    if len(raw) > maximum:
        raise errors.ApiError(400, f"Too many orders in payload: {len(raw)}, max allowed: {maximum}")
    if not raw:
        raise errors.invalid_order_payload()
    entries: list[Placement | RefusedEntry | None] = [None] * len(raw)
    ready: list[tuple[int, PlaceOrder, Listing]] = []
    for index, item in enumerate(raw):
        try:
            ready.append((index, *await _read(door, decode_order(item), key)))
        except errors.Refusal as refused:
            entries[index] = _entry(door, refused)
    with ExitStack() as expected:
        for _, order, listing in ready:
            if listing.holds_reply:
                expected.enter_context(door.delays.expecting(order))
        outcomes = await _submit_together(door, [order for _, order, _ in ready])
        for (index, order, listing), outcome in zip(ready, outcomes, strict=True):
            try:
                if isinstance(outcome, errors.Refusal):
                    raise outcome
                entries[index] = await _render(door, order, listing, outcome)
            except errors.Refusal as refused:
                entries[index] = _entry(door, refused)
    return 200, _encode(entries)


def _entry(door: Door, refused: errors.Refusal) -> RefusedEntry:
    return refused_entry(refused, door.profile, success=door.settings.batch_success_on_error)


async def _submit_together(door: Door, orders: list[PlaceOrder]) -> list[Outcome | errors.Refusal]:
    """One outcome an order. A fault that is injected into one of them is that one's answer only."""
    try:
        return list(await door.port.submit_many(orders))
    except SystemFault:
        # Nothing of the batch was done: place the orders singly, so that the fault finds its order.
        results: list[Outcome | errors.Refusal] = []
        for order in orders:
            try:
                results.append(await door.port.submit(order))
            except SystemFault as fault:
                results.append(errors.system_error(fault.stage))
        return results


async def _read(door: Door, posted: PostedOrder, key: WalletKey) -> tuple[PlaceOrder, Listing]:
    order = read_order(posted, key, door.markets, door.now(), door.settings.expiration_lead_s)
    listing = door.markets.by_slug(order.market)
    assert listing is not None, "the order was read for a market of this projection"
    if listing.is_not_ready:
        raise errors.market_not_ready()
    if order.account != key.account:
        await door.welcome(order.account)
    return order, listing


async def _place(door: Door, order: PlaceOrder, listing: Listing) -> Placement:
    try:
        if not listing.holds_reply:
            return await _render(door, order, listing, await door.port.submit(order))
        with door.delays.expecting(order):
            return await _render(door, order, listing, await door.port.submit(order))
    except SystemFault as fault:
        raise errors.system_error(fault.stage) from None


async def _render(door: Door, order: PlaceOrder, listing: Listing, outcome: Outcome) -> Placement:
    fate = Fate(order)
    fate.follow(outcome.events)
    if fate.delayed and listing.holds_reply and (decided := await door.delays.fate(order)) is not None:
        return placement(decided, listing, door.profile, decided=True)
    return placement(fate, listing, door.profile)
