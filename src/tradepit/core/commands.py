"""Everything that can change the exchange, as plain messages. The journal is a sequence of these.

A command is encoded as a MessagePack array whose first item is its tag. The format is for ever: a field
is only ever added at the end and with a default, a tag is never reused (docs/journal.md). This module
is never compiled: mypyc drops a Struct's tag and options.

Every command carries `now`; the core uses the later of it and the last time it saw.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tradepit.core.enums import (
    FeePlan,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.units import Cash, Price, Quantity, Timestamp


class _Command(msgspec.Struct, frozen=True, array_like=True, gc=False):
    now: Timestamp


class FeeSchedule(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What takers pay in one market, per door of origin. Rates are parts per million of a dollar.

    Source of the rules: docs/core.md, "Fees".
    """

    clob_rate_ppm: int = 0
    clob_exponent: int = 1
    clob_v1_bps: int = 0
    us_taker_ppm: int = 0
    us_maker_rebate_ppm: int = 0


class CreateMarket(_Command, frozen=True, tag="market.create"):
    """List a market. `tick` is in `Price`, `quantity_step` and `minimum_quantity` in lots.

    `minimum_quantity` binds orders that may rest, `maximum_quantity` (0: none) every order.
    `delay_ns` holds a marketable order that long before it matches. Limits lie within `lowest_price`
    and `highest_price` (0: none). Once a trade is nearer than `edge` to 0 or 1, the tick becomes
    `edge_tick` (0: never). `schedule` moves the market to a state at a time. `metadata` is for the
    doors (names, token ids, symbols); the core never reads it.
    """

    market: str
    tick: Price
    quantity_step: Quantity = 1
    minimum_quantity: Quantity = 0
    delay_ns: int = 0
    state: MarketState = MarketState.OPEN
    fees: FeeSchedule = FeeSchedule()
    metadata: dict[str, str] = {}
    maximum_quantity: Quantity = 0
    lowest_price: Price = 0
    highest_price: Price = 0
    edge: Price = 0
    edge_tick: Price = 0
    schedule: list[tuple[Timestamp, MarketState]] = []


class SetMarketState(_Command, frozen=True, tag="market.state"):
    """Move a market to another state; RESOLVED is reached by `ResolveMarket` only."""

    market: str
    state: MarketState


class ResolveMarket(_Command, frozen=True, tag="market.resolve"):
    """Pay every YES lot `payout` and every NO lot the rest, 0 <= payout <= ONE; final."""

    market: str
    payout: Price


class Deposit(_Command, frozen=True, tag="cash.deposit"):
    """Bring `amount` of cash in from outside."""

    account: str
    amount: Cash
    reference: str = ""


class Withdraw(_Command, frozen=True, tag="cash.withdraw"):
    """Take cash out, at most the balance less the largest requirement of one market."""

    account: str
    amount: Cash
    reference: str = ""


class Split(_Command, frozen=True, tag="pair.split"):
    """Turn 1.00 a share of cash into a YES and a NO."""

    account: str
    market: str
    quantity: Quantity


class Merge(_Command, frozen=True, tag="pair.merge"):
    """Turn a YES and a NO back into 1.00 a share of cash."""

    account: str
    market: str
    quantity: Quantity


class PlaceOrder(_Command, frozen=True, tag="order.place"):
    """Enter an order, in YES terms.

    `order_id` is unique for ever in its market (a CLOB order's digest, or an id that the door made).
    Exactly one of `quantity` and `budget` is positive: a budget order spends up to `budget` of cash at
    no worse than `price`, and is FOK or FAK. `expires_at` 0 means never. `client_key`, if any, is
    unique among open orders. `self_match_group`, if any, says what an own order is instead of the account:
    a participant's prevention id. `credential` names who placed it; `tag` is the door's own note, given
    back in events.

    `price` is 0 for a market-to-limit or stop order, and where `pricing` takes it from the book.
    `strict` trades at exactly the limit or not at all. A builder's fee comes on top of the taker's.
    """

    order_id: bytes
    account: str
    market: str
    side: Side
    gives: Gives
    price: Price
    quantity: Quantity = 0
    budget: Cash = 0
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: Timestamp = 0
    post_only: bool = False
    minimum_quantity: Quantity = 0
    self_match: SelfMatch = SelfMatch.REJECT_INCOMING
    self_match_group: str = ""
    fee_plan: FeePlan = FeePlan.NONE
    fee_bps: int = 0
    client_key: str = ""
    credential: str = ""
    tag: bytes = b""
    kind: OrderKind = OrderKind.LIMIT
    stop_price: Price = 0
    pricing: Pricing = Pricing.GIVEN
    strict: bool = False
    builder_bps: int = 0


