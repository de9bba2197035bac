"""Streams about orders that change: replaced, triggered, held, collected and uncrossed, over and over.

Rich accounts and one tick, so that little is refused; few prices, so that everything meets.
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
    Heartbeat,
    PlaceOrder,
    RegisterCredential,
    ReplaceOrder,
    ScheduleMarket,
    SetMarketState,
    Split,
)
from tradepit.core.enums import Gives, MarketState, OrderKind, SelfMatch, Side, TimeInForce
from tradepit.core.units import ONE

ACCOUNTS = ("ann", "bob", "cyd")
MARKETS = ("held", "plain")
DELAY = 4
EXPIRIES = (3, 5, 5, 8, 13)


def lively_stream(seed: int, length: int) -> list[Command]:
    """The same commands for the same seed on any machine."""
    rng = random.Random(seed)
    commands: list[Command] = [
        CreateMarket(1, "held", 100, delay_ns=DELAY),
        CreateMarket(1, "plain", 100, state=MarketState.PRE_OPEN),
        CreateEvent(1, "both", list(MARKETS)),
    ]
    for account in ACCOUNTS:
        commands.append(Deposit(1, account, 2_000_000))
        commands.append(RegisterCredential(1, account, account, "key"))
        commands.extend(Split(1, account, market, 60) for market in MARKETS)
    now = 1
    sent: list[PlaceOrder] = []
    for _ in range(length):
        now += rng.choice((0, 0, 0, 1, 1, 2))
        account, market = rng.choice(ACCOUNTS), rng.choice(MARKETS)
        roll = rng.random()
        if roll < 0.5 or not sent:
            sent.append(_order(rng, now, len(sent), account, market))
            commands.append(sent[-1])
        elif roll < 0.8:
            commands.append(_replace(rng, now, rng.choice(sent[-12:])))
        elif roll < 0.84:
            order = rng.choice(sent[-12:])
            commands.append(CancelOrder(now, order.account, order.order_id))
        elif roll < 0.94:
            states = (MarketState.OPEN, MarketState.OPEN, MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE)
            state = rng.choice(states)
            later = ScheduleMarket(now, market, now + rng.choice(EXPIRIES), MarketState.OPEN)
            commands.append(SetMarketState(now, market, state) if rng.random() < 0.6 else later)
        elif roll < 0.97:
            commands.append(Heartbeat(now, account, rng.choice((0, *EXPIRIES))))
        else:
            commands.append(Convert(now, account, "both", rng.sample(MARKETS, rng.randint(1, 2)), 5))
    return commands


def _order(rng: random.Random, now: int, number: int, account: str, market: str) -> PlaceOrder:
    time_in_force = rng.choice((TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GTD, TimeInForce.DAY))
    order = PlaceOrder(
        now,
        number.to_bytes(3, "big"),
        account,
        market,
        rng.choice((Side.BUY, Side.SELL)),
        rng.choice((Gives.CASH, Gives.NET, Gives.NET, Gives.TOKENS)),
        100 * rng.randint(47, 53),
        rng.randint(1, 30),
        time_in_force=time_in_force,
        expires_at=now + rng.choice(EXPIRIES) if time_in_force == TimeInForce.GTD else 0,
        self_match=rng.choice((SelfMatch.ALLOW, SelfMatch.ALLOW, *SelfMatch)),
        credential=rng.choice(("", account)),
    )
    roll = rng.random()
    if roll < 0.15:
        kind, price = rng.choice(((OrderKind.STOP, 0), (OrderKind.STOP_LIMIT, order.price)))
        return replace(order, kind=kind, price=price, stop_price=100 * rng.randint(47, 53))
    if roll < 0.25:
        return replace(order, kind=OrderKind.MARKET_TO_LIMIT, price=0)
    if roll < 0.3:
        changes = {"quantity": 0, "budget": ONE * rng.randint(1, 20), "time_in_force": TimeInForce.IOC}
        return replace(order, expires_at=0, **changes)
    return order


def _replace(rng: random.Random, now: int, order: PlaceOrder) -> ReplaceOrder:
    command = ReplaceOrder(now, order.account, order.order_id)
    if rng.random() < 0.4 and order.kind is not OrderKind.STOP:
        command = replace(command, price=100 * rng.randint(47, 53))
    if rng.random() < 0.5:
        command = replace(command, quantity=rng.randint(1, 40))
    if order.expires_at and rng.random() < 0.5:
        command = replace(command, expires_at=rng.choice((order.expires_at, now + rng.choice(EXPIRIES))))
    if order.stop_price and rng.random() < 0.3:
        command = replace(command, stop_price=100 * rng.randint(47, 53))
    return command
