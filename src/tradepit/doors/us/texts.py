"""Why an order was rejected or ended, in the exchange's own words (docs/protocol/us.md, "Reject texts")."""

from __future__ import annotations

from decimal import Decimal

from tradepit.core.units import CASH_PER_DOLLAR, ONE, Cash, Price
from tradepit.doors.us.enums import OrdRejectReason, UnsolicitedCxlReason
from tradepit.doors.us.instruments import CURRENCY, state_of
from tradepit.doors.us.listings import Listing
from tradepit.engine.messages import CancelReason, ExpireReason, Gives, OrderRejected, PlaceOrder, Reject


def decimal(amount: int, unit: int) -> str:
    """`amount` / `unit` exactly, with no more decimals than needed."""
    text = f"{(Decimal(amount) / unit):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def dollars(amount: Cash) -> str:
    """Micro-dollars in dollars, with at least two decimals: "5.70"."""
    sign = "-" if amount < 0 else ""
    whole, micros = divmod(abs(amount), CASH_PER_DOLLAR)
    return f"{sign}{whole}.{f'{micros:06d}'.rstrip('0').ljust(2, '0')}"


def price_text(price: Price) -> str:
    return decimal(price, ONE)


def reject_reason(reason: Reject) -> OrdRejectReason:
    match reason:
        case Reject.UNKNOWN_MARKET:
            return OrdRejectReason.ORD_REJECT_REASON_UNKNOWN_SYMBOL
        case Reject.MARKET_NOT_OPEN | Reject.ALREADY_RESOLVED:
            return OrdRejectReason.ORD_REJECT_REASON_EXCHANGE_CLOSED
        case Reject.QUANTITY_OFF_STEP:
            return OrdRejectReason.ORD_REJECT_REASON_INCORRECT_QUANTITY
        case Reject.PRICE_OFF_TICK:
            return OrdRejectReason.ORD_REJECT_REASON_INVALID_PRICE_INCREMENT
        case _:
            return OrdRejectReason.ORD_REJECT_REASON_EXCHANGE_OPTION


def reject_text(place: PlaceOrder, reason: Reject, listing: Listing, rejection: OrderRejected | None) -> str:
    """What the exchange says of a rejected order; with amounts where the `rejection` itself is at hand."""
    market, scale = listing.market, listing.scale
    match reason:
        case Reject.UNKNOWN_MARKET:
            return f"Instrument Unavailable: {listing.symbol}"
        case Reject.MARKET_NOT_OPEN | Reject.ALREADY_RESOLVED:
            return f"Book is {state_of(listing).name.removeprefix('INSTRUMENT_STATE_')}"
        case Reject.PRICE_OUT_OF_RANGE if place.price <= 0:
            return f"Low price limit is {price_text(listing.tick)}, given {price_text(place.price)}"
        case Reject.PRICE_OUT_OF_RANGE:
            return f"High price limit is {price_text(ONE - listing.tick)}, given {price_text(place.price)}"
        case Reject.PRICE_OFF_TICK:
            return (
                f"Price {price_text(place.price)} is not a multiple of tick size {price_text(listing.tick)}"
            )
        case Reject.QUANTITY_OFF_STEP:
            step = scale.wire_quantity(market.quantity_step)
            return f"Order size must be a multiple of {step}, given {scale.wire_quantity(place.quantity)}"
        case Reject.QUANTITY_TOO_SMALL:
            least = scale.wire_quantity(market.minimum_quantity)
            return f"Minimum trade quantity is {least}, given {scale.wire_quantity(place.quantity)}"
        case Reject.QUANTITY_TOO_LARGE:
            return f"Order size {scale.wire_quantity(place.quantity)} is above the high order size limit"
        case Reject.EXPIRY_IN_PAST:
            return "Good till time is in the past"
        case Reject.CONFLICTING_TERMS if market.deferred and place.gives is Gives.NET:
            return "Instrument settles its trades later and takes no orders here"
        case Reject.CONFLICTING_TERMS:
            return "Order has attributes that cannot be combined"
        case Reject.CANNOT_WAIT:
            return "Instrument collects orders for an auction, and this order cannot wait for it"
        case Reject.KILL_SWITCH:
            return "Order entry is disabled by a kill switch"
        case Reject.TOO_MANY_OPEN_ORDERS:
            return "Too many open orders"
        case Reject.DUPLICATE_CLIENT_KEY:
            return "ClOrdID already in use by an open order"
        case Reject.POST_ONLY_WOULD_CROSS:
            return "Order may participate but not initiate in the market"
        case Reject.SELF_MATCH:
            return "Self Match Prevention"
        case Reject.INSUFFICIENT_CASH if rejection is not None:
            available = decimal(max(0, rejection.available - rejection.reserved), CASH_PER_DOLLAR)
            requested = decimal(rejection.required, CASH_PER_DOLLAR)
            return f"{available} {CURRENCY} available, requested {requested}"
        case Reject.INSUFFICIENT_CASH:
            return "Insufficient buying power"
        case _:
            return f"Order refused: {reason.name.lower().replace('_', ' ')}"


def cancel_text(reason: CancelReason) -> str:
    match reason:
        case CancelReason.SELF_MATCH:
            return "Self Match Prevention"
        case CancelReason.UNFUNDED:
            return "Insufficient buying power"
        case CancelReason.MARKET_RESOLVED | CancelReason.MARKET_CLOSED:
            return "Book is CLOSED"
        case _:
            return ""


def unsolicited_reason(reason: CancelReason) -> UnsolicitedCxlReason:
    """Why the exchange cancelled an order that its owner did not; undefined where the owner did."""
    match reason:
        case CancelReason.OWNER | CancelReason.REMAINDER:
            return UnsolicitedCxlReason.UNSOLICITED_CXL_REASON_UNDEFINED
        case CancelReason.HEARTBEAT:
            return UnsolicitedCxlReason.UNSOLICITED_CXL_REASON_CONNECTION_LOSS
        case _:
            return UnsolicitedCxlReason.UNSOLICITED_CXL_REASON_EXCHANGE_OPTION


def expire_text(reason: ExpireReason) -> str:
    match reason:
        case ExpireReason.MINIMUM_NOT_MET:
            return "Minimum quantity could not be filled"
        case ExpireReason.NOT_FILLABLE:
            return "Order could not be filled completely"
        case ExpireReason.TIME | ExpireReason.REMAINDER | ExpireReason.MARKET_CLOSED:
            return ""
