"""Everything that can be observed of the exchange. Events say all that a door, a projector or a
subscriber needs, so that none of them looks into the core's state.

The order of events of one command is fixed (docs/core.md, "The order of events"). Like commands they
are MessagePack arrays with a tag, and this module is never compiled.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tradepit.core.commands import CreateMarket, PlaceOrder
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    Gives,
    MarketState,
    OrderKind,
    Reject,
    Role,
    Side,
)
from tradepit.core.units import Cash, Price, Quantity, Timestamp


class _Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    time: Timestamp


class OrderAccepted(_Event, frozen=True, tag="order.accepted"):
    order: PlaceOrder


class OrderRejected(_Event, frozen=True, tag="order.rejected"):
    """Refused on arrival, or, for a delayed order, when its delay was over (then it was accepted before).

    For funding: `available` is what the account holds of the thing it lacks (micro-dollars, or lots),
    `reserved` what its other orders in the market need, `required` what this order needs besides.
    """

    order: PlaceOrder
    reason: Reject
    available: int = 0
    reserved: int = 0
    required: int = 0


class OrderDelayed(_Event, frozen=True, tag="order.delayed"):
    """Accepted and held until `due`; cannot be cancelled before."""

    order_id: bytes
    account: str
    market: str
    due: Timestamp


class OrderWaiting(_Event, frozen=True, tag="order.waiting"):
    """Accepted, and waits until the last trade reaches its stop price; it is in no book, and not funded."""

    order_id: bytes
    account: str
    market: str
    stop_price: Price


class OrderTriggered(_Event, frozen=True, tag="order.triggered"):
    """Its stop price was reached; from here it is the order that `kind` says."""

    order_id: bytes
    account: str
    market: str
    kind: OrderKind


class Trade(_Event, frozen=True, tag="trade"):
    """One maker order met one taker order. `pairs` is the change in pairs (minted > 0, merged < 0).

    `number` counts trades of the whole exchange from 1. A fee below zero is a rebate. `builder_fee` is the
    part of the taker's fee that is a builder's.
    """

    number: int
    market: str
    price: Price
    quantity: Quantity
    taker_side: Side
    taker_order: bytes
    taker_account: str
    taker_fee: Cash
    maker_order: bytes
    maker_account: str
    maker_fee: Cash
    pairs: Quantity
    builder_fee: Cash = 0


class OrderFilled(_Event, frozen=True, tag="order.filled"):
    """One side's view of a trade. `cash`, `yes`, `no` are the changes of its holdings, the fee included.

    `remaining` is what is left of the order in lots (of a budget order: 0). `done` is its last word.
    """

    order_id: bytes
    account: str
    market: str
    trade: int
    role: Role
    side: Side
    gives: Gives
    price: Price
    quantity: Quantity
    fee: Cash
    cash: Cash
    yes: Quantity
    no: Quantity
    filled: Quantity
    remaining: Quantity
    done: bool


class OrderRested(_Event, frozen=True, tag="order.rested"):
    order_id: bytes
    account: str
    market: str
    side: Side
    price: Price
    remaining: Quantity


class OrderCancelled(_Event, frozen=True, tag="order.cancelled"):
    order_id: bytes
    account: str
    market: str
    remaining: Quantity
    reason: CancelReason


class OrderExpired(_Event, frozen=True, tag="order.expired"):
    order_id: bytes
    account: str
    market: str
    remaining: Quantity
    reason: ExpireReason


class LevelChanged(_Event, frozen=True, tag="level"):
    """The new aggregate at one price, in YES terms; 0 when the level is gone."""

    market: str
    side: Side
    price: Price
    quantity: Quantity


class BalanceChanged(_Event, frozen=True, tag="balance"):
    account: str
    cash: Cash


class PositionChanged(_Event, frozen=True, tag="position"):
    account: str
    market: str
    yes: Quantity
    no: Quantity


class OrderReplaced(_Event, frozen=True, tag="order.replaced"):
    """The order has the terms of `order` now; `kept_place` says whether its place in line too.

    `done` is its last word: it was replaced to no more than what was filled.
    """

    order: PlaceOrder
    filled: Quantity
    remaining: Quantity
    kept_place: bool
    done: bool


class ReplaceRejected(_Event, frozen=True, tag="replace.rejected"):
    """The order stands as it was. The numbers are those of `OrderRejected`."""

    order_id: bytes
    account: str
    reason: Reject
    available: int = 0
    reserved: int = 0
    required: int = 0


class CancelRejected(_Event, frozen=True, tag="cancel.rejected"):
    order_id: bytes
    account: str
    reason: Reject


class MarketCreated(_Event, frozen=True, tag="market.created"):
    listing: CreateMarket


class MarketStateChanged(_Event, frozen=True, tag="market.state"):
    market: str
    state: MarketState


class TickChanged(_Event, frozen=True, tag="market.tick"):
    market: str
    old: Price
    new: Price


class MarketScheduled(_Event, frozen=True, tag="market.scheduled"):
    market: str
    at: Timestamp
    state: MarketState


class IndicativeChanged(_Event, frozen=True, tag="market.indicative"):
    """What the auction would do now: one price for `quantity` lots; both 0 when nothing would trade."""

    market: str
    price: Price
    quantity: Quantity


class KillSwitchChanged(_Event, frozen=True, tag="kill"):
    account: str
    market: str
    on: bool


class HeartbeatTaken(_Event, frozen=True, tag="heartbeat"):
    """`due` is when the credential's orders are cancelled unless another one comes; 0: no watch."""

    credential: str
    due: Timestamp


