"""What a market remembers of its trades, which doors show and no single event says."""

from __future__ import annotations

from tests.core.world import MARKET, World
from tradepit.core.enums import MarketState, Side
from tradepit.core.exchange import Exchange


def test_a_market_knows_its_last_trade_its_volume_and_its_pairs() -> None:
    world = World()
    market = world.exchange.state.markets[MARKET]
    assert (market.last_price, market.traded, market.pairs, market.payout) == (0, 0, 0, None)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 100)
    world.buy_yes("ann", 6_000, 60)
    assert (market.last_price, market.last_side, market.traded, market.pairs) == (5_000, Side.BUY, 60, 60)
    world.buy_yes("bob", 4_000, 100)
    world.sell_yes("ann", 4_000, 10)
    assert (market.last_price, market.last_side, market.traded, market.pairs) == (4_000, Side.SELL, 70, 60)
    world.resolve(3_000)
    assert (market.payout, market.state, market.pairs) == (3_000, MarketState.RESOLVED, 0)
    restored = Exchange.restore(world.exchange.snapshot()).state.markets[MARKET]
    for name in ("last_price", "last_side", "traded", "pairs", "payout", "state", "listing"):
        assert getattr(restored, name) == getattr(market, name), name


def test_an_open_order_knows_what_it_has_traded_so_far() -> None:
    world = World()
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_500, 10)
    world.now += 7
    world.buy_yes("ann", 5_000, 100, name=b"x")
    world.buy_no("bob", 5_000, 20)
    for exchange in (world.exchange, Exchange.restore(world.exchange.snapshot())):
        order = exchange.state.orders[b"x"]
        assert (order.filled, order.remaining) == (30, 70)
        assert order.notional == 4_500 * 10 + 5_000 * 20
        assert (order.accepted_at, order.delayed_until) == (world.now, 0)


def test_a_held_order_knows_until_when() -> None:
    world = World(delay_ns=50)
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 10)
    world.buy_yes("ann", 5_000, 10, name=b"x")
    arrived = world.now
    order = world.exchange.state.orders[b"x"]
    assert (order.accepted_at, order.delayed_until) == (arrived, arrived + 50)
    world.cancel("bob", b"1")
    world.wait(50)
    order = world.exchange.state.orders[b"x"]
    assert (order.accepted_at, order.delayed_until) == (arrived, 0)
