"""Trades that settle later, and what becomes of them (docs/core.md, "Settlement that can fail")."""

from __future__ import annotations

from msgspec.structs import replace

from tradepit.core.block import Block
from tradepit.core.checks import permission, shape
from tradepit.core.commands import ConfirmTrade, FailTrade, RetryTrade
from tradepit.core.enums import CancelReason, OrderKind, Pricing, Reject
from tradepit.core.events import (
    CommandRejected,
    OrderCancelled,
    OrderRestored,
    OrderSettled,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
)
from tradepit.core.lifecycle import pay_out
from tradepit.core.market import Market
from tradepit.core.neg_risk import pay_out_event
from tradepit.core.order import Order
from tradepit.core.state import State
from tradepit.core.trading import Entry, carry_out, hold
from tradepit.core.unsettled import Escrow


def confirm(state: State, block: Block, command: ConfirmTrade) -> None:
    """Pay the trade's escrow out."""
    escrow = _take(state, block, command.trade)
    if escrow is None:
        return
    market = escrow.market
    escrow.taker.holding.receive(escrow.taken)
    escrow.maker.holding.receive(escrow.made)
    market.pairs += escrow.pairs
    market.fees += escrow.fees
    block.emit(TradeConfirmed(state.time, escrow.number, market.name))
    for order in escrow.orders():
        _give_last_word(state, block, order)
    _resolve_if_awaited(state, block, market)


def retry(state: State, block: Block, command: RetryTrade) -> None:
    """Keep the trade's escrow."""
    escrow = state.escrows.get(command.trade)
    if escrow is None:
        _refuse(state, block, command.trade)
    else:
        block.emit(TradeRetried(state.time, escrow.number, escrow.market.name))


def fail(state: State, block: Block, command: FailTrade) -> None:
    """Give the trade's escrow back. The maker's size comes back, as a new arrival, where the market says
    so, the order is neither over nor held, and nothing of steps 2 to 5 (but the duplicate check) speaks
    against it; what does not come back stays cancelled."""
    escrow = _take(state, block, command.trade)
    if escrow is None:
        return
    market, quantity = escrow.market, escrow.quantity
    escrow.taker.holding.take_back(escrow.taken)
    escrow.maker.holding.take_back(escrow.made)
    for order in escrow.orders():
        order.filled -= quantity
        order.notional -= escrow.price * quantity
        order.voided += quantity
    entry = _restoration(state, block, escrow)
    block.emit(TradeFailed(state.time, escrow.number, market.name, entry is not None))
    if entry is None:
        _give_last_word(state, block, escrow.maker)
    else:
        _restore(state, block, escrow.maker, entry)
    _give_last_word(state, block, escrow.taker)
    _resolve_if_awaited(state, block, market)


def _take(state: State, block: Block, number: int) -> Escrow | None:
    """Take the escrow out; None, and a refusal, if there is none."""
    escrow = state.escrows.pop(number, None)
    if escrow is None:
        _refuse(state, block, number)
        return None
    escrow.market.unsettled -= 1
    for order in escrow.orders():
        block.touch(order.holding)
        block.touch_pending(order.holding)
        order.unsettled -= 1
    return escrow


def _give_last_word(state: State, block: Block, order: Order) -> None:
    """Say how an order ended that has traded in full, once the last of its trades is settled or void."""
    if order.unsettled or state.settling.get(order.order_id) is not order:
        return
    del state.settling[order.order_id]
    account, market = order.holding.account.name, order.holding.market
    if order.voided:
        reason = CancelReason.SETTLEMENT_FAILED
        block.emit(OrderCancelled(state.time, order.order_id, account, market, order.voided, reason))
    else:
        block.emit(OrderSettled(state.time, order.order_id, account, market, order.filled))


def _restoration(state: State, block: Block, escrow: Escrow) -> Entry | None:
    """What the maker would do as a new arrival with its size back; None if it does not come back.

    An order that rests is out of the book afterwards in the first case, and as it was in the second.
    """
    maker, market = escrow.maker, escrow.market
    is_open = state.orders.get(maker.order_id) is maker
    if maker.delayed_until or (not is_open and state.settling.get(maker.order_id) is not maker):
        return None
    terms = replace(
        maker.terms,
        kind=OrderKind.LIMIT,
        price=maker.price,
        pricing=Pricing.GIVEN,
        minimum_quantity=0,
    )
    if not market.listing.restores or permission(state, terms) is not None:
        return None
    if shape(state, market, terms, replaces=is_open) is not None:
        return None
    if not is_open and terms.client_key in state.client_keys:
        terms = replace(terms, client_key="")
    holding = maker.holding
    rests = maker.remaining if is_open else 0
    holding.commit(maker.side, maker.gives, maker.price, -rests)
    entry = Entry(state, terms, holding, rests + escrow.quantity)
    holding.commit(maker.side, maker.gives, maker.price, rests)
    if entry.rejection is not None or entry.death is not None:
        return None
    if is_open:
        block.withdraw(market, maker)
    else:
        del state.settling[maker.order_id]
    maker.voided -= escrow.quantity
    maker.terms = terms
    return entry


def _restore(state: State, block: Block, maker: Order, entry: Entry) -> None:
    """Let the maker arrive anew."""
    holding, market = maker.holding, entry.market
    state.keep(holding, market)
    maker.remaining = entry.quantity
    maker.price = entry.limit
    maker.arrival = state.next_arrival()
    block.emit(
        OrderRestored(
            state.time,
            maker.order_id,
            holding.account.name,
            market.name,
            maker.side,
            maker.price,
            maker.remaining,
        )
    )
    if market.listing.delay_ns and entry.walk.filled:
        hold(state, block, market, maker)
    else:
        carry_out(state, block, maker, entry)


def _resolve_if_awaited(state: State, block: Block, market: Market) -> None:
    """Resolve what waited for this trade, if it was the last one."""
    if market.unsettled or market.awaiting is None:
        return
    if not market.event:
        pay_out(state, block, market, market.awaiting)
        return
    linked = state.linked[market.event]
    if not any(state.markets[name].unsettled for name in linked.markets):
        pay_out_event(state, block, linked, linked.awaiting)


def _refuse(state: State, block: Block, trade: int) -> None:
    block.emit(CommandRejected(state.time, str(trade), Reject.UNKNOWN_TRADE))
