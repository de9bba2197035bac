"""What the core does at its limits, in the build that runs this. `make bench-core` runs each section in a
process of its own, pure and compiled: `python -m benchmarks.core_limits SECTION` prints one JSON object.

Commands come from their bytes, as from the journal or the socket: every order has its own objects, a
32-byte id and a 42-character account, as the CLOB door makes them.
"""

from __future__ import annotations

import gc
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from resource import getpagesize
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

from benchmarks import book, core
from tradepit.core.commands import (
    CancelOrder,
    Command,
    CreateMarket,
    Deposit,
    PlaceOrder,
    decode_command,
    encode_command,
)
from tradepit.core.enums import Gives, SelfMatch, Side
from tradepit.core.events import Trade
from tradepit.core.exchange import Exchange
from tradepit.environment import core_build

START: Final = 1_700_000_000 * 10**9
RESTERS: Final = [f"0x{number:040x}" for number in range(100)]
MOVERS: Final = [f"0x{number:040x}" for number in range(100, 200)]
"""The first hundred accounts may come to rest as many orders as one may have; the others place and cancel."""

RESTING: Final = 1_000_000
MARKETS: Final = 10_000
ROUNDS: Final = 3


def resident_bytes() -> int:
    """What the process holds in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()


def order(number: int, account: str, market: str, side: Side, price: int, lots: int) -> PlaceOrder:
    """The order as it comes off the wire."""
    order_id = sha256(number.to_bytes(8, "big")).digest()
    placed = PlaceOrder(
        START + 1_000 * number,
        order_id,
        account,
        market,
        side,
        Gives.CASH,
        price,
        lots,
        self_match=SelfMatch.ALLOW,
    )
    command = decode_command(encode_command(placed))
    assert isinstance(command, PlaceOrder)
    return command


def cancel(placed: PlaceOrder, now: int) -> CancelOrder:
    command = decode_command(encode_command(CancelOrder(now, placed.account, placed.order_id)))
    assert isinstance(command, CancelOrder)
    return command


def exchange_with(markets: Sequence[str]) -> Exchange:
    """An exchange with these markets and the funded accounts."""
    exchange = Exchange()
    for market in markets:
        exchange.apply(CreateMarket(START, market, 10))
    for account in RESTERS + MOVERS:
        exchange.apply(Deposit(START, account, 10**15))
    return exchange


def quotes(count: int, markets: Sequence[str], first: int = 0) -> Iterator[PlaceOrder]:
    """`count` orders around 0.50 that all rest, over the markets in turn: 300 levels on each side."""
    for number in range(first, first + count):
        turn = number // len(markets)
        away = 10 * (turn * 7 % 300)
        is_bid = turn % 2 == 0
        yield order(
            number,
            RESTERS[turn % len(RESTERS)],
            markets[number % len(markets)],
            Side.BUY if is_bid else Side.SELL,
            4_990 - away if is_bid else 5_010 + away,
            1_000 + number % 5_000,
        )


def memory_per_order(resting: int = RESTING) -> int:
    """Bytes that one more resting order costs the process, in one market."""
    exchange = exchange_with(["memory"])
    gc.collect()
    before = resident_bytes()
    for placed in quotes(resting, ["memory"]):
        exchange.apply(placed)
    gc.collect()
    assert len(exchange.state.orders) == resting
    return round((resident_bytes() - before) / resting)


def churn(markets: Sequence[str], first: int, count: int) -> list[Command]:
    """Places and cancels in turn, spread over the markets at random; nothing trades."""
    draw = random.Random(1)
    stream: list[Command] = []
    for number in range(first, first + count // 2):
        account, market = draw.choice(MOVERS), draw.choice(markets)
        placed = order(number, account, market, Side.BUY, 4_990 - 10 * draw.randrange(300), 1_000)
        stream += [placed, cancel(placed, placed.now)]
    return stream


def commands_per_second(exchange: Exchange, stream: Sequence[Command]) -> int:
    arrivals = exchange.state.arrival
    gc.collect()
    gc.freeze()
    started = perf_counter_ns()
    for command in stream:
        exchange.apply(command)
    taken = perf_counter_ns() - started
    gc.unfreeze()
    assert exchange.state.arrival == arrivals + len(stream) // 2, "an order was refused"
    return round(len(stream) * 10**9 / taken)


def many_markets(resting: int = RESTING, markets: int = MARKETS, count: int = 100_000) -> dict[str, Any]:
    """Commands a second on one market and spread over all, beside `resting` orders in `markets`; and the
    same commands on an exchange that has nothing but one market with as many orders as each of those."""
    names = [f"market-{number}" for number in range(markets)]
    full = exchange_with(names)
    alone = exchange_with(names[:1])
    for placed in quotes(resting // markets, names[:1]):
        alone.apply(placed)
    for placed in quotes(resting, names):
        full.apply(placed)
    assert len(full.state.orders) == resting
    taken: dict[str, list[int]] = {"one_market_alone": [], "one_market_of_many": [], "all_markets": []}
    for turn in range(ROUNDS):
        first = resting + 2 * turn * count
        on_one = churn(names[:1], first, count)
        on_all = churn(names, first + count, count)
        taken["one_market_alone"].append(commands_per_second(alone, on_one))
        taken["one_market_of_many"].append(commands_per_second(full, on_one))
        taken["all_markets"].append(commands_per_second(full, on_all))
    return {name: round(median(figures)) for name, figures in taken.items()}


class Collector:
    """How long each run of the garbage collector stops the process, in nanoseconds."""

    def __init__(self) -> None:
        self.pauses: list[int] = []
        self._started = 0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._started = perf_counter_ns()
        else:
            self.pauses.append(perf_counter_ns() - self._started)


def latency(highest_price: int = 999) -> dict[str, Any]:
    """Microseconds of a command that fills at most one order, over the workload; the collector's pauses
    stand apart, and are taken out of the command that they fell into."""
    stream = [decode_command(encode_command(command)) for command in core.commands(highest_price)]
    exchange = core.opened(highest_price)
    collector = Collector()
    gc.collect()
    gc.freeze()
    gc.callbacks.append(collector)
    samples: list[int] = []
    for command in stream:
        known = len(collector.pauses)
        started = perf_counter_ns()
        events = exchange.apply(command)
        taken = perf_counter_ns() - started
        if sum(type(event) is Trade for event in events) <= 1:
            samples.append(taken - sum(collector.pauses[known:]))
    gc.callbacks.remove(collector)
    gc.unfreeze()
    samples.sort()
    pauses = collector.pauses
    figures = {
        name: samples[int(share * len(samples))] / 1_000
        for name, share in (("p50_us", 0.5), ("p99_us", 0.99), ("p99.9_us", 0.999))
    }
    return figures | {
        "collector_pauses": len(pauses),
        "longest_collector_pause_us": round(max(pauses, default=0) / 1_000),
    }


def bare_book() -> dict[str, Any]:
    """Messages a second of the bare book, beside others."""
    books, by_grid = book.measure()
    return {
        "messages_per_s": books,
        "by_price_grid": by_grid["tradepit"],
        "times_lightmatchingengine": round(books["tradepit"] / books["lightmatchingengine"], 1),
    }


def memory() -> dict[str, Any]:
    return {"bytes_per_resting_order": memory_per_order()}


SECTIONS: Final[dict[str, Callable[[], Mapping[str, Any]]]] = {
    "bare_book": bare_book,
    "whole_core": core.measure,
    "latency_of_at_most_one_fill": latency,
    "memory": memory,
    "many_markets_commands_per_s": many_markets,
}


if __name__ == "__main__":
    json.dump({"build": core_build(), "figures": SECTIONS[sys.argv[1]]()}, sys.stdout)
