"""The fee rules, to the last micro-dollar, as functions and as money that moves."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.world import DOLLAR, SHARE, World, of, one, rejection
from tests.property import naive_fees
from tradepit.core.commands import FeeSchedule
from tradepit.core.enums import FeePlan, Reject
from tradepit.core.events import OrderFilled, Trade
from tradepit.core.fees import (
    TakerMeter,
    builder_fee,
    clob_fee,
    clob_v1_fee,
    half_even,
    is_valid,
    maker_fee,
    us_fee,
)

CENT = 10_000
US = FeeSchedule(us_taker_ppm=69_500, us_maker_rebate_ppm=12_500)
PRICES = st.integers(1, 9_999)
LOTS = st.integers(1, 10**12)
RATES = st.integers(0, 500_000)


# As functions ------------------------------------------------------------------------------------------


def test_the_clob_takes_one_dollar_seventy_five_of_a_hundred_crypto_shares_at_fifty_cents() -> None:
    assert clob_fee(70_000, 1, 5_000, 100 * SHARE) == 1_750_000


def test_a_clob_fee_is_the_same_for_both_tokens() -> None:
    assert clob_fee(70_000, 2, 3_000, 777) == clob_fee(70_000, 2, 7_000, 777)


@pytest.mark.parametrize(
    ("price", "lots", "fee"),
    [
        (100, 1, 0),  # 0.00000693 dollar is less than the smallest charge
        (200, 1, 10),  # 0.00001372, rounded to 0.00001
        (5_000, 1, 180),  # 0.000175 is a tie: up
        (300, 1, 20),  # 0.00002037
    ],
)
def test_clob_fees_are_nothing_below_a_thousandth_of_a_cent_and_rounded_half_up_above(
    price: int, lots: int, fee: int
) -> None:
    assert clob_fee(70_000, 1, price, lots) == fee


def test_a_clob_exponent_of_two_weighs_the_middle() -> None:
    assert clob_fee(250_000, 2, 5_000, 100 * SHARE) == round(Fraction(25, 16) * DOLLAR)


def test_v1_basis_points_are_taken_of_the_cheaper_token() -> None:
    assert clob_v1_fee(100, 3_000, 100 * SHARE) == 300_000
    assert clob_v1_fee(100, 7_000, 100 * SHARE) == 300_000
    assert clob_v1_fee(1, 3_333, 1) == 0


@pytest.mark.parametrize(
    ("contracts", "price", "taker", "rebate"),
    [(1_000, 1_000, 6.26, 1.12), (1_000, 5_000, 17.38, 3.12), (100, 5_000, 1.74, 0.31)],
)
def test_the_us_venues_own_three_checks(contracts: int, price: int, taker: float, rebate: float) -> None:
    lots = contracts * SHARE
    assert us_fee(69_500, price, lots) == round(taker * 100) * CENT
    assert maker_fee(FeePlan.US, US, price, lots) == -round(rebate * 100) * CENT


def test_ties_go_to_the_even_cent() -> None:
    assert [half_even(half, 2) for half in range(8)] == [0, 0, 1, 2, 2, 2, 3, 4]


def test_a_us_takers_running_total_never_exceeds_the_rounded_exact_total() -> None:
    """Each fill alone is 1.5 cents, which rounds to 2; two are 3 cents, three 4.5: rounded to 4."""
    meter = TakerMeter(FeePlan.US, FeeSchedule(us_taker_ppm=60_000))
    assert [meter.charge(5_000, SHARE) for _ in range(4)] == [2 * CENT, CENT, CENT, 2 * CENT]


def test_only_the_us_plan_pays_makers() -> None:
    for plan in (FeePlan.NONE, FeePlan.CLOB_V1, FeePlan.CLOB_V2):
        assert maker_fee(plan, US, 5_000, 100 * SHARE) == 0


@pytest.mark.parametrize(("lots", "fee"), [(999, 0), (1_000, 10), (1_001, 10), (1_499, 10), (1_500, 20)])
def test_the_clob_charges_from_exactly_a_thousandth_of_a_cent(lots: int, fee: int) -> None:
    """At 0.50 and a rate of 4 in a million, 1,000 lots cost exactly 0.00001 dollar."""
    assert clob_fee(4, 1, 5_000, lots) == fee


@pytest.mark.parametrize(("lots", "fee"), [(49_999, 0), (50_000, 10), (149_999, 10), (150_000, 20)])
def test_a_builders_fee_is_rounded_half_up_to_a_thousandth_of_a_cent(lots: int, fee: int) -> None:
    """One basis point of 50,000 lots at 0.0001 is exactly half of 0.00001 dollar."""
    assert builder_fee(1, 1, lots) == fee


@given(st.lists(st.tuples(PRICES, LOTS), min_size=1, max_size=20), RATES)
def test_us_fees_equal_those_of_exact_fractions(fills: list[tuple[int, int]], rate: int) -> None:
    schedule = FeeSchedule(us_taker_ppm=rate)
    meter = TakerMeter(FeePlan.US, schedule)
    charged = [meter.charge(price, lots) for price, lots in fills]
    assert charged == naive_fees.taker_fees(FeePlan.US, 0, schedule, fills)
    assert all(fee >= 0 for fee in charged)


@given(PRICES, LOTS, RATES, st.integers(1, 4))
def test_clob_fees_equal_those_of_exact_fractions(price: int, lots: int, rate: int, exponent: int) -> None:
    schedule = FeeSchedule(clob_rate_ppm=rate, clob_exponent=exponent)
    (expected,) = naive_fees.taker_fees(FeePlan.CLOB_V2, 0, schedule, [(price, lots)])
    assert clob_fee(rate, exponent, price, lots) == expected


@given(PRICES, LOTS, RATES, st.integers(1, 4), st.integers(0, 1_000))
def test_no_fee_eats_more_than_the_proceeds(
    price: int, lots: int, rate: int, exponent: int, bps: int
) -> None:
    """A seller's fee comes out of what the sale brings, so it must never be more."""
    proceeds = price * lots
    assert clob_fee(rate, exponent, price, lots) <= proceeds
    assert clob_v1_fee(bps, price, lots) <= proceeds
    assert us_fee(rate, price, lots) <= proceeds


