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
    CreateMarket,
    Deposit,
    FeeSchedule,
    Merge,
    PlaceOrder,
    RegisterCredential,
    ResolveMarket,
    RevokeCredential,
    SetMarketState,
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
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    Event,
    LevelChanged,
    MarketCreated,
    MarketResolved,
    MarketStateChanged,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderRested,
    PairsMerged,
    PairsSplit,
    PositionChanged,
    PositionRedeemed,
    Trade,
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
    "CreateMarket",
    "CredentialRegistered",
    "CredentialRevoked",
    "Deposit",
    "Deposited",
    "Event",
    "ExpireReason",
    "FeePlan",
    "FeeSchedule",
    "GetAccount",
    "GetBook",
    "GetOrder",
    "GetStatus",
    "Gives",
    "LevelChanged",
    "ListCredentials",
    "ListMarkets",
    "ListOpenOrders",
    "MarketCreated",
    "MarketResolved",
    "MarketState",
    "MarketStateChanged",
    "MarketView",
    "Merge",
    "OrderAccepted",
    "OrderCancelled",
    "OrderDelayed",
    "OrderExpired",
    "OrderFilled",
    "OrderRejected",
    "OrderRested",
    "OrderView",
    "Outcome",
    "PairsMerged",
    "PairsSplit",
    "PlaceOrder",
    "PositionChanged",
    "PositionRedeemed",
    "PositionView",
    "Question",
    "RegisterCredential",
    "Reject",
    "ResolveMarket",
    "RevokeCredential",
    "Role",
    "SelfMatch",
    "SetMarketState",
    "Side",
    "Split",
    "StatusView",
    "Tick",
    "TimeInForce",
    "Trade",
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
    """A market as it stands. `payout` is None until resolved; `last_price` 0 means never traded."""

    listing: CreateMarket
    state: MarketState
    payout: Price | None
    last_price: Price
    last_side: Side
    pairs: Quantity
    traded: Quantity


class BookView(msgspec.Struct, frozen=True, array_like=True):
    """One book in YES terms, best price first on both sides, as (price, quantity)."""

    market: str
    state: MarketState
    bids: list[tuple[Price, Quantity]]
    asks: list[tuple[Price, Quantity]]
    last_price: Price
    last_side: Side
    sequence: int
    time: Timestamp


class OrderView(msgspec.Struct, frozen=True, array_like=True):
    """An open order. `notional` is the sum of price x quantity of its fills, in YES terms.

    `delayed_until` is 0 unless a market delay holds it.
    """

    order: PlaceOrder
    remaining: Quantity
    filled: Quantity
    notional: Cash
    accepted_at: Timestamp
    delayed_until: Timestamp


class PositionView(msgspec.Struct, frozen=True, array_like=True):
    """An account in one market. `promised` lots stand in its open sells; `required` is the cash its
    open orders there need (docs/core.md, "Funding")."""

    market: str
    yes: Quantity
    no: Quantity
    yes_promised: Quantity
    no_promised: Quantity
    required: Cash


class AccountView(msgspec.Struct, frozen=True, array_like=True):
    """An account's money. `largest_required` is what a withdrawal must leave; an account that the
    exchange has never seen has zeros, and `known` is False."""

    account: str
    known: bool
    cash: Cash
    largest_required: Cash
    positions: list[PositionView]


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


class GetBook(Question[BookView | None], frozen=True, tag="book"):
    """One book, at most `depth` levels a side (0: all); None for an unknown market."""

    market: str
    depth: int = 0


class GetOrder(Question[OrderView | None], frozen=True, tag="order"):
    """One open order; None when it is not open."""

    order_id: bytes


class ListOpenOrders(Question[list[OrderView]], frozen=True, tag="orders"):
    """An account's open orders, oldest first; of one market, or of all ("")."""

    account: str
    market: str = ""


class GetAccount(Question[AccountView], frozen=True, tag="account"):
    """An account's money and its positions in all markets (or in one)."""

    account: str
    market: str = ""


class ListCredentials(Question[list[CredentialRegistered]], frozen=True, tag="credentials"):
    """All live credentials of one kind, in order of registration."""

    kind: str
