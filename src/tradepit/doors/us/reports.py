"""What history tells of a participant's orders, executions and trades, in the venue's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from tradepit.core.units import Cash, Price, Quantity, Timestamp
from tradepit.doors.us.enums import (
    ExecutionType,
    OrderState,
    OrdRejectReason,
    Side,
    TradeState,
    TradeType,
    UnsolicitedCxlReason,
)
from tradepit.doors.us.listings import Listing, Listings
from tradepit.doors.us.orders import Status, to_wire
from tradepit.doors.us.texts import cancel_text, expire_text, reject_reason, reject_text, unsolicited_reason
from tradepit.doors.us.times import trade_date
from tradepit.doors.us.wire import Date, Execution, Trade
from tradepit.engine.messages import CancelReason, ExpireReason, Reject
from tradepit.history.reader import History, OrderFilter, OrderRecord, OrderStatus, TradeFilter, TradeRecord

OPEN: Final = (OrderStatus.OPEN, OrderStatus.DELAYED, OrderStatus.WAITING)
_BATCH: Final = 200
_TRADES: Final = 1_000
_STATES: Final = {
    OrderStatus.DELAYED: OrderState.ORDER_STATE_PENDING_NEW,
    OrderStatus.FILLED: OrderState.ORDER_STATE_FILLED,
    OrderStatus.CANCELLED: OrderState.ORDER_STATE_CANCELED,
    OrderStatus.EXPIRED: OrderState.ORDER_STATE_EXPIRED,
    OrderStatus.REJECTED: OrderState.ORDER_STATE_REJECTED,
}


def order_filters(
    listings: Listings,
    accounts: Sequence[str],
    symbols: Sequence[str],
    order_ids: Sequence[str],
    common: OrderFilter,
) -> list[OrderFilter]:
    """The questions to history that together ask for these accounts, symbols and ids (empty: any).

    A symbol that no instrument has is asked for nothing.
    """
    found = [listings.find(symbol) for symbol in symbols]
    markets = [listing.market.market for listing in found if listing is not None] if symbols else [""]
    ids = [order_id.encode() for order_id in order_ids] or [b""]
    return [
        msgspec.structs.replace(common, account=account, market=market, order_id=order_id)
        for account in accounts
        for market in markets
        for order_id in ids
    ]


async def scan(
    history: History, listings: Listings, filters: Sequence[OrderFilter], start: tuple[int, int] = (0, 0)
) -> AsyncIterator[tuple[int, OrderRecord, Listing]]:
    """The orders of each question in turn, with its number, from `start` (question, sequence) on."""
    first, after = start
    for number, asked in enumerate(filters):
        if number < first:
            continue
        cursor = after if number == first else 0
        while True:
            page = await history.orders(msgspec.structs.replace(asked, after=cursor, limit=_BATCH))
            for record in page:
                listing = listings.of_market(record.order.market)
                if listing is not None:
                    yield number, record, listing
            if len(page) < _BATCH:
                break
            cursor = page[-1].sequence


def status_of(record: OrderRecord) -> Status:
    """The order as history has it now."""
    state = _STATES.get(record.status) or _working(record.filled)
    return Status(
        place=record.order,
        state=state,
        filled=record.filled,
        remaining=record.remaining if record.status in OPEN else 0,
        notional=record.notional,
        fees=record.fees,
        accepted_at=record.accepted_at,
        updated_at=record.updated_at,
    )


async def executions_of(history: History, record: OrderRecord, listing: Listing) -> list[Execution]:
    """All that happened to one order, oldest first. O(its trades); asks history only if it has any."""
    trades = await _trades_of(history, record) if record.filled else []
    return executions(record, trades, listing)


def executions(record: OrderRecord, trades: Sequence[TradeRecord], listing: Listing) -> list[Execution]:
    """All that happened to one order with these trades: its entry, each fill, and its end."""
    place = record.order
    now = Status(
        place=place,
        state=OrderState.ORDER_STATE_NEW,
        remaining=place.quantity,
        accepted_at=record.accepted_at,
        updated_at=record.accepted_at,
    )
    told: list[Execution] = []

    def tell(kind: ExecutionType, time: Timestamp, text: str = "", **more: object) -> None:
        now.updated_at = time
        plain = _execution(f"{place.order_id.decode('ascii', 'replace')}-{len(told)}", kind, time, text)
        told.append(msgspec.structs.replace(plain, order=to_wire(now, listing), **more))

    def tell_rejection() -> None:
        reason = Reject(record.reason)
        now.state, now.remaining = OrderState.ORDER_STATE_REJECTED, 0
        tell(
            ExecutionType.EXECUTION_TYPE_REJECTED,
            record.updated_at,
            reject_text(place, reason, listing, None),
            order_reject_reason=reject_reason(reason),
        )

    if record.status is OrderStatus.REJECTED and not trades:
        tell_rejection()
        return told
    tell(ExecutionType.EXECUTION_TYPE_NEW, record.accepted_at)
    for trade in trades:
        aggressor = trade.taker.order_id == place.order_id
        fee = trade.taker_fee if aggressor else trade.maker_fee
        _fill(now, trade.price, trade.quantity, fee)
        complete = now.remaining == 0
        now.state = OrderState.ORDER_STATE_FILLED if complete else OrderState.ORDER_STATE_PARTIALLY_FILLED
        tell(
            ExecutionType.EXECUTION_TYPE_FILL if complete else ExecutionType.EXECUTION_TYPE_PARTIAL_FILL,
            trade.time,
            last_shares=listing.scale.wire_quantity(trade.quantity),
            last_px=listing.scale.wire_price(trade.price),
            trade_id=str(trade.number),
            aggressor=aggressor,
            commission_notional_collected=listing.scale.wire_notional(fee),
        )
    if record.status is OrderStatus.CANCELLED:
        cancelled = CancelReason(record.reason)
        now.state, now.remaining = OrderState.ORDER_STATE_CANCELED, 0
        tell(
            ExecutionType.EXECUTION_TYPE_CANCELED,
            record.updated_at,
            cancel_text(cancelled),
            unsolicited_cancel_reason=unsolicited_reason(cancelled),
        )
    elif record.status is OrderStatus.REJECTED:
        # It had traded, was changed, and then could not go on.
        tell_rejection()
    elif record.status is OrderStatus.EXPIRED:
        now.state, now.remaining = OrderState.ORDER_STATE_EXPIRED, 0
        tell(
            ExecutionType.EXECUTION_TYPE_EXPIRED,
            record.updated_at,
            expire_text(ExpireReason(record.reason)),
        )
    return told


async def trade_of(history: History, trade: TradeRecord, accounts: Sequence[str], listing: Listing) -> Trade:
    """A trade with the executions of the caller's own side or sides; the other side is nobody's business."""
    own: list[Execution | None] = []
    for order in (trade.taker, trade.maker):
        execution = None
        if order.account in accounts:
            asked = OrderFilter(account=order.account, market=order.market, order_id=order.order_id, limit=1)
            for record in await history.orders(asked):
                every = await executions_of(history, record, listing)
                execution = next(each for each in every if each.trade_id == str(trade.number))
        own.append(execution)
    return Trade(
        id=str(trade.number),
        aggressor=own[0],
        passive=own[1],
        trade_type=TradeType.TRADE_TYPE_REGULAR,
        state=TradeState.TRADE_STATE_CLEARED,
        reporting_counterparty=Side.SIDE_UNDEFINED,
        text="",
        trade_link_id="",
        metadata={},
    )


async def _trades_of(history: History, record: OrderRecord) -> list[TradeRecord]:
    asked = TradeFilter(
        market=record.order.market, order_id=record.order.order_id, newest_first=False, limit=_TRADES
    )
    trades: list[TradeRecord] = []
    while True:
        page = await history.trades(msgspec.structs.replace(asked, after=trades[-1].number if trades else 0))
        trades += page
        if len(page) < _TRADES:
            return trades


def _execution(identifier: str, kind: ExecutionType, time: Timestamp, text: str) -> Execution:
    day = trade_date(time)
    return Execution(
        id=identifier,
        order=None,
        last_shares=0,
        last_px=0,
        type=kind,
        text=text,
        order_reject_reason=OrdRejectReason.ORD_REJECT_REASON_EXCHANGE_OPTION,
        transact_time=time,
        leg_prices=[],
        trade_id="",
        aggressor=False,
        commission_notional_collected=0,
        unsolicited_cancel_reason=UnsolicitedCxlReason.UNSOLICITED_CXL_REASON_UNDEFINED,
        trace_id="",
        commission_spread_px=0,
        transact_trade_date=Date(year=day.year, month=day.month, day=day.day),
        block_trade_indicator=False,
    )


def _fill(status: Status, price: Price, quantity: Quantity, fee: Cash) -> None:
    status.filled += quantity
    status.remaining -= quantity
    status.notional += price * quantity
    status.fees += fee


def _working(filled: Quantity) -> OrderState:
    return OrderState.ORDER_STATE_PARTIALLY_FILLED if filled else OrderState.ORDER_STATE_NEW
