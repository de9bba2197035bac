"""Streams about trades that settle later: confirmed, retried, failed, while everything else goes on.

Two of the three markets settle later, and bring back what fails, or not; two are an event's. Few prices, so
that everything meets.
"""

from __future__ import annotations

import random

from msgspec.structs import replace

from tradepit.core.commands import (
    CancelOrder,
    Command,
    ConfirmTrade,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    FailTrade,
    FeeSchedule,
    Merge,
    PlaceOrder,
    ReplaceOrder,
    ResolveEvent,
    ResolveMarket,
    RetryTrade,
    SetKillSwitch,
    SetMarginRelief,
    SetMarketState,
    SetTick,
    Split,
    Withdraw,
)
from tradepit.core.enums import FeePlan, Gives, MarketState, OrderKind, SelfMatch, Side, TimeInForce
from tradepit.core.units import ONE

ACCOUNTS = ("ann", "bob", "cyd")
MARKETS = ("back", "gone", "held")
FEES = FeeSchedule(clob_rate_ppm=70_000, clob_v1_bps=100, us_taker_ppm=69_500, us_maker_rebate_ppm=12_500)
DELAY = 4


def unsettled_stream(seed: int, length: int) -> list[Command]:
    """The same commands for the same seed on any machine."""
    rng = random.Random(seed)
    commands: list[Command] = [
        CreateMarket(1, "back", 100, fees=FEES, deferred=True, restores=True),
        CreateMarket(1, "gone", 100, fees=FEES, deferred=True),
        CreateMarket(1, "held", 100, delay_ns=DELAY, deferred=rng.random() < 0.7, restores=True),
    ]
    if rng.random() < 0.5:
        commands.append(CreateEvent(1, "both", ["back", "held"]))
    for account in ACCOUNTS:
        commands.append(Deposit(1, account, rng.choice((600_000, 6_000_000, 6_000_000))))
        commands.extend(Split(1, account, market, 60) for market in MARKETS)
    favourite = rng.choice(MARKETS)
    now, traded = 1, 0
    sent: list[PlaceOrder] = []
    for _ in range(length):
        now += rng.choice((0, 0, 0, 1, 1, 2))
        account = rng.choice(ACCOUNTS)
        market = favourite if rng.random() < 0.5 else rng.choice(MARKETS)
        roll = rng.random()
        if roll < 0.45 or not sent:
            sent.append(_order(rng, now, len(sent), account, market))
            commands.append(sent[-1])
            traded = len(sent) // 3 + 1
        elif roll < 0.68:
            kind = rng.choice((ConfirmTrade, ConfirmTrade, RetryTrade, FailTrade, FailTrade, FailTrade))
            commands.append(kind(now, rng.randint(1, traded)))
        elif roll < 0.78:
            commands.append(_replace(rng, now, rng.choice(sent[-12:])))
        elif roll < 0.84:
            order = rng.choice(sent[-12:])
            commands.append(CancelOrder(now, order.account, order.order_id))
        else:
            commands.append(_other(rng, now, account, market))
    return commands


def _other(rng: random.Random, now: int, account: str, market: str) -> Command:
    roll = rng.random()
    if roll < 0.2:
        return Withdraw(now, account, rng.randint(1, 150_000))
    if roll < 0.35:
        return Split(now, account, market, rng.randint(1, 10))
    if roll < 0.5:
        return Merge(now, account, market, rng.randint(1, 8))
    if roll < 0.6:
        return Deposit(now, account, rng.randint(1, 100_000))
    if roll < 0.78:
        states = (MarketState.OPEN,) * 12 + (MarketState.PRE_OPEN, MarketState.HALTED, MarketState.CLOSED)
        return SetMarketState(now, market, rng.choice(states))
    if roll < 0.84:
        return Convert(now, account, "both", rng.sample(["back", "held"], rng.randint(1, 2)), 5)
    if roll < 0.9:
        return SetMarginRelief(now, account, rng.random() < 0.1)
    if roll < 0.94:
        return SetKillSwitch(now, account, on=rng.random() < 0.15)
    if roll < 0.97:
        return SetTick(now, market, rng.choice((100, 100, 200)))
    if roll < 0.98:
        return CreateEvent(now, "late", ["gone", "back"])
    if rng.random() < 0.5:
        return ResolveEvent(now, "both", [3_000, 7_000])
    return ResolveMarket(now, market, rng.choice((0, 4_000, ONE)))


def _order(rng: random.Random, now: int, number: int, account: str, market: str) -> PlaceOrder:
    time_in_force = rng.choice((*(TimeInForce.GTC,) * 6, *TimeInForce))
    order = PlaceOrder(
        now,
        number.to_bytes(3, "big"),
        account,
        market,
        rng.choice((Side.BUY, Side.SELL)),
        rng.choice((Gives.CASH,) * 9 + (Gives.TOKENS,) * 9 + (Gives.NET,)),
        100 * rng.randint(47, 53),
        rng.randint(1, 20),
        time_in_force=time_in_force,
        expires_at=now + rng.choice((3, 8, 13)) if time_in_force == TimeInForce.GTD else 0,
        post_only=time_in_force == TimeInForce.GTC and rng.random() < 0.1,
        self_match=rng.choice((SelfMatch.ALLOW, SelfMatch.ALLOW, *SelfMatch)),
        fee_plan=rng.choice((FeePlan.NONE, FeePlan.CLOB_V2, FeePlan.US)),
        client_key=rng.choice(("", "", f"{account}/1")),
        builder_bps=rng.choice((0, 0, 100)),
    )
    roll = rng.random()
    if roll < 0.06:
        stop_price = 100 * rng.randint(47, 53)
        return replace(order, kind=OrderKind.STOP, price=0, post_only=False, stop_price=stop_price)
    if roll < 0.12:
        return replace(order, kind=OrderKind.MARKET_TO_LIMIT, price=0, post_only=False)
    if roll < 0.2 and order.gives == Gives.CASH:
        changes = {"quantity": 0, "budget": ONE * rng.randint(1, 20), "time_in_force": TimeInForce.FAK}
        return replace(order, expires_at=0, post_only=False, **changes)
    return order


def _replace(rng: random.Random, now: int, order: PlaceOrder) -> ReplaceOrder:
    command = ReplaceOrder(now, order.account, order.order_id)
    if rng.random() < 0.4 and order.kind is not OrderKind.STOP:
        command = replace(command, price=100 * rng.randint(47, 53))
    if rng.random() < 0.6:
        command = replace(command, quantity=rng.randint(1, 40))
    if rng.random() < 0.2:
        command = replace(command, client_key=f"{order.account}/1")
    return command
