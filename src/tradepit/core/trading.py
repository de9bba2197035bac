"""Entering orders: steps 5 to 9 of a command (docs/core.md, "One command, step by step")."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from tradepit.core.block import Block
from tradepit.core.checks import duplicate, is_stop, own_price, permission, shape
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    Reject,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderRejected,
    OrderRested,
    OrderTriggered,
    OrderWaiting,
)
from tradepit.core.ledger import Holding
from tradepit.core.market import Market
from tradepit.core.matching import NOTHING, Walk, walk
from tradepit.core.order import Order
from tradepit.core.settlement import fill
from tradepit.core.state import State
from tradepit.core.stops import is_reached
from tradepit.core.units import ONE, TIME_MAX, Cash, Price, Quantity

BUY: Final = Side.BUY
_LIMIT_OF_NONE: Final = {Side.BUY: ONE - 1, Side.SELL: 1}
"""How far an order without a limit may go."""


def place(state: State, block: Block, order: PlaceOrder) -> None:
    """Check a new order, match it, and rest or end the remainder; or let a stop wait."""
    reason = permission(state, order)
    if reason is None:
        market = state.markets[order.market]
        if order.pricing is not Pricing.GIVEN:
            order, reason = _priced(market, order)
        reason = reason or shape(state, market, order) or duplicate(state, order)
    if reason is not None:
        block.emit(OrderRejected(state.time, order, reason))
    elif is_stop(order):
        _place_stop(state, block, order)
    else:
        _run(state, block, order, None, may_hold=True)


def resume(state: State, block: Block, delayed: Order) -> None:
    """Run a delayed order when its delay is over: from step 2 again, without the duplicate check."""
    block.touch(delayed.holding)
    state.close(delayed)
    delayed.delayed_until = 0
    _run_again(state, block, delayed, may_hold=False)


def activate(state: State, block: Block, stop: Order) -> None:
    """Turn a stop that was reached into the order that it stands for, and run it from step 2.

    It has left the waiting stops already.
    """
    block.touch(stop.holding)
    state.close(stop)
    _trigger(state, block, stop)


def _trigger(state: State, block: Block, stop: Order) -> None:
    stop.is_waiting = False
    terms = stop.terms
    kind = OrderKind.LIMIT if terms.kind is OrderKind.STOP_LIMIT else OrderKind.MARKET_TO_LIMIT
    stop.terms = replace(terms, kind=kind, stop_price=0)
    block.emit(OrderTriggered(state.time, terms.order_id, terms.account, terms.market, kind))
    _run_again(state, block, stop, may_hold=True)


def _run_again(state: State, block: Block, order: Order, *, may_hold: bool) -> None:
    """Run an order that was accepted before; a refusal now is its last word."""
    terms = order.terms
    reason = permission(state, terms) or shape(state, state.markets[terms.market], terms)
    if reason is not None:
        block.emit(OrderRejected(state.time, terms, reason))
        return
    _run(state, block, terms, order, may_hold=may_hold)


def _priced(market: Market, order: PlaceOrder) -> tuple[PlaceOrder, Reject | None]:
    """The order with its limit taken from the top of the book."""
    if order.price:
        return order, Reject.CONFLICTING_TERMS
    own_side, other_side = market.book.bids, market.book.asks
    if order.side is not BUY:
        own_side, other_side = other_side, own_side
    best = (own_side if order.pricing is Pricing.BEST_OWN else other_side).best()
    if best is None:
        return order, Reject.NO_LIQUIDITY
    return replace(order, price=best.price), None


def _place_stop(state: State, block: Block, order: PlaceOrder) -> None:
    """Accept a stop: it waits, or is activated at once if the last trade has reached it."""
    market = state.markets[order.market]
    holding = state.look_up(order.account, order.market)
    state.keep(holding, market)
    block.touch(holding)
    market.seen.add(order.order_id)
    stop = Order(order, holding, state.time, state.next_arrival())
    block.emit(OrderAccepted(state.time, order))
    if is_reached(order.side, order.stop_price, market.last_price) and not market.collects():
        _trigger(state, block, stop)
        return
    stop.is_waiting = True
    state.open(stop)
    market.stops.add(stop)
    block.emit(OrderWaiting(state.time, order.order_id, order.account, order.market, order.stop_price))


class Entry:
    """Step 5, decided: what an order of `quantity` lots would do now, or why it may not.

    `rejection` and `death` are None for an order that goes on; `limit` is its limit, which an order
    without one takes from its last fill.
    """

    __slots__ = ("complete", "death", "limit", "market", "quantity", "rejection", "terms", "walk")

    def __init__(self, state: State, terms: PlaceOrder, holding: Holding, quantity: Quantity) -> None:
        self.terms = terms
        self.quantity = quantity
        self.market = market = state.markets[terms.market]
        is_market = terms.kind is OrderKind.MARKET_TO_LIMIT
        self.limit: Price = _LIMIT_OF_NONE[terms.side] if is_market else terms.price
        self.walk: Walk = NOTHING
        self.complete = False
        self.death: ExpireReason | None = None
        self.rejection: OrderRejected | None = None
        if market.state is MarketState.OPEN or not market.collects():
            reason = self._match(holding)
            if reason is not None:
                self.rejection = OrderRejected(state.time, terms, reason)
                return
        if is_market:
            self.limit = self.walk.last_price
        if terms.budget:
            # Spent when its rest buys no step at the limit.
            step = market.listing.quantity_step
            self.complete = terms.budget - self.walk.spent < own_price(terms, self.limit) * step
        else:
            self.complete = self.walk.filled == quantity
        if not self.walk.unaffordable:
            if self.walk.filled < terms.minimum_quantity:
                self.death = ExpireReason.MINIMUM_NOT_MET
            elif terms.time_in_force is TimeInForce.FOK and not self.complete:
                self.death = ExpireReason.NOT_FILLABLE
        if self.death is None:
            self.rejection = self._shortfall(holding, state.time)

    def _match(self, holding: Holding) -> Reject | None:
        """Walk the book; why the order may not trade as it would, if so."""
        terms = self.terms
        first = self.market.book.first_against(terms.side, self.limit)
        if first is None:
            return Reject.NO_LIQUIDITY if terms.kind is OrderKind.MARKET_TO_LIMIT else None
        if terms.budget and terms.budget < own_price(terms, first.price) * self.market.listing.quantity_step:
            # At a limit of its own it would buy a step (step 3), so this order has none.
            return Reject.BUDGET_TOO_SMALL
        if terms.post_only:
            return Reject.POST_ONLY_WOULD_CROSS
        if terms.strict and first.price != self.limit:
            return Reject.NOT_AT_LIMIT
        self.walk = walk(terms, self.quantity, self.limit, self.market, holding)
        if self.walk.self_match:
            return Reject.SELF_MATCH
        if terms.kind is OrderKind.MARKET_TO_LIMIT and not self.walk.filled:
            return Reject.NO_LIQUIDITY
        return None

    def _shortfall(self, holding: Holding, time: int) -> OrderRejected | None:
        """Funding: the order at its limit for the whole quantity, plus exactly the walk's fees.

        An order without a limit is priced by its walk.
        """
        terms, quantity, result = self.terms, self.quantity, self.walk
        account = holding.account
        cash = account.cash if account.relief is None else holding.available()
        if terms.gives is Gives.TOKENS:
            if terms.side is BUY:
                held, promised = holding.no, holding.no_promised
            else:
                held, promised = holding.yes, holding.yes_promised
            if promised + quantity > held:
                return OrderRejected(time, terms, Reject.INSUFFICIENT_TOKENS, held, promised, quantity)
            cost = 0
            holding.commit(terms.side, terms.gives, self.limit, quantity)
            required = holding.required()
            holding.commit(terms.side, terms.gives, self.limit, -quantity)
        else:
            cost = self._cost() + result.fees
            lots = quantity or result.filled
            # What a budget does not spend closes nothing.
            rest = terms.budget - result.spent if terms.budget else 0
            if account.relief is not None:
                fits = _fits_with_relief(holding, terms.side, lots, cost - rest, rest)
                required = cash if fits else cash + 1
            elif terms.gives is Gives.CASH:
                required = holding.required() + cost
            elif terms.side is BUY:
                worse = max(holding.net_buy_cash(lots, cost - rest), holding.net_sell_cash(0, 0))
                required = holding.token_cash + rest + worse
            else:
                worse = max(holding.net_buy_cash(0, 0), holding.net_sell_cash(lots, cost - rest))
                required = holding.token_cash + rest + worse
        if required > cash or result.unaffordable:
            return OrderRejected(time, terms, Reject.INSUFFICIENT_CASH, cash, holding.required(), cost)
        return None

    def _cost(self) -> Cash:
        """What the order pays at most, without fees, at its own token's price."""
        terms = self.terms
        if terms.budget:
            return terms.budget
        if terms.kind is OrderKind.MARKET_TO_LIMIT:
            return self.walk.spent + own_price(terms, self.limit) * (self.quantity - self.walk.filled)
        return own_price(terms, self.limit) * self.quantity


