"""Decimal text of the operator API to the exchange's integers, exactly, and back.

Prices and cash are dollars, quantities are shares. A value that the integers cannot hold exactly is
refused, never rounded.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tradepit.core.units import (
    CASH_PER_DOLLAR,
    LOTS_PER_SHARE,
    ONE,
    Cash,
    Price,
    Quantity,
)

AMOUNT_MAX: Final = 1_000_000_000_000
"""Largest amount of dollars or shares in one request (the core's own bounds are checked by the core)."""

_DIGITS_MAX: Final = 40


class AmountError(ValueError):
    """The number is not one that the exchange can hold exactly; the message names the field and says why."""


def _scaled(value: Decimal, scale: int, field: str, smallest: str) -> int:
    if not value.is_finite():
        raise AmountError(f"{field} must be a number")
    digits = value.as_tuple().digits
    if value.adjusted() > 12 or abs(value) > AMOUNT_MAX:
        raise AmountError(f"{field} must be at most {AMOUNT_MAX}")
    if len(digits) > _DIGITS_MAX or (value and value.adjusted() < -12):
        raise AmountError(f"{field} must be a multiple of {smallest}")
    numerator, denominator = value.as_integer_ratio()
    if scale * numerator % denominator:
        raise AmountError(f"{field} must be a multiple of {smallest}")
    return scale * numerator // denominator


def price(value: Decimal, field: str = "price") -> Price:
    """Dollars to `Price`; 0 and 1 are allowed here, their use decides."""
    result = _scaled(value, ONE, field, "0.0001")
    if not 0 <= result <= ONE:
        raise AmountError(f"{field} must be between 0 and 1")
    return result


def cash(value: Decimal, field: str = "amount") -> Cash:
    """Positive dollars to `Cash`."""
    result = _scaled(value, CASH_PER_DOLLAR, field, "0.000001")
    if result <= 0:
        raise AmountError(f"{field} must be more than 0")
    return result


def quantity(value: Decimal, field: str = "quantity") -> Quantity:
    """Shares to lots; 0 is allowed here, its use decides."""
    result = _scaled(value, LOTS_PER_SHARE, field, "0.01")
    if result < 0:
        raise AmountError(f"{field} must not be below 0")
    return result


def parts_per_million(value: Decimal, field: str) -> int:
    """A rate such as 0.07 to parts per million."""
    result = _scaled(value, 1_000_000, field, "0.000001")
    if result < 0:
        raise AmountError(f"{field} must not be below 0")
    return result


def nanoseconds(value: Decimal, field: str) -> int:
    """Seconds to nanoseconds."""
    result = _scaled(value, 1_000_000_000, field, "0.000000001")
    if result < 0:
        raise AmountError(f"{field} must not be below 0")
    return result


def _text(value: int, scale: int) -> str:
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), scale)
    if not rest:
        return f"{sign}{whole}"
    places = len(str(scale)) - 1
    return f"{sign}{whole}.{rest:0{places}d}".rstrip("0")


def format_price(value: Price) -> str:
    """`Price` as dollars: 5,600 is "0.56"."""
    return _text(value, ONE)


def format_cash(value: Cash) -> str:
    """`Cash` as dollars: 1,500,000 is "1.5"."""
    return _text(value, CASH_PER_DOLLAR)


def format_quantity(value: Quantity) -> str:
    """Lots as shares: 150 is "1.5"."""
    return _text(value, LOTS_PER_SHARE)


def format_rate(value: int) -> str:
    """Parts per million as a rate: 70,000 is "0.07"."""
    return _text(value, 1_000_000)


def format_seconds(value: int) -> str:
    """Nanoseconds as seconds: 1,500,000,000 is "1.5"."""
    return _text(value, 1_000_000_000)
