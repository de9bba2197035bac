"""The exchange's own `Book` beside two Python books from PyPI, on the same messages in the same run.

Every engine gets the messages as ready tuples, makes its own order objects inside the timed loop, and
must report the totals that the workload is known for. A cancel of an order that is no longer open is
skipped for all of them alike (one of them fails on it). For the two others, prices are plain integers,
which is their fastest choice.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Final, TypeAlias

import orderbook
from lightmatchingengine.lightmatchingengine import LightMatchingEngine

from benchmarks.bare_book import replay
from benchmarks.workload import ADD, BUY, EXPECTED, MESSAGES, Message, Totals, messages
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side

Replay: TypeAlias = Callable[[Sequence[Message]], tuple[Totals, float]]
"""Replays the messages and returns what traded and the seconds it took."""

ROUNDS: Final = 3


def tradepit_book(stream: Sequence[Message]) -> tuple[Totals, float]:
    """The book alone: match against it, rest, cancel; no ledger and no events."""
    sides = (Side.BUY, Side.SELL)
    terms = [
        PlaceOrder(
            0, number.to_bytes(4, "big"), "benchmark", "benchmark", sides[side], Gives.CASH, price, lots
        )
        for _, number, side, price, lots in stream
    ]
    fills, traded, seconds = replay(stream, terms)
    return Totals(fills, traded), seconds


def lightmatchingengine_book(stream: Sequence[Message]) -> tuple[Totals, float]:
    engine = LightMatchingEngine()
    add_order, cancel_order = engine.add_order, engine.cancel_order
    open_orders = {}
    fills = traded = 0
    started = perf_counter()
    for kind, number, side, price, lots in stream:
        if kind == ADD:
            order, trades = add_order("benchmark", price, lots, side + 1)
            for trade in trades:
                if trade.order_id != order.order_id:
                    fills += 1
                    traded += trade.trade_qty
            if order.leaves_qty:
                open_orders[number] = order
        else:
            resting = open_orders.pop(number, None)
            if resting is not None and resting.leaves_qty:
                cancel_order(resting.order_id, "benchmark")
    return Totals(fills, traded), perf_counter() - started


def akhil4n_book(stream: Sequence[Message]) -> tuple[Totals, float]:
    book = orderbook.OrderBook()
    add_limit_order, cancel_order = book.add_limit_order, book.cancel_order
    open_orders = {}
    bid, ask = orderbook.OrderSide.BID, orderbook.OrderSide.ASK
    started = perf_counter()
    for kind, number, side, price, lots in stream:
        if kind == ADD:
            order = orderbook.Order(bid if side == BUY else ask, price, lots)
            add_limit_order(order)
            if order.remaining_quantity:
                open_orders[number] = order
        else:
            resting = open_orders.pop(number, None)
            if resting is not None and resting.remaining_quantity:
                cancel_order(resting.order_id)
    seconds = perf_counter() - started
    trades = book.trade_log
    return Totals(len(trades), sum(trade.quantity_filled for trade in trades)), seconds


ENGINES: Final[dict[str, Replay]] = {
    "tradepit": tradepit_book,
    "lightmatchingengine": lightmatchingengine_book,
    "akhil4n-orderbook": akhil4n_book,
}


def measure(rounds: int = ROUNDS) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Messages a second by engine: over both workloads together, and for each workload alone.

    Engines take turns, so that a slow minute of the machine hits all of them; the figure is the median of
    the rounds. Raises AssertionError where an engine's totals are not the workload's.
    """
    streams = {grid: list(messages(MESSAGES, grid)) for grid in EXPECTED}
    seconds: dict[str, dict[int, list[float]]] = {name: {grid: [] for grid in EXPECTED} for name in ENGINES}
    for _ in range(rounds):
        for grid, stream in streams.items():
            for name, engine in ENGINES.items():
                gc.collect()
                totals, taken = engine(stream)
                assert totals == EXPECTED[grid], f"{name} traded {totals} on 1..{grid}, not {EXPECTED[grid]}"
                seconds[name][grid].append(taken)
    medians = {name: {grid: median(taken) for grid, taken in by.items()} for name, by in seconds.items()}
    together = {name: round(len(EXPECTED) * MESSAGES / sum(by.values())) for name, by in medians.items()}
    alone = {
        name: {f"1..{grid}": round(MESSAGES / taken) for grid, taken in by.items()}
        for name, by in medians.items()
    }
    return together, alone
