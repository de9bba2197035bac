"""The units of money, price, quantity and time: integers, chosen so that cost needs no scaling.

| type        | an int of                      | range                        |
|-------------|--------------------------------|------------------------------|
| `Price`     | 1/10,000 dollar                | 1..9,999                     |
| `Quantity`  | lots of 1/100 share            | > 0                          |
| `Cash`      | 1/1,000,000 dollar             | any                          |
| `Timestamp` | nanoseconds since 1970 in UTC  | 0..2**63 - 1                 |

`Price x Quantity` is `Cash`, exactly. A share pays one dollar, so the complement of a price is
`ONE - price`, and a lot that pays in full pays `ONE` micro-dollars.
"""

from __future__ import annotations

from typing import Final, TypeAlias

Price: TypeAlias = int
Quantity: TypeAlias = int
Cash: TypeAlias = int
Timestamp: TypeAlias = int

ONE: Final = 10_000
"""The price of certainty: one dollar a share, in `Price`; also what one lot of it costs, in `Cash`."""

LOTS_PER_SHARE: Final = 100
CASH_PER_DOLLAR: Final = 1_000_000
NANOSECONDS: Final = 1_000_000_000
TIME_MAX: Final = 2**63 - 1


def complement(price: Price) -> Price:
    """The price of the other outcome: YES at p is NO at 1 - p."""
    return ONE - price


def cost(price: Price, quantity: Quantity) -> Cash:
    """What `quantity` lots cost at `price`; exact, with no rounding."""
    return price * quantity
