"""Whether an order may be entered at all: steps 2 to 4 (docs/core.md, "One command, step by step")."""

from __future__ import annotations

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import FeePlan, Gives, MarketState, OrderKind, Pricing, Reject, Side, TimeInForce
from tradepit.core.limits import (
    BUILDER_BPS_MAX,
    CASH_MAX,
    ID_BYTES_MAX,
    NAME_LENGTH_MAX,
    OPEN_ORDERS_MAX,
    QUANTITY_MAX,
    TAG_BYTES_MAX,
)
from tradepit.core.linked import is_reserved
from tradepit.core.market import Market
from tradepit.core.state import State
from tradepit.core.units import ONE, TIME_MAX, Price

_WAITING = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)
"""Orders that may rest."""
_MARKET_KINDS = (OrderKind.MARKET_TO_LIMIT, OrderKind.STOP)
"""Orders that name no limit."""
_STOPS = (OrderKind.STOP, OrderKind.STOP_LIMIT)


def may_rest(order: PlaceOrder) -> bool:
    """Whether what does not trade at once stays in the book."""
    return order.time_in_force in _WAITING


def is_stop(order: PlaceOrder) -> bool:
    return order.kind in _STOPS


def own_price(order: PlaceOrder, price: Price) -> Price:
    """The price of the token that the order buys or sells: of NO, where a SELL gives cash."""
    return price if order.side is Side.BUY else ONE - price


def is_well_formed(order: PlaceOrder) -> bool:
    """Whether ids, names and notes are within their bounds."""
    return (
        0 < len(order.order_id) <= ID_BYTES_MAX
        and 0 < len(order.account) <= NAME_LENGTH_MAX
        and len(order.client_key) <= NAME_LENGTH_MAX
        and len(order.self_match_group) <= NAME_LENGTH_MAX
        and len(order.tag) <= TAG_BYTES_MAX
        and 0 <= order.expires_at <= TIME_MAX
        and 0 <= order.builder_bps <= BUILDER_BPS_MAX
    )


def permission(state: State, order: PlaceOrder) -> Reject | None:
    """Step 2: the market's, the account's and the credential's state; and that the ids are ids."""
    if not is_well_formed(order):
        return Reject.INVALID_VALUE
    if is_reserved(order.account):
        return Reject.RESERVED_ACCOUNT
    market = state.markets.get(order.market)
    if market is None:
        return Reject.UNKNOWN_MARKET
    if market.state is not MarketState.OPEN and not market.collects():
        return Reject.MARKET_NOT_OPEN
    if market.killed or order.account in state.killed_accounts:
        return Reject.KILL_SWITCH
    account = state.accounts.get(order.account)
    if account is not None and account.relief is not None and order.gives is not Gives.NET:
        return Reject.CONFLICTING_TERMS
    if order.credential and order.credential not in state.credentials:
        return Reject.UNKNOWN_CREDENTIAL
    return None


def shape(state: State, market: Market, order: PlaceOrder, *, replaces: bool = False) -> Reject | None:
    """Step 3: the terms by themselves and against the market's rules. An order that `replaces` itself
    is open already."""
    listing = market.listing
    waits = may_rest(order)
    if _conflict(order, waits):
        return Reject.CONFLICTING_TERMS
    if listing.deferred and order.gives is Gives.NET:
        # What it closes with would leave at once, and what that brings come later.
        return Reject.CONFLICTING_TERMS
    if (
        market.state is not MarketState.OPEN
        and market.collects()
        and (
            not waits
            or order.post_only
            or order.strict
            or order.minimum_quantity
            or order.kind is OrderKind.MARKET_TO_LIMIT
        )
    ):
        return Reject.CANNOT_WAIT
    if order.kind not in _MARKET_KINDS:
        if not 0 < order.price < ONE:
            return Reject.PRICE_OUT_OF_RANGE
        if listing.lowest_price and order.price < listing.lowest_price:
            return Reject.PRICE_OUT_OF_RANGE
        if listing.highest_price and order.price > listing.highest_price:
            return Reject.PRICE_OUT_OF_RANGE
        if waits and order.price % market.tick and order.pricing is Pricing.GIVEN:
            return Reject.PRICE_OFF_TICK
    if is_stop(order):
        if not 0 < order.stop_price < ONE:
            return Reject.PRICE_OUT_OF_RANGE
        if order.stop_price % market.tick:
            return Reject.PRICE_OFF_TICK
    if order.quantity > (listing.maximum_quantity or QUANTITY_MAX) or order.budget > CASH_MAX:
        return Reject.QUANTITY_TOO_LARGE
    step = listing.quantity_step
    if order.quantity % step or order.minimum_quantity % step or order.minimum_quantity < 0:
        return Reject.QUANTITY_OFF_STEP
    if order.minimum_quantity > order.quantity:
        return Reject.CONFLICTING_TERMS
    if order.budget and order.kind is OrderKind.LIMIT and order.budget < own_price(order, order.price) * step:
        return Reject.BUDGET_TOO_SMALL
    if waits and order.quantity < listing.minimum_quantity:
        return Reject.QUANTITY_TOO_SMALL
    if order.expires_at and order.expires_at <= state.time:
        return Reject.EXPIRY_IN_PAST
    if order.fee_plan is FeePlan.CLOB_V1 and order.fee_bps != listing.fees.clob_v1_bps:
        return Reject.WRONG_FEE
    account = None if replaces else state.accounts.get(order.account)
    if account is not None and account.open_orders >= OPEN_ORDERS_MAX:
        return Reject.TOO_MANY_OPEN_ORDERS
    return None


def _conflict(order: PlaceOrder, waits: bool) -> bool:
    """Whether terms of the order contradict each other."""
    if (order.quantity > 0) == (order.budget > 0) or order.quantity < 0 or order.budget < 0:
        return True
    if order.budget and (waits or order.gives is Gives.TOKENS):
        return True
    if order.post_only and (not waits or order.minimum_quantity):
        return True
    if order.expires_at and order.time_in_force not in (TimeInForce.GTD, TimeInForce.DAY):
        return True
    if order.time_in_force is TimeInForce.GTD and not order.expires_at:
        return True
    if order.kind is OrderKind.LIMIT:
        return order.stop_price != 0
    if is_stop(order) != (order.stop_price != 0) or order.pricing is not Pricing.GIVEN:
        return True
    return order.kind in _MARKET_KINDS and bool(order.price or order.post_only or order.strict)


def duplicate(state: State, order: PlaceOrder) -> Reject | None:
    """Step 4. Ids of accepted orders are remembered until their market is resolved, and no two orders
    that are not over share one, in whatever markets."""
    name = order.order_id
    if name in state.markets[order.market].seen or name in state.orders or name in state.settling:
        return Reject.DUPLICATE_ORDER
    if order.client_key and order.client_key in state.client_keys:
        return Reject.DUPLICATE_CLIENT_KEY
    return None
