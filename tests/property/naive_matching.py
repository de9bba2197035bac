"""How the naive exchange treats one order: the checks, the walk, the trades, the remainder."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.property.naive_fees import maker_fee, taker_fees
from tests.property.naive_state import NaiveOrder, NaiveState, Refused, own_price
from tradepit.core import limits
from tradepit.core.commands import (
    PlaceOrder,
)
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    FeePlan,
    Gives,
    MarketState,
    Reject,
    Role,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.events import (
    OrderExpired,
    OrderFilled,
    OrderRested,
    Trade,
)
from tradepit.core.units import ONE

AT_ONCE = (TimeInForce.FOK, TimeInForce.FAK, TimeInForce.IOC)


@dataclass
class Step:
    """One thing that matching would do: trade with `maker`, or cancel it as an own order."""

    maker: NaiveOrder
    quantity: int = 0
    taker_fee: int = 0


@dataclass
class Walk:
    steps: list[Step] = field(default_factory=list)
    remainder: int = 0
    complete: bool = False
    filled: int = 0
    fees: int = 0
    met_own: bool = False
    """An own order is in the way of an order that refuses to meet it."""
    ended_by_own: bool = False
    """`CANCEL_BOTH` met an own order."""
    beyond_cash: bool = False


class NaiveMatching(NaiveState):
    """From an order to its trades: checks, the walk, matching."""

    def _permit(self, place: PlaceOrder) -> None:
        market = self.markets.get(place.market)
        if market is None:
            raise Refused(Reject.UNKNOWN_MARKET)
        if market.state != MarketState.OPEN:
            raise Refused(Reject.MARKET_NOT_OPEN)
        if place.credential and place.credential not in self.credentials:
            raise Refused(Reject.UNKNOWN_CREDENTIAL)

    def _check_shape(self, place: PlaceOrder) -> None:
        listing = self.markets[place.market].listing
        at_once = place.time_in_force in AT_ONCE
        timed = place.time_in_force in (TimeInForce.GTD, TimeInForce.DAY)
        if (
            (place.expires_at != 0 and not timed)
            or (place.post_only and (at_once or place.minimum_quantity > 0))
            or (place.quantity > 0) == (place.budget > 0)
            or (place.budget > 0 and place.time_in_force not in (TimeInForce.FOK, TimeInForce.FAK))
            or (place.budget > 0 and place.gives != Gives.CASH)
        ):
            raise Refused(Reject.CONFLICTING_TERMS)
        if not 1 <= place.price < ONE:
            raise Refused(Reject.PRICE_OUT_OF_RANGE)
        if not at_once and place.price % listing.tick:
            raise Refused(Reject.PRICE_OFF_TICK)
        if place.quantity > limits.QUANTITY_MAX:
            raise Refused(Reject.QUANTITY_TOO_LARGE)
        if place.quantity % listing.quantity_step or place.minimum_quantity % listing.quantity_step:
            raise Refused(Reject.QUANTITY_OFF_STEP)
        if place.budget and place.budget < own_price(place) * listing.quantity_step:
            raise Refused(Reject.BUDGET_TOO_SMALL)
        if not at_once and place.quantity < listing.minimum_quantity:
            raise Refused(Reject.QUANTITY_TOO_SMALL)
        if 0 < place.expires_at <= self.time:
            raise Refused(Reject.EXPIRY_IN_PAST)
        if place.fee_plan == FeePlan.CLOB_V1 and place.fee_bps != listing.fees.clob_v1_bps:
            raise Refused(Reject.WRONG_FEE)
        if len([o for o in self.orders if o.place.account == place.account]) >= limits.OPEN_ORDERS_MAX:
            raise Refused(Reject.TOO_MANY_OPEN_ORDERS)

    def _check_duplicate(self, place: PlaceOrder) -> None:
        if (place.market, place.order_id) in self.accepted:
            raise Refused(Reject.DUPLICATE_ORDER)
        if place.client_key and any(o.place.client_key == place.client_key for o in self.orders):
            raise Refused(Reject.DUPLICATE_CLIENT_KEY)

    def _crossing(self, place: PlaceOrder) -> list[NaiveOrder]:
        """The resting orders that the order's price reaches, in priority."""
        if place.side == Side.BUY:
            return [o for o in self._resting(place.market, Side.SELL) if o.place.price <= place.price]
        return [o for o in self._resting(place.market, Side.BUY) if o.place.price >= place.price]

    def _walk(self, place: PlaceOrder) -> Walk:
        listing = self.markets[place.market].listing
        walk = Walk(remainder=place.quantity)
        budget = place.budget
        spent = 0
        yes, no = self.held.get((place.account, place.market), (0, 0))
        needs = self._needs(place.account, place.market)
        closable = (
            max(0, no - needs.no_promised) if place.side == Side.BUY else max(0, yes - needs.yes_promised)
        )
        fills: list[tuple[int, int]] = []
        for maker in self._crossing(place):
            price = maker.place.price
            paid = price if place.side == Side.BUY else ONE - price
            if place.budget:
                wanted = budget // paid // listing.quantity_step * listing.quantity_step
            else:
                wanted = walk.remainder
            if wanted == 0:
                break
            if _is_own(place, maker.place):
                if place.self_match == SelfMatch.REJECT_INCOMING:
                    walk.met_own = True
                    return walk
                if place.self_match == SelfMatch.CANCEL_RESTING:
                    walk.steps.append(Step(maker))
                    continue
                if place.self_match == SelfMatch.CANCEL_BOTH:
                    walk.steps.append(Step(maker))
                    walk.ended_by_own = True
                    break
            quantity = min(wanted, maker.remaining)
            fills.append((price, quantity))
            fee = taker_fees(place.fee_plan, place.fee_bps, listing.fees, fills)[-1]
            walk.steps.append(Step(maker, quantity, fee))
            walk.filled += quantity
            walk.fees += fee
            if place.budget:
                budget -= paid * quantity
            else:
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
            if spent > self.cash.get(place.account, 0):
                walk.beyond_cash = True
                return walk
        if place.budget:
            walk.complete = budget < own_price(place) * listing.quantity_step
        else:
            walk.complete = walk.remainder == 0
        return walk

    def _dies_at_once(self, place: PlaceOrder, walk: Walk) -> ExpireReason | None:
        """Why an accepted order expires instead of matching, if it does."""
        if walk.filled < place.minimum_quantity:
            return ExpireReason.MINIMUM_NOT_MET
        if place.time_in_force == TimeInForce.FOK and not walk.complete:
            return ExpireReason.NOT_FILLABLE
        return None

    def _check_walk(self, place: PlaceOrder, walk: Walk) -> None:
        if place.post_only and self._crossing(place):
            raise Refused(Reject.POST_ONLY_WOULD_CROSS)
        if walk.met_own:
            raise Refused(Reject.SELF_MATCH)
        # Reading: a walk that was cut short by cash decides nothing about minimum and FOK; it is funding
        # that refuses the order.
        if not walk.beyond_cash and self._dies_at_once(place, walk) is not None:
            return
        self._check_funding(place, walk.fees, beyond_cash=walk.beyond_cash)

    def _match(self, place: PlaceOrder, walk: Walk) -> None:
        reason = self._dies_at_once(place, walk)
        if reason is not None:
            self.events.append(
                OrderExpired(self.time, place.order_id, place.account, place.market, place.quantity, reason)
            )
            return
        taker = NaiveOrder(place, self._arrive(), place.quantity)
        for step in walk.steps:
            if step.quantity == 0:
                self._end(step.maker, CancelReason.SELF_MATCH)
            else:
                self._trade(taker, step, last=walk.complete and step is walk.steps[-1])
        if walk.ended_by_own:
            self._say_cancelled(taker, CancelReason.SELF_MATCH)
        elif walk.complete:
            pass
        elif place.time_in_force == TimeInForce.IOC:
            self.events.append(
                OrderExpired(
                    self.time,
                    place.order_id,
                    place.account,
                    place.market,
                    taker.remaining,
                    ExpireReason.REMAINDER,
                )
            )
        elif place.time_in_force == TimeInForce.FAK:
            self._say_cancelled(taker, CancelReason.REMAINDER)
        else:
            self.orders.append(taker)
            self._touch_level(taker)
            self.events.append(
                OrderRested(
                    self.time,
                    place.order_id,
                    place.account,
                    place.market,
                    place.side,
                    place.price,
                    taker.remaining,
                )
            )

    def _trade(self, taker: NaiveOrder, step: Step, *, last: bool) -> None:
        maker, quantity, price = step.maker, step.quantity, step.maker.place.price
        market = maker.place.market
        fees = {Role.TAKER: step.taker_fee}
        fees[Role.MAKER] = maker_fee(maker.place.fee_plan, self.markets[market].listing.fees, price, quantity)
        self._touch_account(taker.place.account, market)
        self._touch_account(maker.place.account, market)
        roles = [(Role.TAKER, taker), (Role.MAKER, maker)]
        if taker.place.side == Side.SELL:
            roles.reverse()
        changes: dict[Role, tuple[int, int, int]] = {}
        for role, order in roles:  # the buyer first
            cash, yes, no = self._settle(order.place, price, quantity)
            account = order.place.account
            self.cash[account] = self.cash.get(account, 0) + cash - fees[role]
            assert self.cash[account] >= 0, "a fill was not funded"
            held_yes, held_no = self.held.get((account, market), (0, 0))
            self.held[account, market] = (held_yes + yes, held_no + no)
            assert min(self.held[account, market]) >= 0, "a fill gave tokens that were not there"
            changes[role] = (cash - fees[role], yes, no)
        self.fees[market] = self.fees.get(market, 0) + sum(fees.values())
        for order in (taker, maker):
            order.filled += quantity
            if order.place.quantity:
                order.remaining -= quantity
        if maker.remaining == 0:
            self.orders.remove(maker)
        self._touch_level(maker)
        self.trades += 1
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
            )
        )
        for role, order, done in ((Role.MAKER, maker, maker.remaining == 0), (Role.TAKER, taker, last)):
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
                    done,
                )
            )


def _is_own(incoming: PlaceOrder, resting: PlaceOrder) -> bool:
    group = incoming.self_match_group
    return incoming.account == resting.account or (group != "" and group == resting.self_match_group)
