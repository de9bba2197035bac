"""Decimal text and the exchange's integers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.doors.operator import amounts
from tradepit.doors.operator.amounts import AmountError


@given(st.integers(0, 10_000))
def test_every_price_survives_its_text(value: int) -> None:
    assert amounts.price(Decimal(amounts.format_price(value))) == value


@given(st.integers(1, 10**18))
def test_every_amount_of_cash_survives_its_text(value: int) -> None:
    assert amounts.cash(Decimal(amounts.format_cash(value))) == value


@given(st.integers(0, 10**14))
def test_every_quantity_survives_its_text(value: int) -> None:
    assert amounts.quantity(Decimal(amounts.format_quantity(value))) == value


@given(st.decimals())
def test_any_decimal_is_taken_exactly_or_refused(value: Decimal) -> None:
    try:
        lots = amounts.quantity(value)
    except AmountError:
        return
    assert lots == value * 100


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1, "0.000001"), (1_500_000, "1.5"), (-2_250_000, "-2.25"), (10**7, "10")]
)
def test_cash_is_written_without_needless_zeros(value: int, text: str) -> None:
    assert amounts.format_cash(value) == text
