"""The state as bytes and back. Equal states give equal bytes, whatever path led to them.

What can be derived (sums over orders, levels, bounds) is not kept but built again. The format carries a
version; an older version stays readable for ever (docs/journal.md).
"""

from __future__ import annotations

from heapq import heapify

import msgspec

from tradepit.core.commands import CreateMarket, PlaceOrder, RegisterCredential
from tradepit.core.enums import MarketState, Side
from tradepit.core.ledger import Holding
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.relief import Relief
from tradepit.core.state import DELAY, EXPIRY, State
from tradepit.core.units import Cash, Price, Quantity, Timestamp
from tradepit.core.unsettled import Changes, Escrow

VERSION = 1


class _Order(msgspec.Struct, frozen=True, array_like=True, gc=False):
    terms: PlaceOrder
    remaining: Quantity
    filled: Quantity
    notional: Cash
    accepted_at: Timestamp
    arrival: int
    delayed_until: Timestamp
    price: Price = 0
    is_waiting: bool = False
    budget_lots: Quantity = 0
    budget_cost: Cash = 0
    unsettled: int = 0
    voided: Quantity = 0


class _Escrow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An unsettled trade; its orders are numbers in the snapshot's list of traders' orders."""

    number: int
    market: str
    price: Price
    quantity: Quantity
    taker: int
    taken: Changes
    maker: int
    made: Changes
    fees: Cash


class _Market(msgspec.Struct, frozen=True, array_like=True, gc=False):
    listing: CreateMarket
    state: MarketState
    payout: Price | None
    pairs: Quantity
    fees: Cash
    last_price: Price
    last_side: Side
    traded: Quantity
    seen: list[bytes]
    holdings: list[tuple[str, Quantity, Quantity]]
    tick: Price = 0
    killed: bool = False
    indicative: tuple[Price, Quantity] = (0, 0)
    schedule: list[tuple[Timestamp, MarketState]] = []
    awaiting: Price | None = None


class _Snapshot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    version: int
    time: Timestamp
    deposited: Cash
    arrival: int
    trade_number: int
    timer_number: int
    accounts: list[tuple[str, Cash]]
    credentials: list[RegisterCredential]
    markets: list[_Market]
    orders: list[_Order]
    timers: list[tuple[Timestamp, int, int, bytes]]
    claims: list[tuple[str, Timestamp]]
    watches: list[tuple[str, int]] = []
    killed_accounts: list[str] = []
    linked: list[tuple[str, list[str], Quantity, bool, list[Price]]] = []
    relieved: list[str] = []
    traded_orders: list[_Order] = []
    settling: list[int] = []
    escrows: list[_Escrow] = []


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


def dump(state: State) -> bytes:
    """The state's bytes. O(everything)."""
    markets = [
        _Market(
            market.listing,
            market.state,
            market.payout,
            market.pairs,
            market.fees,
            market.last_price,
            market.last_side,
            market.traded,
            sorted(market.seen),
            [(name, holding.yes, holding.no) for name, holding in market.holdings.items()],
            market.tick,
            market.killed,
            market.indicative,
            market.schedule,
            market.awaiting,
        )
        for market in state.markets.values()
    ]
    open_orders = sorted(state.orders.values(), key=_arrival)
    # Orders that unsettled trades name and that are open no more. All are named by their place below.
    traded: list[Order] = []
    place = {order: number for number, order in enumerate(open_orders)} if state.escrows else {}
    for escrow in state.escrows.values():
        for order in escrow.orders():
            if order not in place:
                place[order] = len(open_orders) + len(traded)
                traded.append(order)
    return _encoder.encode(
        _Snapshot(
            VERSION,
            state.time,
            state.deposited,
            state.arrival,
            state.trade_number,
            state.timer_number,
            [(account.name, account.cash) for account in state.accounts.values()],
            list(state.credentials.values()),
            markets,
            [_order(order) for order in open_orders],
            sorted(timer for timer in state.timers if state.is_live(timer)),
            sorted(state.claims.items()),
            sorted(state.watches.items()),
            sorted(state.killed_accounts),
            [
                (event.name, event.markets, event.sets, event.is_resolved, event.awaiting)
                for event in state.linked.values()
            ],
            sorted(account.name for account in state.accounts.values() if account.relief is not None),
            [_order(order) for order in traded],
            [place[order] for order in state.settling.values()],
            [
                _Escrow(
                    escrow.number,
                    escrow.market.name,
                    escrow.price,
                    escrow.quantity,
                    place[escrow.taker],
                    escrow.taken,
                    place[escrow.maker],
                    escrow.made,
                    escrow.fees,
                )
                for escrow in state.escrows.values()
            ],
        )
    )


