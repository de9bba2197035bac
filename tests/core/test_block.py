"""The order of the events of one command, which doors and feeds rely on."""

from __future__ import annotations

from tests.core.world import MARKET, OTHER, SHARE, World, of, one
from tradepit.core.commands import CreateMarket, PlaceOrder
from tradepit.core.enums import CancelReason, FeePlan, Gives, MarketState, Role, SelfMatch, Side
from tradepit.core.events import (
    BalanceChanged,
    LevelChanged,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRested,
    PairsSplit,
    PositionChanged,
    Trade,
)

DIME = 100_000


def test_a_sweep_that_rests_and_unfunds_a_maker_tells_its_story_in_the_fixed_order() -> None:
    world = World()
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.fund("cyd", 10)
    world.buy_no("bob", 5_000, 100, name=b"bob 1")
    world.buy_no("cyd", 4_000, 100, name=b"cyd 1")
    world.buy_no("bob", 4_000, 100, name=b"bob 2")
    world.buy_yes("cyd", 9_900, 1_010, name=b"cyd's elsewhere", market=OTHER)
    order = PlaceOrder(world.now, b"taker", "ann", MARKET, Side.BUY, Gives.CASH, 6_000, 400)
    now = world.now

    def maker(trade: int, name: bytes, account: str, price: int) -> OrderFilled:
        cash = -(10_000 - price) * 100
        return OrderFilled(
            now, name, account, MARKET, trade, Role.MAKER, Side.SELL, Gives.CASH, price, 100, 0, cash, 0, 100,
            100, 0, True,
        )  # fmt: skip

    def taker(trade: int, price: int, filled: int) -> OrderFilled:
        return OrderFilled(
            now, b"taker", "ann", MARKET, trade, Role.TAKER, Side.BUY, Gives.CASH, price, 100, 0,
            -price * 100, 100, 0, filled, 400 - filled, False,
        )  # fmt: skip

    def trade(number: int, price: int, name: bytes, account: str) -> Trade:
        return Trade(now, number, MARKET, price, 100, Side.BUY, b"taker", "ann", 0, name, account, 0, 100)

    assert world.do(order) == [
        OrderAccepted(now, order),
        trade(1, 5_000, b"bob 1", "bob"),
        maker(1, b"bob 1", "bob", 5_000),
        taker(1, 5_000, 100),
        trade(2, 6_000, b"cyd 1", "cyd"),
        maker(2, b"cyd 1", "cyd", 6_000),
        taker(2, 6_000, 200),
        trade(3, 6_000, b"bob 2", "bob"),
        maker(3, b"bob 2", "bob", 6_000),
        taker(3, 6_000, 300),
        OrderRested(now, b"taker", "ann", MARKET, Side.BUY, 6_000, 100),
        LevelChanged(now, MARKET, Side.SELL, 5_000, 0),
        LevelChanged(now, MARKET, Side.SELL, 6_000, 0),
        LevelChanged(now, MARKET, Side.BUY, 6_000, 100),
        BalanceChanged(now, "ann", 10_000_000 - 17 * DIME),
        BalanceChanged(now, "bob", 10_000_000 - 9 * DIME),
        BalanceChanged(now, "cyd", 10_000_000 - 4 * DIME),
        PositionChanged(now, "ann", MARKET, 300, 0),
        PositionChanged(now, "bob", MARKET, 0, 200),
        PositionChanged(now, "cyd", MARKET, 0, 100),
        OrderCancelled(now, b"cyd's elsewhere", "cyd", OTHER, 1_010, CancelReason.UNFUNDED),
        LevelChanged(now, OTHER, Side.BUY, 9_900, 0),
    ]


def test_a_resting_order_changes_one_level_and_no_balance() -> None:
    world = World()
    world.fund("ann", 10)
    kinds = [type(event) for event in world.buy_yes("ann", 5_000, 10)]
    assert kinds == [OrderAccepted, OrderRested, LevelChanged]


def test_a_level_says_its_new_aggregate() -> None:
    world = World()
    world.fund("ann", 10)
    quantities = [one(LevelChanged, world.buy_yes("ann", 5_000, 10)).quantity for _ in range(3)]
    assert quantities == [10, 20, 30]
    assert one(LevelChanged, world.cancel("ann", b"2")).quantity == 20


def test_balances_and_positions_that_did_not_change_in_the_end_are_not_told() -> None:
    world = World()
    world.fund("ann", 10, yes=100)
    world.sell_yes("ann", 5_000, 100)
    events = world.buy_yes("ann", 5_000, 100, self_match=SelfMatch.ALLOW)
    one(Trade, events)
    assert of(BalanceChanged, events) == [] and of(PositionChanged, events) == []


def test_an_account_that_was_hit_twice_is_told_its_balance_once() -> None:
    world = World()
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 10)
    world.buy_no("bob", 5_000, 10)
    events = world.buy_yes("ann", 5_000, 20)
    assert [event.account for event in of(BalanceChanged, events)] == ["ann", "bob"]
    assert [event.account for event in of(PositionChanged, events)] == ["ann", "bob"]


def test_cancels_of_the_re_check_share_one_report_of_levels_at_the_end() -> None:
    world = World()
    world.fund("ann", 10)
    world.buy_yes("ann", 4_000, 10 * SHARE, market=OTHER)
    world.buy_yes("ann", 3_000, 10 * SHARE, market=OTHER)
    world.buy_yes("ann", 3_000, 10 * SHARE, market=OTHER)
    kinds = [type(event) for event in world.split("ann", 10 * SHARE)]
    assert kinds == [
        PairsSplit,
        BalanceChanged,
        PositionChanged,
        OrderCancelled,
        OrderCancelled,
        OrderCancelled,
        LevelChanged,
        LevelChanged,
    ]


def test_the_re_check_reaches_orders_in_halted_markets() -> None:
    world = World()
    world.fund("ann", 10)
    world.buy_yes("ann", 5_000, 20 * SHARE, name=b"x", market=OTHER)
    world.set_state(MarketState.HALTED, OTHER)
    assert one(OrderCancelled, world.split("ann", 1)).order_id == b"x"


def test_a_trade_carries_both_fees_and_the_change_in_pairs() -> None:
    world = World()
    world.do(CreateMarket(world.now, "paid", 100))
    world.fund("ann", 10)
    world.fund("bob", 10)
    world.buy_no("bob", 5_000, 10, market="paid")
    trade = one(Trade, world.buy_yes("ann", 5_000, 10, market="paid", fee_plan=FeePlan.US))
    assert (trade.taker_fee, trade.maker_fee, trade.pairs) == (0, 0, 10)


def test_only_orders_of_the_side_that_exceeds_are_cancelled() -> None:
    """The buy is newer, but the sells are what the cash no longer covers."""
    world = World()
    world.fund("ann", 10)
    world.net_sell("ann", 1_000, 1_000, name=b"sell")
    world.net_buy("ann", 500, 100, name=b"buy")
    assert one(OrderCancelled, world.split("ann", 500, OTHER)).order_id == b"sell"
    assert world.is_open(b"buy")
