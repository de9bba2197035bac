"""The auction's price, found among a few candidates, is the one that trying every price finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.naive import NaiveExchange
from tests.property.test_differential import QUIET
from tradepit.core.clearing_price import clearing_price
from tradepit.core.commands import Command, CreateMarket, Deposit, PlaceOrder, SetMarketState, SetTick
from tradepit.core.enums import Gives, MarketState, SelfMatch, Side
from tradepit.core.exchange import Exchange

LEVELS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 5)), min_size=1, max_size=8)
LAST = st.integers(0, 60)
TICKS = st.sampled_from((1, 2, 5, 8, 10, 16, 20, 25))


def find_both(
    bids: list[tuple[int, int]], asks: list[tuple[int, int]], last: int, tick: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The core's price and lots, and the naive exchange's. Prices around one half, on a grid of one; the
    tick changes when all have rested, so that some are off it."""
    core, naive = Exchange(), NaiveExchange()
    commands: list[Command] = [CreateMarket(1, "m", 1), Deposit(1, "ann", 10**12)]
    orders = [(Side.BUY, 4_970 + price, lots) for price, lots in bids]
    orders += [(Side.SELL, 4_970 + price, lots) for price, lots in asks]
    if last:
        orders = [(Side.BUY, 4_970 + last, 1), (Side.SELL, 4_970 + last, 1), *orders]
    for number, (side, price, lots) in enumerate(orders):
        if number == (2 if last else 0):
            commands.append(SetMarketState(1, "m", MarketState.PRE_OPEN))
        order_id = bytes([number + 1])
        commands.append(
            PlaceOrder(1, order_id, "ann", "m", side, Gives.CASH, price, lots, self_match=SelfMatch.ALLOW)
        )
    commands.append(SetTick(1, "m", tick))
    for command in commands:
        core.apply(command)
        naive.apply(command)
    return clearing_price(core.state.markets["m"]), naive.markets["m"].indicative


@given(LEVELS, LEVELS, LAST, TICKS)
@settings(QUIET, max_examples=150)
def test_the_candidates_are_enough(
    bids: list[tuple[int, int]], asks: list[tuple[int, int]], last: int, tick: int
) -> None:
    found, expected = find_both(bids, asks, last, tick)
    assert found == expected


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@given(LEVELS, LEVELS, LAST, TICKS)
@settings(QUIET, max_examples=2_000)
def test_the_candidates_are_enough_for_two_thousand_books(
    bids: list[tuple[int, int]], asks: list[tuple[int, int]], last: int, tick: int
) -> None:
    found, expected = find_both(bids, asks, last, tick)
    assert found == expected
