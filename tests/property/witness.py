"""An observer who sees only commands and events, keeps books of its own, and says when they do not add up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from msgspec.structs import replace

from tests.property.streams import AGAIN
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import CancelReason, MarketState, OrderKind, Role, Side, TimeInForce
from tradepit.core.events import (
    BalanceChanged,
    CancelRejected,
    Claimed,
    CommandRejected,
    Converted,
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    Event,
    EventCreated,
    EventResolved,
    HeartbeatLapsed,
    HeartbeatTaken,
    IndicativeChanged,
    KillSwitchChanged,
    LevelChanged,
    MarginReliefChanged,
    MarketCreated,
    MarketResolved,
    MarketScheduled,
    MarketStateChanged,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderRestored,
    OrderSettled,
    OrderTriggered,
    OrderWaiting,
    PairsMerged,
    PairsSplit,
    PendingChanged,
    PositionChanged,
    PositionRedeemed,
    ReplaceRejected,
    ResolutionWaiting,
    TickChanged,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
    Withdrawn,
)
from tradepit.core.units import ONE

COLLECTING = (MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)


@dataclass
class Seen:
    """An accepted order, as the events tell its story."""

    place: PlaceOrder
    filled: int = 0
    ended: bool = False
    resting: bool = False
    waiting: bool = False
    price: int = 0
    """Where it rests."""
    voided: int = 0
    """Lots whose trades have failed and that are not back."""
    traded: bool = False
    """All of it has traded, and it waits for that to settle."""

    @property
    def left(self) -> int:
        return self.place.quantity - self.filled - self.voided


class Witness:
    def __init__(self) -> None:
        self.time = 0
        self.orders: dict[bytes, Seen] = {}
        self.queues: dict[tuple[str, Side, int], list[bytes]] = defaultdict(list)
        self.levels: dict[tuple[str, Side, int], int] = {}
        self.cash: dict[str, int] = defaultdict(int)
        self.held: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        self.told_cash: dict[str, int] = defaultdict(int)
        self.told_held: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        self.pairs: dict[str, int] = defaultdict(int)
        self.brought_in = 0
        self.fees = 0
        self.trades = 0
        self.states: dict[str, MarketState] = {}
        self.linked: dict[str, list[str]] = {}
        self.sets: dict[str, int] = defaultdict(int)
        self.indicative: dict[str, tuple[int, int]] = {}
        self.deferred: set[str] = set()
        self.relieved: set[str] = set()
        self.escrows: dict[int, tuple[Trade, list[OrderFilled]]] = {}
        self.told_pending: dict[tuple[str, str], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
        self.ended_events: set[str] = set()
        self._auction: tuple[str, int] | None = None
        """The market and the price of the auction that runs."""
        self._restored = b""
        self._trade: Trade | None = None

    def see(self, events: list[Event]) -> None:
        """Take in the events of one command and check everything that must hold after it."""
        for event in events:
            assert event.time >= self.time, "time ran backwards"
            self.time = event.time
            if not isinstance(event, Trade | OrderFilled):
                self._auction = None
            self._hear(event)
        self._check()

    def open_orders(self) -> list[bytes]:
        return [order_id for order_id, seen in self.orders.items() if not seen.ended]

    # One event --------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        match event:
            case OrderAccepted(order=place):
                assert place.order_id not in self.orders, "accepted twice"
                self.orders[place.order_id] = Seen(place)
            case OrderRejected(order=place):
                # A refused second sending says nothing about the order itself.
                if place.order_id in self.orders and place.tag != AGAIN:
                    self._end(place.order_id)
            case OrderDelayed() | CancelRejected() | ReplaceRejected():
                pass
            case OrderWaiting():
                self._live(event.order_id).waiting = True
            case OrderTriggered():
                seen = self._live(event.order_id)
                assert not seen.resting
                seen.waiting = False
                seen.place = replace(seen.place, kind=event.kind, stop_price=0)
            case OrderReplaced():
                self._hear_replaced(event)
            case OrderRested():
                seen = self._live(event.order_id)
                assert not seen.resting and not seen.waiting
                assert event.remaining == seen.left > 0
                assert event.side == seen.place.side
                if seen.place.kind == OrderKind.LIMIT:
                    assert event.price == seen.place.price
                seen.resting, seen.price = True, event.price
                self.queues[event.market, event.side, event.price].append(event.order_id)
            case Trade():
                self._hear_trade(event)
            case OrderFilled():
                self._hear_fill(event)
            case OrderCancelled() | OrderExpired():
                seen = self._live(event.order_id)
                if event.reason is CancelReason.SETTLEMENT_FAILED:
                    assert seen.traded and event.remaining == seen.voided > 0
                    assert not self._is_unsettled(event.order_id)
                elif not seen.place.budget:
                    assert event.remaining == seen.left > 0
                elif seen.place.time_in_force == TimeInForce.FOK:
                    assert seen.filled == 0, "a fill-or-kill order was filled in part"
                self._end(event.order_id)
            case OrderSettled():
                seen = self._live(event.order_id)
                assert seen.traded and not seen.voided and event.filled == seen.filled
                assert not self._is_unsettled(event.order_id)
                self._end(event.order_id)
            case OrderRestored():
                self._hear_restored(event)
            case TradeConfirmed() | TradeFailed() | TradeRetried():
                self._hear_of_settlement(event)
            case PendingChanged():
                self.told_pending[event.account, event.market] = (event.cash, event.yes, event.no)
            case LevelChanged():
                self.levels[event.market, event.side, event.price] = event.quantity
            case BalanceChanged():
                self.told_cash[event.account] = event.cash
            case PositionChanged():
                self.told_held[event.account, event.market] = (event.yes, event.no)
            case _:
                self._hear_of_money(event)

    def _hear_of_money(self, event: Event) -> None:
        match event:
            case Deposited():
                self.cash[event.account] += event.amount
                self.brought_in += event.amount
            case Withdrawn():
                self.cash[event.account] -= event.amount
                self.brought_in -= event.amount
            case PairsSplit():
                self._convert(event.account, event.market, event.quantity)
            case PairsMerged():
                self._move(
                    event.account, event.market, ONE * event.quantity, -event.quantity, -event.quantity
                )
                self.pairs[event.market] -= event.quantity
            case PositionRedeemed():
                self._move(event.account, event.market, event.cash, -event.yes, -event.no)
            case EventCreated():
                self.linked[event.event] = event.markets
            case Converted():
                self._hear_converted(event)
            case EventResolved():
                assert sum(event.payouts) == ONE
                self.sets[event.event] = 0
                self.ended_events.add(event.event)
                assert not any(trade.market in self.linked[event.event] for trade, _ in self.escrows.values())
            case MarketResolved():
                assert not any(trade.market == event.market for trade, _ in self.escrows.values())
                self.pairs[event.market] = 0
                self.states[event.market] = MarketState.RESOLVED
                self.indicative.pop(event.market, None)
            case MarketCreated():
                self.states[event.listing.market] = event.listing.state
                if event.listing.deferred:
                    self.deferred.add(event.listing.market)
            case ResolutionWaiting():
                self.states[event.market] = MarketState.CLOSED
                self.indicative.pop(event.market, None)
            case MarginReliefChanged():
                (self.relieved.add if event.on else self.relieved.discard)(event.account)
            case MarketStateChanged():
                if self._collects(event.market) and event.state not in COLLECTING:
                    price, quantity = self.indicative.pop(event.market, (0, 0))
                    if quantity:
                        self._auction = (event.market, price)
                self.states[event.market] = event.state
            case IndicativeChanged():
                assert self._collects(event.market), "an auction is announced that will not be held"
                now = (event.price, event.quantity)
                assert now != self.indicative.get(event.market, (0, 0)), "nothing changed"
                self.indicative[event.market] = now
            case (
                TickChanged()
                | MarketScheduled()
                | KillSwitchChanged()
                | HeartbeatTaken()
                | HeartbeatLapsed()
                | CredentialRegistered()
                | CredentialRevoked()
                | Claimed()
                | CommandRejected()
            ):
                pass
            case _:
                raise AssertionError(f"an event that nobody expects: {event}")

    def _convert(self, account: str, market: str, quantity: int) -> None:
        """Cash into pairs, or back when `quantity` is negative."""
        self._move(account, market, -ONE * quantity, quantity, quantity)
        self.pairs[market] += quantity

    def _collects(self, market: str) -> bool:
        return self.states[market] in COLLECTING

    def _hear_replaced(self, event: OrderReplaced) -> None:
        place, seen = event.order, self._live(event.order.order_id)
        old = seen.place
        fixed = ("order_id", "account", "market", "side", "gives", "time_in_force", "post_only", "budget")
        assert all(getattr(place, name) == getattr(old, name) for name in fixed)
        assert event.filled == seen.filled
        assert event.done == (not place.budget and place.quantity <= seen.filled + seen.voided)
        assert event.remaining == max(0, place.quantity - seen.filled - seen.voided)
        if seen.waiting:
            kept = place.stop_price == old.stop_price and place.quantity <= old.quantity
        else:
            kept = event.done or (place.price == seen.price and place.quantity <= old.quantity)
            if not kept:
                self._leave(place.order_id)
        assert event.kept_place == kept
        seen.place = place
        if event.done:
            self._end(place.order_id)

    def _hear_converted(self, event: Converted) -> None:
        """Q NO of k markets for Q YES of the others and (k - 1) x ONE x Q; the vault pays for all of it."""
        markets, vault, lots = self.linked[event.event], f"vault/{event.event}", event.quantity
        assert event.cash == ONE * lots * (len(event.markets) - 1)
        self.sets[event.event] += lots
        self.cash[event.account] += event.cash
        self.cash[vault] -= ONE * lots * (len(markets) - 1)
        for market in markets:
            self._move(vault, market, 0, 0, lots)
            if market in event.markets:
                self._move(event.account, market, 0, 0, -lots)
            else:
                self._move(event.account, market, 0, lots, 0)
                self.pairs[market] += lots

    def _hear_auction(self, trade: Trade, price: int) -> None:
        """Both orders rested; each is the first of the best level of its side, and gets its limit."""
        assert trade.price == price, "an auction has one price, the one that was announced last"
        assert trade.taker_fee == trade.maker_fee == trade.builder_fee == 0
        for order_id in (trade.taker_order, trade.maker_order):
            seen = self._live(order_id)
            side = seen.place.side
            assert seen.resting and (price <= seen.price if side == Side.BUY else price >= seen.price)
            prices = [
                at
                for (name, s, at), queue in self.queues.items()
                if queue and (name, s) == (trade.market, side)
            ]
            assert seen.price == (max(prices) if side == Side.BUY else min(prices))
            assert self.queues[trade.market, side, seen.price][0] == order_id

    def _hear_trade(self, trade: Trade) -> None:
        self.trades += 1
        assert trade.number == self.trades
        maker = self._live(trade.maker_order).place
        taker = self._live(trade.taker_order).place
        assert trade.quantity > 0
        assert (taker.side, maker.side) == (trade.taker_side, Side(1 - trade.taker_side))
        if trade.market in self.deferred:
            self.escrows[trade.number] = (trade, [])
        else:
            self.pairs[trade.market] += trade.pairs
            self.fees += trade.taker_fee + trade.maker_fee
        self._trade = trade
        if self._auction is not None:
            self._hear_auction(trade, self._auction[1])
            return
        assert not taker.post_only, "a post-only order took"
        assert not self._collects(trade.market), "a market that collects does not match"
        assert not self.orders[trade.taker_order].resting
        assert trade.price == self.orders[trade.maker_order].price, "not the resting order's price"
        if taker.kind == OrderKind.LIMIT:
            assert trade.price <= taker.price if taker.side == Side.BUY else trade.price >= taker.price
        assert not taker.strict or trade.price == taker.price, "a strict order at another price"
        prices = [
            price
            for (market, side, price), queue in self.queues.items()
            if queue and (market, side) == (trade.market, maker.side)
        ]
        assert trade.price == (min(prices) if maker.side == Side.SELL else max(prices)), "not the best price"
        queue = self.queues[trade.market, maker.side, trade.price]
        assert queue[0] == trade.maker_order, "not the oldest order of its level"

    def _hear_fill(self, fill: OrderFilled) -> None:
        trade, seen = self._trade, self._live(fill.order_id)
        assert trade is not None
        expected = (trade.number, trade.price, trade.quantity)
        assert (fill.trade, fill.price, fill.quantity) == expected
        if fill.role == Role.MAKER:
            assert (fill.order_id, fill.fee) == (trade.maker_order, trade.maker_fee)
        else:
            assert (fill.order_id, fill.fee) == (trade.taker_order, trade.taker_fee)
        place = seen.place
        assert (fill.account, fill.side, fill.gives) == (place.account, place.side, place.gives)
        seen.filled += fill.quantity
        assert fill.filled == seen.filled
        if place.budget:
            assert fill.remaining == 0
            assert -fill.cash <= place.budget + fill.fee
            assert fill.role == Role.TAKER
        else:
            assert fill.remaining == seen.left >= 0
            if fill.market not in self.deferred:
                assert fill.done == (fill.remaining == 0)
        if fill.market in self.deferred:
            assert not fill.done, "what is not settled is no last word"
            self.escrows[fill.trade][1].append(fill)
            changes = [min(0, change) for change in (fill.cash, fill.yes, fill.no)]
            self._move(fill.account, fill.market, *changes)
            if not place.budget and not fill.remaining:
                self._wait_for_settlement(seen, fill.order_id)
            elif place.budget:
                seen.traded = True
        else:
            self._move(fill.account, fill.market, fill.cash, fill.yes, fill.no)
        if (
            fill.role == Role.TAKER
        ):  # only now: where an account meets itself its buying side is settled first
            for account in (trade.maker_account, trade.taker_account):
                assert self.cash[account] >= -self._credit(account)
                assert min(self.held[account, trade.market]) >= 0
        if fill.done:
            self._end(fill.order_id)

    def _wait_for_settlement(self, seen: Seen, order_id: bytes) -> None:
        if seen.resting:
            self._leave(order_id)
        seen.traded = True

    def _is_unsettled(self, order_id: bytes) -> bool:
        return any(order_id in (t.taker_order, t.maker_order) for t, _ in self.escrows.values())

    def _hear_of_settlement(self, event: TradeConfirmed | TradeFailed | TradeRetried) -> None:
        trade, fills = self.escrows[event.number]
        assert trade.market == event.market and len(fills) == 2
        if isinstance(event, TradeRetried):
            return
        del self.escrows[event.number]
        if isinstance(event, TradeConfirmed):
            self.pairs[trade.market] += trade.pairs
            self.fees += trade.taker_fee + trade.maker_fee
        sign = 1 if isinstance(event, TradeConfirmed) else -1
        for fill in fills:
            changes = [max(0, sign * change) for change in (fill.cash, fill.yes, fill.no)]
            self._move(fill.account, fill.market, *changes)
            if isinstance(event, TradeFailed):
                seen = self.orders[fill.order_id]
                seen.filled -= fill.quantity
                if not (event.restored and fill.role == Role.MAKER):
                    seen.voided += fill.quantity
        self._restored = trade.maker_order if isinstance(event, TradeFailed) and event.restored else b""

    def _hear_restored(self, event: OrderRestored) -> None:
        assert event.order_id == self._restored, "an order comes back when its trade as a maker fails"
        seen = self._live(event.order_id)
        assert event.remaining == seen.left > 0 and event.side == seen.place.side
        if seen.resting:
            assert event.price == seen.price
            self._leave(event.order_id)
        seen.place = replace(seen.place, kind=OrderKind.LIMIT, price=event.price)
        seen.traded = False

    def _credit(self, account: str) -> int:
        """What the account's NO of each event pays at least."""
        if account not in self.relieved:
            return 0
        shorts = [
            [self.held[account, market][1] for market in markets]
            for name, markets in self.linked.items()
            if name not in self.ended_events
        ]
        return sum(ONE * (sum(event) - max(event)) for event in shorts)

    def _move(self, account: str, market: str, cash: int, yes: int, no: int) -> None:
        self.cash[account] += cash
        held_yes, held_no = self.held[account, market]
        self.held[account, market] = (held_yes + yes, held_no + no)

    def _live(self, order_id: bytes) -> Seen:
        seen = self.orders[order_id]
        assert not seen.ended, "an event names an order that has ended"
        return seen

    def _end(self, order_id: bytes) -> None:
        seen = self._live(order_id)
        if seen.resting:
            self._leave(order_id)
        seen.ended, seen.waiting = True, False

    def _leave(self, order_id: bytes) -> None:
        seen = self.orders[order_id]
        self.queues[seen.place.market, seen.place.side, seen.price].remove(order_id)
        seen.resting = False

    # After each command -----------------------------------------------------------------------------

    def _check(self) -> None:
        owed = {
            f"vault/{name}": (len(markets) - 1) * ONE * self.sets[name]
            for name, markets in self.linked.items()
        }
        for name, cash in self.cash.items():
            assert cash == -owed[name] if name in owed else cash >= -self._credit(name), f"{name} owes"
        assert all(min(held) >= 0 for held in self.held.values()), "negative tokens"
        for account, cash in self.cash.items():
            assert cash == self.told_cash[account], "a balance changed and nobody said so"
        for key, held in self.held.items():
            assert held == self.told_held[key], "a position changed and nobody said so"
        pending: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        given: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for _, fills in self.escrows.values():
            for fill in fills:
                for part, change in enumerate((fill.cash, fill.yes, fill.no)):
                    pending[fill.account, fill.market][part] += max(0, change)
                    given[fill.market][part] += max(0, -change)
        for key in {*pending, *self.told_pending}:
            assert tuple(pending[key]) == self.told_pending[key], "what is pending was told wrong"
        for market, pairs in self.pairs.items():
            here = [tokens for (_, name), tokens in self.held.items() if name == market]
            all_yes = sum(yes for yes, _ in here) + given[market][1]
            all_no = sum(no for _, no in here) + given[market][2]
            assert all_yes == all_no == pairs, "supply is not pairs"
        escrowed = sum(cash for cash, _, _ in given.values())
        in_the_house = sum(self.cash.values()) + ONE * sum(self.pairs.values()) + self.fees + escrowed
        assert in_the_house == self.brought_in, "money appeared or vanished"
        self._check_books()

    def _check_books(self) -> None:
        rebuilt = {
            key: sum(self.orders[i].left for i in queue) for key, queue in self.queues.items() if queue
        }
        assert rebuilt == {key: quantity for key, quantity in self.levels.items() if quantity}
        for market in {market for market, _, _ in rebuilt}:
            bids = [price for name, side, price in rebuilt if (name, side) == (market, Side.BUY)]
            asks = [price for name, side, price in rebuilt if (name, side) == (market, Side.SELL)]
            crossed = max(bids, default=0) >= min(asks, default=ONE)
            assert not crossed or self._collects(market), "the book is crossed"
            if self._collects(market):
                assert crossed == (market in self.indicative and self.indicative[market] != (0, 0))
