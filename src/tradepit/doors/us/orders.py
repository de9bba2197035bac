"""An order on its way in (the venue's request to the core's command) and out (its state to the wire)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from tradepit.core.units import TIME_MAX, Cash, Quantity, Timestamp
from tradepit.doors.us.enums import (
    ManualOrderIndicator,
    OrderCapacity,
    OrderState,
    OrderType,
    SelfMatchPreventionInstruction,
    Side,
    TimeInForce,
)
from tradepit.doors.us.errors import InvalidArgument, Unimplemented
from tradepit.doors.us.listings import Listing
from tradepit.doors.us.requests import InsertOrder
from tradepit.doors.us.times import day_end
from tradepit.doors.us.wire import Order
from tradepit.engine import messages as core
from tradepit.engine.messages import Event, FeePlan, Gives, OrderRejected, PlaceOrder, SelfMatch

ORDER_ID_LENGTH: Final = 13
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TEXT_LENGTH_MAX: Final = 64

_TIMES_IN_FORCE: Final = {
    TimeInForce.TIME_IN_FORCE_DAY: core.TimeInForce.DAY,
    TimeInForce.TIME_IN_FORCE_GOOD_TILL_CANCEL: core.TimeInForce.GTC,
    TimeInForce.TIME_IN_FORCE_IMMEDIATE_OR_CANCEL: core.TimeInForce.IOC,
    TimeInForce.TIME_IN_FORCE_GOOD_TILL_TIME: core.TimeInForce.GTD,
    TimeInForce.TIME_IN_FORCE_FILL_OR_KILL: core.TimeInForce.FOK,
}
_FROM_CORE: Final = {
    **{theirs: ours for ours, theirs in _TIMES_IN_FORCE.items()},
    core.TimeInForce.FAK: TimeInForce.TIME_IN_FORCE_IMMEDIATE_OR_CANCEL,
}
_SELF_MATCH: Final = {
    SelfMatchPreventionInstruction.SELF_MATCH_PREVENTION_INSTRUCTION_UNDEFINED: SelfMatch.REJECT_INCOMING,
    SelfMatchPreventionInstruction.SELF_MATCH_PREVENTION_INSTRUCTION_REJECT_AGGRESSOR: (
        SelfMatch.REJECT_INCOMING
    ),
    SelfMatchPreventionInstruction.SELF_MATCH_PREVENTION_INSTRUCTION_CANCEL_RESTING: SelfMatch.CANCEL_RESTING,
    SelfMatchPreventionInstruction.SELF_MATCH_PREVENTION_INSTRUCTION_REMOVE_BOTH: SelfMatch.CANCEL_BOTH,
}
"""What each instruction means where a prevention id is given; without an id there is no prevention."""


_TYPES: Final = {
    core.OrderKind.LIMIT: OrderType.ORDER_TYPE_LIMIT,
    core.OrderKind.MARKET_TO_LIMIT: OrderType.ORDER_TYPE_MARKET_TO_LIMIT,
    core.OrderKind.STOP: OrderType.ORDER_TYPE_STOP,
    core.OrderKind.STOP_LIMIT: OrderType.ORDER_TYPE_STOP_LIMIT,
}


class Note(msgspec.Struct, frozen=True, array_like=True):
    """What the core has no use for but the client is told again: the `tag` of our orders."""

    participant: str = ""
    time_in_force: int = 0
    all_or_none: bool = False
    self_match_prevention_instruction: int = 0
    order_capacity: int = 0
    manual_order_indicator: int = 0
    client_account_id: str = ""
    client_participant_id: str = ""
    submitting_participant: str = ""


class Status(msgspec.Struct, kw_only=True):
    """An order at one moment, whoever told us: history, or the events of its own command."""

    place: PlaceOrder
    state: OrderState
    filled: Quantity = 0
    remaining: Quantity = 0
    notional: Cash = 0
    fees: Cash = 0
    accepted_at: Timestamp = 0
    updated_at: Timestamp = 0
    rejection: OrderRejected | None = None


_note_encoder = msgspec.msgpack.Encoder()
_note_decoder = msgspec.msgpack.Decoder(Note)


def order_id_from(randomness: bytes) -> str:
    """A 13-character order id, as the venue's look: digits and capitals, out of at least 9 random bytes."""
    number = int.from_bytes(randomness, "big")
    digits = []
    for _ in range(ORDER_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def client_key(participant: str, clord_id: str) -> str:
    """The core's key of a client order id, which is unique among its participant's open orders."""
    return f"{participant}:{clord_id}" if clord_id else ""


def check(request: InsertOrder) -> None:
    """Refuse what cannot become an order at all; raises `InvalidArgument` or `Unimplemented`.

    What the engine decides (prices, sizes, funds, states) is not looked at: that is answered 200 with an
    order that is rejected (docs/protocol/us.md, "Orders").
    """
    if not request.symbol:
        raise InvalidArgument("missing required field symbol")
    if request.side is Side.SIDE_UNDEFINED:
        raise InvalidArgument("missing required field side: SIDE_BUY or SIDE_SELL")
    if request.type is OrderType.ORDER_TYPE_UNDEFINED:
        raise InvalidArgument("missing required field type: ORDER_TYPE_LIMIT")
    if request.order_qty and request.cash_order_qty:
        raise InvalidArgument("exactly one of orderQty and cashOrderQty must be set")
    if request.type is not OrderType.ORDER_TYPE_LIMIT:
        raise Unimplemented(f"order type {request.type.name}")
    if request.cash_order_qty:
        raise Unimplemented("cashOrderQty")
    for absent in ("strict_limit", "best_limit", "immediately_executable_limit"):
        if getattr(request, absent):
            raise Unimplemented(absent)
    if not request.order_qty:
        raise InvalidArgument("missing required field orderQty")
    if request.order_qty < 0 or request.min_qty < 0:
        raise InvalidArgument("invalid order quantity")
    if not request.price:
        raise InvalidArgument("missing required field price")
    if request.time_in_force is TimeInForce.TIME_IN_FORCE_UNDEFINED:
        raise InvalidArgument("missing required field timeInForce")
    if request.time_in_force is TimeInForce.TIME_IN_FORCE_GOOD_TILL_TIME and not request.good_till_time:
        raise InvalidArgument("missing required field goodTillTime, with TIME_IN_FORCE_GOOD_TILL_TIME")
    for name in ("clord_id", "self_match_prevention_id", "client_account_id", "client_participant_id"):
        text = getattr(request, name)
        if len(text) > _TEXT_LENGTH_MAX or not all("!" <= character <= "~" for character in text):
            raise InvalidArgument(f"{name} must be 1 to {_TEXT_LENGTH_MAX} visible ASCII characters")


def to_command(
    request: InsertOrder,
    listing: Listing,
    *,
    order_id: str,
    account: str,
    participant: str,
    submitter: str,
    credential: str,
    now: Timestamp,
    day_orders_expire: bool,
) -> PlaceOrder:
    """The core's order for a request that passed `check`; raises `InvalidArgument` for an integer that
    leaves the core's range."""
    price = listing.scale.core_price(request.price)
    quantity = listing.scale.lots(request.order_qty)
    minimum = listing.scale.lots(request.min_qty)
    for name, value in (("price", price), ("orderQty", quantity), ("minQty", minimum)):
        if not -TIME_MAX <= value <= TIME_MAX:
            raise InvalidArgument(f"invalid value for field {name}: out of range")
    time_in_force = _TIMES_IN_FORCE[request.time_in_force]
    expires_at = 0
    if time_in_force is core.TimeInForce.GTD:
        expires_at = request.good_till_time
    elif time_in_force is core.TimeInForce.DAY and day_orders_expire:
        expires_at = day_end(now)
    if request.all_or_none:
        time_in_force, expires_at = core.TimeInForce.FOK, 0
    prevention = request.self_match_prevention_id
    note = Note(
        participant=participant,
        time_in_force=request.time_in_force,
        all_or_none=request.all_or_none,
        self_match_prevention_instruction=request.self_match_prevention_instruction,
        order_capacity=request.order_capacity,
        manual_order_indicator=request.manual_order_indicator,
        client_account_id=request.client_account_id,
        client_participant_id=request.client_participant_id,
        submitting_participant=submitter,
    )
    return PlaceOrder(
        now=now,
        order_id=order_id.encode(),
        account=account,
        market=listing.market.market,
        side=core.Side.BUY if request.side is Side.SIDE_BUY else core.Side.SELL,
        gives=Gives.NET,
        price=price,
        quantity=quantity,
        time_in_force=time_in_force,
        expires_at=expires_at,
        post_only=request.participate_dont_initiate,
        minimum_quantity=minimum,
        self_match=(
            _SELF_MATCH[request.self_match_prevention_instruction] if prevention else SelfMatch.ALLOW
        ),
        self_match_group=f"{participant}:{prevention}" if prevention else "",
        fee_plan=FeePlan.US,
        client_key=client_key(participant, request.clord_id),
        credential=credential,
        tag=_note_encoder.encode(note),
    )


def status_after(place: PlaceOrder, events: Iterable[Event]) -> Status:
    """How an order stands after its own command, from the events of that command."""
    status = Status(place=place, state=OrderState.ORDER_STATE_PENDING_NEW, remaining=place.quantity)
    for event in events:
        if not _concerns(event, place.order_id):
            continue
        match event:
            case OrderRejected():
                status.state, status.rejection = OrderState.ORDER_STATE_REJECTED, event
                status.remaining, status.accepted_at = 0, event.time
            case core.OrderAccepted():
                status.state, status.accepted_at = OrderState.ORDER_STATE_NEW, event.time
            case core.OrderDelayed():
                status.state = OrderState.ORDER_STATE_PENDING_NEW
            case core.OrderFilled():
                status.filled, status.remaining = event.filled, event.remaining
                status.notional += event.price * event.quantity
                status.fees += event.fee
                status.state = _filled_state(event.remaining)
            case core.OrderCancelled():
                status.state, status.remaining = OrderState.ORDER_STATE_CANCELED, 0
            case core.OrderExpired():
                status.state, status.remaining = OrderState.ORDER_STATE_EXPIRED, 0
            case _:
                pass
        status.updated_at = event.time
    return status


def to_wire(status: Status, listing: Listing) -> Order:
    """The order as the venue shows it, in the instrument's units."""
    place, scale = status.place, listing.scale
    note = note_of(place)
    participant, _, clord_id = place.client_key.rpartition(":")
    return Order(
        id=place.order_id.decode("ascii", "replace"),
        type=_TYPES[place.kind],
        side=side_of(place),
        order_qty=scale.wire_quantity(place.quantity),
        symbol=listing.symbol,
        clord_id=clord_id,
        time_in_force=TimeInForce(note.time_in_force or _FROM_CORE[place.time_in_force]),
        account=place.account,
        cum_qty=scale.wire_quantity(status.filled),
        avg_px=scale.wire_average(status.notional, status.filled),
        leaves_qty=scale.wire_quantity(status.remaining),
        state=status.state,
        participant=note.participant or participant,
        price=scale.wire_price(place.price),
        insert_time=0 if status.state is OrderState.ORDER_STATE_REJECTED else status.accepted_at,
        stop_price=scale.wire_price(place.stop_price),
        min_qty=scale.wire_quantity(place.minimum_quantity),
        create_time=status.accepted_at,
        all_or_none=note.all_or_none,
        cross_id="",
        host_cross_id="",
        submitting_participant=note.submitting_participant,
        client_account_id=note.client_account_id,
        client_participant_id=note.client_participant_id,
        parent_order_id="",
        commissions_basis_points="",
        participate_dont_initiate=place.post_only,
        cash_order_qty=0,
        strict_limit=False,
        good_till_time=place.expires_at if place.time_in_force is core.TimeInForce.GTD else 0,
        best_limit=False,
        immediately_executable_limit=False,
        last_trade_id="",
        commission_notional_total_collected=scale.wire_notional(status.fees),
        self_match_prevention_instruction=SelfMatchPreventionInstruction(
            note.self_match_prevention_instruction
        ),
        order_capacity=OrderCapacity(note.order_capacity),
        ignore_price_validity_checks=False,
        last_transact_time=status.updated_at,
        price_scale=scale.price,
        fractional_quantity_scale=scale.quantity,
        price_to_quantity_filled={},
        maker_commissions_basis_points="",
        manual_order_indicator=ManualOrderIndicator(note.manual_order_indicator),
    )


def side_of(place: PlaceOrder) -> Side:
    return Side.SIDE_BUY if place.side is core.Side.BUY else Side.SIDE_SELL


def note_of(place: PlaceOrder) -> Note:
    """Our note on the order; an empty one where another door placed it."""
    try:
        return _note_decoder.decode(place.tag)
    except msgspec.DecodeError:
        return Note()


def _filled_state(remaining: Quantity) -> OrderState:
    return OrderState.ORDER_STATE_PARTIALLY_FILLED if remaining else OrderState.ORDER_STATE_FILLED


def _concerns(event: Event, order_id: bytes) -> bool:
    if isinstance(event, OrderRejected | core.OrderAccepted):
        return event.order.order_id == order_id
    return isinstance(event, _OWN_EVENTS) and event.order_id == order_id


_OWN_EVENTS: Final = (
    core.OrderDelayed,
    core.OrderFilled,
    core.OrderRested,
    core.OrderCancelled,
    core.OrderExpired,
)
