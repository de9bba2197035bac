"""Streams about one thing: what happens around an order while a market delay holds it.

Few accounts with few tokens and little cash, no fees; many merges and splits, so that what a held order
counts on is gone before it is due.
"""

from __future__ import annotations

import random

from tradepit.core.commands import (
    CancelOrder,
    Command,
    CreateMarket,
    Deposit,
    Merge,
    PlaceOrder,
    Split,
    Withdraw,
)
from tradepit.core.enums import Gives, SelfMatch, Side, TimeInForce

ACCOUNTS = ("ann", "bob", "cyd")
DELAY = 8


def held_stream(seed: int, length: int) -> list[Command]:
    """The same commands for the same seed on any machine."""
    rng = random.Random(seed)
    commands: list[Command] = [CreateMarket(1, "held", 100, delay_ns=DELAY), CreateMarket(1, "plain", 100)]
    for account in ACCOUNTS:
        commands.append(Deposit(1, account, 300_000))
        commands.extend(Split(1, account, market, 10) for market in ("held", "plain"))
    now, sent = 1, 0
    for _ in range(length):
        now += rng.choice((0, 0, 0, 1, 1, 2))
        account = rng.choice(ACCOUNTS)
        market = rng.choice(("held", "held", "held", "plain"))
        roll = rng.random()
        if roll < 0.62:
            sent += 1
            commands.append(_order(rng, now, sent, account, market))
        elif roll < 0.74:
            commands.append(Merge(now, account, market, rng.randint(1, 8)))
        elif roll < 0.84:
            commands.append(Split(now, account, market, rng.randint(1, 15)))
        elif roll < 0.88:
            commands.append(Withdraw(now, account, rng.randint(1, 150_000)))
        elif roll < 0.92:
            commands.append(Deposit(now, account, rng.randint(1, 100_000)))
        else:
            commands.append(CancelOrder(now, account, _order_id(max(0, sent - rng.randint(0, 6)))))
    return commands


def _order(rng: random.Random, now: int, number: int, account: str, market: str) -> PlaceOrder:
    gives = rng.choice((Gives.TOKENS, Gives.TOKENS, Gives.CASH, Gives.NET))
    time_in_force = rng.choice((TimeInForce.GTC,) * 5 + (TimeInForce.FAK, TimeInForce.GTD))
    quantity, budget = rng.randint(5, 40) if gives == Gives.CASH else rng.randint(1, 12), 0
    if gives == Gives.CASH and time_in_force == TimeInForce.FAK and rng.random() < 0.5:
        quantity, budget = 0, rng.randint(5_500, 200_000)
    return PlaceOrder(
        now,
        _order_id(number),
        account,
        market,
        rng.choice((Side.BUY, Side.SELL)),
        gives,
        100 * rng.randint(46, 54),
        quantity,
        budget,
        time_in_force,
        now + rng.randint(1, 20) if time_in_force == TimeInForce.GTD else 0,
        self_match=rng.choice(tuple(SelfMatch)),
    )


def _order_id(number: int) -> bytes:
    return number.to_bytes(3, "big")
