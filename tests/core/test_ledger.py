"""Settlement and funding: who gives what, and what an account must be able to pay."""

from __future__ import annotations

import pytest

from tests.core.world import DOLLAR, MARKET, OTHER, SHARE, World, of, one, rejection
from tradepit.core.enums import CancelReason, Gives, Reject, Role, Side
from tradepit.core.events import (
    CommandRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRested,
    Trade,
    Withdrawn,
)
from tradepit.core.ledger import Account, Holding

QUANTITY = 50 * SHARE


# The four settlements, 50 shares at 0.40 ---------------------------------------------------------------


def test_buying_yes_from_a_seller_of_yes_transfers_it() -> None:
    world = World()
    world.fund("seller", yes=QUANTITY)
    world.fund("buyer", 20)
    world.sell_yes("seller", 4_000, QUANTITY)
    trade = one(Trade, world.buy_yes("buyer", 4_000, QUANTITY))
    assert (trade.price, trade.quantity, trade.pairs) == (4_000, QUANTITY, 0)
    assert (world.cash("buyer"), world.tokens("buyer")) == (0, (QUANTITY, 0))
    assert (world.cash("seller"), world.tokens("seller")) == (20 * DOLLAR, (0, 0))


def test_a_buyer_of_yes_and_a_buyer_of_no_mint_pairs() -> None:
    world = World()
    world.fund("no", 30)
    world.fund("yes", 20)
    world.buy_no("no", 6_000, QUANTITY)
    trade = one(Trade, world.buy_yes("yes", 4_000, QUANTITY))
    assert (trade.price, trade.pairs) == (4_000, QUANTITY)
    assert (world.cash("yes"), world.tokens("yes")) == (0, (QUANTITY, 0))
    assert (world.cash("no"), world.tokens("no")) == (0, (0, QUANTITY))


def test_a_seller_of_no_and_a_seller_of_yes_merge_pairs() -> None:
    world = World()
    world.fund("yes", yes=QUANTITY)
    world.fund("no", no=QUANTITY)
    world.sell_yes("yes", 4_000, QUANTITY)
    trade = one(Trade, world.sell_no("no", 6_000, QUANTITY))
    assert (trade.price, trade.pairs) == (4_000, -QUANTITY)
    assert (world.cash("yes"), world.tokens("yes")) == (20 * DOLLAR, (0, 0))
    assert (world.cash("no"), world.tokens("no")) == (30 * DOLLAR, (0, 0))


def test_selling_no_to_a_buyer_of_no_transfers_it() -> None:
    world = World()
    world.fund("seller", no=QUANTITY)
    world.fund("buyer", 30)
    world.buy_no("buyer", 6_000, QUANTITY)
    trade = one(Trade, world.sell_no("seller", 6_000, QUANTITY))
    assert (trade.price, trade.pairs) == (4_000, 0)
    assert (world.cash("seller"), world.tokens("seller")) == (30 * DOLLAR, (0, 0))
    assert (world.cash("buyer"), world.tokens("buyer")) == (0, (0, QUANTITY))


@pytest.mark.parametrize(
    ("side", "gives", "changes"),
    [
        (Side.BUY, Gives.CASH, (-40_000, 10, 0)),
        (Side.BUY, Gives.TOKENS, (60_000, 0, -10)),
        (Side.SELL, Gives.CASH, (-60_000, 0, 10)),
        (Side.SELL, Gives.TOKENS, (40_000, -10, 0)),
    ],
)
def test_one_side_of_ten_lots_at_forty_cents(side: Side, gives: Gives, changes: tuple[int, int, int]) -> None:
    holding = Holding(Account("a"), MARKET)
    holding.account.cash, holding.yes, holding.no = 100_000, 10, 10
    assert holding.settle(side, gives, 4_000, 10, 0) == changes
    assert (holding.account.cash, holding.yes, holding.no) == tuple(
        before + change for before, change in zip((100_000, 10, 10), changes, strict=True)
    )


def test_improvement_goes_to_the_taker_and_the_maker_gets_its_price() -> None:
    """A worked example: a bid for NO at 0.60 rests, a bid for YES at 0.45 takes half of it at 0.40."""
    world = World()
    world.fund("maker", 60)
    world.fund("taker", 22.5)
    world.buy_no("maker", 6_000, 100 * SHARE)
    events = world.buy_yes("taker", 4_500, 50 * SHARE)
    assert one(Trade, events).price == 4_000
    assert world.cash("taker") == 22_500_000 - 20 * DOLLAR
    assert world.cash("maker") == 30 * DOLLAR
    assert world.tokens("taker") == (50 * SHARE, 0)
    assert world.tokens("maker") == (0, 50 * SHARE)
    assert world.asks() == [(4_000, 50 * SHARE)]
    maker, taker = of(OrderFilled, events)
    assert (maker.role, maker.cash, maker.no, maker.remaining) == (Role.MAKER, -30 * DOLLAR, 5_000, 5_000)
    assert (taker.role, taker.cash, taker.yes, taker.done) == (Role.TAKER, -20 * DOLLAR, 5_000, True)


