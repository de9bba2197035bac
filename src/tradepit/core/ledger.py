"""Who holds what: accounts, their cash, and their YES and NO lots in each market.

A holding also keeps the running sums over the account's open orders in its market, from which funding
is answered without walking them (docs/core.md, "Funding").
"""

from __future__ import annotations

from typing import Final

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.core.order import Order, manner_of
from tradepit.core.units import ONE, Cash, Price, Quantity

BUY: Final = Side.BUY
CASH: Final = Gives.CASH
TOKENS: Final = Gives.TOKENS


class Account:
    """One account. `active` are its holdings with open orders, in order of becoming so.

    `required_bound` is at least the largest requirement of any market; it is exact after
    `largest_required`.
    """

    __slots__ = ("active", "cash", "holdings", "name", "open_orders", "required_bound")

    def __init__(self, name: str) -> None:
        self.name = name
        self.cash: Cash = 0
        self.holdings: dict[str, Holding] = {}
        self.active: dict[str, Holding] = {}
        self.open_orders = 0
        self.required_bound: Cash = 0

    def largest_required(self) -> Cash:
        """The largest requirement of one market. O(markets with open orders of the account)."""
        largest = 0
        for holding in self.active.values():
            required = holding.required()
            if required > largest:
                largest = required
        self.required_bound = largest
        return largest


