"""The naive exchange's memory, and what follows from it: levels, funding, settlement, the re-check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from tradepit.core.commands import (
    CreateMarket,
    PlaceOrder,
    RegisterCredential,
)
from tradepit.core.enums import (
    CancelReason,
    Gives,
    MarketState,
    Reject,
    Side,
)
from tradepit.core.events import (
    BalanceChanged,
    Event,
    LevelChanged,
    OrderCancelled,
    PositionChanged,
)
from tradepit.core.units import ONE

T = TypeVar("T")


class Refused(Exception):
    """A check said no; carries what the rejection event says."""

    def __init__(self, reason: Reject, available: int = 0, reserved: int = 0, required: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.available, self.reserved, self.required = available, reserved, required


@dataclass
class NaiveOrder:
    place: PlaceOrder
    arrival: int
    remaining: int
    filled: int = 0
    due: int = 0

    @property
    def delayed(self) -> bool:
        return self.due > 0


@dataclass
class NaiveMarket:
    listing: CreateMarket
    state: MarketState


@dataclass
class Needs:
    yes_promised: int = 0
    no_promised: int = 0
    token_cash: int = 0
    net_buy_cash: int = 0
    net_sell_cash: int = 0

    @property
    def required(self) -> int:
        return self.token_cash + max(self.net_buy_cash, self.net_sell_cash)


def own_price(order: PlaceOrder) -> int:
    """The price of the token that a cash-giving order buys."""
    return order.price if order.side == Side.BUY else ONE - order.price


class NaiveState:
    def __init__(self) -> None:
        self.time = 0
        self.markets: dict[str, NaiveMarket] = {}
        self.orders: list[NaiveOrder] = []
        self.cash: dict[str, int] = {}
        self.held: dict[tuple[str, str], tuple[int, int]] = {}
        self.fees: dict[str, int] = {}
        self.accepted: set[tuple[str, bytes]] = set()
        self.credentials: dict[str, RegisterCredential] = {}
        self.claims: dict[str, int] = {}
        self.trades = 0
        self.arrivals = 0
        self.events: list[Event] = []
        self._levels: list[tuple[str, Side, int]] = []
        self._accounts: list[str] = []
        self._positions: list[tuple[str, str]] = []
        self._cash_before: dict[str, int] = {}
        self._held_before: dict[tuple[str, str], tuple[int, int]] = {}

    def _begin(self) -> None:
        self._levels, self._accounts, self._positions = [], [], []
        self._cash_before, self._held_before = dict(self.cash), dict(self.held)

    def _finish(self) -> None:
        """Levels, balances and positions that changed, then the re-check and its levels."""
        self._report_levels()
        for account in _once(self._accounts):
            if self.cash.get(account, 0) != self._cash_before.get(account, 0):
                self.events.append(BalanceChanged(self.time, account, self.cash[account]))
        for key in _once(self._positions):
            if self.held.get(key, (0, 0)) != self._held_before.get(key, (0, 0)):
                self.events.append(PositionChanged(self.time, *key, *self.held[key]))
        for account in _once(self._accounts):
            self._recheck(account)
        self._report_levels()
        busy = {(order.place.account, order.place.market) for order in self.orders}
        self.held = {key: held for key, held in self.held.items() if any(held) or key in busy}

    def _report_levels(self) -> None:
        for market, side, price in _once(self._levels):
            total = sum(
                order.remaining for order in self._resting(market, side) if order.place.price == price
            )
            self.events.append(LevelChanged(self.time, market, side, price, total))
        self._levels = []

    def _resting(self, market: str, side: Side) -> list[NaiveOrder]:
        """Resting orders of one side in priority: best price first, then oldest."""
        found = [
            o for o in self.orders if o.place.market == market and o.place.side == side and not o.delayed
        ]
        sign = -1 if side == Side.BUY else 1
        return sorted(found, key=lambda order: (sign * order.place.price, order.arrival))

    def _settle(self, place: PlaceOrder, price: int, quantity: int) -> tuple[int, int, int]:
        """Changes of cash, YES and NO for one side of a fill, before its fee."""
        paid = price if place.side == Side.BUY else ONE - price
        closed = 0
        if place.gives == Gives.TOKENS:
            closed = quantity
        elif place.gives == Gives.NET:
            yes, no = self.held.get((place.account, place.market), (0, 0))
            needs = self._needs(place.account, place.market)
            free = no - needs.no_promised if place.side == Side.BUY else yes - needs.yes_promised
            closed = min(quantity, max(0, free))
        opened = quantity - closed
        cash = (ONE - paid) * closed - paid * opened
        return (cash, opened, -closed) if place.side == Side.BUY else (cash, -closed, opened)

    def _needs(self, account: str, market: str, extra: PlaceOrder | None = None, fees: int = 0) -> Needs:
        """What the account's open orders in the market need, with `extra` and its fees on top."""
        rows = [
            (order.place, order.remaining, 0)
            for order in self.orders
            if order.place.account == account and order.place.market == market
        ]
        if extra is not None:
            rows.append((extra, extra.quantity, fees))
        needs = Needs()
        net_quantity = {Side.BUY: 0, Side.SELL: 0}
        net_cost = {Side.BUY: 0, Side.SELL: 0}
        for place, lots, fee in rows:
            if place.gives == Gives.NET:
                net_quantity[place.side] += lots
                net_cost[place.side] += own_price(place) * lots + fee
            elif place.gives == Gives.CASH:
                needs.token_cash += (place.budget or own_price(place) * lots) + fee
            elif place.side == Side.BUY:
                needs.no_promised += lots
            else:
                needs.yes_promised += lots
        yes, no = self.held.get((account, market), (0, 0))
        no_free, yes_free = max(0, no - needs.no_promised), max(0, yes - needs.yes_promised)
        closing_buys, closing_sells = (
            min(net_quantity[Side.BUY], no_free),
            min(net_quantity[Side.SELL], yes_free),
        )
        needs.net_buy_cash = max(0, net_cost[Side.BUY] - ONE * closing_buys)
        needs.net_sell_cash = max(0, net_cost[Side.SELL] - ONE * closing_sells)
        return needs

    def _check_funding(self, place: PlaceOrder, walk_fees: int, *, beyond_cash: bool) -> None:
        """Reading: a rejection's `required` is the order at its limit with its fees, taken by itself."""
        before = self._needs(place.account, place.market)
        after = self._needs(place.account, place.market, place, walk_fees)
        yes, no = self.held.get((place.account, place.market), (0, 0))
        if after.yes_promised > yes:
            raise Refused(Reject.INSUFFICIENT_TOKENS, yes, before.yes_promised, place.quantity)
        if after.no_promised > no:
            raise Refused(Reject.INSUFFICIENT_TOKENS, no, before.no_promised, place.quantity)
        cash = self.cash.get(place.account, 0)
        if after.required > cash or beyond_cash:
            alone = 0
            if place.gives != Gives.TOKENS:
                alone = (place.budget or own_price(place) * place.quantity) + walk_fees
            raise Refused(Reject.INSUFFICIENT_CASH, cash, before.required, alone)

    def _recheck(self, account: str) -> None:
        cash = self.cash.get(account, 0)
        markets = {order.place.market for order in self.orders if order.place.account == account}
        for market in sorted(markets, key=lambda name: (-self._needs(account, name).required, name)):
            while contributing := self._excess(account, market, cash):
                self._end(max(contributing, key=lambda order: order.arrival), CancelReason.UNFUNDED)

    def _excess(self, account: str, market: str, cash: int) -> list[NaiveOrder]:
        """The orders that make the account not fit in the market and can be cancelled; none when it fits.
        Reading: a delayed order counts in what is needed, but nothing cancels it before it is due."""
        needs = self._needs(account, market)
        yes, no = self.held.get((account, market), (0, 0))
        mine = [
            o for o in self.orders if (o.place.account, o.place.market) == (account, market) and not o.delayed
        ]
        short = {Side.SELL: needs.yes_promised > yes, Side.BUY: needs.no_promised > no}
        if any(short.values()):
            return [o for o in mine if o.place.gives == Gives.TOKENS and short[o.place.side]]
        if needs.required <= cash:
            return []
        over = {
            Side.BUY: needs.token_cash + needs.net_buy_cash > cash,
            Side.SELL: needs.token_cash + needs.net_sell_cash > cash,
        }
        return [
            o
            for o in mine
            if o.place.gives == Gives.CASH or (o.place.gives == Gives.NET and over[o.place.side])
        ]

    def _end(self, order: NaiveOrder, reason: CancelReason) -> None:
        self._remove(order)
        self._say_cancelled(order, reason)

    def _remove(self, order: NaiveOrder) -> None:
        self.orders.remove(order)
        if not order.delayed:
            self._touch_level(order)

    def _say_cancelled(self, order: NaiveOrder, reason: CancelReason) -> None:
        place = order.place
        self.events.append(
            OrderCancelled(self.time, place.order_id, place.account, place.market, order.remaining, reason)
        )

    def _arrive(self) -> int:
        self.arrivals += 1
        return self.arrivals

    def _touch_level(self, order: NaiveOrder) -> None:
        self._levels.append((order.place.market, order.place.side, order.place.price))

    def _touch_account(self, account: str, market: str) -> None:
        self._accounts.append(account)
        self._positions.append((account, market))


def _once(items: list[T]) -> list[T]:
    return list(dict.fromkeys(items))
