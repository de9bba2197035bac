"""The whole core: validation, funding, matching, ledger and events, in commands a second.

The commands are those of the matching workload, spread over a hundred funded accounts, in one market.
The totals must be the workload's, and every invariant must hold at the end.
"""

from __future__ import annotations

import gc
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.workload import ADD, BUY, EXPECTED, MESSAGES, Totals, messages
from tradepit.core.commands import CancelOrder, Command, CreateMarket, Deposit, PlaceOrder
from tradepit.core.enums import Gives, SelfMatch, Side
from tradepit.core.events import Trade
from tradepit.core.exchange import Exchange
from tradepit.core.units import ONE

ACCOUNTS: Final = 100
DEPOSIT: Final = 10**12
MARKET: Final = "benchmark"
ROUNDS: Final = 3
_START: Final = 1_700_000_000 * 10**9


def commands(highest_price: int) -> list[Command]:
    """The workload on the grid 1..`highest_price` as commands a microsecond apart."""
    tick = ONE // (highest_price + 1)
    stream: list[Command] = []
    for position, (kind, number, side, price, lots) in enumerate(messages(MESSAGES, highest_price)):
        now = _START + 1_000 * position
        account = f"account-{number % ACCOUNTS}"
        order_id = number.to_bytes(4, "big")
        if kind == ADD:
            stream.append(
                PlaceOrder(
                    now,
                    order_id,
                    account,
                    MARKET,
                    Side.BUY if side == BUY else Side.SELL,
                    Gives.CASH,
                    price * tick,
                    lots,
                    self_match=SelfMatch.ALLOW,
                )
            )
        else:
            stream.append(CancelOrder(now, account, order_id))
    return stream


def opened(highest_price: int) -> Exchange:
    """An exchange with the workload's market and its funded accounts."""
    exchange = Exchange()
    exchange.apply(CreateMarket(_START, MARKET, ONE // (highest_price + 1)))
    for number in range(ACCOUNTS):
        exchange.apply(Deposit(_START, f"account-{number}", DEPOSIT))
    return exchange


def replayed(highest_price: int) -> Exchange:
    """The exchange after the whole workload."""
    exchange = opened(highest_price)
    for command in commands(highest_price):
        exchange.apply(command)
    return exchange


def replay(highest_price: int, stream: list[Command]) -> float:
    """Apply the commands to a fresh exchange; returns the seconds it took."""
    exchange = opened(highest_price)
    gc.collect()
    gc.freeze()
    fills = lots = 0
    started = perf_counter()
    for command in stream:
        for event in exchange.apply(command):
            if type(event) is Trade:
                fills += 1
                lots += event.quantity
    seconds = perf_counter() - started
    gc.unfreeze()
    totals = Totals(fills, lots)
    assert totals == EXPECTED[highest_price], f"traded {totals} on 1..{highest_price}"
    exchange.check()
    return seconds


def measure(rounds: int = ROUNDS) -> dict[str, int]:
    """Commands a second over both workloads: the median of the rounds."""
    streams = {grid: commands(grid) for grid in EXPECTED}
    taken = [sum(replay(grid, stream) for grid, stream in streams.items()) for _ in range(rounds)]
    return {"commands_per_s": round(len(streams) * MESSAGES / median(taken))}
