"""What a fill costs its taker, and what a maker gets back: integers, each rule with its own rounding.

Sources: docs/core.md, "Fees". A fee is per fill, in micro-dollars; a rebate is a fee below zero.
"""

from __future__ import annotations

from typing import Final

from tradepit.core.commands import FeeSchedule
from tradepit.core.enums import FeePlan
from tradepit.core.limits import FEE_BPS_MAX, FEE_EXPONENT_MAX, RATE_PPM_MAX
from tradepit.core.units import CASH_PER_DOLLAR, LOTS_PER_SHARE, ONE, Cash, Price, Quantity

_PPM: Final = 1_000_000
_CLOB_UNIT: Cash = 10
"""The CLOB charges in steps of 0.00001 dollar."""
_CENT: Cash = 10_000


def is_valid(fees: FeeSchedule) -> bool:
    """Whether the core takes a market with these fees: rates at most one half, exponent 1 to 4, a
    maker's rebate at most half of what the taker pays."""
    return (
        0 <= fees.clob_rate_ppm <= RATE_PPM_MAX
        and 1 <= fees.clob_exponent <= FEE_EXPONENT_MAX
        and 0 <= fees.clob_v1_bps <= FEE_BPS_MAX
        and 0 <= fees.us_taker_ppm <= RATE_PPM_MAX
        and 0 <= 2 * fees.us_maker_rebate_ppm <= fees.us_taker_ppm
    )


def clob_fee(rate_ppm: int, exponent: int, price: Price, quantity: Quantity) -> Cash:
    """CLOB V2: shares x rate x (p(1-p))^exponent dollars; below 0.00001 nothing, else half up to it."""
    numerator = quantity * rate_ppm * CASH_PER_DOLLAR
    denominator = LOTS_PER_SHARE * _PPM * _CLOB_UNIT
    for _ in range(exponent):
        numerator *= price * (ONE - price)
        denominator *= ONE * ONE
    if numerator < denominator:
        return 0
    return (2 * numerator + denominator) // (2 * denominator) * _CLOB_UNIT


def clob_v1_fee(bps: int, price: Price, quantity: Quantity) -> Cash:
    """CLOB V1: basis points of min(p, 1-p) a share, in cash for both sides, rounded down."""
    return bps * min(price, ONE - price) * quantity // 10_000


def builder_fee(bps: int, token_price: Price, quantity: Quantity) -> Cash:
    """A builder's share of a taker's fill: basis points of its notional, half up to 0.00001 dollar."""
    numerator = 2 * bps * token_price * quantity + 10_000 * _CLOB_UNIT
    return numerator // (2 * 10_000 * _CLOB_UNIT) * _CLOB_UNIT


def half_even(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, ties to even; for numerators of 0 and above."""
    quotient, rest = divmod(numerator, denominator)
    doubled = 2 * rest
    return quotient + (doubled > denominator or (doubled == denominator and quotient % 2))


_US_CENT_DENOMINATOR: Final = LOTS_PER_SHARE * _PPM * ONE * ONE // 100


def us_exact_fee(rate_ppm: int, price: Price, quantity: Quantity) -> int:
    """US: rate x contracts x p(1-p), as a numerator over `_US_CENT_DENOMINATOR` cents."""
    return rate_ppm * quantity * price * (ONE - price)


def us_fee(rate_ppm: int, price: Price, quantity: Quantity) -> Cash:
    """US, one fill alone: the exact fee rounded half-even to the cent."""
    return half_even(us_exact_fee(rate_ppm, price, quantity), _US_CENT_DENOMINATOR) * _CENT


def maker_fee(plan: FeePlan, fees: FeeSchedule, price: Price, quantity: Quantity) -> Cash:
    """What the resting order pays for this fill: nothing, or on the US plan minus its rebate."""
    if plan is FeePlan.US and fees.us_maker_rebate_ppm:
        return -us_fee(fees.us_maker_rebate_ppm, price, quantity)
    return 0


class TakerMeter:
    """Charges the fills of one taker order one after the other.

    Only the US rule remembers: the running total of rounded fees never exceeds the rounded running
    total of exact ones.
    """

    __slots__ = ("_charged_cents", "_exact", "_fees", "_plan", "free")

    def __init__(self, plan: FeePlan, fees: FeeSchedule) -> None:
        self._plan = plan
        self._fees = fees
        self._exact = 0
        self._charged_cents = 0
        self.free = (
            plan is FeePlan.NONE
            or (plan is FeePlan.CLOB_V2 and not fees.clob_rate_ppm)
            or (plan is FeePlan.CLOB_V1 and not fees.clob_v1_bps)
            or (plan is FeePlan.US and not fees.us_taker_ppm)
        )

    def charge(self, price: Price, quantity: Quantity) -> Cash:
        """The fee of the next fill."""
        if self.free:
            return 0
        fees = self._fees
        if self._plan is FeePlan.CLOB_V2:
            return clob_fee(fees.clob_rate_ppm, fees.clob_exponent, price, quantity)
        if self._plan is FeePlan.CLOB_V1:
            return clob_v1_fee(fees.clob_v1_bps, price, quantity)
        exact = us_exact_fee(fees.us_taker_ppm, price, quantity)
        self._exact += exact
        cents = min(
            half_even(exact, _US_CENT_DENOMINATOR),
            half_even(self._exact, _US_CENT_DENOMINATOR) - self._charged_cents,
        )
        self._charged_cents += cents
        return cents * _CENT
