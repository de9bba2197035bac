"""Wire scales of an instrument, and the projection that keeps the list of them."""

from __future__ import annotations

import pytest

from tests.doors.us.conftest import SYMBOL, World
from tradepit.core.commands import CreateMarket, ResolveMarket, SetMarketState
from tradepit.core.enums import MarketState
from tradepit.doors.us.listings import Listings, Scale, round_half_even, scale_of


def listed(tick: int, step: int, price_scale: str | None) -> CreateMarket:
    metadata = {} if price_scale is None else {"price_scale": price_scale}
    return CreateMarket(now=1, market="m", tick=tick, quantity_step=step, metadata=metadata)


@pytest.mark.parametrize(
    ("tick", "step", "price_scale", "scale"),
    [
        (100, 100, "10000", Scale(10_000, 1)),
        (100, 1, "100", Scale(100, 100)),
        (50, 1, "1000", Scale(1_000, 100)),
        (1, 1, "100", Scale(10_000, 100)),
        (100, 50, None, Scale(100, 2)),
        (100, 3, "rubbish", Scale(100, 100)),
        (100, 200, "7", Scale(100, 1)),
        (100, 100, "0", Scale(100, 1)),
    ],
)
def test_the_scales_express_every_tick_and_step(
    tick: int, step: int, price_scale: str | None, scale: Scale
) -> None:
    found = scale_of(listed(tick, step, price_scale))
    assert found == scale
    assert found.core_price(found.wire_price(tick)) == tick
    assert found.lots(found.wire_quantity(step)) == step


def test_an_average_price_is_rounded_half_to_even() -> None:
    scale = Scale(100, 100)
    assert scale.wire_average(45_00 * 100 + 46_00 * 100, 200) == 46  # 45.5
    assert scale.wire_average(44_00 * 100 + 45_00 * 100, 200) == 44  # 44.5
    assert scale.wire_average(0, 0) == 0


def test_a_dollar_of_notional_is_price_scale_times_quantity_scale() -> None:
    assert Scale(100, 100).wire_notional(170_000) == 1_700
    assert Scale(10_000, 1).wire_notional(-1_000_000) == -10_000


def test_ties_go_to_the_even_number_below_zero_too() -> None:
    assert [round_half_even(n, 2) for n in (-5, -3, -1, 1, 3, 5)] == [-2, -2, 0, 0, 2, 2]


async def test_markets_listed_before_and_after_the_projection_are_both_there(world: World) -> None:
    await world.market("first")
    listings = Listings(world.engine)
    await world.market("second")
    await listings.load()
    await world.market("third")
    assert [listing.symbol for listing in listings.all()] == ["first", "second", "third"]
    assert listings.find("third") is listings.of_market("third")
    assert listings.find("fourth") is None


async def test_a_markets_state_is_followed_whether_heard_before_or_after_the_list(world: World) -> None:
    for name in ("a", "b"):
        await world.market(name)
    listings = Listings(world.engine)
    await world.engine.submit(SetMarketState(now=world.engine.now(), market="a", state=MarketState.HALTED))
    await listings.load()
    await world.engine.submit(ResolveMarket(now=world.engine.now(), market="b", payout=10_000))
    found = [listings.find("a"), listings.find("b")]
    assert [listing.state for listing in found if listing] == [MarketState.HALTED, MarketState.RESOLVED]
    assert found[1] is not None
    assert found[1].payout == 10_000


async def test_two_markets_with_one_symbol_keep_both_reachable(world: World) -> None:
    await world.market(SYMBOL)
    await world.market("other", metadata={"symbol": SYMBOL})
    listings = Listings(world.engine)
    await listings.load()
    assert [listing.symbol for listing in listings.all()] == [SYMBOL, "other"]
