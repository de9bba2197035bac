"""Dead man's switch and kill switch (docs/core.md, "Guards")."""

from __future__ import annotations

from tradepit.core.amending import take_out_all
from tradepit.core.block import Block
from tradepit.core.commands import Heartbeat, SetKillSwitch, SetMarginRelief
from tradepit.core.enums import CancelReason, Gives, Reject
from tradepit.core.events import (
    CommandRejected,
    HeartbeatLapsed,
    HeartbeatTaken,
    KillSwitchChanged,
    MarginReliefChanged,
)
from tradepit.core.limits import HEARTBEAT_MAX_NS, NAME_LENGTH_MAX
from tradepit.core.linked import is_reserved
from tradepit.core.relief import Relief
from tradepit.core.state import HEARTBEAT, State
from tradepit.core.units import TIME_MAX


def heartbeat(state: State, block: Block, command: Heartbeat) -> None:
    """Take a sign of life and set the next deadline, or end the watch."""
    name = command.credential
    if name not in state.credentials:
        block.emit(CommandRejected(state.time, name, Reject.UNKNOWN_CREDENTIAL))
        return
    if not 0 <= command.timeout_ns <= HEARTBEAT_MAX_NS:
        block.emit(CommandRejected(state.time, name, Reject.INVALID_VALUE))
        return
    due = 0
    if command.timeout_ns:
        due = min(state.time + command.timeout_ns, TIME_MAX)
        state.watches[name] = state.set_timer(due, HEARTBEAT, name.encode())
    else:
        state.watches.pop(name, None)
    block.emit(HeartbeatTaken(state.time, name, due))


def lapse(state: State, block: Block, credential: str) -> None:
    """Nobody has been heard: cancel what the credential placed. O(all open orders).

    It happens once per silence, not per order, so no index is kept for it on the order path.
    """
    del state.watches[credential]
    block.emit(HeartbeatLapsed(state.time, credential))
    orders = [
        order
        for order in state.orders.values()
        if order.style.credential == credential and not order.delayed_until
    ]
    take_out_all(state, block, orders, CancelReason.HEARTBEAT)


def set_kill_switch(state: State, block: Block, command: SetKillSwitch) -> None:
    """Cancel all and refuse what is new, of one account or in one market, until it is lifted."""
    if bool(command.account) == bool(command.market) or len(command.account) > NAME_LENGTH_MAX:
        block.emit(CommandRejected(state.time, command.account or command.market, Reject.INVALID_VALUE))
        return
    if command.market:
        market = state.markets.get(command.market)
        if market is None:
            block.emit(CommandRejected(state.time, command.market, Reject.UNKNOWN_MARKET))
            return
        market.killed = command.on
        holdings = list(market.holdings.values())
    else:
        if command.on:
            state.killed_accounts.add(command.account)
        else:
            state.killed_accounts.discard(command.account)
        account = state.accounts.get(command.account)
        holdings = [] if account is None else list(account.holdings.values())
    block.emit(KillSwitchChanged(state.time, command.account, command.market, command.on))
    if command.on:
        orders = [
            order
            for holding in holdings
            for order in (*holding.orders.values(), *holding.stops.values())
            if not order.delayed_until
        ]
        take_out_all(state, block, orders, CancelReason.KILL_SWITCH)


def set_margin_relief(state: State, block: Block, command: SetMarginRelief) -> None:
    """Let an account's shorts carry a credit, or no longer. It may have no token orders while they do,
    and must have paid back what it used when they stop."""
    name = command.account
    account = state.accounts.get(name)
    if account is None or is_reserved(name):
        block.emit(CommandRejected(state.time, name, Reject.INVALID_VALUE))
        return
    if command.on:
        tokens = any(
            order.gives is not Gives.NET
            for holding in account.holdings.values()
            for order in (*holding.orders.values(), *holding.stops.values())
        )
        if tokens:
            block.emit(CommandRejected(state.time, name, Reject.CONFLICTING_TERMS))
            return
        account.relief = account.relief or Relief(account, state.event_of)
    elif account.cash < 0:
        block.emit(CommandRejected(state.time, name, Reject.INSUFFICIENT_CASH, account.cash, 0))
        return
    else:
        account.relief = None
    block.emit(MarginReliefChanged(state.time, name, command.on))
    block.recheck(account)
