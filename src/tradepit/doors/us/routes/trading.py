"""Entering, cancelling and listing open orders."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from tradepit.doors.us import orders
from tradepit.doors.us.call import Call, HttpRequest, Participant, Reply, begin
from tradepit.doors.us.dialect import Dialect
from tradepit.doors.us.errors import UNKNOWN_INSTRUMENT, ApiError, Code, InvalidArgument, NotFound
from tradepit.doors.us.reports import OPEN, order_filters, scan, status_of
from tradepit.doors.us.requests import CancelOrder, GetOpenOrders, InsertOrder
from tradepit.doors.us.texts import reject_reason, reject_text
from tradepit.doors.us.wire import InsertedOrder, OpenOrders
from tradepit.engine import messages as core
from tradepit.engine.messages import CancelRejected, GetOrder, ListOpenOrders, OrderView, Reject
from tradepit.history.reader import OrderFilter

WRITE: Final = "write:orders"
READ: Final = "read:orders"
UNKNOWN_ORDER: Final = "Unknown order"
_ID_BYTES: Final = 11
"""88 random bits: more than the 67 that an order id shows, so that its last digit is as even as its first."""


@post("/v1/trading/orders", status_code=200)
async def insert_order(request: HttpRequest) -> Reply:
    """Enter an order. What the engine refuses is answered 200 too, with an order that is rejected."""
    call = begin(request, WRITE)
    wanted = await call.body(InsertOrder)
    participant = call.participant(wanted.user)
    orders.check(wanted)
    listing = await call.listing(wanted.symbol)
    if listing is None:
        raise NotFound(UNKNOWN_INSTRUMENT)
    services = call.services
    place = orders.to_command(
        wanted,
        listing,
        order_id=orders.order_id_from(services.random_bytes(_ID_BYTES)),
        account=participant.account(wanted.account),
        participant=participant.name,
        submitter=call.access.client.participant,
        credential=call.access.client.client_id,
        now=services.port.now(),
        day_orders_expire=services.settings.day_orders_expire,
    )
    outcome = await services.port.submit(place)
    reply = InsertedOrder(order_id=place.order_id.decode())
    if call.dialect is Dialect.SNAKE:
        status = orders.status_after(place, outcome.events)
        rejection = status.rejection
        reply = InsertedOrder(order_id=reply.order_id, order=orders.to_wire(status, listing))
        if rejection is not None:
            reply = InsertedOrder(
                order_id=reply.order_id,
                order=reply.order,
                text=reject_text(place, rejection.reason, listing, rejection),
                order_reject_reason=reject_reason(rejection.reason),
            )
    return call.reply(reply)


@post("/v1/trading/orders/cancel", status_code=200)
async def cancel_order(request: HttpRequest) -> Reply:
    """Cancel an own open order by its id, or by the client's id where that is all there is."""
    call = begin(request, WRITE)
    wanted = await call.body(CancelOrder)
    participant = call.participant()
    order = await _own_open_order(call, participant, wanted)
    port = call.services.port
    outcome = await port.submit(
        core.CancelOrder(now=port.now(), account=order.order.account, order_id=order.order.order_id)
    )
    for event in outcome.events:
        if isinstance(event, CancelRejected) and event.order_id == order.order.order_id:
            raise _cancel_refusal(event.reason)
    return call.reply()


@get("/v1/trading/orders/open")
async def list_open_orders(request: HttpRequest) -> Reply:
    """All open orders of the participant, newest first; of some symbols and accounts, if given."""
    call = begin(request, READ)
    wanted = call.query(GetOpenOrders)
    participant = call.participant()
    accounts = [participant.account(name) for name in wanted.accounts] or participant.accounts
    await call.synchronise()
    await call.services.listings.load()
    listings = call.services.listings
    filters = order_filters(listings, accounts, wanted.symbols, [], OrderFilter(statuses=OPEN))
    found = scan(call.services.history, listings, filters)
    return call.reply(
        OpenOrders(orders=[orders.to_wire(status_of(record), listing) async for _, record, listing in found])
    )


async def _own_open_order(call: Call, participant: Participant, wanted: CancelOrder) -> OrderView:
    """The order that a cancel names; raises `NotFound` for one that is not open or not the caller's."""
    port = call.services.port
    found: OrderView | None = None
    if wanted.order_id:
        found = await port.query(GetOrder(order_id=wanted.order_id.encode()))
    elif wanted.clord_id:
        key = orders.client_key(participant.name, wanted.clord_id)
        for account in participant.accounts:
            for order in await port.query(ListOpenOrders(account=account)):
                if order.order.client_key == key:
                    found = order
    else:
        raise InvalidArgument("missing required field orderId")
    if found is None or found.order.account not in participant.accounts:
        raise NotFound(UNKNOWN_ORDER)
    if wanted.symbol:
        listing = await call.listing(wanted.symbol)
        if listing is None or listing.market.market != found.order.market:
            raise NotFound(UNKNOWN_ORDER)
    return found


def _cancel_refusal(reason: Reject) -> ApiError:
    match reason:
        case Reject.UNKNOWN_ORDER:
            return NotFound(UNKNOWN_ORDER)
        case Reject.ORDER_DELAYED:
            return ApiError(Code.FAILED_PRECONDITION, "the order is pending and cannot be cancelled yet")
        case _:
            return ApiError(Code.FAILED_PRECONDITION, "the order cannot be cancelled in this market state")


HANDLERS: Final = (insert_order, cancel_order, list_open_orders)
