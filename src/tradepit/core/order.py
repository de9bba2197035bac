"""An open order as the core keeps it: what was asked for, and what is left of it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.core.units import Cash, Price, Quantity, Timestamp

if TYPE_CHECKING:
    from tradepit.core.book import Level
    from tradepit.core.ledger import Holding


manner_of = attrgetter(
    "time_in_force",
    "post_only",
    "minimum_quantity",
    "self_match",
    "self_match_group",
    "fee_plan",
    "fee_bps",
    "credential",
    "kind",
    "stop_price",
    "pricing",
    "strict",
    "builder_bps",
)
"""What an account's orders in one market usually have in common, as a tuple."""


class Order:
    """An order that rests in a book, waits for its delay, or waits for its stop price.

    `price` and `remaining` are of now; `terms` is what was asked for. A trader's orders differ in little, so
    a resting order shares what it can: its `style` is its own terms, or those of an earlier order of the
    same manner, and then the order itself has the rest of them. `notional` is the sum of price x quantity
    of its fills. `delayed_until` is 0 unless a market delay holds it; `is_waiting` says that it is a stop
    not yet reached. `timer` is the number of the one timer that is set for it, 0 for none.
    `budget_lots` and `budget_cost` are what a held net order with a budget was seen to fill and to pay.
    `unsettled` counts its trades that are not settled yet, `voided` the lots of those that failed.
    `level`, `previous` and `next` belong to the book.
    """

    __slots__ = (
        "_client_key",
        "_expires_at",
        "_tag",
        "accepted_at",
        "arrival",
        "budget_cost",
        "budget_lots",
        "delayed_until",
        "filled",
        "gives",
        "holding",
        "is_waiting",
        "keeps_terms",
        "level",
        "next",
        "notional",
        "order_id",
        "previous",
        "price",
        "remaining",
        "side",
        "style",
        "timer",
        "unsettled",
        "voided",
    )

    def __init__(self, terms: PlaceOrder, holding: Holding, accepted_at: Timestamp, arrival: int) -> None:
        self.style = terms
        self.keeps_terms = True
        self.holding = holding
        self.order_id: bytes = terms.order_id
        self.side: Side = terms.side
        self.gives: Gives = terms.gives
        self.price: Price = terms.price
        self.remaining: Quantity = terms.quantity
        self.filled: Quantity = 0
        self.notional: Cash = 0
        self.accepted_at = accepted_at
        self.arrival = arrival
        self.delayed_until: Timestamp = 0
        self.is_waiting = False
        self.timer = 0
        self.budget_lots: Quantity = 0
        self.budget_cost: Cash = 0
        self.unsettled = 0
        self.voided: Quantity = 0
        self.level: Level | None = None
        self.previous: Order | None = None
        self.next: Order | None = None

    def used(self) -> Quantity:
        """The lots of the order that have traded, for good or in vain, and are not back."""
        return self.filled + self.voided

    @property
    def terms(self) -> PlaceOrder:
        """What was asked for. O(1), but an order that shares its terms puts them together."""
        if self.keeps_terms:
            return self.style
        return replace(
            self.style,
            now=self.accepted_at,
            order_id=self.order_id,
            side=self.side,
            gives=self.gives,
            price=self.price,
            quantity=self.used() + self.remaining,
            expires_at=self._expires_at,
            client_key=self._client_key,
            tag=self._tag,
        )

    @terms.setter
    def terms(self, terms: PlaceOrder) -> None:
        self.style = terms
        self.keeps_terms = True

    @property
    def client_key(self) -> str:
        """The client's name for it; "" for none."""
        return self.style.client_key if self.keeps_terms else self._client_key

    @property
    def expires_at(self) -> Timestamp:
        """When it expires; 0 for never."""
        return self.style.expires_at if self.keeps_terms else self._expires_at

    def may_share(self) -> bool:
        """Whether the order itself knows all of its terms that its manner does not tell."""
        terms = self.style
        return (
            terms.quantity == self.used() + self.remaining
            and terms.price == self.price
            and terms.now == self.accepted_at
            and not terms.budget
        )

    def share(self, style: PlaceOrder) -> None:
        """Give up its terms for those of another order of the same account, market and manner."""
        terms = self.style
        self._expires_at: Timestamp = terms.expires_at
        self._client_key: str = terms.client_key
        self._tag: bytes = terms.tag
        self.style = style
        self.keeps_terms = False
