"""Orders that leave or change: cancel, replace, expire (docs/core.md, "Priority and replace")."""

from __future__ import annotations

from msgspec.structs import replace

from tradepit.core.block import Block
from tradepit.core.checks import is_well_formed, shape
from tradepit.core.commands import CancelOrder, CancelOrders, PlaceOrder, ReplaceOrder
from tradepit.core.enums import CancelReason, ExpireReason, Gives, OrderKind, Pricing, Reject, Side
from tradepit.core.events import CancelRejected, OrderExpired, OrderReplaced, ReplaceRejected
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.state import State
from tradepit.core.stops import is_reached
from tradepit.core.trading import Entry, activate, carry_out, hold

BUY = Side.BUY


def cancel(state: State, block: Block, command: CancelOrder) -> None:
    """Take one own order out; refused if it is not open, is held by a delay, or the market forbids it."""
    order = _find(state, command.account, command.order_id)
    if isinstance(order, Order):
        market = state.markets[order.holding.market]
        if market.may_cancel():
            block.take_out(market, order, CancelReason.OWNER)
            return
        reason = Reject.MARKET_NOT_OPEN
    else:
        reason = order
    block.emit(CancelRejected(state.time, command.order_id, command.account, reason))


def cancel_many(state: State, block: Block, command: CancelOrders) -> None:
    """Take out what the command names and may go, oldest first. O(open orders of the account)."""
    account = state.accounts.get(command.account)
    if account is None:
        return
    orders = [
        order
        for holding in account.holdings.values()
        if (not command.market or holding.market == command.market) and (holding.orders or holding.stops)
        if state.markets[holding.market].may_cancel()
        for order in (*holding.orders.values(), *holding.stops.values())
        if not order.delayed_until and (not command.outcome or command.outcome == _outcome(order))
    ]
    take_out_all(state, block, orders, CancelReason.OWNER)


def take_out_all(state: State, block: Block, orders: list[Order], reason: CancelReason) -> None:
    """Cancel these orders, oldest first."""
    for order in sorted(orders, key=_arrival):
        block.take_out(state.markets[order.holding.market], order, reason)


def expire(state: State, block: Block, order: Order, reason: ExpireReason) -> None:
    """End a resting order, or a stop that waits, whose time has come."""
    market = state.markets[order.holding.market]
    block.withdraw(market, order)
    account = order.holding.account.name
    block.emit(OrderExpired(state.time, order.order_id, account, market.name, order.remaining, reason))


def replace_order(state: State, block: Block, command: ReplaceOrder) -> None:
    """Give an open order new terms; whatever is refused leaves it as it was."""
    order = _find(state, command.account, command.order_id)
    if not isinstance(order, Order):
        block.emit(ReplaceRejected(state.time, command.order_id, command.account, order))
        return
    market = state.markets[order.holding.market]
    terms = _new_terms(order, command)
    reason = _refusal(state, market, order, terms)
    if reason is not None:
        block.emit(ReplaceRejected(state.time, command.order_id, command.account, reason))
    elif order.is_waiting:
        _replace_stop(state, block, market, order, terms)
    elif terms.quantity <= order.used():
        block.withdraw(market, order)
        block.emit(OrderReplaced(state.time, terms, order.filled, 0, True, True))
    elif terms.price == order.price and terms.quantity <= order.terms.quantity:
        _replace_in_place(state, block, market, order, terms)
    else:
        _replace_anew(state, block, market, order, terms)


def _replace_in_place(state: State, block: Block, market: Market, order: Order, terms: PlaceOrder) -> None:
    """Fewer lots, or another expiry or key: the order keeps its place in line."""
    less = order.terms.quantity - terms.quantity
    block.touch(order.holding)
    if less:
        block.touch_level(market, order.side, order.price)
        order.holding.commit(order.side, order.gives, order.price, -less)
        market.book.fill(order, less)
    _adopt(state, order, terms)
    block.emit(OrderReplaced(state.time, terms, order.filled, order.remaining, True, False))