@pytest.mark.parametrize(
    ("schedule", "valid"),
    [
        (FeeSchedule(), True),
        (FeeSchedule(500_000, 4, 1_000, 500_000, 250_000), True),
        (FeeSchedule(clob_rate_ppm=500_001), False),
        (FeeSchedule(clob_rate_ppm=-1), False),
        (FeeSchedule(clob_exponent=0), False),
        (FeeSchedule(clob_exponent=5), False),
        (FeeSchedule(clob_v1_bps=1_001), False),
        (FeeSchedule(clob_v1_bps=-1), False),
        (FeeSchedule(us_taker_ppm=500_001), False),
        (FeeSchedule(us_taker_ppm=100, us_maker_rebate_ppm=50), True),
        (FeeSchedule(us_taker_ppm=100, us_maker_rebate_ppm=51), False),
        (FeeSchedule(us_maker_rebate_ppm=-1), False),
    ],
)
def test_a_schedule_beyond_the_bounds_is_no_schedule(schedule: FeeSchedule, valid: bool) -> None:
    assert is_valid(schedule) is valid


# As money ----------------------------------------------------------------------------------------------


def test_a_buyer_pays_the_fee_on_top_and_a_seller_out_of_the_proceeds() -> None:
    world = World(fees=FeeSchedule(clob_rate_ppm=70_000))
    world.fund("buyer", 51.75)
    world.fund("maker", yes=100 * SHARE)
    world.sell_yes("maker", 5_000, 100 * SHARE)
    world.buy_yes("buyer", 5_000, 100 * SHARE, fee_plan=FeePlan.CLOB_V2)
    assert world.cash("buyer") == 0
    assert world.cash("maker") == 50 * DOLLAR
    world.buy_yes("maker", 5_000, 100 * SHARE)
    world.sell_yes("buyer", 5_000, 100 * SHARE, fee_plan=FeePlan.CLOB_V2)
    assert world.cash("buyer") == 48_250_000
    assert world.fees() == 3_500_000


