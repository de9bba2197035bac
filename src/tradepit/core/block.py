"""One block of work: a command's own, or one timer's. It collects the events and what they touched, and
closes with the aggregates and the re-check (docs/core.md, "One command, step by step", 10)."""

from __future__ import annotations

from collections.abc import Callable

from tradepit.core.clearing_price import clearing_price
from tradepit.core.enums import CancelReason, Gives, MarketState, Side
from tradepit.core.events import (
    BalanceChanged,
    Event,
    IndicativeChanged,
    LevelChanged,
    OrderCancelled,
    PendingChanged,
    PositionChanged,
    TickChanged,
)
from tradepit.core.ledger import Account, Holding
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.state import State
from tradepit.core.units import Cash, Price, Quantity


class Block:
    """Collects events; every holding and level that a rule changes is touched here first."""

    __slots__ = (
        "_accounts",
        "_auctions",
        "_holdings",
        "_levels",
        "_must_recheck",
        "_pending",
        "_traded",
        "emit",
        "events",
        "market",
        "state",
    )

    def __init__(self, state: State, events: list[Event]) -> None:
        self.state = state
        self.events = events
        self.emit: Callable[[Event], None] = events.append
        self.market: Market | None = None
        """The market that traded or opened, whose stops may have been reached: at most one a block."""
        self._traded = False
        self._must_recheck = False
        self._auctions: list[Market] = []
        self._accounts: dict[Account, Cash] = {}
        self._holdings: dict[Holding, tuple[Quantity, Quantity]] = {}
        self._levels: dict[tuple[str, Price], Market] = {}
        self._pending: dict[Holding, tuple[Cash, Quantity, Quantity]] | None = None

    def touch_account(self, account: Account) -> None:
        """Remember the account's cash before its first change."""
        if account not in self._accounts:
            self._accounts[account] = account.cash

    def touch(self, holding: Holding) -> None:
        """Remember the holding and its account before their first change."""
        if holding not in self._holdings:
            self._holdings[holding] = (holding.yes, holding.no)
            self.touch_account(holding.account)

    def touch_pending(self, holding: Holding) -> None:
        """Remember what is pending for the holding before its first change."""
        if self._pending is None:
            self._pending = {}
        self._pending.setdefault(holding, holding.pending)

    def recheck(self, account: Account) -> None:
        """Have the account's orders checked although neither its cash nor its tokens have changed."""
        self.touch_account(account)
        self._must_recheck = True

    def touch_level(self, market: Market, side: Side, price: Price) -> None:
        """Remember a level that changes; an ask's price is kept negated, so that no side is needed."""
        self._levels[(market.name, price if side is Side.BUY else -price)] = market

    def traded(self, market: Market) -> None:
        """Remember that the market's last price is new."""
        self.market = market
        self._traded = True

    def opened(self, market: Market) -> None:
        """Remember that the market's stops may be activated from now on."""
        self.market = market

    def reconsider(self, market: Market) -> None:
        """Remember a market that collects orders, and whose auction may give something else now."""
        if market not in self._auctions:
            self._auctions.append(market)

    def withdraw(self, market: Market, order: Order) -> None:
        """Take an open order out of wherever it is: the book, its delay, or the waiting stops."""
        self.touch(order.holding)
        if order.is_waiting:
            market.stops.remove(order)
        elif not order.delayed_until:
            self.touch_level(market, order.side, order.price)
            market.book.remove(order)
        self.state.close(order)

    def take_out(self, market: Market, order: Order, reason: CancelReason) -> None:
        """Cancel an open order."""
        self.withdraw(market, order)
        account = order.holding.account.name
        self.emit(
            OrderCancelled(self.state.time, order.order_id, account, market.name, order.remaining, reason)
        )

    def finish(self) -> None:
        """Emit levels, balances and positions; cancel what no longer fits; say what auctions would do
        now; forget idle holdings."""
        time = self.state.time
        events = self.events
        market = self.market
        if market is not None and self._traded:
            finer = market.finer_tick()
            if finer:
                events.append(TickChanged(time, market.name, market.tick, finer))
                market.tick = finer
        self._emit_levels()
        has_changed = False
        for account, cash in self._accounts.items():
            if account.cash != cash:
                events.append(BalanceChanged(time, account.name, account.cash))
                has_changed = True
        moved: dict[Account, list[Holding]] | None = None
        for holding, (yes, no) in self._holdings.items():
            if holding.yes != yes or holding.no != no:
                account = holding.account
                events.append(PositionChanged(time, account.name, holding.market, holding.yes, holding.no))
                if moved is None:
                    moved = {}
                moved.setdefault(account, []).append(holding)
        if self._pending is not None:
            for holding, pending in self._pending.items():
                if holding.pending != pending:
                    name = holding.account.name
                    events.append(PendingChanged(time, name, holding.market, *holding.pending))
        if has_changed or moved or self._must_recheck:
            moved = moved or {}
            for account in list(self._accounts):
                self._recheck(account, moved.get(account, []))
            self._emit_levels()
        for market in self._auctions:
            self._announce(market)
        for holding in self._holdings:
            if not holding.orders:
                self.state.forget_if_idle(holding)

    def _emit_levels(self) -> None:
        if not self._levels:
            return
        time = self.state.time
        for (name, signed), market in self._levels.items():
            side, price = (Side.BUY, signed) if signed > 0 else (Side.SELL, -signed)
            self.events.append(LevelChanged(time, name, side, price, market.book.quantity_at(side, price)))
            if market.state is not MarketState.OPEN:
                self.reconsider(market)
        self._levels.clear()

    def _announce(self, market: Market) -> None:
        """Say what the market's auction would do now, if it has one ahead and that has changed."""
        if not market.collects():
            return
        indicative = clearing_price(market)
        if indicative != market.indicative:
            market.indicative = indicative
            self.events.append(IndicativeChanged(self.state.time, market.name, *indicative))

    def _recheck(self, account: Account, moved: list[Holding]) -> None:
        """Cancel the account's orders that its cash and tokens no longer cover, market by market.

        Usually one comparison. When the largest requirement may exceed the cash it costs O(markets in
        which the account has open orders); idle markets and orders that stay are never walked.
        """
        relief = account.relief
        if relief is not None:
            for holding in moved:
                relief.update(holding.market)
        misfits = [holding for holding in moved if not holding.fits()]
        for holding in moved:
            account.required_bound = max(account.required_bound, holding.required())
        if relief is not None or (
            account.required_bound > account.cash and account.largest_required() > account.cash
        ):
            for holding in account.active.values():
                if holding not in misfits and not holding.fits():
                    misfits.append(holding)
        misfits.sort(key=_largest_first)
        for holding in misfits:
            market = self.state.markets[holding.market]
            while not holding.fits():
                order = _newest_contributing(holding)
                if order is None:
                    break
                self.take_out(market, order, CancelReason.UNFUNDED)


def _largest_first(holding: Holding) -> tuple[Cash, str]:
    return -holding.required(), holding.market


def _newest_contributing(holding: Holding) -> Order | None:
    """The latest arrival among the orders that make the holding not fit (docs/core.md, "Funding").

    Held orders stay; None when only they are left. Tokens come before cash.
    """
    yes_short = holding.yes_promised > holding.yes
    no_short = holding.no_promised > holding.no
    if yes_short or no_short:
        for order in reversed(holding.orders.values()):
            short = no_short if order.side is Side.BUY else yes_short
            if short and order.gives is Gives.TOKENS and not order.delayed_until:
                return order
    if holding.account.relief is None and holding.required() <= holding.account.cash:
        return None
    buys_exceed, sells_exceed = holding.exceeding()
    for order in reversed(holding.orders.values()):
        if order.delayed_until or order.gives is Gives.TOKENS:
            continue
        if order.gives is Gives.CASH or (buys_exceed if order.side is Side.BUY else sells_exceed):
            return order
    return None