def load(data: bytes) -> State:
    """The state in `data`; raises `msgspec.DecodeError` on foreign bytes, `ValueError` on a newer format."""
    snapshot = _decoder.decode(data)
    if snapshot.version != VERSION:
        raise ValueError(f"the snapshot has format {snapshot.version}, this program reads {VERSION}")
    state = State()
    state.time = snapshot.time
    state.deposited = snapshot.deposited
    state.arrival = snapshot.arrival
    state.trade_number = snapshot.trade_number
    state.timer_number = snapshot.timer_number
    for name, cash in snapshot.accounts:
        state.account(name).cash = cash
    for credential in snapshot.credentials:
        state.credentials[credential.credential] = credential
    for saved in snapshot.markets:
        market = state.markets[saved.listing.market] = Market(saved.listing)
        market.state = saved.state
        market.payout = saved.payout
        market.pairs = saved.pairs
        market.fees = saved.fees
        market.last_price = saved.last_price
        market.last_side = saved.last_side
        market.traded = saved.traded
        market.seen = set(saved.seen)
        market.tick = saved.tick or saved.listing.tick
        market.killed = saved.killed
        market.indicative = saved.indicative
        market.schedule = list(saved.schedule)
        market.awaiting = saved.awaiting
        for name, yes, no in saved.holdings:
            holding = Holding(state.account(name), market.name)
            holding.yes, holding.no = yes, no
            state.keep(holding, market)
    for kept in snapshot.orders:
        _reopen(state, kept)
    state.timers = list(snapshot.timers)
    heapify(state.timers)
    for _, number, kind, subject in state.timers:
        if kind in (EXPIRY, DELAY):
            state.orders[subject].timer = number
    for key, until in snapshot.claims:
        state.claim(key, until)
    state.watches = dict(snapshot.watches)
    state.killed_accounts = set(snapshot.killed_accounts)
    for name, markets, sets, is_resolved, awaiting in snapshot.linked:
        linked = state.link(name, markets)
        linked.sets, linked.is_resolved, linked.awaiting = sets, is_resolved, awaiting
    for name in snapshot.relieved:
        account = state.accounts[name]
        account.relief = Relief(account, state.event_of)
    _load_escrows(state, snapshot)
    return state


def _order(order: Order) -> _Order:
    return _Order(
        order.terms,
        order.remaining,
        order.filled,
        order.notional,
        order.accepted_at,
        order.arrival,
        order.delayed_until,
        order.price,
        order.is_waiting,
        order.budget_lots,
        order.budget_cost,
        order.unsettled,
        order.voided,
    )


def _load_escrows(state: State, snapshot: _Snapshot) -> None:
    """Bring the unsettled trades back, with the orders that they name."""
    orders = [state.orders[kept.terms.order_id] for kept in snapshot.orders] if snapshot.escrows else []
    orders += [_order_of(state, kept) for kept in snapshot.traded_orders]
    for number in snapshot.settling:
        state.settling[orders[number].order_id] = orders[number]
    for saved in snapshot.escrows:
        market, taker, maker = state.markets[saved.market], orders[saved.taker], orders[saved.maker]
        state.escrows[saved.number] = Escrow(
            saved.number,
            market,
            saved.price,
            saved.quantity,
            taker,
            saved.taken,
            maker,
            saved.made,
            saved.fees,
        )
        market.unsettled += 1
        taker.holding.expect(saved.taken)
        maker.holding.expect(saved.made)


def _order_of(state: State, kept: _Order) -> Order:
    holding = state.markets[kept.terms.market].holdings[kept.terms.account]
    order = Order(kept.terms, holding, kept.accepted_at, kept.arrival)
    order.remaining = kept.remaining
    order.filled = kept.filled
    order.notional = kept.notional
    order.delayed_until = kept.delayed_until
    order.price = kept.price or kept.terms.price
    order.is_waiting = kept.is_waiting
    order.budget_lots = kept.budget_lots
    order.budget_cost = kept.budget_cost
    order.unsettled = kept.unsettled
    order.voided = kept.voided
    return order


def _reopen(state: State, kept: _Order) -> None:
    market = state.markets[kept.terms.market]
    order = _order_of(state, kept)
    state.count_in(order)
    if order.is_waiting:
        market.stops.add(order)
    elif not order.delayed_until:
        market.book.add(order)


def _arrival(order: Order) -> int:
    return order.arrival
