"""The naive exchange's memory, and what follows from it: levels, funding, settlement, the re-check."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction
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
    IndicativeChanged,
    LevelChanged,
    OrderCancelled,
    PendingChanged,
    PositionChanged,
    TickChanged,
)
from tradepit.core.units import ONE

T = TypeVar("T")


class Refused(Exception):
    """A check said no; carries what the rejection event says."""

    def __init__(self, reason: Reject, available: int = 0, reserved: int = 0, required: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.available, self.reserved, self.required = available, reserved, required


class Standing(Enum):
    """Where an open order is."""

    RESTING = auto()
    DELAYED = auto()
    WAITING = auto()
    REACHED = auto()
    """A stop that was reached, and whose turn has not come."""
    TRADED = auto()
    """All of it has traded, and not all of that is settled."""
    OVER = auto()
    """It had traded in full, and has had its last word since."""


@dataclass
class NaiveOrder:
    place: PlaceOrder
    arrival: int
    remaining: int
    price: int
    standing: Standing = Standing.RESTING
    filled: int = 0
    due: int = 0
    would_fill: int = 0
    would_pay: int = 0
    """What it was seen to fill, and to pay, when its delay began."""
    stamp: int = 0
    """When its timer was set, as a count."""
    voided: int = 0
    """Lots of it whose trades have failed and that did not come back."""


@dataclass
class NaiveMarket:
    listing: CreateMarket
    state: MarketState
    tick: int
    killed: bool = False
    last: int = 0
    indicative: tuple[int, int] = (0, 0)
    awaiting: int | None = None
    """The price of a resolution that waits."""
    schedule: list[tuple[int, int, MarketState]] = field(default_factory=list)
    """Time, count of timers, state."""

    @property
    def collects(self) -> bool:
        return self.state in (MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)


@dataclass
class NaiveEscrow:
    """A trade that is not settled: changes of cash, YES and NO for each side."""

    number: int
    market: str
    price: int
    quantity: int
    maker: NaiveOrder
    made: tuple[int, int, int]
    taker: NaiveOrder
    taken: tuple[int, int, int]
    fees: int

    def sides(self) -> list[tuple[NaiveOrder, tuple[int, int, int]]]:
        return [(self.maker, self.made), (self.taker, self.taken)]


@dataclass
class Extra:
    """An order that is not open yet, for the question what it would need."""

    place: PlaceOrder
    lots: int
    cost: int
    idle: int = 0
    """The part of its cost that is a budget which its walk leaves over: it closes nothing."""


@dataclass
class Needs:
    yes_promised: int = 0
    no_promised: int = 0
    token_cash: int = 0
    net_buy_cash: int = 0
    net_sell_cash: int = 0
    net_buys: int = 0
    net_buy_cost: int = 0

    @property
    def required(self) -> int:
        return self.token_cash + max(self.net_buy_cash, self.net_sell_cash)


def own_price(order: PlaceOrder, price: int) -> int:
    """The price of the token that a cash-giving order buys."""
    return price if order.side == Side.BUY else ONE - price


STOPS = (Standing.WAITING, Standing.REACHED)


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
        self.killed: set[str] = set()
        self.linked: dict[str, list[str]] = {}
        self.ended: set[str] = set()
        """The events that are over."""
        self.awaited: dict[str, list[int]] = {}
        """The payouts of events whose resolution waits."""
        self.escrows: list[NaiveEscrow] = []
        self.relieved: set[str] = set()
        self.watches: dict[str, tuple[int, int]] = {}
        self.stamps = 0
        self.trades = 0
        self.arrivals = 0
        self.events: list[Event] = []
        self._levels: list[tuple[str, Side, int]] = []
        self._accounts: list[str] = []
        self._positions: list[tuple[str, str]] = []
        self._settling: list[tuple[str, str]] = []
        self._traded: list[str] = []
        self._books: list[str] = []
        self._cash_before: dict[str, int] = {}
        self._held_before: dict[tuple[str, str], tuple[int, int]] = {}
        self._pending_before: dict[tuple[str, str], tuple[int, int, int]] = {}

    def _begin(self) -> None:
        self._levels, self._accounts, self._positions = [], [], []
        self._traded, self._books, self._settling = [], [], []
        self._cash_before, self._held_before = dict(self.cash), dict(self.held)
        self._pending_before = {key: self._pending(key) for key in self._unsettled_keys()}

    def _finish(self) -> None:
        """Ticks, levels, balances and positions that changed, then the re-check and its levels, and what
        auctions would do now."""
        for name in _once(self._traded):
            self._refine_tick(self.markets[name])
        self._report_levels()
        for account in _once(self._accounts):
            if self.cash.get(account, 0) != self._cash_before.get(account, 0):
                self.events.append(BalanceChanged(self.time, account, self.cash[account]))
        for key in _once(self._positions):
            if self.held.get(key, (0, 0)) != self._held_before.get(key, (0, 0)):
                self.events.append(PositionChanged(self.time, *key, *self.held[key]))
        for key in _once(self._settling):
            if self._pending(key) != self._pending_before.get(key, (0, 0, 0)):
                self.events.append(PendingChanged(self.time, *key, *self._pending(key)))
        for account in _once(self._accounts):
            self._recheck(account)
        self._report_levels()
        for name in _once([*self._books, *self.markets]):
            self._announce(self.markets[name])
        busy = {(order.place.account, order.place.market) for order in self.orders} | self._unsettled_keys()
        self.held = {key: held for key, held in self.held.items() if any(held) or key in busy}

    def _unsettled_keys(self) -> set[tuple[str, str]]:
        return {
            (order.place.account, escrow.market) for escrow in self.escrows for order, _ in escrow.sides()
        }

    def _pending(self, key: tuple[str, str]) -> tuple[int, int, int]:
        """Cash, YES and NO that the account's unsettled trades in the market will bring."""
        due = [
            changes
            for escrow in self.escrows
            for order, changes in escrow.sides()
            if (order.place.account, escrow.market) == key
        ]
        cash, yes, no = (sum(max(0, changes[part]) for changes in due) for part in range(3))
        return cash, yes, no

    def _put(self, account: str, market: str, cash: int, yes: int, no: int) -> None:
        self.cash[account] = self.cash.get(account, 0) + cash
        held_yes, held_no = self.held.get((account, market), (0, 0))
        self.held[account, market] = (held_yes + yes, held_no + no)

    def _refine_tick(self, market: NaiveMarket) -> None:
        edge, finer = market.listing.edge, market.listing.edge_tick
        if edge and finer < market.tick and (market.last < edge or market.last > ONE - edge):
            self.events.append(TickChanged(self.time, market.listing.market, market.tick, finer))
            market.tick = finer

    def _announce(self, market: NaiveMarket) -> None:
        """Reading: the end of an auction is said by the state, not by an indicative price of none."""
        now = self._auction(market) if market.collects else (0, 0)
        if now != market.indicative:
            market.indicative = now
            if market.collects:
                self.events.append(IndicativeChanged(self.time, market.listing.market, *now))

    def _auction(self, market: NaiveMarket) -> tuple[int, int]:
        """Price and lots of an auction held now: every price of the grid, and of an order, is tried."""
        name = market.listing.market
        bids, asks = self._resting(name, Side.BUY), self._resting(name, Side.SELL)
        if not bids or not asks or bids[0].price < asks[0].price:
            return 0, 0
        low, high = asks[0].price, bids[0].price
        reference = Fraction(market.last) if market.last else Fraction(low + high, 2)
        grid = set(range(market.tick, ONE, market.tick)) | {order.price for order in (*bids, *asks)}
        chosen: tuple[int, int, Fraction, int] | None = None
        for price in grid:
            if low <= price <= high:
                demand = sum(order.remaining for order in bids if order.price >= price)
                supply = sum(order.remaining for order in asks if order.price <= price)
                rank = (
                    -min(demand, supply),
                    max(demand, supply) - min(demand, supply),
                    abs(price - reference),
                    price,
                )
                chosen = rank if chosen is None else min(chosen, rank)
        assert chosen is not None
        return chosen[3], -chosen[0]

    def _report_levels(self) -> None:
        for market, side, price in _once(self._levels):
            total = sum(order.remaining for order in self._resting(market, side) if order.price == price)
            self._books.append(market)
            self.events.append(LevelChanged(self.time, market, side, price, total))
        self._levels = []

    def _resting(self, market: str, side: Side) -> list[NaiveOrder]:
        """Resting orders of one side in priority: best price first, then oldest."""
        found = [
            o
            for o in self.orders
            if o.place.market == market and o.place.side == side and o.standing is Standing.RESTING
        ]
        sign = -1 if side == Side.BUY else 1
        return sorted(found, key=lambda order: (sign * order.price, order.arrival))

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

    def _needs(self, account: str, market: str, extra: Extra | None = None) -> Needs:
        """What the account's open orders in the market need, with `extra` on top; a stop needs nothing.

        Reading: a delayed order with a budget needs the budget, and closes what it was seen to fill."""
        rows: list[tuple[PlaceOrder, int, int]] = []
        reserved = 0
        for order in self.orders:
            place = order.place
            if (place.account, place.market) != (account, market) or order.standing in STOPS:
                continue
            if place.budget:
                idle = place.budget - order.would_pay
                reserved += idle if place.gives == Gives.NET else 0
                rows.append(
                    (place, order.would_fill, place.budget - (idle if place.gives == Gives.NET else 0))
                )
            else:
                rows.append((place, order.remaining, own_price(place, order.price) * order.remaining))
        if extra is not None:
            idle = extra.idle if extra.place.gives == Gives.NET else 0
            reserved += idle
            rows.append((extra.place, extra.lots, extra.cost - idle))
        needs = Needs(token_cash=reserved)
        net_quantity = {Side.BUY: 0, Side.SELL: 0}
        net_cost = {Side.BUY: 0, Side.SELL: 0}
        for place, lots, cost in rows:
            if place.gives == Gives.NET:
                net_quantity[place.side] += lots
                net_cost[place.side] += cost
            elif place.gives == Gives.CASH:
                needs.token_cash += cost
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
        needs.net_buys, needs.net_buy_cost = net_quantity[Side.BUY], net_cost[Side.BUY]
        needs.net_buy_cash = max(0, net_cost[Side.BUY] - ONE * closing_buys)
        needs.net_sell_cash = max(0, net_cost[Side.SELL] - ONE * closing_sells)
        return needs

    def _recheck(self, account: str) -> None:
        raise NotImplementedError("NaiveFunding")

    def _end(self, order: NaiveOrder, reason: CancelReason) -> None:
        self._remove(order)
        self._say_cancelled(order, reason)

    def _remove(self, order: NaiveOrder) -> None:
        self.orders.remove(order)
        self._touch_account(order.place.account, order.place.market)
        if order.standing is Standing.RESTING:
            self._touch_level(order)

    def _say_cancelled(self, order: NaiveOrder, reason: CancelReason) -> None:
        place = order.place
        self.events.append(
            OrderCancelled(self.time, place.order_id, place.account, place.market, order.remaining, reason)
        )

    def _stamp(self) -> int:
        self.stamps += 1
        return self.stamps

    def _arrive(self) -> int:
        self.arrivals += 1
        return self.arrivals

    def _touch_level(self, order: NaiveOrder) -> None:
        self._levels.append((order.place.market, order.place.side, order.price))

    def _touch_account(self, account: str, market: str) -> None:
        self._accounts.append(account)
        self._positions.append((account, market))


def _once(items: list[T]) -> list[T]:
    return list(dict.fromkeys(items))
