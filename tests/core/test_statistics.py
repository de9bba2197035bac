"""The exchange in a few numbers."""

from __future__ import annotations

from tests.core.world import DOLLAR, MARKET, OTHER, World
from tradepit.core.commands import ConfirmTrade, CreateMarket, FeeSchedule
from tradepit.core.enums import FeePlan, Gives, MarketState, OrderKind, Side
from tradepit.core.exchange import Exchange


def test_an_empty_exchange_has_nothing_of_anything() -> None:
    statistics = Exchange().statistics()
    assert statistics.markets == {state.name.lower(): 0 for state in MarketState}
    assert not any(getattr(statistics, name) for name in statistics.__struct_fields__ if name != "markets")


def test_the_statistics_count_what_is_there() -> None:
    world = World()
    world.do(CreateMarket(world.now, "late", 100, deferred=True, fees=FeeSchedule(clob_rate_ppm=70_000)))
    world.fund("ann", 100)
    world.fund("bob", 100)
    for market in (MARKET, "late"):
        world.place("ann", Side.SELL, Gives.CASH, 5_000, 300, market=market)
        world.place("bob", Side.BUY, Gives.CASH, 5_000, 200, market=market, fee_plan=FeePlan.CLOB_V2)
    world.buy_yes("bob", 9_000, 100, kind=OrderKind.STOP_LIMIT, stop_price=6_000)
    world.set_state(MarketState.HALTED, OTHER)
    world.withdraw("ann", DOLLAR)
    before = world.exchange.statistics()
    assert (before.accounts, before.deposited) == (2, 199 * DOLLAR)
    assert {state: count for state, count in before.markets.items() if count} == {"open": 2, "halted": 1}
    assert (before.open_orders, before.waiting_stops) == (3, 1)
    assert (before.trades, before.traded, before.unsettled) == (2, 400, 1)
    assert (before.fees, before.escrow) == (0, 2 * DOLLAR + 35_000)
    world.do(ConfirmTrade(world.now, 2))
    after = world.exchange.statistics()
    assert (after.trades, after.unsettled, after.fees, after.escrow) == (2, 0, 35_000, 0)
