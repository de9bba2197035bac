"""An open order as the core keeps it: what was asked for, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.core.units import Cash, Price, Quantity, Timestamp

if TYPE_CHECKING:
    from tradepit.core.book import Level
    from tradepit.core.ledger import Holding


class Order:
    """An order that rests in a book, waits for its delay, or waits for its stop price.

    `price` and `remaining` are of now; `terms` is what was asked for. `notional` is the sum of price x
    quantity of its fills. `delayed_until` is 0 unless a market delay holds it; `is_waiting` says that it
    is a stop not yet reached. `timer` is the number of the one timer that is set for it, 0 for none.
    `budget_lots` and `budget_cost` are what a held net order with a budget was seen to fill and to pay.
    `unsettled` counts its trades that are not settled yet, `voided` the lots of those that failed.
    `level`, `previous` and `next` belong to the book.
    """

    __slots__ = (
        "accepted_at",
        "arrival",
        "budget_cost",
        "budget_lots",
        "delayed_until",
        "filled",
        "gives",
        "holding",
        "is_waiting",
        "level",
        "next",
        "notional",
        "order_id",
        "previous",
        "price",
        "remaining",
        "side",
        "terms",
        "timer",
        "unsettled",
        "voided",
    )

    def __init__(self, terms: PlaceOrder, holding: Holding, accepted_at: Timestamp, arrival: int) -> None:
        self.terms = terms
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
