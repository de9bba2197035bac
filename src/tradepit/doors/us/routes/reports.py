"""Searches of the participant's orders, executions and trades."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from litestar import post
from msgspec import UNSET

from tradepit.core.units import TIME_MAX
from tradepit.doors.us.call import Call, HttpRequest, Participant, Reply, begin
from tradepit.doors.us.dialect import Dialect
from tradepit.doors.us.enums import OrderState, OrderStateFilter, OrderType, Side, TradeState
from tradepit.doors.us.errors import Unimplemented
from tradepit.doors.us.orders import Status, client_key, note_of, side_of, to_wire
from tradepit.doors.us.paging import decode_token, encode_token, page_size
from tradepit.doors.us.reports import executions_of, order_filters, scan, status_of, trade_of
from tradepit.doors.us.requests import SearchExecutions, SearchOrders, SearchTrades
from tradepit.doors.us.wire import Execution, FoundExecutions, FoundOrders, FoundTrades, Order, Trade
from tradepit.engine.messages import PlaceOrder
from tradepit.history.reader import OrderFilter, TradeFilter

SCOPE: Final = "read:reports"
PAGE_DEFAULT: Final = 100

_OPEN_STATES: Final = frozenset(
    {
        OrderState.ORDER_STATE_NEW,
        OrderState.ORDER_STATE_PARTIALLY_FILLED,
        OrderState.ORDER_STATE_PENDING_NEW,
    }
)
_CLOSED_STATES: Final = frozenset(OrderState) - _OPEN_STATES


@post("/v1/report/orders/search", status_code=200)
async def search_orders(request: HttpRequest) -> Reply:
    """The participant's orders that pass every filter, newest first."""
    call = begin(request, SCOPE)
    wanted = await call.body(SearchOrders)
    _refuse_trade_dates(wanted)
    size = page_size(wanted.page_size, default=PAGE_DEFAULT)
    start = decode_token(wanted.page_token, (int, int)) or (0, 0)
    participant = call.participant()
    await _prepare(call)
    symbols = [*wanted.symbols, *([wanted.symbol] if wanted.symbol else [])]
    ids = [*wanted.order_ids, *([wanted.order_id] if wanted.order_id else [])]
    common = OrderFilter(
        client_key=client_key(participant.name, wanted.clord_id),
        since=wanted.start_time,
        until=_until(wanted.end_time),
    )
    services = call.services
    filters = order_filters(services.listings, _accounts(participant, wanted.accounts), symbols, ids, common)
    passes = _order_filter(wanted)
    found: list[Order] = []
    last: list[Execution] = []
    token, here = "", start
    async for number, record, listing in scan(services.history, services.listings, filters, start):
        status = status_of(record)
        if not passes(status):
            continue
        if len(found) == size:
            token = encode_token(*here)
            break
        found.append(to_wire(status, listing))
        here = (number, record.sequence)
        if wanted.with_last_execution:
            last.append((await executions_of(services.history, record, listing))[-1])
    return call.reply(
        FoundOrders(
            order=found,
            next_page_token=token,
            last_executions=last,
            orders=found if call.dialect is Dialect.SNAKE else UNSET,
        )
    )


@post("/v1/report/executions/search", status_code=200)
async def search_executions(request: HttpRequest) -> Reply:
    """What happened to the participant's orders: orders in the order of their entry (or newest first), and
    the executions of one order together, oldest first. `startTime` and `endTime` are the order's entry."""
    call = begin(request, SCOPE)
    wanted = await call.body(SearchExecutions)
    _refuse_trade_dates(wanted)
    size = page_size(wanted.page_size, default=PAGE_DEFAULT)
    question, sequence, done = decode_token(wanted.page_token, (int, int, int)) or (0, 0, 0)
    participant = call.participant()
    await _prepare(call)
    common = OrderFilter(
        client_key=client_key(participant.name, wanted.clord_id),
        since=wanted.start_time,
        until=_until(wanted.end_time),
        newest_first=wanted.newest_first,
    )
    services = call.services
    filters = order_filters(
        services.listings,
        _accounts(participant, wanted.accounts),
        [wanted.symbol] if wanted.symbol else [],
        [wanted.order_id] if wanted.order_id else [],
        common,
    )
    found: list[Execution] = []
    token, before = "", (question, sequence)
    async for number, record, listing in scan(
        services.history, services.listings, filters, (question, sequence)
    ):
        if not _has_client_ids(record.order, wanted) or wanted.parent_order_id:
            continue
        every = await executions_of(services.history, record, listing)
        every = [execution for execution in every if _passes(execution, wanted)][done:]
        room = size - len(found)
        if len(every) > room:
            token = encode_token(*before, done + room)
            found += every[:room]
            break
        found += every
        before, done = (number, record.sequence), 0
    return call.reply(FoundExecutions(executions=found, next_page_token=token, eof=not token))


