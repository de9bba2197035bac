"""One fill: a resting order meets another, money and tokens change hands, and three events say so."""

from __future__ import annotations

from tradepit.core.block import Block
from tradepit.core.enums import Gives, Role, Side
from tradepit.core.events import OrderFilled, Trade
from tradepit.core.fees import builder_fee
from tradepit.core.market import Market
from tradepit.core.matching import Step
from tradepit.core.order import Order
from tradepit.core.state import State
from tradepit.core.units import ONE, Cash, Price, Quantity, Timestamp
from tradepit.core.unsettled import Escrow

BUY = Side.BUY


def fill(state: State, block: Block, market: Market, taker: Order, step: Step, *, done: bool) -> None:
    """Step 7: one resting order meets the taker, at the resting order's price.

    `done` says that this fill completes the taker.
    """
    settle(state, block, market, taker, step, step.maker.price, done=done)


def settle(
    state: State, block: Block, market: Market, taker: Order, step: Step, price: Price, *, done: bool
) -> None:
    """Move the money and the tokens of a fill at `price`, and take it from the resting order."""
    maker, quantity = step.maker, step.quantity
    time = state.time
    taker_holding, maker_holding = taker.holding, maker.holding
    block.touch(taker_holding)
    block.touch(maker_holding)
    block.touch_level(market, maker.side, maker.price)
    state.trade_number += 1
    number = state.trade_number
    later = market.listing.deferred
    if later:
        block.touch_pending(taker_holding)
        block.touch_pending(maker_holding)
    if taker.side is BUY:
        taken = taker_holding.settle(BUY, taker.gives, price, quantity, step.taker_fee, deferred=later)
        made = maker_holding.settle(maker.side, maker.gives, price, quantity, step.maker_fee, deferred=later)
    else:
        made = maker_holding.settle(BUY, maker.gives, price, quantity, step.maker_fee, deferred=later)
        taken = taker_holding.settle(taker.side, taker.gives, price, quantity, step.taker_fee, deferred=later)
    pairs = taken[1] + made[1]
    fees = step.taker_fee + step.maker_fee
    if later:
        state.defer(Escrow(number, market, price, quantity, taker, taken, maker, made, fees))
    else:
        market.pairs += pairs
        market.fees += fees
    market.last_price = price
    market.last_side = taker.side
    market.traded += quantity
    block.traded(market)
    notional: Cash = price * quantity
    taker.filled += quantity
    taker.notional += notional
    if not taker.terms.budget:
        taker.remaining -= quantity
    maker.filled += quantity
    maker.notional += notional
    maker_done = quantity == maker.remaining
    market.book.fill(maker, quantity)
    maker_holding.commit(maker.side, maker.gives, maker.price, -quantity)
    if maker_done:
        state.close(maker)
    if later:
        # No fill is a last word here: that comes when the last of an order's trades is settled.
        if maker_done:
            state.settling[maker.order_id] = maker
        if done:
            state.settling[taker.order_id] = taker
        maker_done = done = False
    builder = 0
    if taker.terms.builder_bps and step.taker_fee:
        # Of the price of the token that the order names, which one that gives tokens gives away.
        names_yes = (taker.side is BUY) == (taker.gives is not Gives.TOKENS)
        builder = builder_fee(taker.terms.builder_bps, price if names_yes else ONE - price, quantity)
    block.emit(
        Trade(
            time,
            number,
            market.name,
            price,
            quantity,
            taker.side,
            taker.order_id,
            taker_holding.account.name,
            step.taker_fee,
            maker.order_id,
            maker_holding.account.name,
            step.maker_fee,
            pairs,
            builder,
        )
    )
    block.emit(_filled(time, maker, number, Role.MAKER, price, quantity, step.maker_fee, made, maker_done))
    block.emit(_filled(time, taker, number, Role.TAKER, price, quantity, step.taker_fee, taken, done))


def _filled(
    time: Timestamp,
    order: Order,
    number: int,
    role: Role,
    price: Price,
    quantity: Quantity,
    fee: Cash,
    changes: tuple[Cash, Quantity, Quantity],
    done: bool,
) -> OrderFilled:
    cash, yes, no = changes
    return OrderFilled(
        time,
        order.order_id,
        order.holding.account.name,
        order.holding.market,
        number,
        role,
        order.side,
        order.gives,
        price,
        quantity,
        fee,
        cash,
        yes,
        no,
        order.filled,
        order.remaining,
        done,
    )
