"""One market: its rules, its state, its book, and who holds something in it."""

from __future__ import annotations

from typing import Final

from tradepit.core.book import Book
from tradepit.core.commands import CreateMarket
from tradepit.core.enums import MarketState, Side
from tradepit.core.fees import is_valid
from tradepit.core.ledger import Holding
from tradepit.core.limits import (
    DELAY_MAX_NS,
    METADATA_BYTES_MAX,
    NAME_LENGTH_MAX,
    QUANTITY_MAX,
    TIMERS_PER_MARKET_MAX,
)
from tradepit.core.stops import Stops
from tradepit.core.units import ONE, TIME_MAX, Cash, Price, Quantity, Timestamp

_CANCELLABLE: Final = (
    MarketState.OPEN,
    MarketState.PRE_OPEN,
    MarketState.MATCH_AND_CLOSE,
    MarketState.SUSPENDED,
)
_COLLECTING: Final = (MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)


class Market:
    """The state of one market.

    `holdings` are all accounts with tokens or open orders here, in order of coming. `seen` are the ids
    of every order accepted here, kept until the market is resolved: an order is never taken twice.
    `pairs` is the number of YES lots, and of NO lots, in existence; `fees` is the operator's fee
    account of this market. `tick` is the tick of now. `indicative` is what an auction would do, as last
    announced. `schedule` are the state changes ahead.
    `event` names the event that the market belongs to, if any.
    """

    __slots__ = (
        "awaiting",
        "book",
        "event",
        "fees",
        "holdings",
        "indicative",
        "killed",
        "last_price",
        "last_side",
        "listing",
        "name",
        "pairs",
        "payout",
        "schedule",
        "seen",
        "state",
        "stops",
        "tick",
        "traded",
        "unsettled",
    )

    def __init__(self, listing: CreateMarket) -> None:
        self.listing = listing
        self.name = listing.market
        self.state = listing.state
        self.tick: Price = listing.tick
        self.book = Book()
        self.stops = Stops()
        self.killed = False
        self.unsettled = 0
        self.awaiting: Price | None = None
        self.event = ""
        self.indicative: tuple[Price, Quantity] = (0, 0)
        self.schedule: list[tuple[Timestamp, MarketState]] = sorted(listing.schedule, key=when)
        self.holdings: dict[str, Holding] = {}
        self.seen: set[bytes] = set()
        self.pairs: Quantity = 0
        self.fees: Cash = 0
        self.last_price: Price = 0
        self.last_side = Side.BUY
        self.traded: Quantity = 0
        self.payout: Price | None = None

    def may_cancel(self) -> bool:
        """Whether the state lets an owner take orders out (docs/core.md, "Market states")."""
        return self.state in _CANCELLABLE

    def collects(self) -> bool:
        """Whether orders rest without matching, for an auction that ends the state."""
        return self.state in _COLLECTING

    def may_replace(self) -> bool:
        """Whether the state lets an owner change orders (docs/core.md, "Market states")."""
        return self.state is MarketState.OPEN or self.collects()

    def finer_tick(self) -> Price:
        """The finer tick to take, because a trade came near 0 or 1; 0 to stay. It is never taken back."""
        edge, finer = self.listing.edge, self.listing.edge_tick
        if edge and self.tick > finer and not edge <= self.last_price <= ONE - edge:
            return finer
        return 0

    def check(self, yes: Quantity = 0, no: Quantity = 0) -> None:
        """Walk the market's invariants, `yes` and `no` lying in escrow; raises AssertionError.
        O(orders + holdings)."""
        self.book.check(may_cross=self.collects())
        for name, holding in self.holdings.items():
            assert holding.account.name == name and holding.account.holdings.get(self.name) is holding
            assert not holding.is_idle(), "an idle holding is kept"
            holding.check()
            yes += holding.yes
            no += holding.no
        assert yes == no == self.pairs, "YES supply, NO supply and pairs differ"
        resting = {order.order_id for order in self.book.orders()}
        open_ids = {
            order.order_id
            for holding in self.holdings.values()
            for order in holding.orders.values()
            if not order.delayed_until
        }
        assert resting == open_ids, "the book and the holdings disagree about who rests"
        waiting = [order.order_id for order in self.stops]
        stops = {order_id for holding in self.holdings.values() for order_id in holding.stops}
        assert len(waiting) == len(stops) and set(waiting) == stops, "a stop waits in one place only"


def is_valid_tick(tick: Price) -> bool:
    """A tick divides one dollar, so that the complement of a price on the grid is on it too."""
    return 1 <= tick <= ONE // 2 and ONE % tick == 0


def when(change: tuple[Timestamp, MarketState]) -> Timestamp:
    """The time of a scheduled change. Changes at one time happen in the order of their scheduling."""
    return change[0]


def is_schedulable(at: Timestamp, state: MarketState) -> bool:
    """Whether a market may be told to go to `state` by the clock."""
    return 0 < at <= TIME_MAX and state not in (MarketState.RESOLVED, MarketState.PENDING)


def is_valid_listing(listing: CreateMarket) -> bool:
    """Whether the core takes a market with these rules; every bound is in `limits` or in the units."""
    step = listing.quantity_step
    size = sum(len(key.encode()) + len(value.encode()) for key, value in listing.metadata.items())
    return (
        0 < len(listing.market) <= NAME_LENGTH_MAX
        and is_valid_tick(listing.tick)
        and 1 <= step <= QUANTITY_MAX
        and 0 <= listing.minimum_quantity <= QUANTITY_MAX
        and 0 <= listing.delay_ns <= DELAY_MAX_NS
        and listing.state is not MarketState.RESOLVED
        and is_valid(listing.fees)
        and (not listing.maximum_quantity or step <= listing.maximum_quantity <= QUANTITY_MAX)
        and 0 <= listing.lowest_price <= ONE
        and 0 <= listing.highest_price <= ONE
        and 0 <= listing.edge <= ONE // 2
        and (not listing.edge or is_valid_tick(listing.edge_tick))
        and len(listing.schedule) <= TIMERS_PER_MARKET_MAX
        and all(is_schedulable(at, state) for at, state in listing.schedule)
        and size <= METADATA_BYTES_MAX
    )