class ReplaceOrder(_Command, frozen=True, tag="order.replace"):
    """Change an own open order's price, quantity (what is filled included) or expiry.

    It keeps its identity; it keeps its place unless the price changes or the quantity grows. None leaves
    a term as it is. Side, time in force and post-only cannot change; a minimum quantity counts no more.
    """

    account: str
    order_id: bytes
    price: Price | None = None
    quantity: Quantity | None = None
    stop_price: Price | None = None
    expires_at: Timestamp | None = None
    client_key: str | None = None
    tag: bytes | None = None


class CancelOrder(_Command, frozen=True, tag="order.cancel"):
    """Take an own open order out. Cancelling what is not open is refused and harmless."""

    account: str
    order_id: bytes


class CancelOrders(_Command, frozen=True, tag="order.cancel_many"):
    """Cancel an account's open orders: all, those of one market, or those naming one outcome of it.

    `outcome` is 0 for any, 1 for orders that name YES, 2 for orders that name NO.
    """

    account: str
    market: str = ""
    outcome: int = 0


class SetTick(_Command, frozen=True, tag="market.tick"):
    """Change a market's tick; orders that rest stay, on the new grid or not."""

    market: str
    tick: Price


class ScheduleMarket(_Command, frozen=True, tag="market.schedule"):
    """Move a market to a state when the time comes, besides what is scheduled already."""

    market: str
    at: Timestamp
    state: MarketState


class CreateEvent(_Command, frozen=True, tag="event.create"):
    """Link open markets of which exactly one resolves YES, or whose prices at the end add up to ONE."""

    event: str
    markets: list[str]


class Convert(_Command, frozen=True, tag="event.convert"):
    """Give `quantity` NO of each of these markets of an event; get as many YES of every other one, and
    1.00 a share for each market given but one."""

    account: str
    event: str
    markets: list[str]
    quantity: Quantity


class ResolveEvent(_Command, frozen=True, tag="event.resolve"):
    """Resolve all markets of an event, at prices in the event's order that add up to ONE; final."""

    event: str
    payouts: list[Price]


class SetKillSwitch(_Command, frozen=True, tag="kill"):
    """Cancel every open order of an account, or of a market, and refuse new ones until it is lifted."""

    account: str = ""
    market: str = ""
    on: bool = True


class Heartbeat(_Command, frozen=True, tag="heartbeat"):
    """The holder of a credential is alive. Without another one within `timeout_ns` every open order
    placed with the credential is cancelled; 0 ends the watch."""

    credential: str
    timeout_ns: int


class Tick(_Command, frozen=True, tag="tick"):
    """Nothing but the time: fires what is due on a quiet exchange."""


class RegisterCredential(_Command, frozen=True, tag="credential.register"):
    """Remember who may act for an account. `payload` is the door's; it must hold no secret."""

    credential: str
    account: str
    kind: str
    payload: bytes = b""


class RevokeCredential(_Command, frozen=True, tag="credential.revoke"):
    credential: str


class Claim(_Command, frozen=True, tag="claim"):
    """Use a one-time key (a token's jti); refused while an earlier claim of it has not lapsed."""

    key: str
    until: Timestamp


Command: TypeAlias = (
    CreateMarket
    | SetMarketState
    | ResolveMarket
    | Deposit
    | Withdraw
    | Split
    | Merge
    | PlaceOrder
    | ReplaceOrder
    | CancelOrder
    | CancelOrders
    | SetTick
    | ScheduleMarket
    | SetKillSwitch
    | Heartbeat
    | CreateEvent
    | Convert
    | ResolveEvent
    | Tick
    | RegisterCredential
    | RevokeCredential
    | Claim
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)


def encode_command(command: Command) -> bytes:
    """The command's bytes, as the journal keeps them."""
    return _encoder.encode(command)


def decode_command(data: bytes) -> Command:
    """The command in `data`; raises `msgspec.ValidationError` or `msgspec.DecodeError` if it is none."""
    return _decoder.decode(data)
