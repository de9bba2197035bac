"""Everything the exchange knows, and the small moves that every rule is made of."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final

from tradepit.core.commands import RegisterCredential
from tradepit.core.ledger import Account, Holding
from tradepit.core.linked import VAULT_PREFIX, LinkedMarkets
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.units import ONE, Cash, Quantity, Timestamp
from tradepit.core.unsettled import Escrow

EXPIRY: Final = 0
DELAY: Final = 1
HEARTBEAT: Final = 2
SCHEDULE: Final = 3


class State:
    """The exchange's whole state. `deposited` is deposits less withdrawals: what must be conserved.

    `orders` are all open orders: resting, delayed, and stops that wait. `escrows` are the trades that
    are not settled yet, and `settling` the orders that have traded in full and wait for that. `watches`
    is the number of the timer that ends a credential's silence. `timers` is a heap of (due, number,
    kind, subject), number being the order of creation; timers that mean nothing any more stay until
    they are met or outnumber the living ones.
    """

    __slots__ = (
        "accounts",
        "arrival",
        "claim_lapses",
        "claims",
        "client_keys",
        "credentials",
        "deposited",
        "escrows",
        "event_of",
        "killed_accounts",
        "linked",
        "markets",
        "orders",
        "settling",
        "time",
        "timer_bound",
        "timer_number",
        "timers",
        "trade_number",
        "watches",
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
        self.timer_bound = 64
        self.watches: dict[str, int] = {}
        self.killed_accounts: set[str] = set()
        self.linked: dict[str, LinkedMarkets] = {}
        self.event_of: dict[str, LinkedMarkets] = {}
        self.escrows: dict[int, Escrow] = {}
        self.settling: dict[bytes, Order] = {}
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

    def link(self, event: str, markets: list[str]) -> LinkedMarkets:
        """Make these markets an event, with a vault."""
        linked = self.linked[event] = LinkedMarkets(event, markets, self.account(VAULT_PREFIX + event))
        for market in markets:
            self.markets[market].event = event
            self.event_of[market] = linked
        return linked

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
        """Count the order among the open ones, and set the timer of its delay or its expiry."""
        self.count_in(order)
        if order.delayed_until:
            order.timer = self.set_timer(order.delayed_until, DELAY, order.order_id)
        else:
            self.watch_expiry(order)

    def watch_expiry(self, order: Order) -> None:
        """Set the timer of the order's expiry; whatever was set for the order means nothing any more."""
        expires_at = order.expires_at
        order.timer = self.set_timer(expires_at, EXPIRY, order.order_id) if expires_at else 0

    def count_in(self, order: Order) -> None:
        """Count the order among the open ones, in its holding too."""
        self.orders[order.order_id] = order
        if order.client_key:
            self.client_keys[order.client_key] = order
        order.holding.add(order)

    def close(self, order: Order) -> None:
        """Count the order out. It must have left the book already, or never have been in it."""
        del self.orders[order.order_id]
        if order.client_key:
            del self.client_keys[order.client_key]
        order.holding.drop(order)

    def defer(self, escrow: Escrow) -> None:
        """Keep a trade's escrow until it is settled."""
        self.escrows[escrow.number] = escrow
        escrow.market.unsettled += 1
        for order in escrow.orders():
            order.unsettled += 1

    def next_arrival(self) -> int:
        self.arrival += 1
        return self.arrival

    def set_timer(self, due: Timestamp, kind: int, subject: bytes) -> int:
        """Have something happen at `due`: to an order, a credential's watch, or a market. Returns the
        timer's number, by which its subject knows that it is the one that counts."""
        if len(self.timers) >= self.timer_bound:
            self.timers = [timer for timer in self.timers if self.is_live(timer)]
            heapify(self.timers)
            self.timer_bound = max(64, 2 * len(self.timers))
        self.timer_number += 1
        heappush(self.timers, (due, self.timer_number, kind, subject))
        return self.timer_number

    def is_live(self, timer: tuple[Timestamp, int, int, bytes]) -> bool:
        """Whether the timer still means something."""
        due, number, kind, subject = timer
        if kind == HEARTBEAT:
            return self.watches.get(subject.decode()) == number
        if kind == SCHEDULE:
            schedule = self.markets[subject.decode()].schedule
            return bool(schedule) and schedule[0][0] <= due
        order = self.orders.get(subject)
        return order is not None and order.timer == number

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
        held: dict[str, tuple[Quantity, Quantity]] = {}
        for escrow in self.escrows.values():
            cash, more_yes, more_no = escrow.held()
            yes, no = held.get(escrow.market.name, (0, 0))
            held[escrow.market.name] = (yes + more_yes, no + more_no)
            money += cash
        for market in self.markets.values():
            market.check(*held.get(market.name, (0, 0)))
            money += ONE * market.pairs + market.fees
        assert money == self.deposited, f"money is not conserved: {money} is not {self.deposited}"
        vaults = {linked.vault.name for linked in self.linked.values()}
        for linked in self.linked.values():
            linked.check()
        open_orders = 0
        for name, account in self.accounts.items():
            assert account.name == name
            if account.relief is not None:
                account.relief.check()
            else:
                assert account.cash >= 0 or name in vaults, f"{name} has negative cash"
            orders = sum(len(holding.orders) + len(holding.stops) for holding in account.holdings.values())
            assert account.open_orders == orders, f"{name} has a wrong count of open orders"
            busy = {market for market, holding in account.holdings.items() if holding.orders}
            assert busy == set(account.active), f"{name} has wrong active markets"
            largest = max((holding.required() for holding in account.active.values()), default=0)
            assert largest <= account.required_bound, f"{name} has a wrong bound"
            open_orders += orders
        assert open_orders == len(self.orders), "the open orders are not those of the accounts"
        keyed = {order.client_key for order in self.orders.values() if order.client_key}
        assert keyed == set(self.client_keys), "client keys are not those of the open orders"
