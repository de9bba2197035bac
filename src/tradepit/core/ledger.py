"""Who holds what: accounts, their cash, and their YES and NO lots in each market.

A holding also keeps the running sums over the account's open orders in its market, from which funding
is answered without walking them (docs/core.md, "Funding").
"""

from __future__ import annotations

from typing import Final

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.core.order import Order, manner_of
from tradepit.core.relief import Relief
from tradepit.core.units import ONE, Cash, Price, Quantity

BUY: Final = Side.BUY
CASH: Final = Gives.CASH
TOKENS: Final = Gives.TOKENS
NOTHING: Final[tuple[Cash, Quantity, Quantity]] = (0, 0, 0)


class Account:
    """One account. `active` are its holdings with open orders, in order of becoming so.

    `required_bound` is at least the largest requirement of any market; it is exact after
    `largest_required`. `relief` is the account's margin relief, if it has one.
    """

    __slots__ = ("active", "cash", "holdings", "name", "open_orders", "relief", "required_bound")

    def __init__(self, name: str) -> None:
        self.name = name
        self.cash: Cash = 0
        self.holdings: dict[str, Holding] = {}
        self.active: dict[str, Holding] = {}
        self.open_orders = 0
        self.required_bound: Cash = 0
        self.relief: Relief | None = None

    def largest_required(self) -> Cash:
        """The largest requirement of one market. O(markets with open orders of the account)."""
        largest = 0
        for holding in self.active.values():
            required = holding.required()
            if required > largest:
                largest = required
        self.required_bound = largest
        return largest

    def free_cash(self) -> Cash:
        """What may be withdrawn, not below zero: cash that no market's open orders require.
        O(markets with open orders of the account)."""
        if self.relief is None:
            return max(0, self.cash - self.largest_required())
        return max(0, min([self.cash, *(holding.slack() for holding in self.active.values())]))


class Holding:
    """An account in one market: its tokens, its open orders by arrival, and the sums over them.

    `token_cash`, `yes_promised`, `no_promised`: what token orders would give. `net_buys` and
    `net_sells` are lots of net orders, `*_cost` what they cost at their limits. `stops` are orders that
    wait for a price: they are open, but stand in no sum. `pending` is the cash, YES and NO that trades
    will bring which are not settled yet, `unsettled` how many sides of such trades are the account's.
    `style` are the terms that orders of the same `manner` share.
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
        "pending",
        "stops",
        "style",
        "token_cash",
        "unsettled",
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
        self.pending: tuple[Cash, Quantity, Quantity] = NOTHING
        self.unsettled = 0
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
        return not (self.yes or self.no or self.orders or self.stops or self.unsettled)

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
        """Whether cash and tokens cover every open order of this market. O(1) without margin relief."""
        if self.account.relief is not None:
            return self.slack() >= 0
        return (
            self.required() <= self.account.cash
            and self.yes_promised <= self.yes
            and self.no_promised <= self.no
        )

    def available(self) -> Cash:
        """The cash that orders of this market may use: the account's, and credit from other events."""
        relief = self.account.relief
        return self.account.cash + (0 if relief is None else relief.outside(self.market))

    def slack(self) -> Cash:
        """With margin relief: the cash that could go before the net orders here no longer fit.

        What they open must be paid without the credit of their own event; and what they close must
        bring back the credit that it ends. O(markets of the event).
        """
        return min(self._buying_slack(), self._selling_slack())

    def _buying_slack(self) -> Cash:
        relief = self.account.relief
        assert relief is not None
        needed = self.token_cash + self.net_buy_cash(0, 0)
        closed = min(self.net_buys, self.no)
        left = self.account.cash + relief.total - self.token_cash - self.net_buy_cost + ONE * closed
        left -= relief.drop({self.market: closed})
        return min(left, self.available() - needed) if needed else left

    def _selling_slack(self) -> Cash:
        relief = self.account.relief
        assert relief is not None
        needed = self.token_cash + self.net_sell_cash(0, 0)
        return self.available() - needed if needed else self.account.cash + relief.total

    def exceeding(self) -> tuple[bool, bool]:
        """Whether the net buys, and whether the net sells, are what does not fit."""
        if self.account.relief is not None:
            return self._buying_slack() < 0, self._selling_slack() < 0
        cash = self.account.cash - self.token_cash
        return self.net_buy_cash(0, 0) > cash, self.net_sell_cash(0, 0) > cash

    def settle(
        self, side: Side, gives: Gives, price: Price, quantity: Quantity, fee: Cash, *, deferred: bool = False
    ) -> tuple[Cash, Quantity, Quantity]:
        """Carry out one side of a fill and return the changes of (cash, yes, no).

        Of a `deferred` one only what it gives leaves now; what it gets is pending.

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
        if deferred:
            self._put(min(cash, 0), min(yes, 0), min(no, 0))
            self.expect((cash, yes, no))
        else:
            self.account.cash += cash
            self.yes += yes
            self.no += no
        return cash, yes, no

    def receive(self, changes: tuple[Cash, Quantity, Quantity]) -> None:
        """A deferred fill has settled: what was pending arrives."""
        cash, yes, no = changes
        self._put(max(cash, 0), max(yes, 0), max(no, 0))
        self.expect(changes, -1)

    def take_back(self, changes: tuple[Cash, Quantity, Quantity]) -> None:
        """A deferred fill has failed: what was given comes back, and nothing is pending of it."""
        cash, yes, no = changes
        self._put(-min(cash, 0), -min(yes, 0), -min(no, 0))
        self.expect(changes, -1)

    def _put(self, cash: Cash, yes: Quantity, no: Quantity) -> None:
        self.account.cash += cash
        self.yes += yes
        self.no += no

    def expect(self, changes: tuple[Cash, Quantity, Quantity], sign: int = 1) -> None:
        """Add what a deferred fill will bring to what is pending, or take it off again."""
        self.unsettled += sign
        cash, yes, no = self.pending
        more_cash, more_yes, more_no = changes
        self.pending = (
            cash + sign * max(more_cash, 0),
            yes + sign * max(more_yes, 0),
            no + sign * max(more_no, 0),
        )

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
