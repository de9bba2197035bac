"""Events as a whole: linking markets, converting NO of some into YES of the others, resolution
(docs/core.md, "Neg-risk events")."""

from __future__ import annotations

from tradepit.core.block import Block
from tradepit.core.commands import Convert, CreateEvent, ResolveEvent
from tradepit.core.enums import MarketState, Reject
from tradepit.core.events import CommandRejected, Converted, EventCreated, EventResolved
from tradepit.core.lifecycle import pay_out, wait_to_pay_out
from tradepit.core.limits import EVENT_MARKETS_MAX, NAME_LENGTH_MAX, QUANTITY_MAX
from tradepit.core.linked import VAULT_PREFIX, LinkedMarkets, is_reserved
from tradepit.core.state import State
from tradepit.core.units import ONE, Price


def create_event(state: State, block: Block, command: CreateEvent) -> None:
    """Link markets; refused unless each is known, unresolved and of no other event."""
    name, markets = command.event, command.markets
    if name in state.linked:
        _refuse(state, block, name, Reject.ALREADY_EXISTS)
        return
    if (
        not 0 < len(name) <= NAME_LENGTH_MAX - len(VAULT_PREFIX)
        or not 2 <= len(markets) <= EVENT_MARKETS_MAX
        or len(set(markets)) < len(markets)
    ):
        _refuse(state, block, name, Reject.INVALID_VALUE)
        return
    for market_name in markets:
        market = state.markets.get(market_name)
        if market is None:
            _refuse(state, block, market_name, Reject.UNKNOWN_MARKET)
            return
        if market.state is MarketState.RESOLVED or market.awaiting is not None:
            _refuse(state, block, market_name, Reject.ALREADY_RESOLVED)
            return
        if market.event:
            _refuse(state, block, market_name, Reject.EVENT_MARKET)
            return
    state.link(name, list(markets))
    for account in state.accounts.values():
        if account.relief is not None:
            account.relief.update(markets[0])
    block.emit(EventCreated(state.time, name, markets))


def convert(state: State, block: Block, command: Convert) -> None:
    """Q NO of each of k markets become Q YES of every other one and (k - 1) x ONE x Q of cash.

    The vault takes the NO, splits pairs in the other markets, keeps their NO, hands over their YES and
    pays the cash. Orders that the tokens no longer cover are cancelled by the re-check. O(markets).
    """
    linked = _unresolved(state, block, command.event)
    if linked is None:
        return
    given, quantity = set(command.markets), command.quantity
    if is_reserved(command.account):
        _refuse(state, block, command.account, Reject.RESERVED_ACCOUNT)
        return
    if (
        not given
        or len(given) < len(command.markets)
        or not given.issubset(linked.markets)
        or not 0 < quantity <= QUANTITY_MAX
    ):
        _refuse(state, block, command.account, Reject.INVALID_VALUE)
        return
    if any(quantity % state.markets[name].listing.quantity_step for name in linked.markets):
        _refuse(state, block, command.account, Reject.QUANTITY_OFF_STEP)
        return
    held = min(state.look_up(command.account, name).no for name in command.markets)
    if quantity > held:
        _refuse(state, block, command.account, Reject.INSUFFICIENT_TOKENS, held, quantity)
        return
    account, vault = state.account(command.account), linked.vault
    paid = ONE * quantity * (len(given) - 1)
    if account.relief is not None:
        free = account.cash + account.relief.total + paid
        lost = account.relief.drop(dict.fromkeys(command.markets, quantity))
        if lost > free:
            _refuse(state, block, account.name, Reject.INSUFFICIENT_CASH, free, lost)
            return
    block.touch_account(account)
    block.touch_account(vault)
    account.cash += paid
    vault.cash -= paid
    linked.sets += quantity
    block.emit(Converted(state.time, account.name, linked.name, command.markets, quantity, paid))
    for name in linked.markets:
        market = state.markets[name]
        mine, theirs = state.look_up(account.name, name), state.look_up(vault.name, name)
        state.keep(mine, market)
        state.keep(theirs, market)
        block.touch(mine)
        block.touch(theirs)
        theirs.no += quantity
        if name in given:
            mine.no -= quantity
        else:
            mine.yes += quantity
            vault.cash -= ONE * quantity
            market.pairs += quantity


def resolve_event(state: State, block: Block, command: ResolveEvent) -> None:
    """Resolve every market of the event; the vault's sets pay what it owes. O(holders + orders)."""
    linked = _unresolved(state, block, command.event)
    if linked is None:
        return
    payouts = command.payouts
    if (
        len(payouts) != len(linked.markets)
        or not all(0 <= payout <= ONE for payout in payouts)
        or sum(payouts) != ONE
    ):
        _refuse(state, block, command.event, Reject.INVALID_VALUE)
        return
    if any(state.markets[name].unsettled for name in linked.markets):
        linked.awaiting = payouts
        for name, payout in zip(linked.markets, payouts, strict=True):
            wait_to_pay_out(state, block, state.markets[name], payout)
    else:
        pay_out_event(state, block, linked, payouts)


def pay_out_event(state: State, block: Block, linked: LinkedMarkets, payouts: list[Price]) -> None:
    """Resolve all markets of an event at these prices."""
    linked.is_resolved = True
    linked.awaiting = []
    linked.sets = 0
    block.emit(EventResolved(state.time, linked.name, payouts))
    for name, payout in zip(linked.markets, payouts, strict=True):
        pay_out(state, block, state.markets[name], payout)
    for account in state.accounts.values():
        if account.relief is not None:
            account.relief.update(linked.markets[0])


def _unresolved(state: State, block: Block, name: str) -> LinkedMarkets | None:
    """The event, if it is not resolved; else None, and a refusal."""
    linked = state.linked.get(name)
    if linked is None:
        _refuse(state, block, name, Reject.UNKNOWN_EVENT)
    elif linked.is_resolved or linked.awaiting:
        _refuse(state, block, name, Reject.ALREADY_RESOLVED)
    else:
        return linked
    return None


def _refuse(
    state: State, block: Block, subject: str, reason: Reject, available: int = 0, required: int = 0
) -> None:
    block.emit(CommandRejected(state.time, subject, reason, available, required))