def _fits_with_relief(holding: Holding, side: Side, lots: Quantity, cost: Cash, rest: Cash) -> bool:
    """Whether a net order fits beside the others, with what margin relief makes of it. `rest` is what a
    budget does not spend."""
    if side is BUY:
        holding.net_buys += lots
        holding.net_buy_cost += cost
    else:
        holding.net_sells += lots
        holding.net_sell_cost += cost
    holding.token_cash += rest
    fits = holding.fits()
    holding.token_cash -= rest
    if side is BUY:
        holding.net_buys -= lots
        holding.net_buy_cost -= cost
    else:
        holding.net_sells -= lots
        holding.net_sell_cost -= cost
    return fits


def _run(state: State, block: Block, terms: PlaceOrder, accepted: Order | None, *, may_hold: bool) -> None:
    """Steps 5 to 8. `accepted` is the order itself when it has been accepted before; `may_hold` says
    whether the market's delay still lies ahead of it."""
    time = state.time
    holding = state.look_up(terms.account, terms.market)
    entry = Entry(state, terms, holding, terms.quantity if accepted is None else accepted.remaining)
    if entry.rejection is not None:
        block.emit(entry.rejection)
        return
    market = entry.market
    if accepted is None:
        market.seen.add(terms.order_id)
        block.emit(OrderAccepted(time, terms))
    if entry.death is not None:
        block.emit(
            OrderExpired(time, terms.order_id, terms.account, terms.market, entry.quantity, entry.death)
        )
        return
    state.keep(holding, market)
    block.touch(holding)
    taker = accepted or Order(terms, holding, time, 0)
    taker.holding = holding
    taker.price = entry.limit
    taker.arrival = state.next_arrival()
    if may_hold and market.listing.delay_ns and entry.walk.filled:
        if terms.budget and terms.gives is Gives.NET:
            taker.budget_lots, taker.budget_cost = entry.walk.filled, entry.walk.spent
        hold(state, block, market, taker)
    else:
        carry_out(state, block, taker, entry)


