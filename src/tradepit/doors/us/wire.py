"""The bodies that this door answers with, in the venue's fields and their declaration order."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from tradepit.doors.us.enums import (
    ExecutionType,
    FirmType,
    InstrumentState,
    ManualOrderIndicator,
    OrderCapacity,
    OrderState,
    OrderType,
    OrdRejectReason,
    SelfMatchPreventionInstruction,
    Side,
    TimeInForce,
    TradeState,
    TradeType,
    UnsolicitedCxlReason,
)
from tradepit.doors.us.proto import Instant, Int32, Int64, Message


class WhoAmI(Message, frozen=True, kw_only=True):
    user: str
    user_display_name: str
    firm: str
    firm_display_name: str
    audience: str
    firm_type: FirmType


class Users(Message, frozen=True, kw_only=True):
    users: list[str]
    display_names: list[str]
    firms: list[str]
    firms_display_names: list[str]


class Accounts(Message, frozen=True, kw_only=True):
    accounts: list[str]
    display_names: list[str]


class Date(Message, frozen=True, kw_only=True):
    year: Int32
    month: Int32
    day: Int32


class TimeOfDay(Message, frozen=True, kw_only=True):
    hours: Int32
    minutes: Int32
    seconds: Int32


class TradingHours(Message, frozen=True, kw_only=True):
    days_of_week: list[Int32]
    time_of_day: TimeOfDay
    duration: str
    state: InstrumentState
    hide_market_data: bool
    expire_all_orders: bool


class PriceLimit(Message, frozen=True, kw_only=True):
    low: Int64
    high: Int64
    low_set: bool
    high_set: bool
    relative_low: float = 0.0
    relative_high: float = 0.0
    relative_low_set: bool = False
    relative_high_set: bool = False


class OrderSizeLimit(Message, frozen=True, kw_only=True):
    low: Int64
    high: Int64
    low_set: bool
    high_set: bool
    total_notional_low: Int64
    total_notional_high: Int64
    total_notional_low_set: bool
    total_notional_high_set: bool


class EventAttributes(Message, frozen=True, kw_only=True):
    question: str
    payout_value: str
    evaluation_type: str
    event_id: str
    event_display_name: str
    strike_value: str
    strike_unit: str
    calculation_method: str
    position_accountability_value: str
    time_specifier: Date | None
    event_outcome: str


class Instrument(Message, frozen=True, kw_only=True):
    symbol: str
    tick_size: float
    base_currency: str
    multiplier: float
    minimum_trade_qty: Int64
    start_date: Date | None
    expiration_date: Date | None
    termination_date: Date | None
    trading_schedule: list[TradingHours]
    description: str
    clearing_house: str
    minimum_unaffiliated_firms: Int64
    non_tradable: bool
    json_attributes: str
    product_id: str
    price_limit: PriceLimit | None
    order_size_limit: OrderSizeLimit | None
    expiration_time: TimeOfDay | None
    trade_settlement_period: Int64
    state: InstrumentState
    price_scale: Int64
    fractional_qty_scale: Int64
    settlement_currency: str
    settlement_price_scale: Int64
    metadata: dict[str, str]
    event_attributes: EventAttributes | None
    create_time: Instant
    update_time: Instant


class Instruments(Message, frozen=True, kw_only=True):
    instruments: list[Instrument]
    next_page_token: str
    eof: bool


class Symbols(Message, frozen=True, kw_only=True):
    symbols: list[str]


class Level(Message, frozen=True, kw_only=True):
    px: Int64
    qty: Int64


class InstrumentStats(Message, frozen=True, kw_only=True):
    """Every field is proto3-optional: absent when unset."""

    last_trade_px: Int64 | UnsetType = UNSET
    settlement_px: Int64 | UnsetType = UNSET
    settlement_preliminary: bool | UnsetType = UNSET
    settlement_price_calculation_method: str | UnsetType = UNSET


class Settlement(Message, frozen=True, kw_only=True):
    symbol: str
    stats: InstrumentStats | None
    price_scale: Int64


class Book(Message, frozen=True, kw_only=True):
    symbol: str
    bids: list[Level]
    offers: list[Level]
    state: InstrumentState
    stats: InstrumentStats | None
    transact_time: Instant


class BestPrices(Message, frozen=True, kw_only=True):
    symbol: str
    best_bid: Level | None
    best_offer: Level | None
    spread: Int64
    mid_price: Int64
    state: InstrumentState
    transact_time: Instant


class Order(Message, frozen=True, kw_only=True):
    id: str
    type: OrderType
    side: Side
    order_qty: Int64
    symbol: str
    clord_id: str
    time_in_force: TimeInForce
    account: str
    cum_qty: Int64
    avg_px: Int64
    leaves_qty: Int64
    state: OrderState
    participant: str
    price: Int64
    insert_time: Instant
    stop_price: Int64
    min_qty: Int64
    create_time: Instant
    all_or_none: bool
    cross_id: str
    host_cross_id: str
    submitting_participant: str
    client_account_id: str
    client_participant_id: str
    parent_order_id: str
    commissions_basis_points: str
    participate_dont_initiate: bool
    cash_order_qty: Int64
    strict_limit: bool
    good_till_time: Instant
    best_limit: bool
    immediately_executable_limit: bool
    last_trade_id: str
    commission_notional_total_collected: Int64
    self_match_prevention_instruction: SelfMatchPreventionInstruction
    order_capacity: OrderCapacity
    ignore_price_validity_checks: bool
    last_transact_time: Instant
    price_scale: Int64
    fractional_quantity_scale: Int64
    price_to_quantity_filled: dict[str, Int64]
    maker_commissions_basis_points: str
    manual_order_indicator: ManualOrderIndicator


class InsertedOrder(Message, frozen=True, kw_only=True):
    """`order` and the reason of a rejection are the snake dialect's additions."""

    order_id: str
    order: Order | UnsetType = UNSET
    text: str | UnsetType = UNSET
    order_reject_reason: OrdRejectReason | UnsetType = UNSET


