"""The exchange as a function: `apply(command)` changes the state and returns the events.

No clock, no input or output, no randomness, no floats; the same commands give the same events and the
same `state_hash()` on any machine. docs/core.md explains the whole in one sitting.
"""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from heapq import heappop

from tradepit.core import amending, clearing, escrow, guards, lifecycle, neg_risk, trading
from tradepit.core.block import Block
from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Claim,
    Command,
    ConfirmTrade,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    FailTrade,
    Heartbeat,
    Merge,
    PlaceOrder,
    RegisterCredential,
    ReplaceOrder,
    ResolveEvent,
    ResolveMarket,
    RetryTrade,
    RevokeCredential,
    ScheduleMarket,
    SetKillSwitch,
    SetMarginRelief,
    SetMarketState,
    SetTick,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import ExpireReason, MarketState, Reject
from tradepit.core.events import (
    Claimed,
    CommandRejected,
    CredentialRegistered,
    CredentialRevoked,
    Event,
)
from tradepit.core.limits import NAME_LENGTH_MAX, PAYLOAD_BYTES_MAX
from tradepit.core.linked import is_reserved
from tradepit.core.order import Order
from tradepit.core.snapshot import dump, load
from tradepit.core.state import DELAY, EXPIRY, HEARTBEAT, State
from tradepit.core.statistics import Statistics, take
from tradepit.core.units import TIME_MAX, Timestamp


