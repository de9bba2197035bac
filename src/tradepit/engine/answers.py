"""Answers to the port's questions, read from the core's state without changing it."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from tradepit.core.enums import Side
from tradepit.core.exchange import Exchange
from tradepit.core.ledger import Account
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.state import State
from tradepit.engine.messages import (
    AccountView,
    BookView,
    CredentialRegistered,
    EventView,
    GetAccount,
    GetBook,
    GetOrder,
    GetStatus,
    ListCredentials,
    ListEvents,
    ListMarkets,
    ListOpenOrders,
    MarketView,
    OrderView,
    PositionView,
    Question,
    StatusView,
)

A = TypeVar("A")


def answer(exchange: Exchange, sequence: int, question: Question[A]) -> A:
    """The answer as of command `sequence`. Raises `TypeError` for what is no question."""
    return cast(A, _answer(exchange.state, sequence, question))


def _answer(state: State, sequence: int, question: Question[Any]) -> object:
    match question:
        case GetBook():
            return _book(state, sequence, question)
        case GetAccount():
            return _account(state, question)
        case GetOrder():
            order = state.orders.get(question.order_id)
            return None if order is None else _order(order)
        case ListOpenOrders():
            return _open_orders(state, question)
        case GetStatus():
            return StatusView(
                sequence, state.time, len(state.markets), len(state.accounts), len(state.orders)
            )
        case ListMarkets():
            return [_market(market) for market in state.markets.values()]
        case ListEvents():
            return [
                EventView(linked.name, list(linked.markets), linked.is_resolved or bool(linked.awaiting))
                for linked in state.linked.values()
            ]
        case ListCredentials():
            return [
                CredentialRegistered(known.now, known.credential, known.account, known.kind, known.payload)
                for known in state.credentials.values()
                if known.kind == question.kind
            ]
        case _:
            raise TypeError(f"not a question: {type(question).__name__}")


def _book(state: State, sequence: int, question: GetBook) -> BookView | None:
    market = state.markets.get(question.market)
    if market is None:
        return None
    return BookView(
        market.name,
        market.state,
        market.book.depth(Side.BUY, question.depth),
        market.book.depth(Side.SELL, question.depth),
        market.last_price,
        market.last_side,
        sequence,
        state.time,
        market.tick,
    )


def _market(market: Market) -> MarketView:
    return MarketView(
        market.listing,
        market.state,
        market.payout,
        market.last_price,
        market.last_side,
        market.pairs,
        market.traded,
        market.tick,
        market.killed,
        market.event,
        market.awaiting,
        market.unsettled,
        market.indicative,
        list(market.schedule),
    )


def _order(order: Order) -> OrderView:
    return OrderView(
        order.terms,
        order.remaining,
        order.filled,
        order.notional,
        order.accepted_at,
        order.delayed_until,
        order.price,
        order.is_waiting,
    )


def _open_orders(state: State, question: ListOpenOrders) -> list[OrderView]:
    account = state.accounts.get(question.account)
    if account is None:
        return []
    if question.market:
        one = account.holdings.get(question.market)
        holdings = [] if one is None else [one]
    else:
        # All of them: `active` does not know those that have nothing but stops.
        holdings = list(account.holdings.values())
    orders = [order for holding in holdings for order in (*holding.orders.values(), *holding.stops.values())]
    orders.sort(key=_arrival)
    return [_order(order) for order in orders]


def _account(state: State, question: GetAccount) -> AccountView:
    account = state.accounts.get(question.account)
    if account is None:
        return AccountView(question.account, False, 0, 0, [])
    if account.relief is None:
        largest = max((holding.required() for holding in account.active.values()), default=0)
    else:
        largest = max(0, account.cash - account.free_cash())
    pending = sum(holding.pending[0] for holding in account.holdings.values())
    positions = _positions(account, question.market)
    return AccountView(account.name, True, account.cash, largest, positions, pending)


def _positions(account: Account, market: str) -> list[PositionView]:
    return [
        PositionView(
            holding.market,
            holding.yes,
            holding.no,
            holding.yes_promised,
            holding.no_promised,
            holding.required(),
            *holding.pending,
        )
        for holding in account.holdings.values()
        if not market or holding.market == market
    ]


def _arrival(order: Order) -> int:
    return order.arrival
