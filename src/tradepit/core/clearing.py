"""Money and tokens outside of trading: deposits, withdrawals, split and merge."""

from __future__ import annotations

from tradepit.core.block import Block
from tradepit.core.commands import (
    Deposit,
    Merge,
    Split,
    Withdraw,
)
from tradepit.core.enums import MarketState, Reject
from tradepit.core.events import (
    CommandRejected,
    Deposited,
    PairsMerged,
    PairsSplit,
    Withdrawn,
)
from tradepit.core.limits import CASH_MAX, DEPOSITED_MAX, NAME_LENGTH_MAX, QUANTITY_MAX
from tradepit.core.linked import is_reserved
from tradepit.core.market import Market
from tradepit.core.state import State
from tradepit.core.units import ONE


def deposit(state: State, block: Block, command: Deposit) -> None:
    """Bring cash in."""
    if is_reserved(command.account):
        _refuse(state, block, command.account, Reject.RESERVED_ACCOUNT)
        return
    known = state.accounts.get(command.account)
    balance = 0 if known is None else known.cash
    if (
        not 0 < len(command.account) <= NAME_LENGTH_MAX
        or not 0 < command.amount <= CASH_MAX
        or balance + command.amount > CASH_MAX
        or state.deposited + command.amount > DEPOSITED_MAX
    ):
        _refuse(state, block, command.account, Reject.INVALID_VALUE)
        return
    account = state.account(command.account)
    block.touch_account(account)
    account.cash += command.amount
    state.deposited += command.amount
    block.emit(Deposited(state.time, account.name, command.amount, command.reference))


def withdraw(state: State, block: Block, command: Withdraw) -> None:
    """Take cash out that no market's open orders require. O(markets with open orders)."""
    if is_reserved(command.account):
        _refuse(state, block, command.account, Reject.RESERVED_ACCOUNT)
        return
    if command.amount <= 0:
        _refuse(state, block, command.account, Reject.INVALID_VALUE)
        return
    account = state.accounts.get(command.account)
    free = 0 if account is None else max(0, account.cash - account.largest_required())
    if account is None or command.amount > free:
        _refuse(state, block, command.account, Reject.INSUFFICIENT_CASH, free, command.amount)
        return
    block.touch_account(account)
    account.cash -= command.amount
    state.deposited -= command.amount
    block.emit(Withdrawn(state.time, account.name, command.amount, command.reference))


def split(state: State, block: Block, command: Split) -> None:
    """Turn cash into pairs. Orders that the cash no longer covers are cancelled by the re-check."""
    market = _tradable(state, block, command.market, command.account, command.quantity)
    if market is None:
        return
    holding = state.look_up(command.account, market.name)
    amount = ONE * command.quantity
    if amount > holding.account.cash:
        _refuse(state, block, command.account, Reject.INSUFFICIENT_CASH, holding.account.cash, amount)
        return
    state.keep(holding, market)
    block.touch(holding)
    holding.account.cash -= amount
    holding.yes += command.quantity
    holding.no += command.quantity
    market.pairs += command.quantity
    block.emit(PairsSplit(state.time, command.account, market.name, command.quantity))


def merge(state: State, block: Block, command: Merge) -> None:
    """Turn pairs back into cash. Orders that the tokens no longer cover are cancelled by the re-check."""
    market = _tradable(state, block, command.market, command.account, command.quantity)
    if market is None:
        return
    holding = state.look_up(command.account, market.name)
    pairs = min(holding.yes, holding.no)
    if command.quantity > pairs:
        _refuse(state, block, command.account, Reject.INSUFFICIENT_TOKENS, pairs, command.quantity)
        return
    block.touch(holding)
    holding.account.cash += ONE * command.quantity
    holding.yes -= command.quantity
    holding.no -= command.quantity
    market.pairs -= command.quantity
    block.emit(PairsMerged(state.time, command.account, market.name, command.quantity))


def _tradable(state: State, block: Block, name: str, account: str, quantity: int) -> Market | None:
    """The market, if pairs of it may be made or undone in this quantity; else None, and a refusal."""
    market = state.markets.get(name)
    if market is None:
        _refuse(state, block, name, Reject.UNKNOWN_MARKET)
    elif market.state is MarketState.RESOLVED:
        _refuse(state, block, name, Reject.ALREADY_RESOLVED)
    elif is_reserved(account):
        _refuse(state, block, account, Reject.RESERVED_ACCOUNT)
    elif not 0 < quantity <= QUANTITY_MAX:
        _refuse(state, block, account, Reject.INVALID_VALUE)
    elif quantity % market.listing.quantity_step:
        _refuse(state, block, account, Reject.QUANTITY_OFF_STEP)
    else:
        return market
    return None


def _refuse(
    state: State, block: Block, subject: str, reason: Reject, available: int = 0, required: int = 0
) -> None:
    block.emit(CommandRejected(state.time, subject, reason, available, required))
