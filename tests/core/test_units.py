"""Units that need no scaling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tradepit.core.limits import CASH_MAX, OPEN_ORDERS_MAX, QUANTITY_MAX
from tradepit.core.units import CASH_PER_DOLLAR, LOTS_PER_SHARE, ONE, TIME_MAX, complement, cost

PRICES = st.integers(1, ONE - 1)
QUANTITIES = st.integers(1, QUANTITY_MAX)


def test_a_share_at_one_dollar_costs_a_dollar() -> None:
    assert cost(ONE, LOTS_PER_SHARE) == CASH_PER_DOLLAR


@given(PRICES, QUANTITIES)
def test_both_outcomes_together_cost_a_dollar_a_share(price: int, quantity: int) -> None:
    assert complement(complement(price)) == price
    assert cost(price, quantity) + cost(complement(price), quantity) == ONE * quantity


def test_every_sum_that_the_bounds_allow_fits_a_signed_64_bit_integer() -> None:
    assert cost(ONE, QUANTITY_MAX) <= CASH_MAX
    assert CASH_MAX < 2**63 and TIME_MAX == 2**63 - 1
    assert QUANTITY_MAX * OPEN_ORDERS_MAX < 2**63
