"""The escrow of a trade that settles later: what both sides gave, and what each will get."""

from __future__ import annotations

from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.units import Cash, Price, Quantity

Changes = tuple[Cash, Quantity, Quantity]


class Escrow:
    """One unsettled trade. `taken` and `made` are the changes of the taker and the maker (cash, YES, NO):
    what is below zero lies here, what is above is pending. `pairs` and `fees` change when it settles."""

    __slots__ = ("fees", "made", "maker", "market", "number", "pairs", "price", "quantity", "taken", "taker")

    def __init__(
        self,
        number: int,
        market: Market,
        price: Price,
        quantity: Quantity,
        taker: Order,
        taken: Changes,
        maker: Order,
        made: Changes,
        fees: Cash,
    ) -> None:
        self.number = number
        self.market = market
        self.price = price
        self.quantity = quantity
        self.taker = taker
        self.taken = taken
        self.maker = maker
        self.made = made
        self.fees = fees
        self.pairs: Quantity = taken[1] + made[1]

    def orders(self) -> tuple[Order, Order]:
        """The maker's order, then the taker's."""
        return self.maker, self.taker

    def held(self) -> Changes:
        """What lies in escrow: cash, YES and NO."""
        return (
            -min(self.taken[0], 0) - min(self.made[0], 0),
            -min(self.taken[1], 0) - min(self.made[1], 0),
            -min(self.taken[2], 0) - min(self.made[2], 0),
        )
