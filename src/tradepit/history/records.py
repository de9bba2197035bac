"""What history answers, and how to ask. Times are nanoseconds, `since` is inclusive and `until` is not."""

from __future__ import annotations

import msgspec

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Side
from tradepit.core.units import Cash, Price, Quantity, Timestamp
from tradepit.history.schema import EntryKind, OrderStatus, TradeState


class OrderRecord(msgspec.Struct, frozen=True):
    """An order, living or ended. `order` are its terms of now: as they came, or as they were replaced.

    `reason` is the number of the `Reject`, `CancelReason` or `ExpireReason` that its status speaks of, or
    0. `remaining` of an ended order is what was left of it. `notional` is the sum of price x quantity of its
    fills, in YES terms. Trades that failed count in none of them. `sequence`
    is its command's place in the journal.
    """

    order: PlaceOrder
    status: OrderStatus
    reason: int
    filled: Quantity
    remaining: Quantity
    notional: Cash
    fees: Cash
    accepted_at: Timestamp
    updated_at: Timestamp
    sequence: int


class OrderFilter(msgspec.Struct, frozen=True):
    """Which orders, by what is given; `after` is the sequence at which the page before ended."""

    account: str = ""
    market: str = ""
    order_id: bytes = b""
    client_key: str = ""
    statuses: tuple[OrderStatus, ...] = ()
    since: Timestamp = 0
    until: Timestamp = 0
    newest_first: bool = True
    after: int = 0
    limit: int = 100


class TradeRecord(msgspec.Struct, frozen=True):
    """One maker order met one taker order. Price and side are in YES terms; a fee below 0 is a rebate.

    `updated_at` is when its settlement came to `state`.
    """

    number: int
    market: str
    price: Price
    quantity: Quantity
    taker_side: Side
    taker: PlaceOrder
    maker: PlaceOrder
    taker_fee: Cash
    maker_fee: Cash
    time: Timestamp
    sequence: int
    state: TradeState = TradeState.CONFIRMED
    updated_at: Timestamp = 0


class TradeFilter(msgspec.Struct, frozen=True):
    """Which trades; `account` and `order_id` match either side. `after` is a trade's number."""

    account: str = ""
    market: str = ""
    number: int = 0
    taker_order: bytes = b""
    order_id: bytes = b""
    since: Timestamp = 0
    until: Timestamp = 0
    newest_first: bool = True
    after: int = 0
    limit: int = 100
    states: tuple[TradeState, ...] = ()


class EntryRecord(msgspec.Struct, frozen=True):
    """A change of an account's money or tokens other than by a trade, with its sign."""

    account: str
    kind: EntryKind
    market: str
    cash: Cash
    yes: Quantity
    no: Quantity
    reference: str
    time: Timestamp
    sequence: int
    position: int


class EntryFilter(msgspec.Struct, frozen=True):
    """Which ledger entries; `after` is a sequence."""

    account: str = ""
    kinds: tuple[EntryKind, ...] = ()
    newest_first: bool = True
    after: int = 0
    limit: int = 100
