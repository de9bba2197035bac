"""A second exchange, written from the rules alone: one list of open orders, and every sum, level and
priority worked out from that list each time it is needed.

It is slow, and it shares nothing with `tradepit.core` but the messages, the units and the limits, so what
the two agree on was reached twice. Where the rules leave the order of events or a number open, a comment
that starts with "Reading:" says which reading is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from tests.property.naive_checks import STOP_KINDS
from tests.property.naive_escrow import NaiveEscrows
from tests.property.naive_state import NaiveOrder, Refused, Standing
from tradepit.core.commands import CancelOrder, CancelOrders, Command, PlaceOrder, ReplaceOrder, Tick
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    Reject,
    Side,
)
from tradepit.core.events import (
    CancelRejected,
    Event,
    OrderAccepted,
    OrderExpired,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    OrderWaiting,
    ReplaceRejected,
)

CANCEL_STATES = (
    MarketState.OPEN,
    MarketState.PRE_OPEN,
    MarketState.MATCH_AND_CLOSE,
    MarketState.SUSPENDED,
)
REPLACE_STATES = (MarketState.OPEN, MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)


class NaiveExchange(NaiveEscrows):
    def apply(self, command: Command) -> list[Event]:
        self.events = []
        while (timer := self._next_timer()) is not None and timer[0] <= command.now:
            self.time = max(self.time, timer[0])
            self._block(timer[2])
        self.time = max(self.time, command.now)
        self._block(partial(self._dispatch, command))
        return self.events

    def _block(self, work: Callable[[], None]) -> None:
        """Some work, then the stops that it reached, one after the other, each a block of its own."""
        self._opened = ""
        self._begin()
        work()
        self._finish()
        queue = self._reached()
        while queue:
            self._begin()
            self._opened = ""
            stop = queue.pop(0)
            self.orders.remove(stop)
            self._touch_account(stop.place.account, stop.place.market)
            self._trigger(stop)
            self._finish()
            queue.extend(self._reached())

    def _reached(self) -> list[NaiveOrder]:
        """The waiting stops that what happened in the block has reached, in the order of their turn."""
        name = self._traded[0] if self._traded else self._opened
        if not name or self.markets[name].state != MarketState.OPEN:
            return []
        stops = [
            order
            for order in self.orders
            if order.place.market == name
            and order.standing is Standing.WAITING
            and self._is_reached(order.place)
        ]
        for stop in stops:
            stop.standing = Standing.REACHED
        buys = [stop for stop in stops if stop.place.side == Side.BUY]
        sells = [stop for stop in stops if stop.place.side == Side.SELL]
        buys.sort(key=lambda stop: (stop.place.stop_price, stop.arrival))
        sells.sort(key=lambda stop: (-stop.place.stop_price, stop.arrival))
        return buys + sells

    def _is_reached(self, place: PlaceOrder) -> bool:
        last = self.markets[place.market].last
        if last == 0:
            return False
        return last >= place.stop_price if place.side == Side.BUY else last <= place.stop_price

    def _dispatch(self, command: Command) -> None:
        match command:
            case PlaceOrder():
                self._place(command)
            case ReplaceOrder():
                self._replace(command)
            case CancelOrder():
                self._cancel(command)
            case CancelOrders():
                self._cancel_many(command)
            case Tick():
                pass
            case _:
                self._administer_or_refuse(command)

    def _next_timer(self) -> tuple[int, int, Callable[[], None]] | None:
        """The first due timer: by due time, then by creation. Reading: a delayed order has the timer of
        its delay only, and meets its own expiry when that is over; an order's timer is created when it
        begins to rest, or to wait, or gets another expiry."""
        timers: list[tuple[int, int, Callable[[], None]]] = []
        for order in self.orders:
            if order.standing is Standing.DELAYED:
                timers.append((order.due, order.stamp, partial(self._resume, order)))
            elif order.place.expires_at:
                timers.append((order.place.expires_at, order.stamp, partial(self._expire, order)))
        for credential, (due, stamp) in self.watches.items():
            timers.append((due, stamp, partial(self._lapse, credential)))
        for name, market in self.markets.items():
            for at, stamp, _ in market.schedule:
                timers.append((at, stamp, partial(self._follow_schedule, name)))
        return min(timers, default=None, key=lambda timer: timer[:2])

    def _follow_schedule(self, name: str) -> None:
        market = self.markets[name]
        change = min(market.schedule)
        market.schedule.remove(change)
        self._enter(market, change[2])

    def _expire(self, order: NaiveOrder) -> None:
        self._remove(order)
        self._say_expired(order, ExpireReason.TIME)

    def _resume(self, order: NaiveOrder) -> None:
        self.orders.remove(order)
        self._touch_account(order.place.account, order.place.market)
        self._run(order, may_delay=False)

    def _trigger(self, stop: NaiveOrder) -> None:
        place = stop.place
        limited = place.kind == OrderKind.STOP_LIMIT
        kind = OrderKind.LIMIT if limited else OrderKind.MARKET_TO_LIMIT
        stop.place = replace(place, kind=kind, stop_price=0)
        self.events.append(OrderTriggered(self.time, place.order_id, place.account, place.market, kind))
        self._run(stop, may_delay=True)

    def _run(self, order: NaiveOrder, *, may_delay: bool) -> None:
        """An accepted order that begins anew: from step 2, without the check for duplicates."""
        try:
            self._permit(order.place)
            self._check_shape(order.place)
            walk = self._decide(order.place, order.remaining)
        except Refused as refused:
            self._reject(order.place, refused)
            return
        if walk.dies is not None:
            self._say_expired(order, walk.dies)
            return
        self._go(order, walk, may_delay=may_delay)

    def _place(self, place: PlaceOrder) -> None:
        is_stop = place.kind in STOP_KINDS
        try:
            self._permit(place)
            place = self._price(place)
            self._check_shape(place)
            self._check_duplicate(place)
            walk = None if is_stop else self._decide(place, place.quantity)
        except Refused as refused:
            self._reject(place, refused)
            return
        self.accepted.add((place.market, place.order_id))
        # Reading: who holds in a market is listed in order of the first order, split or fill there.
        self.held.setdefault((place.account, place.market), (0, 0))
        self.events.append(OrderAccepted(self.time, place))
        order = NaiveOrder(place, 0, place.quantity, place.price)
        if walk is None:
            self._place_stop(order)
        elif walk.dies is not None:
            self.events.append(
                OrderExpired(
                    self.time, place.order_id, place.account, place.market, place.quantity, walk.dies
                )
            )
        else:
            self._go(order, walk, may_delay=True)

    def _place_stop(self, order: NaiveOrder) -> None:
        """Reading: while a market collects, a stop waits even if the last trade is beyond it."""
        place = order.place
        order.arrival = self._arrive()
        self._touch_account(place.account, place.market)
        if self._is_reached(place) and not self.markets[place.market].collects:
            self._trigger(order)
            return
        order.standing, order.stamp = Standing.WAITING, self._stamp()
        self.orders.append(order)
        self.events.append(
            OrderWaiting(self.time, place.order_id, place.account, place.market, place.stop_price)
        )

    def _reject(self, place: PlaceOrder, refused: Refused) -> None:
        self.events.append(
            OrderRejected(
                self.time, place, refused.reason, refused.available, refused.reserved, refused.required
            )
        )

    def _replace(self, command: ReplaceOrder) -> None:
        try:
            order = self._find(command.account, command.order_id)
            place = _amended(order, command)
            self._check_replacement(order, place)
            waits = order.standing is Standing.WAITING
            fewer = place.quantity <= order.place.quantity
            more = place.quantity > order.filled + order.voided
            if not waits and more and not (place.price == order.price and fewer):
                self._replace_anew(order, place)
                return
        except Refused as no:
            self.events.append(
                ReplaceRejected(
                    self.time,
                    command.order_id,
                    command.account,
                    no.reason,
                    no.available,
                    no.reserved,
                    no.required,
                )
            )
            return
        self._touch_account(place.account, place.market)
        if place.expires_at != order.place.expires_at:
            order.stamp = self._stamp()
        if waits:
            self._replace_stop(order, place)
            return
        if not more:
            self._remove(order)
            self.events.append(OrderReplaced(self.time, place, order.filled, 0, True, True))
            return
        if place.quantity < order.place.quantity:
            self._touch_level(order)
        order.place, order.remaining = place, place.quantity - order.filled - order.voided
        self.events.append(OrderReplaced(self.time, place, order.filled, order.remaining, True, False))

    def _check_replacement(self, order: NaiveOrder, place: PlaceOrder) -> None:
        market = self.markets[place.market]
        if market.state not in REPLACE_STATES:
            raise Refused(Reject.MARKET_NOT_OPEN)
        if market.killed or place.account in self.killed:
            raise Refused(Reject.KILL_SWITCH)
        self._check_shape(place, is_open=True)
        others = [other.place.client_key for other in self.orders if other is not order]
        if place.client_key and place.client_key in others:
            raise Refused(Reject.DUPLICATE_CLIENT_KEY)

    def _replace_anew(self, order: NaiveOrder, place: PlaceOrder) -> None:
        """Like a new arrival, with the old order out of the way; a refusal puts it back."""
        index = self.orders.index(order)
        self.orders.remove(order)
        try:
            walk = self._decide(place, place.quantity - order.filled - order.voided)
        except Refused:
            self.orders.insert(index, order)
            raise
        self._touch_account(place.account, place.market)
        self._touch_level(order)
        order.place, order.remaining = place, place.quantity - order.filled - order.voided
        self.events.append(OrderReplaced(self.time, place, order.filled, order.remaining, False, False))
        self._go(order, walk, may_delay=True)

    def _replace_stop(self, order: NaiveOrder, place: PlaceOrder) -> None:
        old = order.place
        kept = place.stop_price == old.stop_price and place.quantity <= old.quantity
        if not kept:
            order.arrival = self._arrive()
        order.place, order.remaining, order.price = place, place.quantity, place.price
        self.events.append(OrderReplaced(self.time, place, 0, order.remaining, kept, False))
        if self._is_reached(place) and not self.markets[place.market].collects:
            self.orders.remove(order)
            self._trigger(order)

    def _find(self, account: str, order_id: bytes) -> NaiveOrder:
        for order in self.orders:
            if order.place.order_id == order_id and order.place.account == account:
                if order.standing is Standing.DELAYED:
                    raise Refused(Reject.ORDER_DELAYED)
                return order
        raise Refused(Reject.UNKNOWN_ORDER)

    def _cancel(self, command: CancelOrder) -> None:
        try:
            order = self._find(command.account, command.order_id)
            if self.markets[order.place.market].state not in CANCEL_STATES:
                raise Refused(Reject.MARKET_NOT_OPEN)
        except Refused as no:
            self.events.append(CancelRejected(self.time, command.order_id, command.account, no.reason))
            return
        self._end(order, CancelReason.OWNER)

    def _cancel_many(self, command: CancelOrders) -> None:
        """Reading: what cannot be cancelled now is passed over in silence."""
        gone = [
            order
            for order in self.orders
            if order.place.account == command.account
            and command.market in ("", order.place.market)
            and command.outcome in (0, names(order.place))
            and order.standing is not Standing.DELAYED
            and self.markets[order.place.market].state in CANCEL_STATES
        ]
        self._end_all(gone, CancelReason.OWNER)


def _amended(order: NaiveOrder, command: ReplaceOrder) -> PlaceOrder:
    """The terms with what the command changes. Reading: what rests is a limit order at its price."""
    place = order.place
    if order.standing is Standing.RESTING:
        place = replace(place, kind=OrderKind.LIMIT, price=order.price)
    changes = {
        name: value
        for name in ("price", "quantity", "stop_price", "expires_at", "client_key", "tag")
        if (value := getattr(command, name)) is not None
    }
    return replace(place, pricing=Pricing.GIVEN, minimum_quantity=0, **changes)


def names(order: PlaceOrder) -> int:
    """1 for YES, 2 for NO. Reading: a net order names neither."""
    if order.gives == Gives.NET:
        return 0
    return 1 if (order.side == Side.BUY) == (order.gives == Gives.CASH) else 2
