"""The walk: what an order would do against the book, without doing it (docs/core.md, "The walk")."""

from __future__ import annotations

from typing import Final

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, SelfMatch, Side
from tradepit.core.fees import TakerMeter, builder_fee, maker_fee
from tradepit.core.ledger import Holding
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.units import ONE, Cash, Price, Quantity

BUY: Final = Side.BUY


class Step:
    """One thing on the way: a fill of `maker`, or, with no lots, the cancel of an own order met."""

    __slots__ = ("maker", "maker_fee", "quantity", "taker_fee")

    def __init__(self, maker: Order, quantity: Quantity, taker_fee: Cash, maker_fee: Cash) -> None:
        self.maker = maker
        self.quantity = quantity
        self.taker_fee = taker_fee
        self.maker_fee = maker_fee


class Walk:
    """The outcome: the steps in order, what they fill, spend and cost, and how the walk ended.

    `spent` is own-token price x quantity; `unaffordable` says that it stopped because the account's cash
    was exceeded, `self_match` that an own order forbids the whole, `ended` that an own order ended it
    there (cancel both).
    """

    __slots__ = (
        "ended",
        "fees",
        "filled",
        "last_price",
        "self_match",
        "spent",
        "steps",
        "unaffordable",
    )

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.filled: Quantity = 0
        self.last_price: Price = 0
        self.spent: Cash = 0
        self.fees: Cash = 0
        self.unaffordable = False
        self.self_match = False
        self.ended = False


NOTHING: Final = Walk()
"""The walk that meets nobody."""


def token_price(order: PlaceOrder, price: Price) -> Price:
    """The price of the token that the order buys or, if it gives tokens, of the one that it sells."""
    return price if (order.side is BUY) != (order.gives is Gives.TOKENS) else ONE - price


def _is_own(order: PlaceOrder, maker: Order) -> bool:
    if order.self_match_group:
        return order.self_match_group == maker.style.self_match_group
    return order.account == maker.style.account


def walk(order: PlaceOrder, quantity: Quantity, limit: Price, market: Market, holding: Holding) -> Walk:
    """Walk the other side from its best price until `quantity` or the budget is complete, the limit is
    reached, or the cost exceeds the account's cash. O(orders met)."""
    result = Walk()
    left, budget_left = quantity, order.budget
    side = order.side
    budget, step = order.budget, market.listing.quantity_step
    fees = market.listing.fees
    meter = TakerMeter(order.fee_plan, fees)
    account = holding.account
    cash = account.cash if account.relief is None else max(0, holding.available())
    # An order that gives tokens closes with all of them: its cost is the fees less the proceeds.
    closing = quantity if order.gives is Gives.TOKENS else 0
    if order.gives is Gives.NET:
        closing = (
            max(0, holding.no - holding.no_promised)
            if side is BUY
            else max(0, holding.yes - holding.yes_promised)
        )
    minds_own = order.self_match is not SelfMatch.ALLOW
    for level in market.book.against(side).from_best():
        price = level.price
        if price > limit if side is BUY else price < limit:
            return result
        own_price = price if side is BUY else ONE - price
        maker = level.first
        while maker is not None:
            wanted = budget_left // own_price // step * step if budget else left
            if not wanted:
                return result
            if minds_own and _is_own(order, maker):
                if order.self_match is SelfMatch.REJECT_INCOMING:
                    result.self_match = True
                    return result
                result.steps.append(Step(maker, 0, 0, 0))
                if order.self_match is SelfMatch.CANCEL_BOTH:
                    result.ended = True
                    return result
                maker = maker.next
                continue
            lots = min(wanted, maker.remaining)
            fee = meter.charge(price, lots)
            if order.builder_bps:
                fee += builder_fee(order.builder_bps, token_price(order, price), lots)
            result.steps.append(Step(maker, lots, fee, maker_fee(maker.style.fee_plan, fees, price, lots)))
            result.filled += lots
            result.fees += fee
            result.spent += own_price * lots
            result.last_price = price
            if budget:
                budget_left -= own_price * lots
            else:
                left -= lots
            if result.spent + result.fees - ONE * min(result.filled, closing) > cash:
                result.unaffordable = True
                return result
            maker = maker.next
    return result
