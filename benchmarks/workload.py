"""A matching workload whose result independent engines agree on; pure Python, imports nothing of ours.

Limit orders around a random-walk mid price, mixed with cancels of a random earlier order (a cancel of an
order that has already filled does nothing). The whole stream follows from the seed, so every engine that
keeps price-time priority reports the same totals.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

ADD: Final = 0
CANCEL: Final = 1
BUY: Final = 0
SELL: Final = 1

Message: TypeAlias = tuple[int, int, int, int, int]
"""(ADD or CANCEL, order number, BUY or SELL, price, lots); the last three are 0 on a cancel."""

MESSAGES: Final = 200_000


class Totals(NamedTuple):
    """What one run of a workload traded."""

    fills: int
    lots: int


EXPECTED: Final[dict[int, Totals]] = {
    99: Totals(fills=69_438, lots=1_772_543),
    999: Totals(fills=65_334, lots=1_669_262),
}
"""By highest price: the totals of `MESSAGES` messages, on which four other engines agree."""


def messages(count: int, highest_price: int, seed: int = 7) -> Iterator[Message]:
    """The first `count` messages of the workload on the price grid 1..`highest_price`.

    The order of the draws is part of the workload: changing it changes every total.
    """
    draw = random.Random(seed)
    spread = max(1.0, highest_price / 100)
    lowest_mid, highest_mid = int(highest_price * 0.2), int(highest_price * 0.8)
    mid = highest_price // 2
    earlier: list[int] = []
    number = 0
    for position in range(count):
        if position % 100 == 0:
            mid += draw.choice((-1, 1)) * max(1, int(spread))
            mid = min(highest_mid, max(lowest_mid, mid))
        if earlier and draw.random() < 0.4:
            chosen = draw.randrange(len(earlier))
            earlier[chosen], earlier[-1] = earlier[-1], earlier[chosen]
            yield CANCEL, earlier.pop(), 0, 0, 0
            continue
        side = draw.randrange(2)
        distance = round(draw.gauss(3, 4) * spread)
        price = mid - distance if side == BUY else mid + distance
        price = min(highest_price, max(1, price))
        yield ADD, number, side, price, draw.randint(1, 100)
        earlier.append(number)
        number += 1
