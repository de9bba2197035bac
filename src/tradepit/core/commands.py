"""Everything that can change the exchange, as plain messages. The journal is a sequence of these.

A command is encoded as a MessagePack array whose first item is its tag. The format is for ever: a field
is only ever added at the end and with a default, a tag is never reused (docs/journal.md). This module
is never compiled: mypyc drops a Struct's tag and options.

Every command carries `now`; the core uses the later of it and the last time it saw.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tradepit.core.enums import FeePlan, Gives, MarketState, SelfMatch, Side, TimeInForce
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

    `minimum_quantity` binds orders that may rest. `delay_ns` holds a marketable order that long before
    it matches. `metadata` is for the doors (names, token ids, symbols); the core never reads it.
    """

    market: str
    tick: Price
    quantity_step: Quantity = 1
    minimum_quantity: Quantity = 0
    delay_ns: int = 0
    state: MarketState = MarketState.OPEN
    fees: FeeSchedule = FeeSchedule()
    metadata: dict[str, str] = {}


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
    | CancelOrder
    | CancelOrders
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