class Exchange:
    """The whole exchange in memory. Not safe for several threads; one owner applies commands to it.

    `state` is for reading (the engine answers questions from it); only `apply` changes it.
    """

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = State()

    @property
    def time(self) -> Timestamp:
        """The latest time that the exchange has seen; it never runs backwards."""
        return self.state.time

    def apply(self, command: Command) -> list[Event]:
        """Do what the command says and return what happened, in order.

        Total: whatever decodes as a command gives events, if only a refusal. An exception is a bug.
        Costs O(1) to place or cancel, plus O(log levels) where a price level appears or empties, plus
        O(1) for each order met; a re-check adds what `Block` says.
        """
        state = self.state
        events: list[Event] = []
        now = min(max(command.now, state.time), TIME_MAX)
        if state.timers and state.timers[0][0] <= now:
            self._fire_timers(now, events)
        state.time = now
        if state.claim_lapses:
            state.drop_lapsed_claims()
        block = Block(state, events)
        match command:
            case PlaceOrder():
                trading.place(state, block, command)
            case CancelOrder():
                amending.cancel(state, block, command)
            case ReplaceOrder():
                amending.replace_order(state, block, command)
            case CancelOrders():
                amending.cancel_many(state, block, command)
            case Heartbeat():
                guards.heartbeat(state, block, command)
            case Claim():
                self._claim(command, block)
            case Tick():
                pass
            case Deposit():
                clearing.deposit(state, block, command)
            case Withdraw():
                clearing.withdraw(state, block, command)
            case Split():
                clearing.split(state, block, command)
            case Merge():
                clearing.merge(state, block, command)
            case CreateMarket():
                lifecycle.create_market(state, block, command)
            case SetMarketState():
                lifecycle.set_market_state(state, block, command)
            case ResolveMarket():
                lifecycle.resolve_market(state, block, command)
            case ScheduleMarket():
                lifecycle.schedule_market(state, block, command)
            case SetTick():
                lifecycle.set_tick(state, block, command)
            case CreateEvent():
                neg_risk.create_event(state, block, command)
            case Convert():
                neg_risk.convert(state, block, command)
            case ResolveEvent():
                neg_risk.resolve_event(state, block, command)
            case ConfirmTrade():
                escrow.confirm(state, block, command)
            case RetryTrade():
                escrow.retry(state, block, command)
            case FailTrade():
                escrow.fail(state, block, command)
            case SetMarginRelief():
                guards.set_margin_relief(state, block, command)
            case SetKillSwitch():
                guards.set_kill_switch(state, block, command)
            case RegisterCredential():
                self._register(command, block)
            case RevokeCredential():
                self._revoke(command, block)
            case _:
                raise TypeError(f"not a command: {type(command).__name__}")
        self._finish(block)
        return events

    def next_due(self) -> Timestamp | None:
        """When something happens by itself; None when nothing waits. The engine then sends a `Tick`."""
        return self.state.next_due()

    def snapshot(self) -> bytes:
        """The whole state as bytes; equal states give equal bytes. O(everything)."""
        return dump(self.state)

    @classmethod
    def restore(cls, snapshot: bytes) -> Exchange:
        """The exchange that `snapshot` was taken of; raises `msgspec.DecodeError` on foreign bytes."""
        exchange = cls()
        exchange.state = load(snapshot)
        return exchange

    def state_hash(self) -> str:
        """SHA-256 of the snapshot, in hex: two replicas with the same hash hold the same state."""
        return sha256(self.snapshot()).hexdigest()

    def statistics(self) -> Statistics:
        """What is there now, counted. O(markets + open orders)."""
        return take(self.state)

    def check(self) -> None:
        """Walk every invariant (money, supplies, books, sums); raises AssertionError. O(everything)."""
        self.state.check()

    def _fire_timers(self, now: Timestamp, events: list[Event]) -> None:
        """Fire what is due, each as a block of its own at its own time."""
        state = self.state
        while state.timers and state.timers[0][0] <= now:
            timer = heappop(state.timers)
            if not state.is_live(timer):
                continue
            due, _, kind, subject = timer
            state.time = max(state.time, due)
            block = Block(state, events)
            if kind == DELAY:
                trading.resume(state, block, state.orders[subject])
            elif kind == EXPIRY:
                amending.expire(state, block, state.orders[subject], ExpireReason.TIME)
            elif kind == HEARTBEAT:
                guards.lapse(state, block, subject.decode())
            else:
                lifecycle.follow_schedule(state, block, state.markets[subject.decode()])
            self._finish(block)

    def _finish(self, block: Block) -> None:
        """Close a block, and activate the stops that are reached now, each as a block of its own.

        Stops that one of them reaches wait their turn behind the others (step 9).
        """
        block.finish()
        if block.market is None:
            return
        state = self.state
        queue = deque(_reached(block))
        while queue:
            following = Block(state, block.events)
            trading.activate(state, following, queue.popleft())
            following.finish()
            queue.extend(_reached(following))

    def _claim(self, command: Claim, block: Block) -> None:
        state = self.state
        if not 0 < len(command.key) <= 2 * NAME_LENGTH_MAX or not state.time < command.until <= TIME_MAX:
            block.emit(CommandRejected(state.time, command.key, Reject.INVALID_VALUE))
        elif command.key in state.claims:
            block.emit(CommandRejected(state.time, command.key, Reject.ALREADY_CLAIMED))
        else:
            state.claim(command.key, command.until)
            block.emit(Claimed(state.time, command.key, command.until))

    def _register(self, command: RegisterCredential, block: Block) -> None:
        state = self.state
        names = (command.credential, command.account, command.kind)
        if not all(0 < len(name) <= NAME_LENGTH_MAX for name in names) or (
            len(command.payload) > PAYLOAD_BYTES_MAX
        ):
            block.emit(CommandRejected(state.time, command.credential, Reject.INVALID_VALUE))
        elif is_reserved(command.account):
            block.emit(CommandRejected(state.time, command.credential, Reject.RESERVED_ACCOUNT))
        elif command.credential in state.credentials:
            block.emit(CommandRejected(state.time, command.credential, Reject.ALREADY_EXISTS))
        else:
            state.account(command.account)
            state.credentials[command.credential] = command
            block.emit(CredentialRegistered(state.time, *names, command.payload))

    def _revoke(self, command: RevokeCredential, block: Block) -> None:
        state = self.state
        known = state.credentials.pop(command.credential, None)
        if known is None:
            block.emit(CommandRejected(state.time, command.credential, Reject.UNKNOWN_CREDENTIAL))
        else:
            state.watches.pop(command.credential, None)
            block.emit(CredentialRevoked(state.time, known.credential, known.account, known.kind))


def _reached(block: Block) -> list[Order]:
    """The stops that are reached after the block, taken out of waiting, in the order of their turn."""
    market = block.market
    if market is None or market.state is not MarketState.OPEN or not market.last_price:
        return []
    return market.stops.take_reached(market.last_price)
