"""The markets as this door names them: by condition and by token; a projection of market events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, cast

import msgspec

from tradepit.core.units import ONE, Price, Quantity
from tradepit.doors.clob.wire.decimals import decimal_text, price_text, quantity_text
from tradepit.engine.messages import (
    CreateMarket,
    Event,
    KillSwitchChanged,
    MarketCreated,
    MarketResolved,
    MarketState,
    MarketStateChanged,
    MarketView,
    ResolutionWaiting,
    Side,
    TickChanged,
    Trade,
)

ExchangeName = Literal["ctf", "neg_risk", "v3"]

_CASH_DECIMALS: Final = {1000: 3, 100: 4, 50: 5, 25: 6, 10: 5, 1: 6}
"""Decimals that a dollar amount may have under each tick (docs/protocol/clob.md, "Amounts")."""

_SIZE_DECIMALS: Final = {1: 2, 10: 1, 100: 0}


class Listing:
    """One market: what never changes, and what its events change (`state`, `tick`, `payout`, last trade).

    `defers` says that its trades settle later.
    """

    __slots__ = (
        "cash_decimals",
        "condition_id",
        "defers",
        "delay_ns",
        "description",
        "end_date",
        "exchange",
        "fees",
        "holds_reply",
        "killed",
        "labels",
        "last_price",
        "last_side",
        "listed_at",
        "minimum",
        "no_token",
        "payout",
        "question",
        "question_id",
        "size_decimals",
        "slug",
        "state",
        "step",
        "tick",
        "tick_text",
        "tokens",
        "yes_token",
    )

    def __init__(self, listing: CreateMarket) -> None:
        data = listing.metadata
        self.slug = listing.market
        self.condition_id = data.get("condition_id", "")
        self.question_id = data.get("question_id", "")
        self.question = data.get("question", listing.market)
        self.description = data.get("description", "")
        self.yes_token = data.get("yes_token", "")
        self.no_token = data.get("no_token", "")
        self.tokens = (self.yes_token, self.no_token)
        self.labels = (data.get("yes_label") or "Yes", data.get("no_label") or "No")
        exchange = data.get("exchange", "ctf")
        if exchange not in ("ctf", "neg_risk", "v3"):
            exchange = "ctf"
        self.exchange = cast("ExchangeName", exchange)
        self.end_date = data.get("end_date", "")
        self.holds_reply = data.get("delay_reply") == "hold"
        self.delay_ns = listing.delay_ns
        self.defers = listing.deferred
        self.killed = False
        self.set_tick(listing.tick)
        self.size_decimals = _SIZE_DECIMALS.get(listing.quantity_step, 2)
        self.step: Quantity = listing.quantity_step
        self.minimum: Quantity = listing.minimum_quantity
        self.fees = listing.fees
        self.listed_at = listing.now
        self.state = listing.state
        self.payout: Price | None = None
        self.last_price: Price = 0
        self.last_side = Side.BUY

    def set_tick(self, tick: Price) -> None:
        """Take in the tick of now."""
        self.tick: Price = tick
        self.tick_text = price_text(tick)
        self.cash_decimals = _CASH_DECIMALS.get(tick, 6)

    @property
    def neg_risk(self) -> bool:
        """Whether orders are signed for the neg-risk exchange."""
        return self.exchange == "neg_risk"

    @property
    def minimum_text(self) -> str:
        """The minimum size in shares."""
        return quantity_text(self.minimum)

    @property
    def fee_curve(self) -> dict[str, object] | None:
        """The taker fee as `/clob-markets` shows it; None where there is none."""
        if not self.fees.clob_rate_ppm:
            return None
        rate = decimal_text(self.fees.clob_rate_ppm, 6)
        return {"r": number(rate), "e": self.fees.clob_exponent, "to": True}

    @property
    def takes_orders(self) -> bool:
        """Whether new orders are welcome now."""
        return self.state is MarketState.OPEN and not self.killed

    @property
    def is_not_ready(self) -> bool:
        """Whether the venue would say so of a market that the core may still take orders for: it collects
        them for an auction, or its kill switch is on."""
        return self.killed or self.state in (MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)

    @property
    def closed(self) -> bool:
        """Whether trading has ended for good."""
        return self.state in (MarketState.CLOSED, MarketState.RESOLVED)

    def price_in(self, outcome: int, price: Price) -> Price:
        """A price in YES terms as the price of outcome 0 (YES) or 1 (NO)."""
        return ONE - price if outcome else price

    def last_trade_in(self, outcome: int) -> tuple[str, str]:
        """Price and taker side of the last trade, told for one outcome; empty texts if there was none.

        A taker who bought YES sold nothing of NO, but its trade is the same as a sale of NO.
        """
        if not self.last_price:
            return "", ""
        side = self.last_side if outcome == 0 else Side(1 - self.last_side)
        return price_text(self.price_in(outcome, self.last_price)), side.name


MARKET_EVENTS: Final[frozenset[type[Event]]] = frozenset(
    {
        Trade,
        MarketCreated,
        MarketStateChanged,
        MarketResolved,
        ResolutionWaiting,
        TickChanged,
        KillSwitchChanged,
    }
)
"""What `Markets.apply` wants to hear; of an order's usual events it is none."""


