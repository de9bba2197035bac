"""The messages of the port: what a door may say to the exchange and hear from it.

Commands and events are the core's and are named here again, so that a door imports this module and
never the core. Questions are answered from the core's own state, after everything acknowledged so far.
All of it is plain data: the port may be a call or a wire.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Claim,
    Command,
    ConfirmTrade,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    FailTrade,
    FeeSchedule,
    Heartbeat,
    Merge,
    PlaceOrder,
    RegisterCredential,
    ReplaceOrder,
    ResolveEvent,
    ResolveMarket,
    RetryTrade,
    RevokeCredential,
    ScheduleMarket,
    SetKillSwitch,
    SetMarginRelief,
    SetMarketState,
    SetTick,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    FeePlan,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    Reject,
    Role,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    BalanceChanged,
    CancelRejected,
    Claimed,
    CommandRejected,
    Converted,
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    Event,
    EventCreated,
    EventResolved,
    HeartbeatLapsed,
    HeartbeatTaken,
    IndicativeChanged,
    KillSwitchChanged,
    LevelChanged,
    MarginReliefChanged,
    MarketCreated,
    MarketResolved,
    MarketScheduled,
    MarketStateChanged,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderRestored,
    OrderSettled,
    OrderTriggered,
    OrderWaiting,
    PairsMerged,
    PairsSplit,
    PendingChanged,
    PositionChanged,
    PositionRedeemed,
    ReplaceRejected,
    ResolutionWaiting,
    TickChanged,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
    Withdrawn,
)
from tradepit.core.units import Cash, Price, Quantity, Timestamp

__all__ = [
    "AccountView",
    "BalanceChanged",
    "BookView",
    "CancelOrder",
    "CancelOrders",
    "CancelReason",
    "CancelRejected",
    "Claim",
    "Claimed",
    "Command",
    "CommandRejected",
    "ConfirmTrade",
    "Convert",
    "Converted",
    "CreateEvent",
    "CreateMarket",
    "CredentialRegistered",
    "CredentialRevoked",
    "Deposit",
    "Deposited",
    "Event",
    "EventCreated",
    "EventResolved",
    "EventView",
    "ExpireReason",
    "FailTrade",
    "FeePlan",
    "FeeSchedule",
    "GetAccount",
    "GetBook",
    "GetOrder",
    "GetStatus",
    "Gives",
    "Heartbeat",
    "HeartbeatLapsed",
    "HeartbeatTaken",
    "IndicativeChanged",
    "KillSwitchChanged",
    "LevelChanged",
    "ListCredentials",
    "ListEvents",
    "ListMarkets",
    "ListOpenOrders",
    "MarginReliefChanged",
    "MarketCreated",
    "MarketResolved",
    "MarketScheduled",
    "MarketState",
    "MarketStateChanged",
    "MarketView",
    "Merge",
    "OrderAccepted",
    "OrderCancelled",
    "OrderDelayed",
    "OrderExpired",
    "OrderFilled",
    "OrderKind",
    "OrderRejected",
    "OrderReplaced",
    "OrderRested",
    "OrderRestored",
    "OrderSettled",
    "OrderTriggered",
    "OrderView",
    "OrderWaiting",
    "Outcome",
    "PairsMerged",
    "PairsSplit",
    "PendingChanged",
    "PlaceOrder",
    "PositionChanged",
    "PositionRedeemed",
    "PositionView",
    "Pricing",
    "Question",
    "RegisterCredential",
    "Reject",
    "ReplaceOrder",
    "ReplaceRejected",
    "ResolutionWaiting",
    "ResolveEvent",
    "ResolveMarket",
    "RetryTrade",
    "RevokeCredential",
    "Role",
    "ScheduleMarket",
    "SelfMatch",
    "SetKillSwitch",
    "SetMarginRelief",
    "SetMarketState",
    "SetTick",
    "Side",
    "Split",
    "StatusView",
    "Tick",
    "TickChanged",
    "TimeInForce",
    "Trade",
    "TradeConfirmed",
    "TradeFailed",
    "TradeRetried",
    "Withdraw",
    "Withdrawn",
]

A = TypeVar("A")


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one command did: its place in the journal, the exchange's time, and its events in order."""

    sequence: int
    time: Timestamp
    events: list[Event]


