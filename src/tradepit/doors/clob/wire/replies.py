"""What an order's outcome becomes on the wire: the placement reply, or the refusal to raise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from tradepit.core.units import ONE
from tradepit.doors.clob import errors
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.profiles import Profile
from tradepit.doors.clob.wire.decimals import (
    BASE_UNITS_PER_LOT,
    cash_text,
    price_text,
    quantity_text,
)
from tradepit.doors.clob.wire.ids import order_text, trade_id, transaction_hash
from tradepit.engine.messages import (
    Event,
    ExpireReason,
    Gives,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    PlaceOrder,
    Reject,
    Role,
    Side,
    TimeInForce,
)


class Placement(msgspec.Struct):
    """The reply to a placement. Both spellings of the id and of the hashes, for old and new clients."""

    success: bool
    errorMsg: str
    orderID: str
    orderId: str
    status: str
    takingAmount: str
    makingAmount: str
    transactionsHashes: list[str]
    orderHashes: list[str]
    tradeIDs: list[str]


class RefusedPlacement(msgspec.Struct, omit_defaults=True):
    """A refused order in today's shape: the error, and the same in the words of the old reply."""

    error: str
    success: bool
    errorMsg: str
    errorCode: str = ""


class RefusedEntry(msgspec.Struct, omit_defaults=True):
    """A refused order inside a batch's reply."""

    success: bool
    errorMsg: str
    orderID: str
    orderId: str
    status: str
    takingAmount: str
    makingAmount: str
    transactionsHashes: list[str]
    orderHashes: list[str]
    tradeIDs: list[str]
    errorCode: str = ""


_FATEFUL: Final[frozenset[type[Event]]] = frozenset(
    {OrderFilled, OrderRejected, OrderDelayed, OrderCancelled, OrderExpired}
)


class Fate:
    """What has become of one order, gathered from the events of one outcome or of several."""

    __slots__ = (
        "cancelled",
        "delayed",
        "expired",
        "first_trade",
        "lots",
        "notional",
        "order",
        "rejected",
    )

    def __init__(self, order: PlaceOrder) -> None:
        self.order = order
        self.lots = 0
        self.notional = 0
        self.first_trade = 0
        self.delayed = False
        self.cancelled: OrderCancelled | None = None
        self.expired: OrderExpired | None = None
        self.rejected: OrderRejected | None = None

    def follow(self, events: Sequence[Event]) -> None:
        """Take in what these events say about the order."""
        order_id = self.order.order_id
        is_no = (self.order.side is Side.SELL) == (self.order.gives is Gives.CASH)
        for event in events:
            if type(event) not in _FATEFUL:
                continue
            if isinstance(event, OrderFilled):
                if event.order_id == order_id and event.role is Role.TAKER:
                    self.lots += event.quantity
                    price = ONE - event.price if is_no else event.price
                    self.notional += price * event.quantity
                    self.first_trade = self.first_trade or event.trade
            elif isinstance(event, OrderRejected):
                if event.order.order_id == order_id:
                    self.rejected = event
            elif isinstance(event, OrderDelayed):
                self.delayed = self.delayed or event.order_id == order_id
            elif isinstance(event, OrderCancelled):
                if event.order_id == order_id:
                    self.cancelled = event
            elif isinstance(event, OrderExpired) and event.order_id == order_id:
                self.expired = event


def placement(fate: Fate, listing: Listing, profile: Profile, *, decided: bool = False) -> Placement:
    """The reply for an order that was taken; raises `Refusal` for one that was not.

    `decided` says that a delay is over, so that "delayed" is no answer any more.
    """
    order = fate.order
    order_id = order_text(order.order_id)
    if fate.rejected is not None:
        raise refusal(fate.rejected, listing, profile)
    if fate.lots == 0:
        if fate.expired is not None and fate.expired.reason is ExpireReason.NOT_FILLABLE:
            raise errors.fok_not_filled()
        if fate.cancelled is not None and order.time_in_force is TimeInForce.FAK:
            raise errors.fak_not_filled()
        if fate.delayed and not decided:
            message = ""
            if profile.refusals_in_body:
                message = errors.FIRST_TEXTS[errors.Code.ORDER_DELAYED]
            return Placement(True, message, order_id, order_id, "delayed", "", "", [], [], [])
        status = "unmatched" if fate.delayed else "live"
        return Placement(True, "", order_id, order_id, status, "", "", [], [], [])
    shares, cash = quantity_text(fate.lots), cash_text(fate.notional)
    taking, making = (shares, cash) if order.gives is Gives.CASH else (cash, shares)
    hashes = [transaction_hash(order.market, fate.first_trade)]
    return Placement(
        True,
        "",
        order_id,
        order_id,
        "matched",
        taking,
        making,
        hashes,
        hashes,
        [trade_id(fate.first_trade)],
    )


