"""Words for small scenes: a market, accounts with money, orders on both sides, a journal that misbehaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from random import Random

from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreateMarket,
    Deposit,
    Merge,
    PlaceOrder,
    ResolveMarket,
    Split,
    Withdraw,
)
from tradepit.core.enums import Gives, SelfMatch, Side, TimeInForce
from tradepit.core.units import CASH_PER_DOLLAR, NANOSECONDS, Timestamp
from tradepit.journal import JournalError, Snapshot

START: Timestamp = 1_800_000_000 * NANOSECONDS
MARKET = "rain-tomorrow"


def listing(market: str = MARKET, now: Timestamp = START, delay_ns: int = 0) -> CreateMarket:
    return CreateMarket(now, market, 100, delay_ns=delay_ns)


def deposit(account: str, dollars: int = 1_000, now: Timestamp = START) -> Deposit:
    return Deposit(now, account, dollars * CASH_PER_DOLLAR)


def order(
    number: int,
    account: str,
    side: Side,
    price: int = 5_000,
    quantity: int = 100,
    *,
    now: Timestamp = START,
    market: str = MARKET,
    time_in_force: TimeInForce = TimeInForce.GTC,
    expires_at: Timestamp = 0,
    budget: int = 0,
) -> PlaceOrder:
    """An order that gives cash; its id is made of `number`."""
    return PlaceOrder(
        now,
        number.to_bytes(32, "big"),
        account,
        market,
        side,
        Gives.CASH,
        price,
        quantity=0 if budget else quantity,
        budget=budget,
        time_in_force=time_in_force,
        expires_at=expires_at,
    )


def opening(accounts: Sequence[str] = ("alice", "bob")) -> list[Command]:
    """A market, and accounts with a thousand dollars each."""
    return [listing(), *(deposit(account) for account in accounts)]


def random_commands(count: int, seed: int = 1) -> list[Command]:
    """A day on a small exchange, the same for the same seed: most kinds of commands, many of them refused."""
    random = Random(seed)
    accounts = [f"trader{number}" for number in range(8)]
    markets = ["rain", "snow", "fog"]
    commands: list[Command] = [listing(market, delay_ns=0 if market != "fog" else 5) for market in markets]
    commands += [deposit(account, 100_000) for account in accounts]
    while len(commands) < count:
        number = len(commands)
        now = START + number * 1_000
        account, market = random.choice(accounts), random.choice(markets)
        match random.randrange(20):
            case 0:
                commands.append(CancelOrders(now, account, random.choice(["", market])))
            case 1 | 2 | 3:
                commands.append(CancelOrder(now, account, random.randrange(number).to_bytes(32, "big")))
            case 4:
                commands.append(Split(now, account, market, random.randrange(1, 500)))
            case 5:
                commands.append(Merge(now, account, market, random.randrange(1, 500)))
            case 6:
                commands.append(Withdraw(now, account, random.randrange(1, 10**8)))
            case _:
                expires = random.random() < 0.2
                commands.append(
                    PlaceOrder(
                        now,
                        number.to_bytes(32, "big"),
                        account,
                        market,
                        random.choice([Side.BUY, Side.SELL]),
                        random.choice([Gives.CASH, Gives.CASH, Gives.TOKENS, Gives.NET]),
                        random.randrange(40, 61) * 100,
                        quantity=random.randrange(1, 300),
                        time_in_force=TimeInForce.GTD if expires else random.choice(list(TimeInForce)[:4]),
                        expires_at=now + random.randrange(10_000, 200_000) if expires else 0,
                        self_match=random.choice(list(SelfMatch)),
                    )
                )
        if number == count - 10:
            commands.append(ResolveMarket(now, "snow", 10_000))
    return commands[:count]


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Give other tasks, threads and processes time until something is so."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.002)


class MemoryJournal:
    """A journal whose disk the test holds in its hand: it can be made to wait, and to fail."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.records: list[bytes] = []
        self.saved: list[Snapshot] = []
        self.gate = threading.Event()
        self.gate.set()
        self.full = False

    @property
    def identity(self) -> str:
        return "memory"

    @property
    def last_sequence(self) -> int:
        return len(self.records)

    def append(self, first: int, records: Sequence[bytes]) -> None:
        assert self.gate.wait(10)
        if self.full:
            raise JournalError("the disk is full")
        assert first == len(self.records) + 1
        self.batches.append(list(records))
        self.records += records

    def read(self, after: int) -> Iterator[tuple[int, bytes]]:
        return iter(list(enumerate(self.records, 1))[after:])

    def snapshots(self) -> list[int]:
        return [snapshot.sequence for snapshot in reversed(self.saved)]

    def load_snapshot(self, sequence: int) -> Snapshot:
        return next(snapshot for snapshot in self.saved if snapshot.sequence == sequence)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self.saved.append(snapshot)

    def prune_snapshots(self, keep: Collection[int]) -> None:
        self.saved = [snapshot for snapshot in self.saved if snapshot.sequence in keep]

    def close(self) -> None:
        pass
