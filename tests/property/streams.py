"""Random command streams, dense enough that orders meet, run out of money, lapse and get in each other's way.

A stream is a list of numbers, one a command: the number seeds the choice of everything in that command. So
a stream can be shortened by leaving numbers out, which is how hypothesis shrinks a failing one.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Claim,
    Command,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    FeeSchedule,
    Heartbeat,
    Merge,
    PlaceOrder,
    RegisterCredential,
    ReplaceOrder,
    ResolveEvent,
    ResolveMarket,
    RevokeCredential,
    ScheduleMarket,
    SetKillSwitch,
    SetMarketState,
    SetTick,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import (
    FeePlan,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    SelfMatch,
    Side,
    TimeInForce,
)
from tradepit.core.units import ONE

ACCOUNTS = ("ann", "bob", "cyd", "dan")
MARKETS = ("coarse", "delayed", "fine", "stepped")
RACE = "race"
"""The event of the first three markets; the fourth stands alone."""
AGAIN = b"again"
START = 1_000
SECOND = 10

FEES = FeeSchedule(
    clob_rate_ppm=70_000,
    clob_exponent=1,
    clob_v1_bps=100,
    us_taker_ppm=69_500,
    us_maker_rebate_ppm=12_500,
)
STEEP_FEES = FeeSchedule(
    clob_rate_ppm=500_000,
    clob_exponent=2,
    clob_v1_bps=1_000,
    us_taker_ppm=500_000,
    us_maker_rebate_ppm=250_000,
)
CREDENTIALS = ("key-1", "key-2")


def opening() -> list[Command]:
    """The world that every stream starts in: four markets, four accounts with little money."""
    commands: list[Command] = [
        CreateMarket(START, "coarse", 100, fees=FEES, edge=4_600, edge_tick=50),
        CreateMarket(START, "delayed", 100, delay_ns=3 * SECOND, fees=FEES),
        CreateMarket(START, "fine", 1, minimum_quantity=5, fees=STEEP_FEES),
        CreateMarket(
            START,
            "stepped",
            500,
            quantity_step=10,
            fees=STEEP_FEES,
            maximum_quantity=150,
            lowest_price=1_000,
            highest_price=9_500,
            schedule=[
                (START + 150, MarketState.MATCH_AND_CLOSE),
                (START + 90, MarketState.OPEN),
                (START + 60, MarketState.PRE_OPEN),
                (START + 150, MarketState.OPEN),
            ],
        ),
    ]
    commands.extend(RegisterCredential(START, name, "ann", "key", b"payload") for name in CREDENTIALS)
    for number, account in enumerate(ACCOUNTS, 1):
        commands.append(Deposit(START, account, 600_000 + 20 * number * number * ONE))
        commands.extend(Split(START, account, market, 20 * number) for market in MARKETS[:number])
    commands.append(CreateEvent(START, RACE, list(MARKETS[:3])))
    return commands


def commands_of(numbers: Iterable[int]) -> list[Command]:
    """The opening, then one command for each number."""
    stream = _Stream()
    return opening() + [stream.command(random.Random(number)) for number in numbers]


def seeded(seed: int, length: int) -> list[Command]:
    """A stream of `length` commands after the opening; the same for the same seed on any machine."""
    rng = random.Random(seed)
    return commands_of([rng.getrandbits(32) for _ in range(length)])


class _Stream:
    """What later commands refer to: the time, and the orders that were sent."""

    def __init__(self) -> None:
        self.now = START
        self.sent: list[PlaceOrder] = []
        self.favourite = ""

    def command(self, rng: random.Random) -> Command:
        self.now += rng.choice((0, 0, 1, 1, 2, SECOND))
        now = self.now if rng.random() < 0.97 else self.now - 1
        roll = rng.randrange(1_000)
        account = rng.choice(ACCOUNTS) if rng.random() < 0.995 else f"vault/{RACE}"
        market = rng.choice(MARKETS) if rng.random() < 0.995 else "nowhere"
        # Every stream has a market of its own liking, so that things happen close together.
        self.favourite = self.favourite or market
        if rng.random() < 0.5:
            market = self.favourite
        if roll < 560:
            order = self._order(rng, now, account, market)
            self.sent.append(order)
            return order
        if roll < 690:
            return self._replace(rng, now)
        if roll < 760:
            return self._cancel(rng, now)
        if roll < 773:
            return self._guard(rng, now, account, market)
        if roll < 779:
            given = rng.sample(MARKETS[:3], rng.randint(0, 3)) if rng.random() < 0.9 else [market, "delayed"]
            return Convert(now, account, RACE, given, rng.choice((1, 5, 10, 10, 20, 0)))
        if roll < 787:
            return CancelOrders(now, account, rng.choice(("", market)), rng.choice((0, 0, 1, 2)))
        if roll < 830:
            return Deposit(now, account, rng.choice((0, 1, 100_000, 500_000)))
        if roll < 860:
            return Withdraw(now, account, rng.choice((-1, 1, 10_000, 100_000, 1_000_000)))
        if roll < 900:
            return Split(now, account, market, rng.choice((-10, 0, 1, 10, 20, 40)))
        if roll < 930:
            return Merge(now, account, market, rng.choice((0, 1, 10, 20, 40)))
        if roll < 950:
            return Tick(now)
        if roll < 969:
            return SetMarketState(now, market, rng.choice(_STATES))
        if roll < 972:
            return self._timetable(rng, now, market)
        if roll < 973:
            return self._end(rng, now)
        if roll < 974:
            return ResolveMarket(now, market, rng.choice((0, ONE, ONE // 2, 3_333, ONE + 1)))
        if roll < 985:
            return RegisterCredential(now, rng.choice(CREDENTIALS), account, "key", b"payload")
        if roll < 990:
            return RevokeCredential(now, rng.choice(CREDENTIALS))
        if roll < 997:
            return Claim(now, rng.choice(("one", "two")), now + rng.choice((1, SECOND)))
        return CreateMarket(now, market, 100)

    def _cancel(self, rng: random.Random, now: int) -> CancelOrder:
        if not self.sent or rng.random() < 0.05:
            return CancelOrder(now, rng.choice(ACCOUNTS), b"never sent")
        order = rng.choice(self.sent[-30:])
        account = order.account if rng.random() < 0.95 else rng.choice(ACCOUNTS)
        return CancelOrder(now, account, order.order_id)

    def _replace(self, rng: random.Random, now: int) -> ReplaceOrder:
        if not self.sent or rng.random() < 0.03:
            return ReplaceOrder(now, rng.choice(ACCOUNTS), b"never sent", 5_000)
        order = rng.choice(self.sent[-25:])
        account = order.account if rng.random() < 0.97 else rng.choice(ACCOUNTS)
        changes: dict[str, int | str | bytes] = {}
        if rng.random() < 0.4:
            changes["price"] = 500 * rng.randint(8, 12) if rng.random() < 0.9 else rng.choice((0, 4_950, 333))
        if rng.random() < 0.5:
            changes["quantity"] = 10 * rng.randint(1, 12) if rng.random() < 0.9 else rng.choice((0, 3, -10))
        if (order.stop_price and rng.random() < 0.5) or rng.random() < 0.01:
            changes["stop_price"] = 500 * rng.randint(8, 12)
        if rng.random() < (0.3 if order.expires_at else 0.02):
            changes["expires_at"] = rng.choice((now, now + 1, now + 2 * SECOND, now + 5 * SECOND, 0))
        if rng.random() < 0.1:
            changes["client_key"] = rng.choice(("", f"{account}/1", f"{account}/2"))
        if rng.random() < 0.1:
            changes["tag"] = b"changed"
        return replace(ReplaceOrder(now, account, order.order_id), **changes)

    def _guard(self, rng: random.Random, now: int, account: str, market: str) -> Command:
        """Kill switches (lifted more often than thrown) and heartbeats."""
        roll = rng.random()
        if roll < 0.45:
            timeout = rng.choice((0, 1, SECOND, 3 * SECOND, 3 * SECOND, 6 * SECOND, -1))
            return Heartbeat(now, rng.choice((*CREDENTIALS, CREDENTIALS[0], "key-3")), timeout)
        if roll < 0.7:
            return SetKillSwitch(now, account, on=rng.random() < 0.3)
        if roll < 0.95:
            return SetKillSwitch(now, market=market, on=rng.random() < 0.3)
        return SetKillSwitch(now, *rng.choice((("", ""), (account, market))))

    def _end(self, rng: random.Random, now: int) -> Command:
        """Events that end, well or not, and events that cannot be."""
        roll = rng.random()
        if roll < 0.4:
            return ResolveEvent(now, RACE, rng.choice(([0, ONE, 0], [3_000, 3_000, 4_000])))
        if roll < 0.6:
            payouts = rng.choice(([ONE], [0, 0, 0], [ONE, -1, 1], [ONE, ONE, ONE]))
            return ResolveEvent(now, rng.choice((RACE, "nothing")), payouts)
        if roll < 0.7:
            return Convert(now, rng.choice(ACCOUNTS), "nothing", ["fine"], 10)
        markets = rng.choice(
            (["stepped"], ["stepped", "stepped"], ["stepped", "fine"], ["stepped", "nowhere"])
        )
        return CreateEvent(now, rng.choice((RACE, "other")), markets)

    def _timetable(self, rng: random.Random, now: int, market: str) -> Command:
        if rng.random() < 0.5:
            return SetTick(now, market, rng.choice((1, 50, 100, 100, 250, 300, 0)))
        at = now + rng.choice((0, 1, 3, SECOND, SECOND, 3 * SECOND))
        return ScheduleMarket(now, market, at, rng.choice(_STATES))

    def _order(self, rng: random.Random, now: int, account: str, market: str) -> PlaceOrder:
        rare = rng.random
        if self.sent and rare() < 0.02:
            return _again(rng.choice(self.sent), now)
        side = rng.choice((Side.BUY, Side.SELL))
        gives = rng.choice(_GIVES.get(account, (Gives.CASH,)))
        time_in_force = rng.choice(_TIMES_IN_FORCE)
        tick = 500 if market == "stepped" else 100
        price = tick * rng.randint(4_000 // tick, 6_000 // tick)
        if rare() < 0.06:
            price = rng.choice((0, 1, 333, 5_005, 9_999, ONE))
        quantity, budget = 10 * rng.randint(1, 9), 0
        if rare() < 0.1:
            quantity = rng.choice((0, 1, 5, 7, 33, 200))
        if time_in_force in (TimeInForce.FOK, TimeInForce.FAK, TimeInForce.IOC) and rare() < 0.4:
            quantity, budget = 0, rng.choice((100, 5_005, 50_000, 250_000))
            gives = Gives.CASH if rare() < 0.7 else gives
        expires_at = 0
        if time_in_force == TimeInForce.GTD or (time_in_force == TimeInForce.DAY and rare() < 0.5):
            expires_at = now + rng.choice((1, 3, 3 * SECOND, 5 * SECOND, 20 * SECOND))
        if rare() < 0.02:
            expires_at = now
        resting = time_in_force in (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)
        minimum = rng.choice((5, 10, 20)) if rare() < 0.08 else 0
        post_only = rare() < (0.2 if resting and not minimum else 0.01)
        kind, stop_price, pricing = OrderKind.LIMIT, 0, Pricing.GIVEN
        if rare() < 0.2:
            kind = rng.choice(_KINDS)
            stop_price = 500 * rng.randint(8, 12) if kind in (OrderKind.STOP, OrderKind.STOP_LIMIT) else 0
            price = price if kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT) else 0
            if rare() < 0.05:
                price, stop_price = rng.choice(((5_000, 0), (0, 0), (0, 5_000), (5_000, 5_001), (0, ONE)))
        elif rare() < 0.06:
            pricing = rng.choice((Pricing.BEST_OWN, Pricing.BEST_OPPOSITE))
            price = 0 if rare() < 0.95 else price
        strict = rare() < 0.05
        if strict and rare() < 0.5 and kind == OrderKind.LIMIT and pricing == Pricing.GIVEN:
            pricing, price = Pricing.BEST_OPPOSITE, 0
        if kind in (OrderKind.STOP, OrderKind.MARKET_TO_LIMIT) and rare() < 0.9:
            post_only = strict = False
        fee_plan = rng.choice(_FEE_PLANS)
        bps = 1_000 if market in ("fine", "stepped") else 100
        return PlaceOrder(
            now,
            order_id=len(self.sent).to_bytes(4, "big"),
            account=account,
            market=market,
            side=side,
            gives=gives,
            price=price,
            quantity=quantity,
            budget=budget,
            time_in_force=time_in_force,
            expires_at=expires_at,
            post_only=post_only,
            minimum_quantity=min(minimum, quantity),
            self_match=rng.choice(_SELF_MATCH),
            self_match_group=rng.choice(("", "", "desk", account)),
            fee_plan=fee_plan,
            fee_bps=(bps if rare() < 0.9 else 7) if fee_plan == FeePlan.CLOB_V1 else 0,
            client_key=rng.choice(("", "", "", f"{account}/1", f"{account}/2")),
            credential=rng.choice(CREDENTIALS) if rare() < 0.1 else "",
            kind=kind,
            stop_price=stop_price,
            pricing=pricing,
            strict=strict,
            builder_bps=rng.choice((0, 0, 0, 7, 100)),
        )


def _again(order: PlaceOrder, now: int) -> PlaceOrder:
    """The same order, sent a second time, and marked so that an observer can tell."""
    return replace(order, now=now, tag=AGAIN)


_STATES: Sequence[MarketState] = (
    (MarketState.OPEN,) * 36
    + (MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE, MarketState.CLOSED) * 4
    + tuple(MarketState)
)
_KINDS = (OrderKind.MARKET_TO_LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT)
_SELF_MATCH = (SelfMatch.ALLOW, SelfMatch.CANCEL_RESTING, *SelfMatch)
_FEE_PLANS = (FeePlan.NONE, FeePlan.NONE, FeePlan.CLOB_V1, FeePlan.CLOB_V2, FeePlan.CLOB_V2, FeePlan.US)
_TIMES_IN_FORCE = (TimeInForce.GTC,) * 6 + (TimeInForce.GTD,) * 2 + tuple(TimeInForce)
_GIVES: dict[str, Sequence[Gives]] = {
    "ann": (Gives.CASH, Gives.TOKENS),
    "bob": (Gives.NET,),
    "cyd": (Gives.CASH, Gives.CASH, Gives.TOKENS, Gives.NET),
    "dan": (Gives.NET, Gives.NET, Gives.TOKENS),
}
