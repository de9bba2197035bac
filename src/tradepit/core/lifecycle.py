"""A market's life: listing, states, schedule, tick, and its last word (docs/core.md, "Market states")."""

from __future__ import annotations

from bisect import insort

from tradepit.core.amending import expire, take_out_all
from tradepit.core.auction import uncross
from tradepit.core.block import Block
from tradepit.core.commands import CreateMarket, ResolveMarket, ScheduleMarket, SetMarketState, SetTick
from tradepit.core.enums import CancelReason, ExpireReason, MarketState, Reject, TimeInForce
from tradepit.core.events import (
    CommandRejected,
    MarketCreated,
    MarketResolved,
    MarketScheduled,
    MarketStateChanged,
    PositionRedeemed,
    ResolutionWaiting,
    TickChanged,
)
from tradepit.core.limits import TIMERS_PER_MARKET_MAX
from tradepit.core.market import Market, is_schedulable, is_valid_listing, is_valid_tick, when
from tradepit.core.state import SCHEDULE, State
from tradepit.core.units import ONE, Price


def create_market(state: State, block: Block, command: CreateMarket) -> None:
    """List a market; refused if its name is taken or a rule of it is out of bounds."""
    if command.market in state.markets:
        _refuse(state, block, command.market, Reject.ALREADY_EXISTS)
    elif not is_valid_listing(command):
        _refuse(state, block, command.market, Reject.INVALID_VALUE)
    else:
        market = state.markets[command.market] = Market(command)
        block.emit(MarketCreated(state.time, command))
        for at, _ in market.schedule:
            state.set_timer(at, SCHEDULE, market.name.encode())


def set_market_state(state: State, block: Block, command: SetMarketState) -> None:
    """Move a market to another state. A resolved market stays so."""
    market = _living(state, block, command.market)
    if market is None:
        return
    if command.state is MarketState.RESOLVED:
        _refuse(state, block, command.market, Reject.INVALID_VALUE)
    else:
        enter(state, block, market, command.state)


def enter(state: State, block: Block, market: Market, new: MarketState) -> None:
    """Change the state: an auction ends a state that collected, a closing market expires DAY orders."""
    collected = market.collects()
    market.state = new
    block.emit(MarketStateChanged(state.time, market.name, new))
    if market.collects():
        block.reconsider(market)
    elif collected:
        uncross(state, block, market)
    if new is MarketState.OPEN:
        block.opened(market)
    if new is MarketState.CLOSED:
        orders = [
            order
            for holding in market.holdings.values()
            for order in (*holding.orders.values(), *holding.stops.values())
            if order.style.time_in_force is TimeInForce.DAY and not order.delayed_until
        ]
        for order in sorted(orders, key=lambda order: order.arrival):
            expire(state, block, order, ExpireReason.MARKET_CLOSED)


def schedule_market(state: State, block: Block, command: ScheduleMarket) -> None:
    """Have the clock change the state."""
    market = _living(state, block, command.market)
    if market is None:
        return
    if (
        not is_schedulable(command.at, command.state)
        or command.at <= state.time
        or len(market.schedule) >= TIMERS_PER_MARKET_MAX
    ):
        _refuse(state, block, command.market, Reject.INVALID_VALUE)
        return
    insort(market.schedule, (command.at, command.state), key=when)
    state.set_timer(command.at, SCHEDULE, market.name.encode())
    block.emit(MarketScheduled(state.time, market.name, command.at, command.state))


def follow_schedule(state: State, block: Block, market: Market) -> None:
    """The time of the schedule's next change has come."""
    _, new = market.schedule.pop(0)
    enter(state, block, market, new)


def set_tick(state: State, block: Block, command: SetTick) -> None:
    """Change the tick; orders that rest stay where they are, on the new grid or not."""
    market = _living(state, block, command.market)
    if market is None:
        return
    if not is_valid_tick(command.tick):
        _refuse(state, block, command.market, Reject.INVALID_VALUE)
        return
    block.emit(TickChanged(state.time, market.name, market.tick, command.tick))
    market.tick = command.tick
    block.reconsider(market)


def resolve_market(state: State, block: Block, command: ResolveMarket) -> None:
    """Cancel what is open, pay every YES `payout` and every NO the rest; final. O(holders + orders)."""
    market = _living(state, block, command.market)
    if market is None:
        return
    if market.event:
        _refuse(state, block, command.market, Reject.EVENT_MARKET)
    elif not 0 <= command.payout <= ONE:
        _refuse(state, block, command.market, Reject.INVALID_VALUE)
    elif market.unsettled:
        wait_to_pay_out(state, block, market, command.payout)
    else:
        pay_out(state, block, market, command.payout)


def wait_to_pay_out(state: State, block: Block, market: Market, payout: Price) -> None:
    """End the trading of a market whose resolution waits for the last of its trades to settle."""
    market.awaiting = payout
    market.schedule = []
    _clear(state, block, market, MarketState.CLOSED)
    block.emit(ResolutionWaiting(state.time, market.name, payout))


def _clear(state: State, block: Block, market: Market, new: MarketState) -> None:
    """Cancel every open order on the way to the market's end."""
    orders = [
        order
        for holding in market.holdings.values()
        for order in (*holding.orders.values(), *holding.stops.values())
    ]
    market.state = new
    take_out_all(state, block, orders, CancelReason.MARKET_RESOLVED)


def pay_out(state: State, block: Block, market: Market, payout: Price) -> None:
    """Resolve a market at this price."""
    _clear(state, block, market, MarketState.RESOLVED)
    market.awaiting = None
    market.payout = payout
    market.seen = set()
    market.schedule = []
    market.indicative = (0, 0)
    block.emit(MarketResolved(state.time, market.name, payout))
    for holding in market.holdings.values():
        if not (holding.yes or holding.no):
            continue
        block.touch(holding)
        yes, no = holding.yes, holding.no
        cash = yes * payout + no * (ONE - payout)
        holding.account.cash += cash
        holding.yes = holding.no = 0
        block.emit(PositionRedeemed(state.time, holding.account.name, market.name, yes, no, cash))
    market.pairs = 0


def _living(state: State, block: Block, name: str) -> Market | None:
    """The market, if it is not resolved; else None, and a refusal."""
    market = state.markets.get(name)
    if market is None:
        _refuse(state, block, name, Reject.UNKNOWN_MARKET)
    elif market.state is MarketState.RESOLVED or market.awaiting is not None:
        _refuse(state, block, name, Reject.ALREADY_RESOLVED)
    else:
        return market
    return None


def _refuse(state: State, block: Block, subject: str, reason: Reject) -> None:
    block.emit(CommandRejected(state.time, subject, reason))
