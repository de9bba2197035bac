"""How the naive exchange treats one order: the checks, the walk, the trades, the remainder."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.property.naive_checks import NaiveChecks
from tests.property.naive_fees import builder_fee, maker_fee, taker_fees
from tests.property.naive_state import Extra, NaiveEscrow, NaiveOrder, Refused, Standing, own_price
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    Gives,
    OrderKind,
    Reject,
    Role,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.events import OrderDelayed, OrderExpired, OrderFilled, OrderRested, Trade
from tradepit.core.units import ONE


@dataclass
class Step:
    """One thing that matching would do: trade with `maker`, or cancel it as an own order."""

    maker: NaiveOrder
    quantity: int = 0
    taker_fee: int = 0


@dataclass
class Walk:
    limit: int
    steps: list[Step] = field(default_factory=list)
    remainder: int = 0
    complete: bool = False
    filled: int = 0
    paid: int = 0
    """Own-token price x quantity over the fills."""
    fees: int = 0
    met_own: bool = False
    """An own order is in the way of an order that refuses to meet it."""
    ended_by_own: bool = False
    """`CANCEL_BOTH` met an own order."""
    beyond_cash: bool = False
    dies: ExpireReason | None = None
    """Why the accepted order ends at once, if it does."""


class NaiveMatching(NaiveChecks):
    """From an order to its trades: the walk, funding, matching."""

    def _crossing(self, place: PlaceOrder, limit: int) -> list[NaiveOrder]:
        """The resting orders that the limit reaches, in priority."""
        if place.side == Side.BUY:
            return [o for o in self._resting(place.market, Side.SELL) if o.price <= limit]
        return [o for o in self._resting(place.market, Side.BUY) if o.price >= limit]

    def _decide(self, place: PlaceOrder, quantity: int) -> Walk:
        """Step 5: what the order would do, for `quantity` lots; raises Refused."""
        market = self.markets[place.market]
        is_market = place.kind == OrderKind.MARKET_TO_LIMIT
        limit = place.price
        if is_market:
            limit = ONE - 1 if place.side == Side.BUY else 1
        if market.collects:
            walk = Walk(limit, remainder=quantity)
        else:
            walk = self._walk(place, quantity, limit)
        step = market.listing.quantity_step
        if is_market:
            walk.limit = walk.steps[-1].maker.price
            if walk.steps[-1].quantity == 0:
                walk.limit = [step for step in walk.steps if step.quantity][-1].maker.price
        if place.budget:
            walk.complete = place.budget - walk.paid < own_price(place, walk.limit) * step
        else:
            walk.complete = walk.remainder == 0
        if not walk.beyond_cash:
            # Reading: a walk that was cut short by cash decides nothing about minimum and FOK; it is
            # funding that refuses the order.
            if walk.filled < place.minimum_quantity:
                walk.dies = ExpireReason.MINIMUM_NOT_MET
            elif place.time_in_force == TimeInForce.FOK and not walk.complete:
                walk.dies = ExpireReason.NOT_FILLABLE
        if walk.dies is None:
            self._fund(place, quantity, walk)
        return walk

    def _fund(self, place: PlaceOrder, quantity: int, walk: Walk) -> None:
        if place.budget:
            cost = place.budget
        elif place.kind == OrderKind.MARKET_TO_LIMIT:
            cost = walk.paid + own_price(place, walk.limit) * walk.remainder
        else:
            cost = own_price(place, walk.limit) * quantity
        lots = walk.filled if place.budget else quantity
        idle = place.budget - walk.paid if place.budget else 0
        self._check_funding(Extra(place, lots, cost + walk.fees, idle), beyond_cash=walk.beyond_cash)

    def _walk(self, place: PlaceOrder, quantity: int, limit: int) -> Walk:
        walk = Walk(limit, remainder=quantity)
        crossing = self._crossing(place, limit)
        is_market = place.kind == OrderKind.MARKET_TO_LIMIT
        if not crossing:
            if is_market:
                raise Refused(Reject.NO_LIQUIDITY)
            return walk
        best = crossing[0].price
        step = self.markets[place.market].listing.quantity_step
        if place.budget and place.budget < own_price(place, best) * step:
            raise Refused(Reject.BUDGET_TOO_SMALL)
        if place.post_only:
            raise Refused(Reject.POST_ONLY_WOULD_CROSS)
        if place.strict and best != limit:
            raise Refused(Reject.NOT_AT_LIMIT)
        self._walk_on(place, walk, crossing)
        if walk.met_own:
            raise Refused(Reject.SELF_MATCH)
        if is_market and walk.filled == 0:
            raise Refused(Reject.NO_LIQUIDITY)
        return walk

    def _walk_on(self, place: PlaceOrder, walk: Walk, crossing: list[NaiveOrder]) -> None:
        listing = self.markets[place.market].listing
        yes, no = self.held.get((place.account, place.market), (0, 0))
        needs = self._needs(place.account, place.market)
        closable = (
            max(0, no - needs.no_promised) if place.side == Side.BUY else max(0, yes - needs.yes_promised)
        )
        spent = 0
        fills: list[tuple[int, int]] = []
        for maker in crossing:
            paid = own_price(place, maker.price)
            if place.budget:
                affordable = (place.budget - walk.paid) // paid
                wanted = affordable - affordable % listing.quantity_step
            else:
                wanted = walk.remainder
            if wanted == 0:
                return
            if _is_own(place, maker.place) and place.self_match != SelfMatch.ALLOW:
                if place.self_match == SelfMatch.REJECT_INCOMING:
                    walk.met_own = True
                    return
                walk.steps.append(Step(maker))
                if place.self_match == SelfMatch.CANCEL_BOTH:
                    walk.ended_by_own = True
                    return
                continue
            quantity = min(wanted, maker.remaining)
            fills.append((maker.price, quantity))
            fee = taker_fees(place.fee_plan, place.fee_bps, listing.fees, fills)[-1]
            fee += builder_fee(place.builder_bps, _named_price(place, maker.price), quantity)
            walk.steps.append(Step(maker, quantity, fee))
            walk.filled += quantity
            walk.fees += fee
            walk.paid += paid * quantity
            if not place.budget:
                walk.remainder -= quantity
            spent += fee
            if place.gives == Gives.CASH:
                spent += paid * quantity
            elif place.gives == Gives.TOKENS:
                spent -= (ONE - paid) * quantity
            else:
                closed = min(quantity, closable)
                closable -= closed
                spent += paid * quantity - ONE * closed
            if spent > max(0, self._available(place.account, place.market)):
                walk.beyond_cash = True
                return

    def _go(self, order: NaiveOrder, walk: Walk, *, may_delay: bool) -> None:
        """Steps 6 to 8 of an order that was accepted and did not die."""
        place = order.place
        self._touch_account(place.account, place.market)
        order.price = walk.limit
        order.arrival = self._arrive()
        delay = self.markets[place.market].listing.delay_ns
        # Reading: marketable is what would trade now; to clear own orders out of the way is not trading.
        if may_delay and delay and walk.filled:
            order.standing, order.due, order.stamp = Standing.DELAYED, self.time + delay, self._stamp()
            order.would_fill, order.would_pay = walk.filled, walk.paid
            self.orders.append(order)
            self.events.append(
                OrderDelayed(self.time, place.order_id, place.account, place.market, order.due)
            )
            return
        for step in walk.steps:
            if step.quantity == 0:
                self._end(step.maker, CancelReason.SELF_MATCH)
            else:
                last = [s for s in walk.steps if s.quantity][-1]
                done = walk.complete and step is last
                self._trade(order, step.maker, step.quantity, step.maker.price, step.taker_fee, done=done)
        if walk.complete:
            return
        if walk.ended_by_own:
            self._say_cancelled(order, CancelReason.SELF_MATCH)
        elif place.time_in_force == TimeInForce.IOC:
            self._say_expired(order, ExpireReason.REMAINDER)
        elif place.time_in_force == TimeInForce.FAK:
            self._say_cancelled(order, CancelReason.REMAINDER)
        else:
            self._rest(order)

    def _rest(self, order: NaiveOrder) -> None:
        place = order.place
        order.standing, order.due, order.stamp = Standing.RESTING, 0, self._stamp()
        self.orders.append(order)
        self._touch_level(order)
        self.events.append(
            OrderRested(
                self.time,
                place.order_id,
                place.account,
                place.market,
                place.side,
                order.price,
                order.remaining,
            )
        )

    def _say_expired(self, order: NaiveOrder, reason: ExpireReason) -> None:
        place = order.place
        self.events.append(
            OrderExpired(self.time, place.order_id, place.account, place.market, order.remaining, reason)
        )

    def _uncross(self, name: str) -> None:
        """The auction: one price, by price and then time; of two that meet the later is the taker."""
        price, volume = self._auction(self.markets[name])
        while volume:
            bid, ask = self._resting(name, Side.BUY)[0], self._resting(name, Side.SELL)[0]
            quantity = min(volume, bid.remaining, ask.remaining)
            volume -= quantity
            maker, taker = sorted((bid, ask), key=lambda order: order.arrival)
            self._touch_level(taker)
            self._trade(taker, maker, quantity, price, None, done=quantity == taker.remaining)

    def _trade(
        self,
        taker: NaiveOrder,
        maker: NaiveOrder,
        quantity: int,
        price: int,
        taker_fee: int | None,
        *,
        done: bool,
    ) -> None:
        """One fill; no fees at all where `taker_fee` is None."""
        market = maker.place.market
        fees = {Role.TAKER: taker_fee or 0, Role.MAKER: 0}
        builder = 0
        if taker_fee is not None:
            listing = self.markets[market].listing
            fees[Role.MAKER] = maker_fee(maker.place.fee_plan, listing.fees, price, quantity)
            builder = builder_fee(taker.place.builder_bps, _named_price(taker.place, price), quantity)
        self._touch_account(taker.place.account, market)
        self._touch_account(maker.place.account, market)
        deferred = self.markets[market].listing.deferred
        roles = [(Role.TAKER, taker), (Role.MAKER, maker)]
        if taker.place.side == Side.SELL:
            roles.reverse()
        changes: dict[Role, tuple[int, int, int]] = {}
        for role, order in roles:  # the buyer first
            cash, yes, no = self._settle(order.place, price, quantity)
            account = order.place.account
            changes[role] = (cash - fees[role], yes, no)
            # What settles later takes what is given at once.
            now = [min(0, change) for change in changes[role]] if deferred else changes[role]
            self._put(account, market, *now)
            assert self.cash[account] >= -self._credit(account), "a fill was not funded"
            assert min(self.held[account, market]) >= 0, "a fill gave tokens that were not there"
        if not deferred:
            self.fees[market] = self.fees.get(market, 0) + sum(fees.values())
        self.markets[market].last = price
        self._traded.append(market)
        for order in (taker, maker):
            order.filled += quantity
            if order.place.quantity:
                order.remaining -= quantity
            if order.remaining == 0 and order in self.orders:
                self.orders.remove(order)
        self._touch_level(maker)
        self.trades += 1
        ends = {Role.MAKER: maker.remaining == 0, Role.TAKER: done}
        if deferred:
            for role, order in ((Role.TAKER, taker), (Role.MAKER, maker)):
                self._settling.append((order.place.account, market))
                if ends[role]:
                    order.standing, ends[role] = Standing.TRADED, False
            self.escrows.append(
                NaiveEscrow(
                    self.trades,
                    market,
                    price,
                    quantity,
                    maker,
                    changes[Role.MAKER],
                    taker,
                    changes[Role.TAKER],
                    sum(fees.values()),
                )
            )
        self.events.append(
            Trade(
                self.time,
                self.trades,
                market,
                price,
                quantity,
                taker.place.side,
                taker.place.order_id,
                taker.place.account,
                fees[Role.TAKER],
                maker.place.order_id,
                maker.place.account,
                fees[Role.MAKER],
                changes[Role.TAKER][1] + changes[Role.MAKER][1],
                builder,
            )
        )
        for role, order in ((Role.MAKER, maker), (Role.TAKER, taker)):
            place = order.place
            self.events.append(
                OrderFilled(
                    self.time,
                    place.order_id,
                    place.account,
                    market,
                    self.trades,
                    role,
                    place.side,
                    place.gives,
                    price,
                    quantity,
                    fees[role],
                    *changes[role],
                    order.filled,
                    order.remaining,
                    ends[role],
                )
            )


def _named_price(place: PlaceOrder, price: int) -> int:
    """The price of the token that the order names: it buys one for cash, or gives one away."""
    names_yes = (place.side == Side.BUY) == (place.gives != Gives.TOKENS)
    return price if names_yes else ONE - price


def _is_own(incoming: PlaceOrder, resting: PlaceOrder) -> bool:
    """Own is what the same account placed; where the order names a prevention group, what that group did."""
    if incoming.self_match_group:
        return incoming.self_match_group == resting.self_match_group
    return incoming.account == resting.account
