"""Everything the exchange knows, and the small moves that every rule is made of."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from tradepit.core.commands import RegisterCredential
from tradepit.core.ledger import Account, Holding
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.units import ONE, Cash, Timestamp

EXPIRY = 0
DELAY = 1


class State:
    """The exchange's whole state. `deposited` is deposits less withdrawals: what must be conserved.

    `orders` are all open orders, resting and delayed. `timers` is a heap of (due, number, kind, order
    id), number being the order of creation; timers of orders that are gone stay until they are met or
    until they outnumber the living ones.
    """

    __slots__ = (
        "accounts",
        "arrival",
        "claim_lapses",
        "claims",
        "client_keys",
        "credentials",
        "deposited",
        "markets",
        "orders",
        "time",
        "timer_number",
        "timers",
        "trade_number",
    )

    def __init__(self) -> None:
        self.time: Timestamp = 0
        self.markets: dict[str, Market] = {}
        self.accounts: dict[str, Account] = {}
        self.orders: dict[bytes, Order] = {}
        self.client_keys: dict[str, Order] = {}
        self.credentials: dict[str, RegisterCredential] = {}
        self.claims: dict[str, Timestamp] = {}
        self.claim_lapses: list[tuple[Timestamp, str]] = []
        self.timers: list[tuple[Timestamp, int, int, bytes]] = []
        self.timer_number = 0
        self.arrival = 0
        self.trade_number = 0
        self.deposited: Cash = 0

    def account(self, name: str) -> Account:
        """The account of that name, which begins to exist."""
        account = self.accounts.get(name)
        if account is None:
            account = self.accounts[name] = Account(name)
        return account

    def look_up(self, account: str, market: str) -> Holding:
        """The account's holding in the market; a new one that nobody knows yet if there is none."""
        owner = self.accounts.get(account)
        if owner is None:
            owner = Account(account)
        holding = owner.holdings.get(market)
        return Holding(owner, market) if holding is None else holding

    def keep(self, holding: Holding, market: Market) -> None:
        """Make a looked-up holding, and its account, part of the state."""
        account = holding.account
        if account.name not in market.holdings:
            self.accounts.setdefault(account.name, account)
            account.holdings[market.name] = holding
            market.holdings[account.name] = holding

    def forget_if_idle(self, holding: Holding) -> None:
        """Drop a holding without tokens and orders, so that an idle market costs its account nothing."""
        if holding.is_idle() and holding.account.holdings.pop(holding.market, None) is not None:
            del self.markets[holding.market].holdings[holding.account.name]

    def open(self, order: Order) -> None:
        """Count the order among the open ones, in its holding too."""
        self.orders[order.order_id] = order
        if order.terms.client_key:
            self.client_keys[order.terms.client_key] = order
        order.holding.add(order)

    def close(self, order: Order) -> None:
        """Count the order out. It must have left the book already, or never have been in it."""
        del self.orders[order.order_id]
        if order.terms.client_key:
            del self.client_keys[order.terms.client_key]
        order.holding.drop(order)

    def next_arrival(self) -> int:
        self.arrival += 1
        return self.arrival

    def set_timer(self, due: Timestamp, kind: int, order_id: bytes) -> None:
        self.timer_number += 1
        heappush(self.timers, (due, self.timer_number, kind, order_id))
        if len(self.timers) > 64 and len(self.timers) > 2 * len(self.orders):
            self.timers = [timer for timer in self.timers if self.is_live(timer)]
            heapify(self.timers)

    def is_live(self, timer: tuple[Timestamp, int, int, bytes]) -> bool:
        """Whether the timer still means something to an open order."""
        due, _, kind, order_id = timer
        order = self.orders.get(order_id)
        if order is None:
            return False
        if kind == DELAY:
            return order.delayed_until == due
        return order.delayed_until == 0 and order.terms.expires_at == due

    def next_due(self) -> Timestamp | None:
        """When the next timer fires; None when none waits. Drops dead timers on the way."""
        timers = self.timers
        while timers and not self.is_live(timers[0]):
            heappop(timers)
        return timers[0][0] if timers else None

    def claim(self, key: str, until: Timestamp) -> None:
        self.claims[key] = until
        heappush(self.claim_lapses, (until, key))

    def drop_lapsed_claims(self) -> None:
        """Forget claims that are over; they cannot refuse anything any more."""
        lapses = self.claim_lapses
        while lapses and lapses[0][0] <= self.time:
            _, key = heappop(lapses)
            del self.claims[key]

    def check(self) -> None:
        """Walk every invariant of the exchange; raises AssertionError. O(everything)."""
        money = sum(account.cash for account in self.accounts.values())
        for market in self.markets.values():
            market.check()
            money += ONE * market.pairs + market.fees
        assert money == self.deposited, f"money is not conserved: {money} is not {self.deposited}"
        open_orders = 0
        for name, account in self.accounts.items():
            assert account.name == name
            assert account.cash >= 0, f"{name} has negative cash"
            orders = sum(len(holding.orders) for holding in account.holdings.values())
            assert account.open_orders == orders, f"{name} has a wrong count of open orders"
            busy = {market for market, holding in account.holdings.items() if holding.orders}
            assert busy == set(account.active), f"{name} has wrong active markets"
            bound = account.required_bound
            assert account.largest_required() <= bound, f"{name} has a wrong bound"
            open_orders += orders
        assert open_orders == len(self.orders), "the open orders are not those of the accounts"
        keyed = {order.terms.client_key for order in self.orders.values() if order.terms.client_key}
        assert keyed == set(self.client_keys), "client keys are not those of the open orders"