class OpenOrders(Message, frozen=True, kw_only=True):
    orders: list[Order]


class LegPrice(Message, frozen=True, kw_only=True):
    """A leg of a combination's fill; nothing that trades here has any."""

    symbol: str
    anchor: bool
    px: Int64
    qty: Int64
    side: str
    reference_px: Int64


class Execution(Message, frozen=True, kw_only=True):
    id: str
    order: Order | None
    last_shares: Int64
    last_px: Int64
    type: ExecutionType
    text: str
    order_reject_reason: OrdRejectReason
    transact_time: Instant
    leg_prices: list[LegPrice]
    trade_id: str
    aggressor: bool
    commission_notional_collected: Int64
    unsolicited_cancel_reason: UnsolicitedCxlReason
    trace_id: str
    commission_spread_px: Int64
    transact_trade_date: Date | None
    block_trade_indicator: bool


class FoundOrders(Message, frozen=True, kw_only=True):
    """`orders`, the same as `order`, is the snake dialect's addition."""

    order: list[Order]
    next_page_token: str
    last_executions: list[Execution]
    orders: list[Order] | UnsetType = UNSET


class FoundExecutions(Message, frozen=True, kw_only=True):
    executions: list[Execution]
    next_page_token: str
    eof: bool


class Trade(Message, frozen=True, kw_only=True):
    id: str
    aggressor: Execution | None
    passive: Execution | None
    trade_type: TradeType
    state: TradeState
    reporting_counterparty: Side
    text: str
    trade_link_id: str
    metadata: dict[str, str]


class FoundTrades(Message, frozen=True, kw_only=True):
    """`trades`, the same as `trade`, is the snake dialect's addition."""

    trade: list[Trade]
    next_page_token: str
    trades: list[Trade] | UnsetType = UNSET


class Position(Message, frozen=True, kw_only=True):
    account: str
    symbol: str
    net_position: Int64
    qty_bought: Int64
    qty_sold: Int64
    cost: Int64
    realized: Int64
    bod_position: Int64
    expired: bool
    update_time: Instant


class Positions(Message, frozen=True, kw_only=True):
    positions: list[Position]
    available_position: list[Int64]
    next_page_token: str
    eof: bool


class Security(Message, frozen=True, kw_only=True):
    balance: str
    market_value: str
    haircut: Int64
    notional_value: str
    available_value: str


class Balance(Message, frozen=True, kw_only=True):
    """Money in dollars, as decimal strings with at least two decimals."""

    balance: str
    capital_requirement: str
    excess_capital: str
    buying_power: str
    securities: dict[str, Security]
    total_security_notional_value: str
    total_security_available_value: str
    open_orders: str
    alternate_capital_requirement_currency: str
    alternate_capital_requirement: str
    unsettled_funds: str
    margin_requirement: str
    update_time: Instant


class Balances(Message, frozen=True, kw_only=True):
    balances: dict[str, Balance]


class Nothing(Message, frozen=True, kw_only=True):
    """The empty answer of a cancel."""