class MarketView(msgspec.Struct, frozen=True, array_like=True):
    """A market as it stands. `payout` is None until resolved; `last_price` 0 means never traded.

    `tick` is the tick of now (the listing's is that of its first day); `killed` says that its kill switch
    is on, `event` which event it belongs to, and `awaiting` at what price it will be resolved when the
    last of its `unsettled` trades has settled. `indicative` is what its auction would do now, as (price,
    lots). `schedule` are the state changes ahead.
    """

    listing: CreateMarket
    state: MarketState
    payout: Price | None
    last_price: Price
    last_side: Side
    pairs: Quantity
    traded: Quantity
    tick: Price = 0
    killed: bool = False
    event: str = ""
    awaiting: Price | None = None
    unsettled: int = 0
    indicative: tuple[Price, Quantity] = (0, 0)
    schedule: list[tuple[Timestamp, MarketState]] = []


class BookView(msgspec.Struct, frozen=True, array_like=True):
    """One book in YES terms, best price first on both sides, as (price, quantity); `tick` is that of now."""

    market: str
    state: MarketState
    bids: list[tuple[Price, Quantity]]
    asks: list[tuple[Price, Quantity]]
    last_price: Price
    last_side: Side
    sequence: int
    time: Timestamp
    tick: Price = 0


class OrderView(msgspec.Struct, frozen=True, array_like=True):
    """An open order, with its terms of now. `notional` is the sum of price x quantity of its fills, in
    YES terms.

    `delayed_until` is 0 unless a market delay holds it. `price` is the limit of now, which a
    market-to-limit order has from its last fill (0 where it has none yet); `is_waiting` says that it is
    a stop not yet reached.
    """

    order: PlaceOrder
    remaining: Quantity
    filled: Quantity
    notional: Cash
    accepted_at: Timestamp
    delayed_until: Timestamp
    price: Price = 0
    is_waiting: bool = False


class PositionView(msgspec.Struct, frozen=True, array_like=True):
    """An account in one market. `promised` lots stand in its open sells; `required` is the cash its
    open orders there need (docs/core.md, "Funding"). `pending` is what trades that are not settled yet
    will bring; it is no part of the rest."""

    market: str
    yes: Quantity
    no: Quantity
    yes_promised: Quantity
    no_promised: Quantity
    required: Cash
    pending_cash: Cash = 0
    pending_yes: Quantity = 0
    pending_no: Quantity = 0


class AccountView(msgspec.Struct, frozen=True, array_like=True):
    """An account's money. `largest_required` is what a withdrawal must leave; an account that the
    exchange has never seen has zeros, and `known` is False. `pending_cash` is what its unsettled trades
    of all markets will bring, and no part of `cash`."""

    account: str
    known: bool
    cash: Cash
    largest_required: Cash
    positions: list[PositionView]
    pending_cash: Cash = 0


class EventView(msgspec.Struct, frozen=True, array_like=True):
    """Linked markets, in the event's order; `is_over` once it is resolved, or waits for trades to settle."""

    event: str
    markets: list[str]
    is_over: bool


class StatusView(msgspec.Struct, frozen=True, array_like=True):
    sequence: int
    time: Timestamp
    markets: int
    accounts: int
    open_orders: int


class Question(msgspec.Struct, Generic[A], frozen=True, array_like=True, gc=False):
    """A question whose answer is an `A`."""


class GetStatus(Question[StatusView], frozen=True, tag="status"):
    """How far the exchange is."""


class ListMarkets(Question[list[MarketView]], frozen=True, tag="markets"):
    """All markets, in order of creation."""


class ListEvents(Question[list[EventView]], frozen=True, tag="events"):
    """All events, in order of creation."""


class GetBook(Question[BookView | None], frozen=True, tag="book"):
    """One book, at most `depth` levels a side (0: all); None for an unknown market."""

    market: str
    depth: int = 0


class GetOrder(Question[OrderView | None], frozen=True, tag="order"):
    """One open order; None when it is not open."""

    order_id: bytes


class ListOpenOrders(Question[list[OrderView]], frozen=True, tag="orders"):
    """An account's open orders, stops that wait included, oldest first; of one market, or of all ("")."""

    account: str
    market: str = ""


class GetAccount(Question[AccountView], frozen=True, tag="account"):
    """An account's money and its positions in all markets (or in one)."""

    account: str
    market: str = ""


class ListCredentials(Question[list[CredentialRegistered]], frozen=True, tag="credentials"):
    """All live credentials of one kind, in order of registration."""

    kind: str