@post("/v1/report/trades/search", status_code=200)
async def search_trades(request: HttpRequest) -> Reply:
    """The participant's trades, newest first, each with the caller's own executions in it."""
    call = begin(request, SCOPE)
    wanted = await call.body(SearchTrades)
    if wanted.exec_id:
        raise Unimplemented("a search of trades by execution")
    size = page_size(wanted.page_size, default=PAGE_DEFAULT)
    account_number, after = decode_token(wanted.page_token, (int, int)) or (0, 0)
    accounts = _accounts(call.participant(), wanted.accounts)
    await _prepare(call)
    services = call.services
    listing = services.listings.find(wanted.symbol) if wanted.symbol else None
    number = int(wanted.trade_id) if _is_trade_id(wanted.trade_id) else 0
    impossible = (
        (wanted.symbol and listing is None)
        or (wanted.trade_id and not number)
        or (wanted.states and TradeState.TRADE_STATE_CLEARED not in wanted.states)
        or wanted.trade_link_id
    )
    asked = TradeFilter(
        market=listing.market.market if listing else "",
        number=number,
        order_id=wanted.order_id.encode(),
        since=wanted.start_time,
        until=_until(wanted.end_time),
        limit=size + 1,
    )
    found: list[Trade] = []
    token = ""
    for index, account in enumerate(accounts if not impossible else ()):
        if index < account_number or token:
            continue
        cursor = after if index == account_number else 0
        for trade in await services.history.trades(
            msgspec.structs.replace(asked, account=account, after=cursor)
        ):
            known = services.listings.of_market(trade.market)
            if known is None:
                continue
            if len(found) == size:
                token = encode_token(index, cursor)
                break
            found.append(await trade_of(services.history, trade, accounts, known))
            cursor = trade.number
    return call.reply(
        FoundTrades(
            trade=found,
            next_page_token=token,
            trades=found if call.dialect is Dialect.SNAKE else UNSET,
        )
    )


async def _prepare(call: Call) -> None:
    await call.synchronise()
    await call.services.listings.load()


def _accounts(participant: Participant, names: Sequence[str]) -> list[str]:
    return [participant.account(name) for name in names] or participant.accounts


def _until(end_time: int) -> int:
    """History's exclusive bound for the venue's inclusive one; 0 for none."""
    return min(end_time + 1, TIME_MAX) if end_time else 0


def _is_trade_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _order_filter(wanted: SearchOrders) -> Callable[[Status], bool]:
    """Whether an order passes the filters that history does not know."""
    states = _states(wanted.order_state_filter)
    if wanted.states:
        states &= frozenset(wanted.states)
    sides = frozenset(wanted.sides) - {Side.SIDE_UNDEFINED}
    if wanted.side is not Side.SIDE_UNDEFINED:
        sides |= {wanted.side}
    # Nothing here has another type, is a cross or has a parent.
    impossible = (
        wanted.type not in (OrderType.ORDER_TYPE_UNDEFINED, OrderType.ORDER_TYPE_LIMIT)
        or wanted.cross_id
        or wanted.host_cross_id
        or wanted.parent_order_id
    )

    def passes(status: Status) -> bool:
        return (
            not impossible
            and status.state in states
            and (not sides or side_of(status.place) in sides)
            and _has_client_ids(status.place, wanted)
        )

    return passes


def _has_client_ids(order: PlaceOrder, wanted: SearchOrders | SearchExecutions) -> bool:
    if not wanted.client_account_id and not wanted.client_participant_id:
        return True
    note = note_of(order)
    return wanted.client_account_id in ("", note.client_account_id) and wanted.client_participant_id in (
        "",
        note.client_participant_id,
    )


def _passes(execution: Execution, wanted: SearchExecutions) -> bool:
    return (not wanted.types or execution.type in wanted.types) and (
        not wanted.exec_ids or execution.id in wanted.exec_ids
    )


def _refuse_trade_dates(wanted: SearchOrders | SearchExecutions) -> None:
    if wanted.start_transact_trade_date is not None or wanted.end_transact_trade_date is not None:
        raise Unimplemented("a search by trade date")


def _states(wanted: OrderStateFilter) -> frozenset[OrderState]:
    match wanted:
        case OrderStateFilter.ORDER_STATE_FILTER_UNDEFINED:
            return frozenset(OrderState)
        case OrderStateFilter.ORDER_STATE_FILTER_OPEN:
            return _OPEN_STATES
        case OrderStateFilter.ORDER_STATE_FILTER_CLOSED:
            return _CLOSED_STATES
        case _:
            return frozenset({OrderState[wanted.name.replace("_FILTER", "")]})


HANDLERS: Final = (search_orders, search_executions, search_trades)
