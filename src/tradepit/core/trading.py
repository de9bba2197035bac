"""Placing and cancelling orders: steps 2 to 8 of a command (docs/core.md, "One command, step by step")."""

from __future__ import annotations

from tradepit.core.block import Block
from tradepit.core.commands import CancelOrder, CancelOrders, PlaceOrder
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    FeePlan,
    Gives,
    MarketState,
    Reject,
    Role,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    CancelRejected,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderRested,
    Trade,
)
from tradepit.core.ledger import Holding
from tradepit.core.limits import (
    CASH_MAX,
    ID_BYTES_MAX,
    NAME_LENGTH_MAX,
    OPEN_ORDERS_MAX,
    QUANTITY_MAX,
    TAG_BYTES_MAX,
)
from tradepit.core.market import Market
from tradepit.core.matching import Step, Walk, walk
from tradepit.core.order import Order
from tradepit.core.state import DELAY, EXPIRY, State
from tradepit.core.units import ONE, TIME_MAX, Cash, Price, Quantity

BUY = Side.BUY
NET = Gives.NET
TOKENS = Gives.TOKENS
_WAITING = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)
"""Orders that may rest."""


def place(state: State, block: Block, order: PlaceOrder) -> None:
    """Check a new order, match it, and rest or end the remainder."""
    reason = _refusal(state, order) or _duplicate(state, order)
    if reason is not None:
        block.emit(OrderRejected(state.time, order, reason))
        return
    _run(state, block, order, None)


def resume(state: State, block: Block, delayed: Order) -> None:
    """Run a delayed order when its delay is over: from step 2 again, without the duplicate check."""
    block.touch(delayed.holding)
    state.close(delayed)
    delayed.delayed_until = 0
    order = delayed.terms
    reason = _refusal(state, order)
    if reason is not None:
        block.emit(OrderRejected(state.time, order, reason))
        return
    _run(state, block, order, delayed)


def expire(state: State, block: Block, order: Order) -> None:
    """End a resting order whose time has come."""
    market = state.markets[order.holding.market]
    block.touch(order.holding)
    block.touch_level(market, order.side, order.price)
    market.book.remove(order)
    state.close(order)
    block.emit(
        OrderExpired(
            state.time,
            order.order_id,
            order.holding.account.name,
            market.name,
            order.remaining,
            ExpireReason.TIME,
        )
    )


def cancel(state: State, block: Block, command: CancelOrder) -> None:
    """Take one own order out; refused if it is not open, is held by a delay, or the market forbids it."""
    order = state.orders.get(command.order_id)
    if order is None or order.holding.account.name != command.account:
        reason = Reject.UNKNOWN_ORDER
    elif order.delayed_until:
        reason = Reject.ORDER_DELAYED
    else:
        market = state.markets[order.holding.market]
        if market.may_cancel():
            block.take_out(market, order, CancelReason.OWNER)
            return
        reason = Reject.MARKET_NOT_OPEN
    block.emit(CancelRejected(state.time, command.order_id, command.account, reason))


def cancel_many(state: State, block: Block, command: CancelOrders) -> None:
    """Take out what the command names and may go, oldest first. O(open orders of the account)."""
    account = state.accounts.get(command.account)
    if account is None:
        return
    if command.market:
        holding = account.active.get(command.market)
        holdings = [] if holding is None else [holding]
    else:
        holdings = list(account.active.values())
    orders = [
        order
        for holding in holdings
        if state.markets[holding.market].may_cancel()
        for order in holding.orders.values()
        if not order.delayed_until and (not command.outcome or command.outcome == _outcome(order))
    ]
    orders.sort(key=_arrival)
    for order in orders:
        block.take_out(state.markets[order.holding.market], order, CancelReason.OWNER)


def _arrival(order: Order) -> int:
    return order.arrival


def _outcome(order: Order) -> int:
    """Which outcome the order names: 1 YES, 2 NO, 0 neither (a net order)."""
    if order.gives is NET:
        return 0
    return 1 if (order.side is BUY) == (order.gives is Gives.CASH) else 2


