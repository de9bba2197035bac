"""One market: its rules, its state, its book, and who holds something in it."""

from __future__ import annotations

from tradepit.core.book import Book
from tradepit.core.commands import CreateMarket
from tradepit.core.enums import MarketState, Side
from tradepit.core.fees import is_valid
from tradepit.core.ledger import Holding
from tradepit.core.limits import DELAY_MAX_NS, METADATA_BYTES_MAX, NAME_LENGTH_MAX, QUANTITY_MAX
from tradepit.core.units import ONE, Cash, Price, Quantity

_CANCELLABLE = (MarketState.OPEN, MarketState.PRE_OPEN, MarketState.SUSPENDED)


class Market:
    """The state of one market.

    `holdings` are all accounts with tokens or open orders here, in order of coming. `seen` are the ids
    of every order accepted here, kept until the market is resolved: an order is never taken twice.
    `pairs` is the number of YES lots, and of NO lots, in existence; `fees` is the operator's fee
    account of this market.
    """

    __slots__ = (
        "book",
        "fees",
        "holdings",
        "last_price",
        "last_side",
        "listing",
        "name",
        "pairs",
        "payout",
        "seen",
        "state",
        "traded",
    )

    def __init__(self, listing: CreateMarket) -> None:
        self.listing = listing
        self.name = listing.market
        self.state = listing.state
        self.book = Book()
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

    def check(self) -> None:
        """Walk the market's invariants; raises AssertionError. O(orders + holdings)."""
        self.book.check()
        yes = no = 0
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


def is_valid_listing(listing: CreateMarket) -> bool:
    """Whether the core takes a market with these rules; every bound is in `limits` or in the units."""
    step = listing.quantity_step
    size = sum(len(key.encode()) + len(value.encode()) for key, value in listing.metadata.items())
    return (
        0 < len(listing.market) <= NAME_LENGTH_MAX
        and 1 <= listing.tick <= ONE // 2
        and ONE % listing.tick == 0
        and 1 <= step <= QUANTITY_MAX
        and 0 <= listing.minimum_quantity <= QUANTITY_MAX
        and 0 <= listing.delay_ns <= DELAY_MAX_NS
        and listing.state is not MarketState.RESOLVED
        and is_valid(listing.fees)
        and size <= METADATA_BYTES_MAX
    )
