"""Fees from first principles: exact fractions of a dollar, rounded at the very end."""

from __future__ import annotations

from fractions import Fraction

from tradepit.core.commands import FeeSchedule
from tradepit.core.enums import FeePlan
from tradepit.core.units import CASH_PER_DOLLAR, LOTS_PER_SHARE, ONE

CENT = Fraction(1, 100)
HUNDREDTH_OF_A_MILL = Fraction(1, 100_000)


def taker_fees(plan: FeePlan, signed_bps: int, fees: FeeSchedule, fills: list[tuple[int, int]]) -> list[int]:
    """The fee of each fill (price, lots) of one taker order, in micro-dollars."""
    match plan:
        case FeePlan.NONE:
            return [0 for _ in fills]
        case FeePlan.CLOB_V2:
            rate = Fraction(fees.clob_rate_ppm, 1_000_000)
            return [_clob_v2(rate, fees.clob_exponent, price, lots) for price, lots in fills]
        case FeePlan.CLOB_V1:
            return [_clob_v1(signed_bps, price, lots) for price, lots in fills]
        case FeePlan.US:
            return _us(Fraction(fees.us_taker_ppm, 1_000_000), fills)


def maker_fee(plan: FeePlan, fees: FeeSchedule, price: int, lots: int) -> int:
    """What the maker of a fill pays: nothing, or less than nothing where its plan has a rebate."""
    if plan != FeePlan.US:
        return 0
    exact = Fraction(fees.us_maker_rebate_ppm, 1_000_000) * _shares(lots) * _uncertainty(price)
    return -_cents(exact)


def builder_fee(bps: int, paid: int, lots: int) -> int:
    """A builder's part of a taker's fee: basis points of what the token costs, half up to 0.00001."""
    exact = Fraction(bps, 10_000) * Fraction(paid, ONE) * _shares(lots)
    half_up = (exact / HUNDREDTH_OF_A_MILL + Fraction(1, 2)).__floor__()
    return int(half_up * HUNDREDTH_OF_A_MILL * CASH_PER_DOLLAR)


def _clob_v2(rate: Fraction, exponent: int, price: int, lots: int) -> int:
    exact = _shares(lots) * rate * _uncertainty(price) ** exponent
    units = exact / HUNDREDTH_OF_A_MILL
    if units < 1:
        return 0
    half_up = (units + Fraction(1, 2)).__floor__()
    return int(half_up * HUNDREDTH_OF_A_MILL * CASH_PER_DOLLAR)


def _clob_v1(bps: int, price: int, lots: int) -> int:
    """Reading: the contract's integer division, so rounded down to the micro-dollar."""
    dollars = Fraction(bps, 10_000) * Fraction(min(price, ONE - price), ONE) * _shares(lots)
    return (dollars * CASH_PER_DOLLAR).__floor__()


def _us(rate: Fraction, fills: list[tuple[int, int]]) -> list[int]:
    charged: list[int] = []
    running = Fraction(0)
    for price, lots in fills:
        exact = rate * _shares(lots) * _uncertainty(price)
        running += exact
        charged.append(min(_cents(exact), _cents(running) - sum(charged)))
    return charged


def _cents(dollars: Fraction) -> int:
    """Rounded half-even to the cent, in micro-dollars (`round` of a Fraction is half-even)."""
    return int(round(dollars / CENT) * CENT * CASH_PER_DOLLAR)


def _shares(lots: int) -> Fraction:
    return Fraction(lots, LOTS_PER_SHARE)


def _uncertainty(price: int) -> Fraction:
    return Fraction(price, ONE) * Fraction(ONE - price, ONE)