def _refusal(state: State, order: PlaceOrder) -> Reject | None:
    """Steps 2 and 3: permission and shape."""
    if not (
        0 < len(order.order_id) <= ID_BYTES_MAX
        and 0 < len(order.account) <= NAME_LENGTH_MAX
        and len(order.client_key) <= NAME_LENGTH_MAX
        and len(order.self_match_group) <= NAME_LENGTH_MAX
        and len(order.tag) <= TAG_BYTES_MAX
        and 0 <= order.expires_at <= TIME_MAX
    ):
        return Reject.INVALID_VALUE
    market = state.markets.get(order.market)
    if market is None:
        return Reject.UNKNOWN_MARKET
    if market.state is not MarketState.OPEN:
        return Reject.MARKET_NOT_OPEN
    if order.credential and order.credential not in state.credentials:
        return Reject.UNKNOWN_CREDENTIAL
    listing = market.listing
    waits = order.time_in_force in _WAITING
    if (order.quantity > 0) == (order.budget > 0) or order.quantity < 0 or order.budget < 0:
        return Reject.CONFLICTING_TERMS
    if order.budget and (waits or order.time_in_force is TimeInForce.IOC or order.gives is not Gives.CASH):
        return Reject.CONFLICTING_TERMS
    if order.post_only and (not waits or order.minimum_quantity):
        return Reject.CONFLICTING_TERMS
    if order.expires_at and order.time_in_force not in (TimeInForce.GTD, TimeInForce.DAY):
        return Reject.CONFLICTING_TERMS
    if order.time_in_force is TimeInForce.GTD and not order.expires_at:
        return Reject.CONFLICTING_TERMS
    if not 0 < order.price < ONE:
        return Reject.PRICE_OUT_OF_RANGE
    if waits and order.price % listing.tick:
        return Reject.PRICE_OFF_TICK
    if order.quantity > QUANTITY_MAX or order.budget > CASH_MAX:
        return Reject.QUANTITY_TOO_LARGE
    step = listing.quantity_step
    if order.quantity % step or order.minimum_quantity % step or order.minimum_quantity < 0:
        return Reject.QUANTITY_OFF_STEP
    if order.minimum_quantity > order.quantity:
        return Reject.CONFLICTING_TERMS
    if order.budget and order.budget < _own_price(order, order.price) * step:
        return Reject.BUDGET_TOO_SMALL
    if waits and order.quantity < listing.minimum_quantity:
        return Reject.QUANTITY_TOO_SMALL
    if order.expires_at and order.expires_at <= state.time:
        return Reject.EXPIRY_IN_PAST
    if order.fee_plan is FeePlan.CLOB_V1 and order.fee_bps != listing.fees.clob_v1_bps:
        return Reject.WRONG_FEE
    account = state.accounts.get(order.account)
    if account is not None and account.open_orders >= OPEN_ORDERS_MAX:
        return Reject.TOO_MANY_OPEN_ORDERS
    return None


def _duplicate(state: State, order: PlaceOrder) -> Reject | None:
    """Step 4. Ids of accepted orders are remembered until their market is resolved."""
    if order.order_id in state.markets[order.market].seen or order.order_id in state.orders:
        return Reject.DUPLICATE_ORDER
    if order.client_key and order.client_key in state.client_keys:
        return Reject.DUPLICATE_CLIENT_KEY
    return None


def _own_price(order: PlaceOrder, price: Price) -> Price:
    """The price of the token that the order buys or sells: of NO, where a SELL gives cash."""
    return price if order.side is BUY else ONE - price


def _is_complete(order: PlaceOrder, result: Walk, step: Quantity) -> bool:
    """Whether nothing is left to do: a budget is spent when its rest buys no step at the limit."""
    if order.budget:
        return result.budget_left < _own_price(order, order.price) * step
    return result.left == 0


def _run(state: State, block: Block, order: PlaceOrder, delayed: Order | None) -> None:
    """Steps 5 to 8. `delayed` is the order itself when it has been accepted before."""
    market = state.markets[order.market]
    holding = state.look_up(order.account, order.market)
    time = state.time
    if market.book.first_against(order.side, order.price) is None:
        result = Walk(order.quantity, order.budget)
    elif order.post_only:
        block.emit(OrderRejected(time, order, Reject.POST_ONLY_WOULD_CROSS))
        return
    else:
        result = walk(order, market, holding)
        if result.self_match:
            block.emit(OrderRejected(time, order, Reject.SELF_MATCH))
            return
    complete = _is_complete(order, result, market.listing.quantity_step)
    if not result.unaffordable:
        death = _death(order, result, complete)
        if death is not None:
            if delayed is None:
                market.seen.add(order.order_id)
                block.emit(OrderAccepted(time, order))
            block.emit(OrderExpired(time, order.order_id, order.account, order.market, order.quantity, death))
            return
    rejection = _shortfall(order, holding, result, time)
    if rejection is not None:
        block.emit(rejection)
        return
    state.keep(holding, market)
    block.touch(holding)
    if delayed is None:
        market.seen.add(order.order_id)
        block.emit(OrderAccepted(time, order))
    taker = delayed or Order(order, holding, time, 0)
    taker.holding = holding
    taker.arrival = state.next_arrival()
    if delayed is None and market.listing.delay_ns and result.filled:
        taker.delayed_until = min(time + market.listing.delay_ns, TIME_MAX)
        state.open(taker)
        state.set_timer(taker.delayed_until, DELAY, order.order_id)
        block.emit(OrderDelayed(time, order.order_id, order.account, order.market, taker.delayed_until))
        return
    for step in result.steps:
        if step.quantity:
            _fill(
                state, block, market, taker, step, complete and taker.filled + step.quantity == result.filled
            )
        else:
            block.take_out(market, step.maker, CancelReason.SELF_MATCH)
    if not complete:
        _last_word(state, block, market, taker, result)


