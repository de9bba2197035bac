"""A small exchange for unit tests, spoken to in the clients' words: buy YES, sell NO, net buy.

Every command is followed by the core's own check of all invariants.
"""

from __future__ import annotations

from typing import Any, TypeVar

from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreateMarket,
    Deposit,
    FeeSchedule,
    Merge,
    PlaceOrder,
    ResolveMarket,
    SetMarketState,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import Gives, MarketState, Side, TimeInForce
from tradepit.core.events import Event, OrderRejected
from tradepit.core.exchange import Exchange
from tradepit.core.units import ONE

E = TypeVar("E")

DOLLAR = 1_000_000
SHARE = 100
MARKET = "rain"
OTHER = "snow"


def of(kind: type[E], events: list[Event]) -> list[E]:
    """The events of one kind, in order."""
    return [event for event in events if isinstance(event, kind)]


def one(kind: type[E], events: list[Event]) -> E:
    """The only event of a kind."""
    (event,) = of(kind, events)
    return event


class World:
    """Two open markets (the first as the keyword arguments say) and whoever `fund` brings in."""

    def __init__(self, *, tick: int = 100, **listing: Any) -> None:
        self.exchange = Exchange()
        self.now = 1_000
        self.orders = 0
        self.do(CreateMarket(self.now, MARKET, tick, **listing))
        self.do(CreateMarket(self.now, OTHER, 100))

    def do(self, command: Command) -> list[Event]:
        events = self.exchange.apply(command)
        self.exchange.check()
        return events

    def fund(self, account: str, dollars: float = 0, *, yes: int = 0, no: int = 0) -> None:
        """Leave the account with exactly this much cash and these tokens of the first market (pairs are
        split, the unwanted side is sold, the proceeds are withdrawn)."""
        pairs = max(yes, no)
        cash = round(dollars * DOLLAR)
        self.do(Deposit(self.now, account, cash + ONE * pairs))
        if pairs:
            self.do(Split(self.now, account, MARKET, pairs))
        if yes != no:
            self._give_away(account, yes=pairs - yes, no=pairs - no)
        surplus = self.cash(account) - cash
        if surplus:
            self.do(Withdraw(self.now, account, surplus))

    def _give_away(self, account: str, *, yes: int, no: int) -> None:
        """Sell the tokens at 0.50 to the void, an account that then keeps them."""
        self.do(Deposit(self.now, "the void", 5_000 * (yes + no)))
        if yes:
            self.sell_yes(account, 5_000, yes)
            self.buy_yes("the void", 5_000, yes)
        if no:
            self.sell_no(account, 5_000, no)
            self.buy_no("the void", 5_000, no)

    # Orders, by what the client says; a NO price is the price of NO -----------------------------------

    def buy_yes(self, account: str, price: int, quantity: int, **terms: Any) -> list[Event]:
        return self.place(account, Side.BUY, Gives.CASH, price, quantity, **terms)

    def sell_yes(self, account: str, price: int, quantity: int, **terms: Any) -> list[Event]:
        return self.place(account, Side.SELL, Gives.TOKENS, price, quantity, **terms)

    def buy_no(self, account: str, price: int, quantity: int, **terms: Any) -> list[Event]:
        return self.place(account, Side.SELL, Gives.CASH, ONE - price, quantity, **terms)

    def sell_no(self, account: str, price: int, quantity: int, **terms: Any) -> list[Event]:
        return self.place(account, Side.BUY, Gives.TOKENS, ONE - price, quantity, **terms)

    def net_buy(self, account: str, price: int, quantity: int, **terms: Any) -> list[Event]:
        return self.place(account, Side.BUY, Gives.NET, price, quantity, **terms)

    def net_sell(self, account: str, price: int, quantity: int, **terms: Any) -> list[Event]:
        return self.place(account, Side.SELL, Gives.NET, price, quantity, **terms)

    def place(
        self,
        account: str,
        side: Side,
        gives: Gives,
        price: int,
        quantity: int,
        *,
        name: bytes | None = None,
        market: str = MARKET,
        **terms: Any,
    ) -> list[Event]:
        """Place an order; its id is `name`, or the count of orders so far as text."""
        self.orders += 1
        order_id = str(self.orders).encode() if name is None else name
        order = PlaceOrder(self.now, order_id, account, market, side, gives, price, quantity, **terms)
        return self.do(order)

    def spend(
        self,
        account: str,
        budget: int,
        price: int,
        *,
        token: str = "yes",
        time_in_force: TimeInForce = TimeInForce.FOK,
    ) -> list[Event]:
        """Buy YES (or NO) for up to `budget`, at no more than `price` of that token."""
        side, price = (Side.BUY, price) if token == "yes" else (Side.SELL, ONE - price)
        return self.place(account, side, Gives.CASH, price, 0, budget=budget, time_in_force=time_in_force)

    def cancel(self, account: str, name: bytes) -> list[Event]:
        return self.do(CancelOrder(self.now, account, name))

    def cancel_all(self, account: str, market: str = "", outcome: int = 0) -> list[Event]:
        return self.do(CancelOrders(self.now, account, market, outcome))

    # Everything else --------------------------------------------------------------------------------

    def set_state(self, state: MarketState, market: str = MARKET) -> list[Event]:
        return self.do(SetMarketState(self.now, market, state))

    def resolve(self, payout: int, market: str = MARKET) -> list[Event]:
        return self.do(ResolveMarket(self.now, market, payout))

    def split(self, account: str, quantity: int, market: str = MARKET) -> list[Event]:
        return self.do(Split(self.now, account, market, quantity))

    def merge(self, account: str, quantity: int, market: str = MARKET) -> list[Event]:
        return self.do(Merge(self.now, account, market, quantity))

    def deposit(self, account: str, amount: int) -> list[Event]:
        return self.do(Deposit(self.now, account, amount))

    def withdraw(self, account: str, amount: int) -> list[Event]:
        return self.do(Withdraw(self.now, account, amount))

    def wait(self, nanoseconds: int) -> list[Event]:
        """Let time pass and fire what falls due."""
        self.now += nanoseconds
        return self.do(Tick(self.now))

    # What to look at --------------------------------------------------------------------------------

    def cash(self, account: str) -> int:
        known = self.exchange.state.accounts.get(account)
        return 0 if known is None else known.cash

    def tokens(self, account: str, market: str = MARKET) -> tuple[int, int]:
        """(YES, NO) in lots."""
        holding = self.exchange.state.markets[market].holdings.get(account)
        return (0, 0) if holding is None else (holding.yes, holding.no)

    def bids(self, market: str = MARKET) -> list[tuple[int, int]]:
        return self.exchange.state.markets[market].book.depth(Side.BUY)

    def asks(self, market: str = MARKET) -> list[tuple[int, int]]:
        return self.exchange.state.markets[market].book.depth(Side.SELL)

    def is_open(self, name: bytes) -> bool:
        return name in self.exchange.state.orders

    def fees(self, market: str = MARKET) -> int:
        return self.exchange.state.markets[market].fees


def rejection(events: list[Event]) -> OrderRejected:
    """The rejection, which is all that happened."""
    (event,) = events
    assert isinstance(event, OrderRejected)
    return event


def busy_world() -> World:
    """Ann and bob are rich; bob bids 0.40 and offers 0.60; steps of 10 lots, at least 50 to rest."""
    world = World(quantity_step=10, minimum_quantity=50, fees=FeeSchedule(clob_v1_bps=100))
    world.fund("ann", 1_000, yes=100 * SHARE, no=100 * SHARE)
    world.fund("bob", 1_000, yes=100 * SHARE, no=100 * SHARE)
    world.buy_yes("bob", 4_000, 100, name=b"bid", client_key="bob/bid")
    world.sell_yes("bob", 6_000, 100, name=b"ask")
    return world