class Holding:
    """An account in one market: its tokens, its open orders by arrival, and the sums over them.

    `token_cash`, `yes_promised`, `no_promised`: what token orders would give. `net_buys` and
    `net_sells` are lots of net orders, `*_cost` what they cost at their limits. `stops` are orders that
    wait for a price: they are open, but stand in no sum. `style` are the terms that orders of the same
    `manner` share.
    """

    __slots__ = (
        "account",
        "manner",
        "market",
        "net_buy_cost",
        "net_buys",
        "net_sell_cost",
        "net_sells",
        "no",
        "no_promised",
        "orders",
        "stops",
        "style",
        "token_cash",
        "yes",
        "yes_promised",
    )

    def __init__(self, account: Account, market: str) -> None:
        self.account = account
        self.market = market
        self.yes: Quantity = 0
        self.no: Quantity = 0
        self.orders: dict[bytes, Order] = {}
        self.stops: dict[bytes, Order] = {}
        self.token_cash: Cash = 0
        self.yes_promised: Quantity = 0
        self.no_promised: Quantity = 0
        self.net_buys: Quantity = 0
        self.net_buy_cost: Cash = 0
        self.net_sells: Quantity = 0
        self.net_sell_cost: Cash = 0
        self.style: PlaceOrder | None = None
        self.manner: object = None

    def is_idle(self) -> bool:
        """Whether nothing would be lost by forgetting it."""
        return not (self.yes or self.no or self.orders or self.stops)

    def commit(self, side: Side, gives: Gives, price: Price, quantity: Quantity) -> None:
        """Add `quantity` lots of an order at `price` to the sums; a negative quantity takes them off."""
        if gives is CASH:
            self.token_cash += (price if side is BUY else ONE - price) * quantity
        elif gives is TOKENS:
            if side is BUY:
                self.no_promised += quantity
            else:
                self.yes_promised += quantity
        elif side is BUY:
            self.net_buys += quantity
            self.net_buy_cost += price * quantity
        else:
            self.net_sells += quantity
            self.net_sell_cost += (ONE - price) * quantity

    def add(self, order: Order) -> None:
        """Count an open order in, as the newest. A delayed budget order stands for its whole budget."""
        account = self.account
        account.open_orders += 1
        if order.is_waiting:
            self.stops[order.order_id] = order
            return
        self.orders[order.order_id] = order
        account.active[self.market] = self
        if order.keeps_terms:
            self._share_terms(order)
        if order.style.budget:
            self._reserve(order, 1)
        else:
            self.commit(order.side, order.gives, order.price, order.remaining)
        required = self.required()
        if required > account.required_bound:
            account.required_bound = required

    def _share_terms(self, order: Order) -> None:
        """Have the order share its terms with the last one of another manner; it saves 400 bytes."""
        if not order.may_share():
            return
        manner = manner_of(order.style)
        if manner == self.manner and self.style is not None:
            order.share(self.style)
        else:
            self.style = order.style
            self.manner = manner

    def drop(self, order: Order) -> None:
        """Count out an order that is no longer open, with what remains of it."""
        account = self.account
        account.open_orders -= 1
        if order.is_waiting:
            del self.stops[order.order_id]
            return
        del self.orders[order.order_id]
        if not self.orders:
            del account.active[self.market]
        if order.style.budget:
            self._reserve(order, -1)
        else:
            self.commit(order.side, order.gives, order.price, -order.remaining)

    def _reserve(self, order: Order, sign: int) -> None:
        """Add a held order's budget to the sums (or take it off): the whole of it, as when it came.

        Of a net order, what it was seen to pay may close; the rest is cash like any other.
        """
        self.token_cash += sign * (order.style.budget - order.budget_cost)
        if order.side is BUY:
            self.net_buys += sign * order.budget_lots
            self.net_buy_cost += sign * order.budget_cost
        else:
            self.net_sells += sign * order.budget_lots
            self.net_sell_cost += sign * order.budget_cost

    def required(self) -> Cash:
        """The cash that the open orders need, however they fill. O(1)."""
        worse = 0
        if self.net_buy_cost:
            worse = self.net_buy_cash(0, 0)
        if self.net_sell_cost:
            sells = self.net_sell_cash(0, 0)
            if sells > worse:
                worse = sells
        return self.token_cash + worse

    def net_buy_cash(self, more: Quantity, more_cost: Cash) -> Cash:
        """Cash for all net buys (and `more`): what they cost, less the pairs that closing NO completes."""
        cash = self.net_buy_cost + more_cost
        free = self.no - self.no_promised
        if free > 0:
            buys = self.net_buys + more
            cash -= ONE * (buys if buys < free else free)
        return cash if cash > 0 else 0

    def net_sell_cash(self, more: Quantity, more_cost: Cash) -> Cash:
        """Cash for all net sells (and `more`)."""
        cash = self.net_sell_cost + more_cost
        free = self.yes - self.yes_promised
        if free > 0:
            sells = self.net_sells + more
            cash -= ONE * (sells if sells < free else free)
        return cash if cash > 0 else 0

    def fits(self) -> bool:
        """Whether cash and tokens cover every open order of this market. O(1)."""
        return (
            self.required() <= self.account.cash
            and self.yes_promised <= self.yes
            and self.no_promised <= self.no
        )

    def settle(
        self, side: Side, gives: Gives, price: Price, quantity: Quantity, fee: Cash
    ) -> tuple[Cash, Quantity, Quantity]:
        """Carry out one side of a fill and return the changes of (cash, yes, no).

        The four settlements are the four combinations of what buyer and seller give; a net order
        closes with the tokens that no token order has promised, and opens with cash (docs/core.md).
        """
        if side is BUY:
            if gives is CASH:
                closed = 0
            elif gives is TOKENS:
                closed = quantity
            else:
                closed = min(quantity, max(0, self.no - self.no_promised))
            opened = quantity - closed
            cash = (ONE - price) * closed - price * opened - fee
            yes, no = opened, -closed
        else:
            if gives is CASH:
                closed = 0
            elif gives is TOKENS:
                closed = quantity
            else:
                closed = min(quantity, max(0, self.yes - self.yes_promised))
            opened = quantity - closed
            cash = price * closed - (ONE - price) * opened - fee
            yes, no = -closed, opened
        self.account.cash += cash
        self.yes += yes
        self.no += no
        return cash, yes, no

    def check(self) -> None:
        """Compare the sums with the orders they stand for; raises AssertionError. O(orders)."""
        assert self.yes >= 0 and self.no >= 0, "a holding is negative"
        fresh = Holding(self.account, self.market)
        for order in self.orders.values():
            assert order.holding is self, "an order belongs to another holding"
            if order.style.budget:
                fresh._reserve(order, 1)
            else:
                fresh.commit(order.side, order.gives, order.price, order.remaining)
        for name in ("token_cash", "yes_promised", "no_promised"):
            assert getattr(self, name) == getattr(fresh, name), f"{name} is not the sum over the orders"
        for name in ("net_buys", "net_buy_cost", "net_sells", "net_sell_cost"):
            assert getattr(self, name) == getattr(fresh, name), f"{name} is not the sum over the orders"
