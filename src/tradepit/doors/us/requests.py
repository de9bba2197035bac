"""The bodies that clients send, as the venue's schema has them, and the aliases met in the wild."""

from __future__ import annotations

from typing import ClassVar

from tradepit.doors.us.enums import (
    ExecutionType,
    InstrumentState,
    ManualOrderIndicator,
    OrderCapacity,
    OrderState,
    OrderStateFilter,
    OrderType,
    SelfMatchPreventionInstruction,
    Side,
    TimeInForce,
    TradableFilter,
    TradeState,
)
from tradepit.doors.us.proto import Instant, Int32, Int64, Message

CLIENT_ORDER_ID_ALIASES = {
    "clOrdId": "clord_id",
    "clOrdID": "clord_id",
    "cl_ord_id": "clord_id",
}


class Empty(Message, frozen=True, kw_only=True):
    """A body of which nothing is read."""


class InsertOrder(Message, frozen=True, kw_only=True):
    """An order to enter. `price` is dollars x priceScale, `order_qty` contracts x fractionalQtyScale."""

    type: OrderType = OrderType.ORDER_TYPE_UNDEFINED
    side: Side = Side.SIDE_UNDEFINED
    order_qty: Int64 = 0
    symbol: str = ""
    price: Int64 = 0
    time_in_force: TimeInForce = TimeInForce.TIME_IN_FORCE_UNDEFINED
    clord_id: str = ""
    account: str = ""
    stop_price: Int64 = 0
    min_qty: Int64 = 0
    self_match_prevention_id: str = ""
    all_or_none: bool = False
    user: str = ""
    client_account_id: str = ""
    client_participant_id: str = ""
    participate_dont_initiate: bool = False
    cash_order_qty: Int64 = 0
    strict_limit: bool = False
    good_till_time: Instant = 0
    best_limit: bool = False
    immediately_executable_limit: bool = False
    self_match_prevention_instruction: SelfMatchPreventionInstruction = (
        SelfMatchPreventionInstruction.SELF_MATCH_PREVENTION_INSTRUCTION_UNDEFINED
    )
    order_capacity: OrderCapacity = OrderCapacity.ORDER_CAPACITY_UNDEFINED
    ignore_price_validity_checks: bool = False
    manual_order_indicator: ManualOrderIndicator = ManualOrderIndicator.MANUAL_ORDER_INDICATOR_UNDEFINED

    ALIASES: ClassVar[dict[str, str]] = CLIENT_ORDER_ID_ALIASES


class CancelOrder(Message, frozen=True, kw_only=True):
    order_id: str = ""
    clord_id: str = ""
    symbol: str = ""

    ALIASES: ClassVar[dict[str, str]] = CLIENT_ORDER_ID_ALIASES


class TradeDate(Message, frozen=True, kw_only=True):
    """A bound by trading day, which is not served."""

    year: Int32 = 0
    month: Int32 = 0
    day: Int32 = 0


class SearchOrders(Message, frozen=True, kw_only=True):
    """`symbols`, `order_ids`, `states` and `sides` are in no schema, but clients send them."""

    page_size: Int32 = 0
    page_token: str = ""
    order_id: str = ""
    clord_id: str = ""
    start_time: Instant = 0
    end_time: Instant = 0
    symbol: str = ""
    accounts: list[str] = []
    side: Side = Side.SIDE_UNDEFINED
    type: OrderType = OrderType.ORDER_TYPE_UNDEFINED
    order_state_filter: OrderStateFilter = OrderStateFilter.ORDER_STATE_FILTER_UNDEFINED
    client_account_id: str = ""
    client_participant_id: str = ""
    cross_id: str = ""
    host_cross_id: str = ""
    parent_order_id: str = ""
    start_transact_trade_date: TradeDate | None = None
    end_transact_trade_date: TradeDate | None = None
    with_last_execution: bool = False
    symbols: list[str] = []
    order_ids: list[str] = []
    states: list[OrderState] = []
    sides: list[Side] = []

    ALIASES: ClassVar[dict[str, str]] = {
        **CLIENT_ORDER_ID_ALIASES,
        "state_filter": "order_state_filter",
        "stateFilter": "order_state_filter",
    }


class SearchExecutions(Message, frozen=True, kw_only=True):
    page_size: Int32 = 0
    page_token: str = ""
    order_id: str = ""
    clord_id: str = ""
    start_time: Instant = 0
    end_time: Instant = 0
    symbol: str = ""
    types: list[ExecutionType] = []
    newest_first: bool = False
    accounts: list[str] = []
    client_account_id: str = ""
    client_participant_id: str = ""
    parent_order_id: str = ""
    exec_ids: list[str] = []
    start_transact_trade_date: TradeDate | None = None
    end_transact_trade_date: TradeDate | None = None

    ALIASES: ClassVar[dict[str, str]] = CLIENT_ORDER_ID_ALIASES


class SearchTrades(Message, frozen=True, kw_only=True):
    page_size: Int32 = 0
    page_token: str = ""
    order_id: str = ""
    trade_id: str = ""
    exec_id: str = ""
    start_time: Instant = 0
    end_time: Instant = 0
    symbol: str = ""
    accounts: list[str] = []
    states: list[TradeState] = []
    trade_link_id: str = ""


class InstrumentFilter(Message, frozen=True, kw_only=True):
    """The generic filters; that one is sent is all we need to know to refuse it."""

    where_clause: str = ""
    field_filters: list[Empty] = []


class ListInstruments(Message, frozen=True, kw_only=True):
    page_size: Int32 = 0
    page_token: str = ""
    symbols: list[str] = []
    product_id: str = ""
    tradable_filter: TradableFilter = TradableFilter.TRADABLE_FILTER_ALL
    states: list[InstrumentState] = []
    event_series: str = ""
    market_category: str = ""
    market_type: str = ""
    game_id: str = ""
    clearing_sym: str = ""
    event_category: str = ""
    start_time_gte: str = ""
    start_time_lte: str = ""
    end_time_gte: str = ""
    end_time_lte: str = ""
    filter: InstrumentFilter | None = None


class GetBalance(Message, frozen=True, kw_only=True):
    name: str = ""
    currency: str = ""


class GetOpenOrders(Message, frozen=True, kw_only=True):
    """Query parameters of the open-orders call."""

    symbols: list[str] = []
    accounts: list[str] = []


class ListPositions(Message, frozen=True, kw_only=True):
    """Query parameters of the positions call."""

    name: str = ""
    symbol: str = ""
    as_of_time: Instant = 0
    as_of_date: str = ""
    page_size: Int32 = 0
    page_token: str = ""
    active_only: bool = False
    non_zero_only: bool = False


class GetBook(Message, frozen=True, kw_only=True):
    """Query parameters of the book calls."""

    depth: Int32 = 0


class ListAccounts(Message, frozen=True, kw_only=True):
    """Query parameters of the accounts call."""

    user: str = ""
