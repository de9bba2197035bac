"""Streams about accounts with margin relief: short in several markets of an event, and out of cash.

Two events and a market that stands alone; net orders of a size that little cash carries, so that credit is
used and has to be brought back.
"""

from __future__ import annotations

import random

from msgspec.structs import replace

from tradepit.core.commands import (
    CancelOrder,
    Command,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    FeeSchedule,
    Merge,
    PlaceOrder,
    ReplaceOrder,
    ResolveEvent,
    SetMarginRelief,
    SetMarketState,
    Split,
    Withdraw,
)
from tradepit.core.enums import FeePlan, Gives, MarketState, OrderKind, SelfMatch, Side, TimeInForce
from tradepit.core.units import ONE

ACCOUNTS = ("ann", "bob", "cyd", "mat")
RELIEVED = ("ann", "bob")
RACES = {"race": ["r1", "r2", "r3"], "duel": ["d1", "d2"]}
MARKETS = ("r1", "r2", "r3", "d1", "d2", "alone")
FEES = FeeSchedule(clob_rate_ppm=70_000, us_taker_ppm=69_500, us_maker_rebate_ppm=12_500)


def relieved_stream(seed: int, length: int) -> list[Command]:
    """The same commands for the same seed on any machine."""
    rng = random.Random(seed)
    commands: list[Command] = [
        CreateMarket(1, market, 100, fees=FEES, delay_ns=4 if market == "d1" and seed % 3 == 0 else 0)
        for market in MARKETS
    ]
    events = [CreateEvent(1, name, markets) for name, markets in RACES.items()]
    # An event may also be made of markets in which there are shorts already.
    commands.extend(events[: rng.choice((1, 2, 2))])
    for account in ACCOUNTS:
        cash = 30_000_000 if account == "mat" else rng.choice((100_000, 300_000, 800_000))
        commands.append(Deposit(1, account, cash))
    commands.extend(SetMarginRelief(1, account) for account in RELIEVED)
    now = 1
    sent: list[PlaceOrder] = []
    for number in range(length):
        now += rng.choice((0, 0, 1, 2))
        account = rng.choice((*ACCOUNTS, *RELIEVED, "mat"))
        market = rng.choice(MARKETS)
        roll = rng.random()
        if number == length // 2:
            commands.append(events[1])
        elif roll < 0.66 or not sent:
            sent.append(_order(rng, now, len(sent), account, market))
            commands.append(sent[-1])
        elif roll < 0.72:
            order = rng.choice(sent[-12:])
            changes = {"price": 100 * rng.randint(20, 80), "quantity": rng.randint(1, 60)}
            commands.append(replace(ReplaceOrder(now, order.account, order.order_id), **changes))
        elif roll < 0.76:
            order = rng.choice(sent[-12:])
            commands.append(CancelOrder(now, order.account, order.order_id))
        else:
            commands.append(_other(rng, now, account, market))
    return commands


def _other(rng: random.Random, now: int, account: str, market: str) -> Command:
    roll = rng.random()
    if roll < 0.25:
        return SetMarginRelief(now, account if account != "mat" else "nobody", rng.random() < 0.85)
    if roll < 0.4:
        return Withdraw(now, account, rng.choice((1, 10_000, 100_000)))
    if roll < 0.45:
        return Deposit(now, account, rng.randint(1, 20_000))
    if roll < 0.65:
        name, markets = rng.choice(list(RACES.items()))
        given = rng.sample(markets, rng.randint(1, len(markets)))
        return Convert(now, account, name, given, rng.randint(1, 20))
    if roll < 0.75:
        return Split(now, account, market, rng.randint(1, 20))
    if roll < 0.8:
        return Merge(now, account, market, rng.randint(1, 20))
    if roll < 0.98:
        state = rng.choice((MarketState.OPEN,) * 6 + (MarketState.PRE_OPEN,))
        return SetMarketState(now, market, state)
    return ResolveEvent(now, *rng.choice((("race", [0, ONE, 0]), ("duel", [4_000, 6_000]))))


def _order(rng: random.Random, now: int, number: int, account: str, market: str) -> PlaceOrder:
    """The maker of markets trades on either side; the others sell more than they buy."""
    side = Side(rng.random() < 0.35) if account == "mat" else Side(rng.random() < 0.75)
    time_in_force = rng.choice((*(TimeInForce.GTC,) * 9, TimeInForce.FAK, TimeInForce.IOC, TimeInForce.FOK))
    order = PlaceOrder(
        now,
        number.to_bytes(3, "big"),
        account,
        market,
        side,
        Gives.NET if account != "mat" or rng.random() < 0.3 else Gives.CASH,
        100 * rng.randint(30, 60) if account != "mat" else 100 * rng.randint(40, 55),
        rng.randint(1, 25) if account != "mat" else rng.randint(20, 60),
        time_in_force=time_in_force,
        self_match=rng.choice(tuple(SelfMatch)),
        fee_plan=rng.choice((FeePlan.NONE, FeePlan.CLOB_V2, FeePlan.US)),
    )
    roll = rng.random()
    if roll < 0.06:
        return replace(order, kind=OrderKind.MARKET_TO_LIMIT, price=0)
    if roll < 0.12 and order.gives == Gives.NET:
        return replace(order, quantity=0, budget=ONE * rng.randint(1, 20), time_in_force=TimeInForce.IOC)
    return order