class TokenPlace:
    """Which outcome of which market a token is: 0 for YES, 1 for NO."""

    __slots__ = ("listing", "number", "outcome", "token")

    def __init__(self, listing: Listing, outcome: int, token: str, token_number: int) -> None:
        self.listing = listing
        self.outcome = outcome
        self.token = token
        self.number = token_number


class Markets:
    """All markets that this door can name. Look-ups are dictionary reads."""

    def __init__(self) -> None:
        self._by_slug: dict[str, Listing] = {}
        self._by_condition: dict[str, Listing] = {}
        self._by_token: dict[str, TokenPlace] = {}
        self.any_defers = False

    def load(self, views: Iterable[MarketView]) -> None:
        """Take in the markets that the exchange holds at start."""
        for view in views:
            listing = self._add(view.listing)
            listing.state = view.state
            listing.set_tick(view.tick)
            listing.killed = view.killed
            listing.payout = view.payout
            listing.last_price = view.last_price
            listing.last_side = view.last_side

    def apply(self, event: Event) -> None:
        """Follow one event; those that are not about markets change nothing."""
        if isinstance(event, Trade):
            if (listing := self._by_slug.get(event.market)) is not None:
                listing.last_price = event.price
                listing.last_side = event.taker_side
        elif isinstance(event, MarketCreated):
            self._add(event.listing)
        elif isinstance(event, MarketStateChanged):
            if (listing := self._by_slug.get(event.market)) is not None:
                listing.state = event.state
        elif isinstance(event, ResolutionWaiting):
            if (listing := self._by_slug.get(event.market)) is not None:
                listing.state = MarketState.CLOSED
        elif isinstance(event, TickChanged):
            if (listing := self._by_slug.get(event.market)) is not None:
                listing.set_tick(event.new)
        elif isinstance(event, KillSwitchChanged):
            if (listing := self._by_slug.get(event.market)) is not None:
                listing.killed = event.on
        elif isinstance(event, MarketResolved) and (listing := self._by_slug.get(event.market)) is not None:
            listing.state = MarketState.RESOLVED
            listing.payout = event.payout

    def _add(self, created: CreateMarket) -> Listing:
        if (known := self._by_slug.get(created.market)) is not None:
            return known
        listing = Listing(created)
        self._by_slug[listing.slug] = listing
        self.any_defers = self.any_defers or listing.defers
        if listing.condition_id:
            self._by_condition.setdefault(listing.condition_id.lower(), listing)
        for outcome, token in enumerate(listing.tokens):
            if token.isascii() and token.isdigit():
                self._by_token.setdefault(token, TokenPlace(listing, outcome, token, int(token)))
        return listing

    def all(self) -> list[Listing]:
        """Every market, in order of creation."""
        return list(self._by_slug.values())

    def by_slug(self, slug: str) -> Listing | None:
        """The market of this id in the core."""
        return self._by_slug.get(slug)

    def by_condition(self, condition_id: str) -> Listing | None:
        """The market of this condition, in any letter case."""
        return self._by_condition.get(condition_id.lower())

    def by_token(self, token: str) -> TokenPlace | None:
        """The market and outcome of a token id in decimal digits."""
        return self._by_token.get(token)


def number(text: str) -> msgspec.Raw:
    """A JSON number with exactly these digits, for the members that the venue does not quote."""
    return msgspec.Raw(text.encode())
