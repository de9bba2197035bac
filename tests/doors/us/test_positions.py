"""The cost of a position and what it has earned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.doors.us.positions import CostBasis
from tradepit.history.reader import TradeRecord

DAY = 86_400 * 10**9


def trade(
    number: int, side: Side, price: int, quantity: int, *, maker: str = "other", time: int = DAY
) -> TradeRecord:
    """The account "me" takes `quantity` at `price`."""

    def order(account: str, order_side: Side) -> PlaceOrder:
        return PlaceOrder(
            now=1, order_id=b"x", account=account, market="m", side=order_side, gives=Gives.NET, price=price
        )

    other = Side.SELL if side is Side.BUY else Side.BUY
    return TradeRecord(
        number=number,
        market="m",
        price=price,
        quantity=quantity,
        taker_side=side,
        taker=order("me", side),
        maker=order(maker, other),
        taker_fee=0,
        maker_fee=0,
        time=time,
        sequence=number,
    )


def after(*trades: TradeRecord) -> CostBasis:
    basis = CostBasis()
    for each in trades:
        basis.take(each, "me")
    return basis


def test_a_long_position_costs_what_was_paid() -> None:
    basis = after(trade(1, Side.BUY, 4_500, 1_000))
    assert (basis.net, basis.cost, basis.realized) == (1_000, 4_500_000, 0)


def test_a_short_position_costs_what_was_received_with_a_minus() -> None:
    basis = after(trade(1, Side.SELL, 5_500, 300))
    assert (basis.net, basis.cost) == (-300, -1_650_000)


def test_closing_a_part_realizes_proceeds_less_average_cost() -> None:
    basis = after(
        trade(1, Side.BUY, 4_000, 100), trade(2, Side.BUY, 6_000, 100), trade(3, Side.SELL, 7_000, 50)
    )
    assert (basis.net, basis.cost, basis.realized) == (150, 750_000, 100_000)
    assert (basis.bought, basis.sold) == (200, 50)


def test_selling_through_zero_closes_the_long_and_opens_a_short() -> None:
    basis = after(trade(1, Side.BUY, 4_000, 100), trade(2, Side.SELL, 5_000, 250))
    assert (basis.net, basis.cost, basis.realized) == (-150, -750_000, 100_000)


def test_buying_back_a_short_earns_the_difference() -> None:
    basis = after(trade(1, Side.SELL, 5_500, 300), trade(2, Side.BUY, 5_000, 100))
    assert (basis.net, basis.cost, basis.realized) == (-200, -1_100_000, 50_000)


def test_a_trade_is_counted_once_and_on_both_sides_of_oneself() -> None:
    one = trade(1, Side.BUY, 5_000, 10, maker="me")
    basis = after(one, one)
    assert (basis.net, basis.bought, basis.sold) == (0, 10, 10)


def test_the_start_of_day_position_is_yesterdays_close() -> None:
    basis = after(trade(1, Side.BUY, 5_000, 10, time=DAY), trade(2, Side.BUY, 5_000, 5, time=3 * DAY))
    assert basis.start_of_day(3 * DAY) == 10
    assert basis.start_of_day(9 * DAY) == 15


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 9_999), st.integers(1, 1_000)), max_size=30))
def test_cost_less_realized_is_the_cash_that_was_paid(orders: list[tuple[Side, int, int]]) -> None:
    basis = after(*(trade(n + 1, side, price, lots) for n, (side, price, lots) in enumerate(orders)))
    paid = sum(price * lots * (1 if side is Side.BUY else -1) for side, price, lots in orders)
    assert basis.cost - basis.realized == paid
    assert basis.net == basis.bought - basis.sold