# Net orders --------------------------------------------------------------------------------------------


def test_a_net_order_closes_what_it_can_and_opens_the_rest_in_one_trade() -> None:
    world = World()
    world.fund("net", 10, no=30)
    world.fund("other", 10)
    world.buy_no("other", 5_000, 100)
    events = world.net_buy("net", 5_000, 100)
    assert one(Trade, events).pairs == 70
    fill = of(OrderFilled, events)[-1]
    assert (fill.yes, fill.no, fill.cash) == (70, -30, 30 * 5_000 - 70 * 5_000)
    assert world.tokens("net") == (70, 0)


def test_a_net_sell_closes_yes_before_it_opens_no() -> None:
    world = World()
    world.fund("net", 10, yes=30)
    world.fund("other", 10)
    world.buy_yes("other", 5_000, 100)
    fill = of(OrderFilled, world.net_sell("net", 5_000, 100))[-1]
    assert (fill.yes, fill.no) == (-30, 70)


def test_a_net_order_never_gives_a_token_that_a_token_order_has_promised() -> None:
    world = World()
    world.fund("both", 10, no=30)
    world.fund("other", 10)
    world.sell_no("both", 7_000, 20)
    world.buy_no("other", 5_000, 30)
    fill = of(OrderFilled, world.net_buy("both", 5_000, 30))[-1]
    assert (fill.no, fill.yes) == (-10, 20)
    assert world.tokens("both") == (20, 20)


def test_net_buys_need_no_cash_where_closing_pays_for_them() -> None:
    """A worked example: with 300 NO, buys of 100 at 0.90 and 300 at 0.20 need nothing."""
    world = World()
    world.fund("short", no=300 * SHARE)
    assert world.cash("short") == 0
    one(OrderRested, world.net_buy("short", 9_000, 100 * SHARE))
    one(OrderRested, world.net_buy("short", 2_000, 300 * SHARE))
    holding = world.exchange.state.markets[MARKET].holdings["short"]
    assert holding.required() == 0


def test_a_net_sell_needs_no_cash_where_it_closes() -> None:
    world = World()
    world.fund("long", yes=100)
    world.fund("buyer", 10)
    assert world.cash("long") == 0
    world.buy_yes("buyer", 4_000, 100)
    assert one(Trade, world.net_sell("long", 4_000, 100)).quantity == 100
    assert world.cash("long") == 400_000


def test_net_buys_and_net_sells_need_only_the_worse_of_the_two() -> None:
    world = World()
    world.fund("maker", 60)
    one(OrderRested, world.net_buy("maker", 4_000, 100 * SHARE))  # 40.00
    one(OrderRested, world.net_sell("maker", 4_500, 100 * SHARE))  # 55.00
    refused = rejection(world.net_buy("maker", 3_000, 100 * SHARE))  # 40.00 + 30.00 > 60.00
    assert (refused.reason, refused.available) == (Reject.INSUFFICIENT_CASH, 60 * DOLLAR)


# What an account must be able to pay -----------------------------------------------------------------


def test_two_orders_of_all_the_cash_in_one_market_are_one_too_many() -> None:
    world = World()
    world.fund("a", 10)
    one(OrderRested, world.net_buy("a", 5_000, 20 * SHARE))
    refused = rejection(world.net_buy("a", 5_000, 20 * SHARE))
    assert refused.reason is Reject.INSUFFICIENT_CASH
    assert (refused.available, refused.reserved, refused.required) == (10_000_000, 10_000_000, 10_000_000)


def test_orders_in_two_markets_share_the_cash_until_one_fills() -> None:
    world = World()
    world.fund("a", 10)
    world.fund("b", 10)
    one(OrderRested, world.net_buy("a", 5_000, 20 * SHARE, name=b"rain"))
    one(OrderRested, world.net_buy("a", 5_000, 20 * SHARE, name=b"snow", market=OTHER))
    events = world.net_sell("b", 5_000, 20 * SHARE)
    cancelled = one(OrderCancelled, events)
    assert (cancelled.order_id, cancelled.reason) == (b"snow", CancelReason.UNFUNDED)
    assert world.bids(OTHER) == []


def test_a_token_buyer_of_yes_and_of_no_needs_both_sums() -> None:
    world = World()
    world.fund("a", 100)
    world.buy_yes("a", 4_000, 100 * SHARE)
    refused = rejection(world.buy_no("a", 4_100, 150 * SHARE))
    assert (refused.reserved, refused.required) == (40 * DOLLAR, 61_500_000)
    one(OrderRested, world.buy_no("a", 4_000, 150 * SHARE))


def test_the_last_micro_dollar_counts() -> None:
    world = World()
    world.fund("a", 0.4)
    assert rejection(world.buy_yes("a", 4_000, 101)).reason is Reject.INSUFFICIENT_CASH
    one(OrderRested, world.buy_yes("a", 4_000, 100))