def test_an_order_that_could_pay_its_price_but_not_its_fee_is_refused() -> None:
    world = World(fees=FeeSchedule(clob_rate_ppm=70_000))
    world.fund("maker", yes=100 * SHARE)
    world.sell_yes("maker", 5_000, 100 * SHARE)
    world.fund("buyer", 51.749999)
    refused = rejection(world.buy_yes("buyer", 5_000, 100 * SHARE, fee_plan=FeePlan.CLOB_V2))
    assert (refused.reason, refused.required) == (Reject.INSUFFICIENT_CASH, 51_750_000)
    assert one(Trade, world.buy_yes("buyer", 5_000, 100 * SHARE)).taker_fee == 0


def test_what_rests_reserves_no_fee_and_the_maker_pays_none() -> None:
    world = World(fees=FeeSchedule(clob_rate_ppm=70_000))
    world.fund("maker", 50)
    world.fund("taker", yes=100 * SHARE)
    assert len(world.buy_yes("maker", 5_000, 100 * SHARE, fee_plan=FeePlan.CLOB_V2)) == 3
    trade = one(Trade, world.sell_yes("taker", 5_000, 100 * SHARE))
    assert (trade.taker_fee, trade.maker_fee) == (0, 0)


def test_each_side_trades_under_the_plan_of_its_own_door() -> None:
    world = World(fees=FeeSchedule(clob_rate_ppm=70_000, us_taker_ppm=69_500, us_maker_rebate_ppm=12_500))
    world.fund("us", 1_000)
    world.fund("clob", 1_000)
    world.net_buy("us", 5_000, 100 * SHARE, fee_plan=FeePlan.US)
    events = world.buy_no("clob", 5_000, 100 * SHARE, fee_plan=FeePlan.CLOB_V2)
    trade = one(Trade, events)
    assert (trade.taker_fee, trade.maker_fee) == (1_750_000, -31 * CENT)
    maker, taker = of(OrderFilled, events)
    assert maker.cash == -50 * DOLLAR + 31 * CENT
    assert taker.cash == -50 * DOLLAR - 1_750_000
    assert world.fees() == 1_440_000


def test_the_markets_fee_account_may_go_below_zero() -> None:
    world = World(fees=US)
    world.fund("us", 1_000)
    world.fund("free", 1_000)
    world.net_buy("us", 5_000, 100 * SHARE, fee_plan=FeePlan.US)
    world.net_sell("free", 5_000, 100 * SHARE)
    assert world.fees() == -31 * CENT


def test_the_cap_of_a_us_taker_spans_all_fills_of_the_order() -> None:
    world = World(fees=FeeSchedule(us_taker_ppm=60_000))
    world.fund("maker", 100)
    world.fund("taker", 100)
    for _ in range(3):
        world.net_buy("maker", 5_000, SHARE)
    trades = of(Trade, world.net_sell("taker", 5_000, 3 * SHARE, fee_plan=FeePlan.US))
    assert [trade.taker_fee for trade in trades] == [2 * CENT, CENT, CENT]
    assert world.fees() == us_fee(60_000, 5_000, 3 * SHARE)


def test_a_net_orders_fee_is_paid_out_of_what_closing_brings() -> None:
    world = World(fees=US)
    world.fund("short", no=100 * SHARE)
    world.fund("maker", yes=100 * SHARE)
    world.sell_yes("maker", 5_000, 100 * SHARE)
    assert one(Trade, world.net_buy("short", 5_000, 100 * SHARE, fee_plan=FeePlan.US)).pairs == -100 * SHARE
    assert world.cash("short") == 50 * DOLLAR - us_fee(69_500, 5_000, 100 * SHARE)


def test_a_v1_order_must_sign_the_markets_own_fee() -> None:
    world = World(fees=FeeSchedule(clob_v1_bps=100))
    world.fund("a", 100)
    wrong = world.buy_yes("a", 5_000, SHARE, fee_plan=FeePlan.CLOB_V1, fee_bps=0)
    assert rejection(wrong).reason is Reject.WRONG_FEE
    world.fund("maker", yes=SHARE)
    world.sell_yes("maker", 3_000, SHARE)
    right = world.buy_yes("a", 5_000, SHARE, fee_plan=FeePlan.CLOB_V1, fee_bps=100)
    assert one(Trade, right).taker_fee == 3_000


def test_a_builders_fee_just_below_half_a_unit_is_nothing() -> None:
    """4.9995 micro-dollars, where a unit is ten: nothing; five are half of one, and make one."""
    assert builder_fee(1, 9_999, 5) == 0
    assert builder_fee(1, 5_000, 10) == 10
