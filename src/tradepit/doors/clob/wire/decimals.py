"""Exact decimal text of the core's integers, as the venue writes it: no exponent, no trailing zeros."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tradepit.core.units import Cash, Price, Quantity

BASE_UNITS_PER_LOT: Final = 10_000
"""The wire counts shares and dollars in millionths; a lot is a hundredth of a share."""


def decimal_text(value: int, decimals: int) -> str:
    """`value` divided by 10 to the power of `decimals`: (1005, 3) is "1.005", (1000, 3) is "1"."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    if fraction == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:0{decimals}d}".rstrip("0")


@lru_cache(maxsize=16_384)
def price_text(price: Price) -> str:
    """A price in dollars: 4550 is "0.455"."""
    return decimal_text(price, 4)


def quantity_text(quantity: Quantity) -> str:
    """A quantity in shares: 1050 lots are "10.5"."""
    return decimal_text(quantity, 2)


def cash_text(cash: Cash) -> str:
    """Cash in dollars."""
    return decimal_text(cash, 6)


def ratio_text(numerator: int, denominator: int, decimals: int = 16) -> str:
    """A quotient of positive integers, cut after `decimals` places: what a price off the grid looks like."""
    return decimal_text(numerator * 10**decimals // denominator, decimals)
