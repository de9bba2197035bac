"""The core checks itself: each invariant, broken by hand, is noticed and called by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.world import MARKET, OTHER, World
from tradepit.core.book import Book, Level
from tradepit.core.commands import Convert, CreateEvent, PlaceOrder
from tradepit.core.enums import Gives, OrderKind, Side
from tradepit.core.ledger import Account, Holding
from tradepit.core.market import Market
from tradepit.core.order import Order
from tradepit.core.state import State
from tradepit.core.units import ONE

# The book ----------------------------------------------------------------------------------------------


def queue(price: int = 4_000) -> tuple[Book, Order, Order]:
    """A book of two bids of 5 lots in one level, and a bid below them."""
    book = Book()
    orders = [_bid(number, price) for number in (1, 2)]
    for order in (*orders, _bid(3, 3_000)):
        book.add(order)
    book.check()
    return book, orders[0], orders[1]


def _bid(number: int, price: int) -> Order:
    terms = PlaceOrder(1, bytes([number]), "ann", MARKET, Side.BUY, Gives.CASH, price, 5)
    return Order(terms, Holding(Account("ann"), MARKET), 1, number)


def _unsort(book: Book, first: Order, last: Order) -> None:
    book.bids.ranks.reverse()


def _forget_a_level(book: Book, first: Order, last: Order) -> None:
    book.bids.ranks.pop()


def _keep_an_empty_level(book: Book, first: Order, last: Order) -> None:
    book.bids.levels[2_000] = Level(2_000)
    book.bids.ranks.insert(0, 2_000)


def _move(book: Book, first: Order, last: Order) -> None:
    last.price = 4_100


def _lose_the_level(book: Book, first: Order, last: Order) -> None:
    last.level = None


def _unlink(book: Book, first: Order, last: Order) -> None:
    last.previous = None


def _finish(book: Book, first: Order, last: Order) -> None:
    last.remaining = 0


def _overtake(book: Book, first: Order, last: Order) -> None:
    last.arrival = first.arrival


def _cut(book: Book, first: Order, last: Order) -> None:
    first.next = None


def _miscount(book: Book, first: Order, last: Order) -> None:
    book.bids.levels[4_000].quantity += 1


def _cross(book: Book, first: Order, last: Order) -> None:
    ask = _bid(4, 4_000)
    ask.side = Side.SELL
    book.add(ask)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_cross, "the book is crossed"),
        (_unsort, "ranks are not sorted"),
        (_forget_a_level, "ranks are not the levels"),
        (_keep_an_empty_level, "an empty level is kept"),
        (_move, "an order is at another price"),
        (_lose_the_level, "an order does not know its level"),
        (_unlink, "a queue is broken"),
        (_finish, "a finished order rests"),
        (_overtake, "a queue is not in order of arrival"),
        (_cut, "a queue has another end"),
        (_miscount, "an aggregate is wrong"),
    ],
)
def test_a_broken_book_is_named_by_its_check(
    break_it: Callable[[Book, Order, Order], None], words: str
) -> None:
    book, first, last = queue()
    break_it(book, first, last)
    with pytest.raises(AssertionError) as raised:
        book.check()
    assert str(raised.value) == words


@pytest.mark.parametrize("price", [0, ONE])
def test_a_price_of_nothing_or_of_certainty_does_not_rest(price: int) -> None:
    book = Book()
    book.add(_bid(1, price))
    with pytest.raises(AssertionError) as raised:
        book.check()
    assert str(raised.value) == "a price is out of range"


def test_a_book_says_so_when_it_is_asked_for_an_order_that_it_does_not_hold() -> None:
    book = Book()
    for use in (book.remove, lambda order: book.fill(order, 1)):
        with pytest.raises(AssertionError) as raised:
            use(_bid(1, 4_000))
        assert str(raised.value) == "the order rests in no book"


def test_a_book_that_collects_orders_for_an_auction_may_cross_and_is_checked_all_the_same() -> None:
    book, first, last = queue()
    _cross(book, first, last)
    book.check(may_cross=True)
    _miscount(book, first, last)
    with pytest.raises(AssertionError, match=r"^an aggregate is wrong$"):
        book.check(may_cross=True)


def test_a_best_bid_below_the_best_ask_is_no_cross() -> None:
    book, _, _ = queue()
    ask = _bid(4, 4_001)
    ask.side = Side.SELL
    book.add(ask)
    book.check()


# Holdings, markets, the whole ---------------------------------------------------------------------------


SUMS = ("token_cash", "yes_promised", "no_promised", "net_buys", "net_buy_cost", "net_sells", "net_sell_cost")


def test_a_new_holding_holds_promises_and_needs_nothing() -> None:
    holding = Holding(Account("ann"), MARKET)
    sums = {name: getattr(holding, name) for name in ("yes", "no", "unsettled", *SUMS)}
    assert all(type(value) is int and value == 0 for value in sums.values()), sums
    assert (holding.orders, holding.stops, holding.pending, holding.style) == ({}, {}, (0, 0, 0), None)
    account = holding.account
    assert (account.cash, account.open_orders, account.required_bound) == (0, 0, 0)
    assert (account.holdings, account.active, account.name) == ({}, {}, "ann")


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_that_is_not_that_of_the_orders_is_named(name: str) -> None:
    holding = Holding(Account("ann"), MARKET)
    setattr(holding, name, 1)
    with pytest.raises(AssertionError) as raised:
        holding.check()
    assert str(raised.value) == f"{name} is not the sum over the orders"


@pytest.mark.parametrize(("yes", "no"), [(-1, 0), (0, -1)])
def test_a_negative_holding_is_noticed(yes: int, no: int) -> None:
    holding = Holding(Account("ann"), MARKET)
    holding.yes, holding.no = yes, no
    with pytest.raises(AssertionError) as raised:
        holding.check()
    assert str(raised.value) == "a holding is negative"


def test_an_order_in_a_strange_holding_is_noticed() -> None:
    holding = Holding(Account("ann"), MARKET)
    order = _bid(1, 4_000)
    holding.add(order)
    with pytest.raises(AssertionError) as raised:
        holding.check()
    assert str(raised.value) == "an order belongs to another holding"


def _small_world() -> World:
    """Ann has money, tokens, and a bid with a key; and half of her NO was converted, in an event."""
    world = World()
    world.fund("ann", 10, yes=100, no=100)
    world.do(CreateEvent(world.now, "sky", [MARKET, OTHER]))
    world.do(Convert(world.now, "ann", "sky", [MARKET], 50))
    world.buy_yes("ann", 4_000, 100, name=b"bid", client_key="ann/1")
    return world


def _conjure_money(state: State, market: Market, ann: Account) -> None:
    ann.cash += 1


def _conjure_yes(state: State, market: Market, ann: Account) -> None:
    ann.holdings[MARKET].yes += 1


def _conjure_no(state: State, market: Market, ann: Account) -> None:
    ann.holdings[MARKET].no += 1


def _conjure_pairs(state: State, market: Market, ann: Account) -> None:
    market.pairs += 1


def _rest_twice(state: State, market: Market, ann: Account) -> None:
    ask = _bid(9, 9_000)
    ask.side = Side.SELL
    market.book.add(ask)


def _keep_an_idle_holding(state: State, market: Market, ann: Account) -> None:
    bob = state.account("bob")
    market.holdings["bob"] = bob.holdings[MARKET] = Holding(bob, MARKET)


def _owe(state: State, market: Market, ann: Account) -> None:
    state.account("bob").cash = -1
    ann.cash += 1


def _count_one_more(state: State, market: Market, ann: Account) -> None:
    ann.open_orders += 1


def _forget_what_is_active(state: State, market: Market, ann: Account) -> None:
    ann.active.clear()


def _lower_the_bound(state: State, market: Market, ann: Account) -> None:
    ann.required_bound -= 1


def _forget_an_order(state: State, market: Market, ann: Account) -> None:
    del state.orders[b"bid"]


def _forget_a_stop(state: State, market: Market, ann: Account) -> None:
    stop = PlaceOrder(
        1, b"stop", "ann", MARKET, Side.BUY, Gives.CASH, 0, 5, kind=OrderKind.STOP, stop_price=9_000
    )
    order = Order(stop, ann.holdings[MARKET], 1, 9)
    order.is_waiting = True
    ann.holdings[MARKET].stops[b"stop"] = order
    ann.open_orders += 1


def _keep_two_stops(state: State, market: Market, ann: Account) -> None:
    _forget_a_stop(state, market, ann)
    market.stops.add(ann.holdings[MARKET].stops[b"stop"])
    market.stops.add(ann.holdings[MARKET].stops[b"stop"])


def _mistake_an_account(state: State, market: Market, ann: Account) -> None:
    state.accounts["anne"] = Account("ann")


def _mistake_a_holding(state: State, market: Market, ann: Account) -> None:
    market.holdings["anne"] = market.holdings.pop("ann")


def _replace_a_holding(state: State, market: Market, ann: Account) -> None:
    ann.holdings[MARKET] = Holding(ann, MARKET)


def _vault(state: State) -> Account:
    return state.linked["sky"].vault


def _pay_the_vault(state: State, market: Market, ann: Account) -> None:
    _vault(state).cash += 1
    ann.cash -= 1


def _let_the_vault_trade(state: State, market: Market, ann: Account) -> None:
    _vault(state).open_orders = 1


def _empty_the_vault(state: State, market: Market, ann: Account) -> None:
    del _vault(state).holdings[OTHER]
    del state.markets[OTHER].holdings[_vault(state).name]
    state.markets[OTHER].holdings["ann"].no += 50


def _give_the_vault_yes(state: State, market: Market, ann: Account) -> None:
    _vault(state).holdings[MARKET].yes += 1
    ann.holdings[MARKET].yes -= 1


def _forget_a_key(state: State, market: Market, ann: Account) -> None:
    state.client_keys.clear()


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_conjure_money, "money is not conserved: 11000001 is not 11000000"),
        (_conjure_yes, "YES supply, NO supply and pairs differ"),
        (_conjure_no, "YES supply, NO supply and pairs differ"),
        (_conjure_pairs, "YES supply, NO supply and pairs differ"),
        (_rest_twice, "the book and the holdings disagree about who rests"),
        (_keep_an_idle_holding, "an idle holding is kept"),
        (_owe, "bob has negative cash"),
        (_count_one_more, "ann has a wrong count of open orders"),
        (_forget_what_is_active, "ann has wrong active markets"),
        (_lower_the_bound, "ann has a wrong bound"),
        (_forget_a_stop, "a stop waits in one place only"),
        (_keep_two_stops, "a stop waits in one place only"),
        (_mistake_an_account, ""),
        (_mistake_a_holding, ""),
        (_replace_a_holding, ""),
        (_pay_the_vault, "the vault of sky is off"),
        (_let_the_vault_trade, "a vault trades"),
        (_empty_the_vault, "the vault of sky holds no complete sets"),
        (_give_the_vault_yes, "the vault of sky holds no complete sets"),
        (_forget_an_order, "the open orders are not those of the accounts"),
        (_forget_a_key, "client keys are not those of the open orders"),
    ],
)
def test_a_broken_exchange_is_named_by_its_check(
    break_it: Callable[[State, Market, Account], None], words: str
) -> None:
    world = _small_world()
    state = world.exchange.state
    break_it(state, state.markets[MARKET], state.accounts["ann"])
    with pytest.raises(AssertionError) as raised:
        world.exchange.check()
    assert str(raised.value) == words