def hold(state: State, block: Block, market: Market, taker: Order) -> None:
    """Step 6: keep a marketable order for the market's delay."""
    taker.delayed_until = min(state.time + market.listing.delay_ns, TIME_MAX)
    state.open(taker)
    account = taker.holding.account.name
    block.emit(OrderDelayed(state.time, taker.order_id, account, market.name, taker.delayed_until))


def carry_out(state: State, block: Block, taker: Order, entry: Entry) -> None:
    """Steps 7 and 8: trade as the walk said, and give the order its last word."""
    result, market = entry.walk, entry.market
    left = result.filled
    for step in result.steps:
        if step.quantity:
            left -= step.quantity
            fill(state, block, market, taker, step, done=entry.complete and not left)
        else:
            block.take_out(market, step.maker, CancelReason.SELF_MATCH)
    if not entry.complete:
        _last_word(state, block, market, taker, result)


def _last_word(state: State, block: Block, market: Market, taker: Order, result: Walk) -> None:
    """Step 8: what is left rests, is cancelled, or expires, as the time in force says."""
    terms, time, account = taker.style, state.time, taker.holding.account.name
    order_id, remaining = taker.order_id, taker.remaining
    if result.ended:
        block.emit(OrderCancelled(time, order_id, account, market.name, remaining, CancelReason.SELF_MATCH))
    elif terms.time_in_force is TimeInForce.FAK:
        block.emit(OrderCancelled(time, order_id, account, market.name, remaining, CancelReason.REMAINDER))
    elif terms.time_in_force is TimeInForce.IOC:
        block.emit(OrderExpired(time, order_id, account, market.name, remaining, ExpireReason.REMAINDER))
    else:
        market.book.add(taker)
        state.open(taker)
        block.touch_level(market, taker.side, taker.price)
        block.emit(OrderRested(time, order_id, account, market.name, taker.side, taker.price, remaining))