class HeartbeatLapsed(_Event, frozen=True, tag="heartbeat.lapsed"):
    credential: str


class MarketResolved(_Event, frozen=True, tag="market.resolved"):
    market: str
    payout: Price


class Deposited(_Event, frozen=True, tag="cash.deposited"):
    account: str
    amount: Cash
    reference: str


class Withdrawn(_Event, frozen=True, tag="cash.withdrawn"):
    account: str
    amount: Cash
    reference: str


class PairsSplit(_Event, frozen=True, tag="pair.split"):
    account: str
    market: str
    quantity: Quantity


class PairsMerged(_Event, frozen=True, tag="pair.merged"):
    account: str
    market: str
    quantity: Quantity


class EventCreated(_Event, frozen=True, tag="event.created"):
    event: str
    markets: list[str]


class Converted(_Event, frozen=True, tag="event.converted"):
    """The account gave `quantity` NO of each of `markets`, got as many YES of the event's other markets,
    and `cash`."""

    account: str
    event: str
    markets: list[str]
    quantity: Quantity
    cash: Cash


class EventResolved(_Event, frozen=True, tag="event.resolved"):
    """The markets' own resolutions follow, in the event's order."""

    event: str
    payouts: list[Price]


class PositionRedeemed(_Event, frozen=True, tag="position.redeemed"):
    """A resolved market paid `cash` for the account's last `yes` and `no` lots in it."""

    account: str
    market: str
    yes: Quantity
    no: Quantity
    cash: Cash


class CredentialRegistered(_Event, frozen=True, tag="credential.registered"):
    credential: str
    account: str
    kind: str
    payload: bytes


class CredentialRevoked(_Event, frozen=True, tag="credential.revoked"):
    credential: str
    account: str
    kind: str


class Claimed(_Event, frozen=True, tag="claimed"):
    key: str
    until: Timestamp


class CommandRejected(_Event, frozen=True, tag="rejected"):
    """A command other than an order or a cancel was refused; `subject` is what it named."""

    subject: str
    reason: Reject
    available: int = 0
    required: int = 0


Event: TypeAlias = (
    OrderAccepted
    | OrderRejected
    | OrderDelayed
    | OrderWaiting
    | OrderTriggered
    | Trade
    | OrderFilled
    | OrderRested
    | OrderCancelled
    | OrderExpired
    | LevelChanged
    | BalanceChanged
    | PositionChanged
    | OrderReplaced
    | ReplaceRejected
    | CancelRejected
    | MarketCreated
    | MarketStateChanged
    | TickChanged
    | MarketScheduled
    | IndicativeChanged
    | KillSwitchChanged
    | HeartbeatTaken
    | HeartbeatLapsed
    | MarketResolved
    | Deposited
    | Withdrawn
    | PairsSplit
    | PairsMerged
    | EventCreated
    | Converted
    | EventResolved
    | PositionRedeemed
    | CredentialRegistered
    | CredentialRevoked
    | Claimed
    | CommandRejected
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[list[Event]] = msgspec.msgpack.Decoder(list[Event])


def encode_events(events: list[Event]) -> bytes:
    """The events' bytes, as the feed to the projector and the socket port carry them."""
    return _encoder.encode(events)


def decode_events(data: bytes) -> list[Event]:
    """The events in `data`; raises `msgspec.ValidationError` or `msgspec.DecodeError` if they are none."""
    return _decoder.decode(data)
