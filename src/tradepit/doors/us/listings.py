"""The instruments of this door: a projection of the exchange's markets, with each one's wire scales."""

from __future__ import annotations

from math import gcd
from typing import Final

import msgspec

from tradepit.core.units import CASH_PER_DOLLAR, LOTS_PER_SHARE, ONE, Cash, Price, Quantity
from tradepit.engine.messages import (
    CreateMarket,
    Event,
    ListMarkets,
    MarketCreated,
    MarketResolved,
    MarketState,
    MarketStateChanged,
    Outcome,
    ResolutionWaiting,
    TickChanged,
)
from tradepit.engine.port import Port

PRICE_SCALES: Final = (100, 1_000, 10_000)
"""The price scales that the venue uses; each divides `ONE`, so every wire price is a core price exactly."""


class Scale(msgspec.Struct, frozen=True):
    """How an instrument counts: wire price = dollars x `price`, wire quantity = contracts x `quantity`.

    Both translations are exact for what stands on the instrument's tick and step.
    """

    price: int
    quantity: int

    def core_price(self, wire: int) -> Price:
        return wire * (ONE // self.price)

    def wire_price(self, price: Price) -> int:
        return price // (ONE // self.price)

    def lots(self, wire: int) -> Quantity:
        return wire * (LOTS_PER_SHARE // self.quantity)

    def wire_quantity(self, lots: Quantity) -> int:
        """A short position is a negative number of lots."""
        return lots // (LOTS_PER_SHARE // self.quantity)

    def wire_notional(self, cash: Cash) -> int:
        """Micro-dollars in notional units, of which a dollar has price x quantity; half to even."""
        return round_half_even(cash * self.price * self.quantity, CASH_PER_DOLLAR)

    def wire_average(self, notional: Cash, lots: Quantity) -> int:
        """The average price of `lots` that cost `notional`; half to even, 0 for no lots."""
        return round_half_even(notional * self.price, lots * ONE) if lots else 0


class Listing(msgspec.Struct):
    """One instrument: what was listed, its scales, and how its market stands now."""

    market: CreateMarket
    symbol: str
    scale: Scale
    state: MarketState
    payout: Price | None = None
    tick: Price = 0

    @property
    def metadata(self) -> dict[str, str]:
        return self.market.metadata


class Listings:
    """All instruments, in order of creation, kept current by the exchange's events.

    Where two markets claim one symbol, the first keeps it and the other goes by its market id.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._by_symbol: dict[str, Listing] = {}
        self._by_market: dict[str, Listing] = {}
        self._changed: dict[tuple[str, bool], Event] = {}
        self._loaded = False
        port.listen(self._hear)

    async def load(self) -> None:
        """Fetch what was listed before this projection began to listen; nothing after the first call."""
        if self.is_loaded():
            return
        views = await self._port.query(ListMarkets())
        if self.is_loaded():
            return
        heard, self._by_market, self._by_symbol = list(self._by_market.values()), {}, {}
        for view in views:
            self._add(view.listing, view.state, view.payout, view.tick)
        for listing in heard:
            self._add(listing.market, listing.state, listing.payout, listing.tick)
        for event in self._changed.values():
            self._change(event)
        self._changed.clear()
        self._loaded = True

    def is_loaded(self) -> bool:
        return self._loaded

    def find(self, symbol: str) -> Listing | None:
        return self._by_symbol.get(symbol)

    def of_market(self, market: str) -> Listing | None:
        return self._by_market.get(market)

    def all(self) -> list[Listing]:
        return list(self._by_market.values())

    def _hear(self, outcome: Outcome) -> None:
        for event in outcome.events:
            match event:
                case MarketCreated(listing=listing):
                    self._add(listing, listing.state, None, listing.tick)
                case MarketStateChanged() | MarketResolved() | ResolutionWaiting() | TickChanged():
                    if not self._loaded:
                        # The answer that `load` waits for may be older than this.
                        self._changed[event.market, isinstance(event, TickChanged)] = event
                    self._change(event)
                case _:
                    pass

    def _change(self, event: Event) -> None:
        match event:
            case MarketStateChanged(market=market, state=state) if market in self._by_market:
                self._by_market[market].state = state
            case ResolutionWaiting(market=market) if market in self._by_market:
                self._by_market[market].state = MarketState.CLOSED
            case TickChanged(market=market, new=tick) if market in self._by_market:
                self._by_market[market].tick = tick
            case MarketResolved(market=market, payout=payout) if market in self._by_market:
                self._by_market[market].state = MarketState.RESOLVED
                self._by_market[market].payout = payout
            case _:
                pass

    def _add(self, market: CreateMarket, state: MarketState, payout: Price | None, tick: Price) -> None:
        if market.market in self._by_market:
            return
        symbol = market.metadata.get("symbol") or market.market
        if symbol in self._by_symbol:
            symbol = market.market
        listing = Listing(market, symbol, scale_of(market), state, payout, tick)
        self._by_market[market.market] = listing
        self._by_symbol.setdefault(symbol, listing)


def scale_of(market: CreateMarket) -> Scale:
    """The scales of a market: its metadata's price scale where that expresses every tick, else the
    smallest of the venue's that does; and the smallest quantity scale that expresses every step."""
    wanted = market.metadata.get("price_scale", "")
    price = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else 0
    # A tick that a trade near 0 or 1 makes finer is expressed from the first day: a scale never changes.
    finest = gcd(market.tick, market.edge_tick) if market.edge else market.tick
    if price not in PRICE_SCALES or finest % (ONE // price):
        price = next(scale for scale in PRICE_SCALES if finest % (ONE // scale) == 0)
    return Scale(price, LOTS_PER_SHARE // gcd(LOTS_PER_SHARE, market.quantity_step))


def round_half_even(numerator: int, denominator: int) -> int:
    """The quotient, rounded to the nearest integer, a tie to the even one; `denominator` > 0."""
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        return quotient + 1
    return quotient
