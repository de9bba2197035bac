"""Whether the naive exchange takes an order at all: permission, shape, duplicates."""

from __future__ import annotations

from msgspec.structs import replace

from tests.property.naive_funding import NaiveFunding
from tests.property.naive_state import Refused, own_price
from tradepit.core import limits
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import FeePlan, Gives, MarketState, OrderKind, Pricing, Reject, Side, TimeInForce
from tradepit.core.units import ONE

AT_ONCE = (TimeInForce.FOK, TimeInForce.FAK, TimeInForce.IOC)
STOP_KINDS = (OrderKind.STOP, OrderKind.STOP_LIMIT)
WITHOUT_LIMIT = (OrderKind.STOP, OrderKind.MARKET_TO_LIMIT)


class NaiveChecks(NaiveFunding):
    """Steps 2 to 4."""

    def _permit(self, place: PlaceOrder) -> None:
        if place.account.startswith("vault/"):
            raise Refused(Reject.RESERVED_ACCOUNT)
        market = self.markets.get(place.market)
        if market is None:
            raise Refused(Reject.UNKNOWN_MARKET)
        if market.state != MarketState.OPEN and not market.collects:
            raise Refused(Reject.MARKET_NOT_OPEN)
        if market.killed or place.account in self.killed:
            raise Refused(Reject.KILL_SWITCH)
        if place.account in self.relieved and place.gives != Gives.NET:
            raise Refused(Reject.CONFLICTING_TERMS)
        if place.credential and place.credential not in self.credentials:
            raise Refused(Reject.UNKNOWN_CREDENTIAL)

    def _price(self, place: PlaceOrder) -> PlaceOrder:
        """The order with its limit from the top of the book, where it asks for that."""
        if place.pricing == Pricing.GIVEN:
            return place
        if place.price:
            raise Refused(Reject.CONFLICTING_TERMS)
        own = place.pricing == Pricing.BEST_OWN
        side = place.side if own else Side(1 - place.side)
        queue = self._resting(place.market, side)
        if not queue:
            raise Refused(Reject.NO_LIQUIDITY)
        return replace(place, price=queue[0].price)

    def _check_shape(self, place: PlaceOrder, *, is_open: bool = False) -> None:
        market = self.markets[place.market]
        listing = market.listing
        at_once = place.time_in_force in AT_ONCE
        is_stop = place.kind in STOP_KINDS
        if _contradicts_itself(place):
            raise Refused(Reject.CONFLICTING_TERMS)
        if listing.deferred and place.gives == Gives.NET:
            raise Refused(Reject.CONFLICTING_TERMS)
        if market.collects and (
            at_once
            or place.post_only
            or place.strict
            or place.minimum_quantity
            or place.kind == OrderKind.MARKET_TO_LIMIT
        ):
            raise Refused(Reject.CANNOT_WAIT)
        if place.kind not in WITHOUT_LIMIT:
            lowest, highest = listing.lowest_price or 1, listing.highest_price or ONE - 1
            if not max(1, lowest) <= place.price <= min(highest, ONE - 1):
                raise Refused(Reject.PRICE_OUT_OF_RANGE)
            # Reading: a price that was taken from the book is good wherever it lies.
            if not at_once and place.price % market.tick and place.pricing == Pricing.GIVEN:
                raise Refused(Reject.PRICE_OFF_TICK)
        if is_stop:
            if not 1 <= place.stop_price < ONE:
                raise Refused(Reject.PRICE_OUT_OF_RANGE)
            if place.stop_price % market.tick:
                raise Refused(Reject.PRICE_OFF_TICK)
        if place.quantity > (listing.maximum_quantity or limits.QUANTITY_MAX):
            raise Refused(Reject.QUANTITY_TOO_LARGE)
        if place.quantity % listing.quantity_step or place.minimum_quantity % listing.quantity_step:
            raise Refused(Reject.QUANTITY_OFF_STEP)
        # Reading: of a budget nobody can say what part must fill.
        if place.minimum_quantity > place.quantity:
            raise Refused(Reject.CONFLICTING_TERMS)
        least = own_price(place, place.price) * listing.quantity_step
        if place.kind == OrderKind.LIMIT and 0 < place.budget < least:
            raise Refused(Reject.BUDGET_TOO_SMALL)
        if not at_once and place.quantity < listing.minimum_quantity:
            raise Refused(Reject.QUANTITY_TOO_SMALL)
        if 0 < place.expires_at <= self.time:
            raise Refused(Reject.EXPIRY_IN_PAST)
        if place.fee_plan == FeePlan.CLOB_V1 and place.fee_bps != listing.fees.clob_v1_bps:
            raise Refused(Reject.WRONG_FEE)
        mine = [o for o in self.orders if o.place.account == place.account]
        if not is_open and len(mine) >= limits.OPEN_ORDERS_MAX:
            raise Refused(Reject.TOO_MANY_OPEN_ORDERS)

    def _check_duplicate(self, place: PlaceOrder) -> None:
        if (place.market, place.order_id) in self.accepted:
            raise Refused(Reject.DUPLICATE_ORDER)
        if place.client_key and any(o.place.client_key == place.client_key for o in self.orders):
            raise Refused(Reject.DUPLICATE_CLIENT_KEY)


def _contradicts_itself(place: PlaceOrder) -> bool:
    at_once = place.time_in_force in AT_ONCE
    timed = place.time_in_force in (TimeInForce.GTD, TimeInForce.DAY)
    is_stop = place.kind in STOP_KINDS
    no_limit = place.kind in WITHOUT_LIMIT
    return (
        (place.expires_at != 0 and not timed)
        or (place.expires_at == 0 and place.time_in_force == TimeInForce.GTD)
        or (place.post_only and (at_once or place.minimum_quantity > 0))
        or (place.quantity > 0) == (place.budget > 0)
        or (place.budget > 0 and not at_once)
        or (place.budget > 0 and place.gives == Gives.TOKENS)
        or is_stop != (place.stop_price > 0)
        or (is_stop and place.pricing != Pricing.GIVEN)
        or (no_limit and (place.price != 0 or place.post_only or place.strict))
        or (no_limit and place.pricing != Pricing.GIVEN)
    )
