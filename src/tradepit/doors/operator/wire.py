"""The shapes of the operator API, in and out. Dollars and shares are decimal strings.

A number is accepted for a decimal string on the way in; unknown fields are refused, so that a typo
is not taken for a default.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

ExchangeName = Literal["ctf", "neg_risk", "v3"]
StateName = Literal["pending", "pre_open", "open", "suspended", "halted", "closed", "match_and_close"]


class _Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FeesIn(_Request, frozen=True):
    """What takers pay. Rates are fractions of a dollar; `clob_v1_bps` is what V1 orders must sign."""

    clob_rate: Decimal = Decimal(0)
    clob_exponent: int = 1
    clob_v1_bps: int = 0
    us_taker_rate: Decimal = Decimal(0)
    us_maker_rebate_rate: Decimal = Decimal(0)


class ScheduleIn(_Request, frozen=True):
    """A change of a market's state by the clock; `at` is an ISO 8601 date, in UTC if it names no zone."""

    at: str
    state: StateName


class MarketIn(_Request, frozen=True):
    """A market to list. Only `slug` and `question` are needed; ids left out are derived from the slug.

    Of `maximum`, `lowest_price`, `highest_price` and `edge` 0 means none.
    """

    slug: str
    question: str
    description: str = ""
    tick: Decimal = Decimal("0.01")
    step: Decimal = Decimal("0.01")
    minimum: Decimal = Decimal(5)
    delay: Decimal = Decimal(0)
    delay_reply: Literal["delayed", "hold"] = "delayed"
    state: StateName = "open"
    fees: FeesIn = FeesIn()
    exchange: ExchangeName = "ctf"
    condition_id: str = ""
    question_id: str = ""
    yes_token: str = ""
    no_token: str = ""
    yes_label: str = "Yes"
    no_label: str = "No"
    symbol: str = ""
    price_scale: int = 10_000
    end_date: str = ""
    maximum: Decimal = Decimal(0)
    lowest_price: Decimal = Decimal(0)
    highest_price: Decimal = Decimal(0)
    edge: Decimal = Decimal(0)
    edge_tick: Decimal = Decimal(0)
    deferred: bool = False
    restores: bool = False
    schedule: list[ScheduleIn] = []


class TickIn(_Request, frozen=True):
    tick: Decimal


class KillSwitchIn(_Request, frozen=True):
    """Of either an account or a market."""

    account: str = ""
    market: str = ""
    on: bool = True


class EventIn(_Request, frozen=True):
    """Markets of which exactly one will resolve YES."""

    event: str
    markets: list[str]


class EventResolveIn(_Request, frozen=True):
    """Either the `winner`, a market of the event, or what a YES share of each pays, in the event's order."""

    winner: str = ""
    payouts: list[Decimal] | None = None


class StateIn(_Request, frozen=True):
    state: StateName


class ResolveIn(_Request, frozen=True):
    """Either the winning `outcome`, or what a YES share pays (`payout`, 0 to 1 dollar)."""

    outcome: Literal["YES", "NO"] | None = None
    payout: Decimal | None = None


class MoneyIn(_Request, frozen=True):
    account: str
    amount: Decimal
    reference: str = ""


class PairsIn(_Request, frozen=True):
    """Pairs to split from cash, or to merge back: `quantity` shares of YES and of NO."""

    account: str
    market: str
    quantity: Decimal


class UserIn(_Request, frozen=True):
    """A US trader. `public_key` is the RSA public key in PEM; scopes left out are all scopes."""

    firm: str
    user: str
    public_key: str
    scopes: list[str] = []


class FaultsIn(_Request, frozen=True):
    """The next `count` order placements (of `account`, or of anyone) fail at `stage`; 0 clears it."""

    stage: Literal["insert", "execute", "delay"]
    count: int = 1
    account: str = ""


class FeesOut(msgspec.Struct, frozen=True):
    clob_rate: str
    clob_exponent: int
    clob_v1_bps: int
    us_taker_rate: str
    us_maker_rebate_rate: str


class ScheduleOut(msgspec.Struct, frozen=True):
    at: str
    state: str


class MarketOut(msgspec.Struct, frozen=True):
    """A market as it stands; `payout` is null until it is resolved, `last_price` until it has traded.

    `tick` is the tick of now, `schedule` what lies ahead. `resolves_at` is the payout of a resolution that
    waits for trades to settle. The indicative price is what an auction would do now.
    """

    id: str
    slug: str
    question: str
    description: str
    state: str
    payout: str | None
    last_price: str | None
    tick: str
    step: str
    minimum: str
    delay: str
    fees: FeesOut
    exchange: str
    condition_id: str
    question_id: str
    yes_token: str
    no_token: str
    yes_label: str
    no_label: str
    symbol: str
    price_scale: int
    end_date: str
    pairs: str
    traded: str
    maximum: str
    lowest_price: str
    highest_price: str
    edge: str
    edge_tick: str
    deferred: bool
    restores: bool
    schedule: list[ScheduleOut]
    killed: bool
    event: str
    unsettled_trades: int
    resolves_at: str | None
    indicative_price: str | None
    indicative_quantity: str


class MarketsOut(msgspec.Struct, frozen=True):
    markets: list[MarketOut]


class KillSwitchOut(msgspec.Struct, frozen=True):
    """`canceled` is how many open orders it took out."""

    account: str
    market: str
    on: bool
    canceled: int


class TradeOut(msgspec.Struct, frozen=True):
    """What became of a trade's settlement; `restored` says whether a failed one's maker has its size back."""

    number: int
    market: str
    status: str
    restored: bool


class EventOut(msgspec.Struct, frozen=True):
    """A linked set of markets; `payouts` is null until it is resolved."""

    event: str
    markets: list[str]
    payouts: list[str] | None


class MoneyOut(msgspec.Struct, frozen=True):
    """`balance` is the account's cash after the movement of `amount`."""

    account: str
    amount: str
    balance: str
    sequence: int


class PositionOut(msgspec.Struct, frozen=True):
    """`pending` is what trades that are not settled yet will bring."""

    market: str
    yes: str
    no: str
    pending_yes: str
    pending_no: str
    pending_cash: str


class AccountOut(msgspec.Struct, frozen=True):
    """`free` is what a withdrawal could take; `pending_cash` is what unsettled trades will bring."""

    account: str
    cash: str
    free: str
    positions: list[PositionOut]
    pending_cash: str


class UserOut(msgspec.Struct, frozen=True):
    client_id: str
    firm: str
    user: str
    participant: str
    account: str
    scopes: list[str]


class FaultsOut(msgspec.Struct, frozen=True):
    stage: str
    count: int
    account: str


class StatusOut(msgspec.Struct, frozen=True):
    """What runs here. `ca_certificate` is the path of the local authority's certificate, if TLS is served."""

    version: str
    mode: str
    profile: str
    sequence: int
    time: int
    markets: int
    accounts: int
    open_orders: int
    data_dir: str
    ca_certificate: str
    ports: dict[str, int]


class ErrorOut(msgspec.Struct, frozen=True):
    error: str
    detail: str
