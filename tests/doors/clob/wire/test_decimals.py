from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.doors.clob.wire.decimals import (
    cash_text,
    decimal_text,
    price_text,
    quantity_text,
    ratio_text,
)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0, 4, "0"), (1, 4, "0.0001"), (1005, 3, "1.005"), (1000, 3, "1"), (10, 0, "10"), (-50, 2, "-0.5")],
)
def test_decimals_have_no_exponent_and_no_trailing_zeros(value: int, decimals: int, text: str) -> None:
    assert decimal_text(value, decimals) == text


def test_prices_quantities_and_cash_are_told_in_dollars_and_shares() -> None:
    assert (price_text(4550), quantity_text(1050), cash_text(99_996_000)) == ("0.455", "10.5", "99.996")


@given(value=st.integers(-(10**20), 10**20), decimals=st.integers(0, 18))
def test_a_decimal_text_reads_back_as_the_number(value: int, decimals: int) -> None:
    assert Fraction(decimal_text(value, decimals)) == Fraction(value, 10**decimals)


def test_a_ratio_off_the_grid_is_cut_and_not_rounded() -> None:
    assert ratio_text(2, 3) == "0.6666666666666666"
    assert ratio_text(1, 2) == "0.5"