def test_tokens_can_be_promised_once() -> None:
    world = World()
    world.fund("a", yes=100, no=100)
    one(OrderRested, world.sell_yes("a", 6_000, 60))
    refused = rejection(world.sell_yes("a", 6_000, 41))
    assert refused.reason is Reject.INSUFFICIENT_TOKENS
    assert (refused.available, refused.reserved, refused.required) == (100, 60, 41)
    one(OrderRested, world.sell_yes("a", 6_000, 40))
    one(OrderRested, world.sell_no("a", 6_000, 100))
    assert rejection(world.sell_no("a", 6_000, 1)).reason is Reject.INSUFFICIENT_TOKENS


def test_a_seller_of_tokens_needs_no_cash() -> None:
    world = World()
    world.fund("a", yes=100)
    assert world.cash("a") == 0
    one(OrderRested, world.sell_yes("a", 6_000, 100))


def test_a_withdrawal_leaves_what_the_neediest_market_requires() -> None:
    world = World()
    world.fund("a", 10)
    world.buy_yes("a", 5_000, 10 * SHARE)
    world.buy_yes("a", 5_000, 14 * SHARE, market=OTHER)
    refused = one(CommandRejected, world.withdraw("a", 3_000_001))
    assert (refused.reason, refused.available) == (Reject.INSUFFICIENT_CASH, 3_000_000)
    assert one(Withdrawn, world.withdraw("a", 3_000_000)).amount == 3_000_000


# The re-check ------------------------------------------------------------------------------------------


def test_the_newest_orders_that_no_longer_fit_are_cancelled_first() -> None:
    world = World()
    world.fund("a", 10)
    world.fund("b", 10)
    world.buy_yes("a", 5_000, 10 * SHARE, name=b"old", market=OTHER)
    world.buy_yes("a", 4_000, 10 * SHARE, name=b"new", market=OTHER)
    world.buy_yes("a", 3_000, 10 * SHARE, name=b"fills")
    world.buy_yes("a", 2_500, 10 * SHARE, name=b"still fits")
    events = world.buy_no("b", 7_000, 10 * SHARE)
    assert [cancelled.order_id for cancelled in of(OrderCancelled, events)] == [b"new"]
    assert world.is_open(b"old") and world.is_open(b"still fits")


def test_markets_are_rechecked_from_the_neediest_down() -> None:
    world = World()
    world.fund("a", 10)
    world.fund("b", 10)
    world.buy_yes("a", 4_000, 20 * SHARE, name=b"eight", market=OTHER)
    world.buy_yes("a", 5_000, 12 * SHARE, name=b"six")
    world.buy_yes("a", 5_000, 8 * SHARE, name=b"four")
    events = world.split("a", 5 * SHARE)
    assert [cancelled.order_id for cancelled in of(OrderCancelled, events)] == [b"four", b"six", b"eight"]


def test_selling_a_promised_token_elsewhere_is_not_possible_but_merging_it_cancels_the_promise() -> None:
    world = World()
    world.fund("a", 1, yes=100, no=100)
    world.sell_yes("a", 6_000, 50, name=b"older")
    world.sell_yes("a", 6_000, 50, name=b"newer")
    world.buy_yes("a", 1_000, 100, name=b"bystander")
    events = world.merge("a", 10)
    cancelled = one(OrderCancelled, events)
    assert (cancelled.order_id, cancelled.reason) == (b"newer", CancelReason.UNFUNDED)
    assert world.is_open(b"older") and world.is_open(b"bystander")


def test_of_a_net_account_only_the_side_that_costs_too_much_is_cancelled() -> None:
    world = World()
    world.fund("a", 10)
    world.net_sell("a", 6_000, 10 * SHARE, name=b"sell")  # needs 4.00
    world.net_buy("a", 5_000, 20 * SHARE, name=b"buy")  # needs 10.00
    assert one(OrderCancelled, world.split("a", 1 * SHARE, OTHER)).order_id == b"buy"
    assert world.is_open(b"sell")


def test_an_order_that_fits_exactly_is_accepted_and_fills_to_the_last_cent() -> None:
    world = World()
    world.fund("a", 4)
    world.fund("b", 6)
    world.buy_yes("a", 4_000, 10 * SHARE)
    events = world.buy_no("b", 6_000, 10 * SHARE)
    one(OrderAccepted, events)
    assert (world.cash("a"), world.cash("b")) == (0, 0)


def test_a_held_order_that_promises_too_many_tokens_does_not_hide_a_lack_of_cash() -> None:
    world = World(delay_ns=3_000)
    world.fund("ann", 10, yes=100, no=100)
    world.fund("bob", 100, yes=1_000)
    world.buy_yes("bob", 5_000, 100, name=b"bid")
    world.sell_yes("ann", 5_000, 100, name=b"held")
    world.buy_yes("ann", 4_000, 2_500, name=b"all the cash")
    world.merge("ann", 50)
    assert world.is_open(b"all the cash")
    events = world.split("ann", 1_000, OTHER)
    assert [event.order_id for event in of(OrderCancelled, events)] == [b"all the cash"]
    world.cancel("bob", b"bid")
    world.sell_yes("bob", 4_000, 900)
    world.wait(3_000)
    assert world.cash("ann") >= 0