def _death(order: PlaceOrder, result: Walk, complete: bool) -> ExpireReason | None:
    """Why the order ends at once, accepted and unfilled; None if it lives."""
    if result.filled < order.minimum_quantity:
        return ExpireReason.MINIMUM_NOT_MET
    if order.time_in_force is TimeInForce.FOK and not complete:
        return ExpireReason.NOT_FILLABLE
    return None


def _shortfall(order: PlaceOrder, holding: Holding, result: Walk, time: int) -> OrderRejected | None:
    """Step 5, funding: the order at its limit for the whole quantity, plus exactly the walk's fees."""
    quantity, cash = order.quantity, holding.account.cash
    fees = result.fees
    if order.gives is TOKENS:
        if order.side is BUY:
            held, promised = holding.no, holding.no_promised
        else:
            held, promised = holding.yes, holding.yes_promised
        if promised + quantity > held:
            return OrderRejected(time, order, Reject.INSUFFICIENT_TOKENS, held, promised, quantity)
        cost = 0
        holding.commit(order.side, TOKENS, order.price, quantity)
        required = holding.required()
        holding.commit(order.side, TOKENS, order.price, -quantity)
    elif order.gives is NET:
        cost = _own_price(order, order.price) * quantity + fees
        if order.side is BUY:
            worse = max(holding.net_buy_cash(quantity, cost), holding.net_sell_cash(0, 0))
        else:
            worse = max(holding.net_buy_cash(0, 0), holding.net_sell_cash(quantity, cost))
        required = holding.token_cash + worse
    else:
        cost = (order.budget or _own_price(order, order.price) * quantity) + fees
        required = holding.required() + cost
    if required > cash or result.unaffordable:
        return OrderRejected(time, order, Reject.INSUFFICIENT_CASH, cash, holding.required(), cost)
    return None


def _fill(state: State, block: Block, market: Market, taker: Order, step: Step, done: bool) -> None:
    """Step 7: one resting order meets the taker, at the resting order's price."""
    maker, quantity = step.maker, step.quantity
    price, time = maker.price, state.time
    taker_holding, maker_holding = taker.holding, maker.holding
    block.touch(taker_holding)
    block.touch(maker_holding)
    block.touch_level(market, maker.side, price)
    state.trade_number += 1
    number = state.trade_number
    if taker.side is BUY:
        taken = taker_holding.settle(BUY, taker.gives, price, quantity, step.taker_fee)
        made = maker_holding.settle(maker.side, maker.gives, price, quantity, step.maker_fee)
    else:
        made = maker_holding.settle(BUY, maker.gives, price, quantity, step.maker_fee)
        taken = taker_holding.settle(taker.side, taker.gives, price, quantity, step.taker_fee)
    pairs = taken[1] + made[1]
    market.pairs += pairs
    market.fees += step.taker_fee + step.maker_fee
    market.last_price = price
    market.last_side = taker.side
    market.traded += quantity
    notional: Cash = price * quantity
    maker.filled += quantity
    maker.notional += notional
    taker.filled += quantity
    taker.notional += notional
    if not taker.terms.budget:
        taker.remaining -= quantity
    maker_done = quantity == maker.remaining
    market.book.fill(maker, quantity)
    maker_holding.commit(maker.side, maker.gives, price, -quantity)
    if maker_done:
        state.close(maker)
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
        )
    )
    block.emit(_filled(time, maker, number, Role.MAKER, price, quantity, step.maker_fee, made, maker_done))
    block.emit(_filled(time, taker, number, Role.TAKER, price, quantity, step.taker_fee, taken, done))


def _filled(
    time: int,
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


def _last_word(state: State, block: Block, market: Market, taker: Order, result: Walk) -> None:
    """Step 8: what is left rests, is cancelled, or expires, as the time in force says."""
    terms, time, account = taker.terms, state.time, taker.holding.account.name
    if result.ended:
        block.emit(
            OrderCancelled(
                time, taker.order_id, account, market.name, taker.remaining, CancelReason.SELF_MATCH
            )
        )
    elif terms.time_in_force is TimeInForce.FAK:
        block.emit(
            OrderCancelled(
                time, taker.order_id, account, market.name, taker.remaining, CancelReason.REMAINDER
            )
        )
    elif terms.time_in_force is TimeInForce.IOC:
        block.emit(
            OrderExpired(time, taker.order_id, account, market.name, taker.remaining, ExpireReason.REMAINDER)
        )
    else:
        market.book.add(taker)
        state.open(taker)
        if terms.expires_at:
            state.set_timer(terms.expires_at, EXPIRY, taker.order_id)
        block.touch_level(market, taker.side, taker.price)
        block.emit(
            OrderRested(time, taker.order_id, account, market.name, taker.side, taker.price, taker.remaining)
        )