def _replace_anew(state: State, block: Block, market: Market, order: Order, terms: PlaceOrder) -> None:
    """Another price, or more lots: checked like a new arrival with the old order taken out."""
    holding = order.holding
    holding.commit(order.side, order.gives, order.price, -order.remaining)
    entry = Entry(state, terms, holding, terms.quantity - order.used())
    holding.commit(order.side, order.gives, order.price, order.remaining)
    refused = entry.rejection
    if refused is not None:
        block.emit(
            ReplaceRejected(
                state.time,
                order.order_id,
                holding.account.name,
                refused.reason,
                refused.available,
                refused.reserved,
                refused.required,
            )
        )
        return
    block.withdraw(market, order)
    order.terms = terms
    order.price = entry.limit
    order.remaining = entry.quantity
    order.arrival = state.next_arrival()
    block.emit(OrderReplaced(state.time, terms, order.filled, order.remaining, False, False))
    if market.listing.delay_ns and entry.walk.filled:
        hold(state, block, market, order)
    else:
        carry_out(state, block, order, entry)


def _replace_stop(state: State, block: Block, market: Market, order: Order, terms: PlaceOrder) -> None:
    """A stop that waits: its place in line is by stop price, then age."""
    kept = terms.stop_price == order.terms.stop_price and terms.quantity <= order.terms.quantity
    block.touch(order.holding)
    market.stops.remove(order)
    if not kept:
        order.arrival = state.next_arrival()
    order.remaining = terms.quantity
    order.price = terms.price
    _adopt(state, order, terms)
    block.emit(OrderReplaced(state.time, terms, 0, order.remaining, kept, False))
    if is_reached(order.side, terms.stop_price, market.last_price) and not market.collects():
        activate(state, block, order)
        return
    market.stops.add(order)


def _find(state: State, account: str, order_id: bytes) -> Order | Reject:
    """The account's own open order, if it may be touched; else why not."""
    order = state.orders.get(order_id)
    if order is None or order.holding.account.name != account:
        return Reject.UNKNOWN_ORDER
    return Reject.ORDER_DELAYED if order.delayed_until else order


def _new_terms(order: Order, command: ReplaceOrder) -> PlaceOrder:
    """The order's terms with the command's changes. A minimum quantity counts no more, and what rests is
    a limit order at its price, wherever that came from."""
    terms = order.terms
    return replace(
        terms,
        kind=terms.kind if order.is_waiting else OrderKind.LIMIT,
        price=order.price if command.price is None else command.price,
        quantity=terms.quantity if command.quantity is None else command.quantity,
        stop_price=terms.stop_price if command.stop_price is None else command.stop_price,
        expires_at=terms.expires_at if command.expires_at is None else command.expires_at,
        client_key=terms.client_key if command.client_key is None else command.client_key,
        tag=terms.tag if command.tag is None else command.tag,
        pricing=Pricing.GIVEN,
        minimum_quantity=0,
    )


def _refusal(state: State, market: Market, order: Order, terms: PlaceOrder) -> Reject | None:
    """Why the new terms may not be taken: the market's state, their shape, another order's client key.

    A kill switch needs no look: it has left no order that could be replaced.
    """
    if not market.may_replace():
        return Reject.MARKET_NOT_OPEN
    if not is_well_formed(terms):
        return Reject.INVALID_VALUE
    reason = shape(state, market, terms, replaces=True)
    if reason is None and state.client_keys.get(terms.client_key, order) is not order:
        return Reject.DUPLICATE_CLIENT_KEY
    return reason


def _adopt(state: State, order: Order, terms: PlaceOrder) -> None:
    """Let an order that stays open have its new terms, its client key and its expiry included."""
    if order.terms.client_key:
        del state.client_keys[order.terms.client_key]
    known = order.terms.expires_at
    order.terms = terms
    if terms.expires_at != known:
        state.watch_expiry(order)
    if terms.client_key:
        state.client_keys[terms.client_key] = order


def _arrival(order: Order) -> int:
    return order.arrival


def _outcome(order: Order) -> int:
    """Which outcome the order names: 1 YES, 2 NO, 0 neither (a net order)."""
    if order.gives is Gives.NET:
        return 0
    return 1 if (order.side is BUY) == (order.gives is Gives.CASH) else 2
