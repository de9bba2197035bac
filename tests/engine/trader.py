"""A process to be killed: an engine under load that says what was acknowledged, as soon as it is.

    python tests/engine/trader.py DIRECTORY [--history]

One line on standard output for each acknowledged order: its journal sequence and its id.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tradepit.core.commands import CreateMarket, Deposit, PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.engine.clock import SystemClock
from tradepit.engine.engine import Engine
from tradepit.engine.replay import command
from tradepit.engine.restore import restore
from tradepit.history.feed import HistoryFeed
from tradepit.journal import SqliteJournal

CLIENTS = 16


async def main(directory: Path, *, history: bool) -> None:
    clock = SystemClock()
    journal = SqliteJournal(directory)
    engine = Engine(journal, restore(journal), clock)
    await engine.start()
    if history:
        url = f"sqlite:///{directory / 'history.db'}"
        feed = HistoryFeed(url, journal.identity, command(directory))
        await feed.start(engine.sequence)
        engine.listen(feed.hear)
    await engine.submit(CreateMarket(clock.now(), "market", 100))
    await engine.submit_many([Deposit(clock.now(), f"trader{number}", 10**14) for number in range(CLIENTS)])

    async def trade(number: int) -> None:
        count = 0
        while True:
            side = Side((number + count) & 1)
            order = PlaceOrder(
                clock.now(),
                os.urandom(32),
                f"trader{number}",
                "market",
                side,
                Gives.CASH,
                (5_100 if side is Side.BUY else 4_900) + 100 * (count % 3),
                quantity=100,
            )
            outcome = await engine.submit(order)
            os.write(1, f"{outcome.sequence} {order.order_id.hex()}\n".encode())
            count += 1

    await asyncio.gather(*(trade(number) for number in range(CLIENTS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), history="--history" in sys.argv))