def refusal(event: OrderRejected, listing: Listing, profile: Profile) -> errors.Refusal:
    """The core's reason in the venue's words."""
    order = event.order
    order_id = order_text(order.order_id)
    match event.reason:
        case (
            Reject.UNKNOWN_MARKET
            | Reject.MARKET_NOT_OPEN
            | Reject.ALREADY_RESOLVED
            | Reject.KILL_SWITCH
            | Reject.CANNOT_WAIT
        ):
            return errors.market_not_ready()
        case Reject.PRICE_OUT_OF_RANGE:
            return errors.invalid_price()
        case Reject.PRICE_OFF_TICK:
            own = listing.price_in(int((order.side is Side.SELL) == (order.gives is Gives.CASH)), order.price)
            return errors.off_tick(order_id, price_text(own), listing.tick_text)
        case Reject.QUANTITY_OFF_STEP:
            return errors.invalid_limit_amounts(
                buying=order.gives is Gives.CASH,
                size_decimals=listing.size_decimals,
                cash_decimals=listing.cash_decimals,
            )
        case Reject.QUANTITY_TOO_SMALL:
            return errors.too_small(order_id, quantity_text(order.quantity), listing.minimum_text)
        case Reject.EXPIRY_IN_PAST:
            return errors.invalid_expiration()
        case Reject.DUPLICATE_ORDER | Reject.DUPLICATE_CLIENT_KEY:
            return errors.duplicated(order_id)
        case Reject.POST_ONLY_WOULD_CROSS:
            return errors.post_only_crosses()
        case Reject.SELF_MATCH:
            return errors.crosses_own_order(order_id)
        case Reject.INSUFFICIENT_CASH:
            return _not_enough(event, 1, profile)
        case Reject.INSUFFICIENT_TOKENS:
            return _not_enough(event, BASE_UNITS_PER_LOT, profile)
        case Reject.QUANTITY_TOO_LARGE:
            return errors.not_enough_balance()
        case Reject.BUDGET_TOO_SMALL:
            return errors.marketable_buy_too_small(cash_text(order.budget))
        case Reject.TOO_MANY_OPEN_ORDERS:
            return errors.Refusal("Too Many Requests", status=429)
        case Reject.WRONG_FEE:
            return errors.invalid_fee_rate(order.fee_bps, listing.fees.clob_v1_bps)
        case _:
            return errors.invalid_order_payload()


def _not_enough(event: OrderRejected, base_units: int, profile: Profile) -> errors.Refusal:
    if not profile.detailed_balance_error:
        return errors.not_enough_balance()
    available, required = event.available * base_units, event.required * base_units
    detail = f": the balance is not enough -> balance: {available}"
    if event.reserved:
        detail += f", sum of active orders: {event.reserved * base_units}, sum of matched orders: 0"
        detail += f", order amount (inc. fees): {required}"
    else:
        detail += f", order amount: {required}"
    return errors.not_enough_balance(detail)


def refused_status(refused: errors.Refusal, profile: Profile) -> int:
    """The HTTP status of a refusal: the first years answered 200 to everything that had a code."""
    if profile.refusals_in_body and refused.code in errors.FIRST_TEXTS:
        return 200
    return refused.status


def refused_placement(refused: errors.Refusal, profile: Profile) -> msgspec.Struct:
    """The body of a refusal of `POST /order`."""
    code = refused.code
    if profile.refusals_in_body and code in errors.FIRST_TEXTS:
        return refused_entry(refused, profile, success=False)
    return RefusedPlacement(refused.text, False, refused.text, code.value if code is not None else "")


def refused_entry(refused: errors.Refusal, profile: Profile, *, success: bool) -> RefusedEntry:
    """A refusal as an entry of a batch's reply, or as the whole reply of the first years."""
    code = refused.code
    text = refused.text
    shown_code = code.value if code is not None else ""
    if profile.refusals_in_body and code in errors.FIRST_TEXTS:
        assert code is not None
        text = errors.FIRST_TEXTS[code]
        success = success or code in errors.SUCCESS_IN_SPITE_OF_ERROR
        shown_code = ""
    return RefusedEntry(success, text, "", "", "", "", "", [], [], [], shown_code)
