import pytest

from tests.engine.world import MARKET, START, deposit, listing, order
from tradepit.engine.answers import answer
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.messages import (
    AccountView,
    CreateEvent,
    CreateMarket,
    CredentialRegistered,
    GetAccount,
    GetBook,
    GetOrder,
    GetStatus,
    Gives,
    ListCredentials,
    ListMarkets,
    ListOpenOrders,
    MarketState,
    OrderKind,
    PlaceOrder,
    RegisterCredential,
    ReplaceOrder,
    ResolveMarket,
    RevokeCredential,
    ScheduleMarket,
    SetKillSwitch,
    SetMarginRelief,
    SetMarketState,
    SetTick,
    Side,
    Split,
)


@pytest.fixture
async def traded(engine: Engine) -> Engine:
    """Two markets. In the first alice bids, bob offers, and 40 lots have traded at 0.52."""
    await engine.submit_many(
        [
            listing(),
            listing("snow"),
            deposit("alice"),
            deposit("bob"),
            order(1, "alice", Side.BUY, 4_800, 300),
            order(2, "alice", Side.BUY, 4_900, 100),
            order(3, "bob", Side.SELL, 5_200, 100, now=START + 5),
            order(4, "alice", Side.BUY, 5_200, 40, now=START + 9),
            order(5, "alice", Side.BUY, 3_000, 70, market="snow"),
            order(6, "alice", Side.BUY, 4_900, 50),
        ]
    )
    return engine


async def test_a_book_shows_both_sides_best_price_first(traded: Engine) -> None:
    book = await traded.query(GetBook(MARKET))
    assert book is not None
    assert book.bids == [(4_900, 150), (4_800, 300)]
    assert book.asks == [(5_200, 60)]
    assert (book.last_price, book.last_side) == (5_200, Side.BUY)
    assert (book.state, book.sequence, book.time) == (MarketState.OPEN, 10, START + 9)
    shallow = await traded.query(GetBook(MARKET, depth=1))
    assert shallow is not None
    assert shallow.bids == [(4_900, 150)]
    assert await traded.query(GetBook("unknown")) is None


async def test_an_open_order_shows_what_is_left_and_what_it_has_traded(traded: Engine) -> None:
    view = await traded.query(GetOrder((3).to_bytes(32, "big")))
    assert view is not None
    assert (view.order.account, view.remaining, view.filled) == ("bob", 60, 40)
    assert (view.notional, view.accepted_at, view.delayed_until) == (40 * 5_200, START + 5, 0)
    assert await traded.query(GetOrder((4).to_bytes(32, "big"))) is None


async def test_open_orders_are_listed_oldest_first_over_all_markets(traded: Engine) -> None:
    async def numbers(account: str, market: str = "") -> list[int]:
        views = await traded.query(ListOpenOrders(account, market))
        return [int.from_bytes(view.order.order_id, "big") for view in views]

    assert await numbers("alice") == [1, 2, 5, 6]
    assert await numbers("alice", MARKET) == [1, 2, 6]
    assert await numbers("alice", "snow") == [5]
    assert await numbers("alice", "unknown") == []
    assert await numbers("nobody") == []


async def test_an_account_shows_its_cash_its_tokens_and_what_its_orders_need(traded: Engine) -> None:
    view = await traded.query(GetAccount("alice"))
    assert view.known
    assert view.cash == 1_000_000_000 - 40 * 5_200
    positions = {position.market: position for position in view.positions}
    assert (positions[MARKET].yes, positions[MARKET].no) == (40, 0)
    assert positions[MARKET].required == 300 * 4_800 + 150 * 4_900
    assert positions["snow"].required == 70 * 3_000
    assert view.largest_required == positions[MARKET].required
    only = await traded.query(GetAccount("alice", "snow"))
    assert [position.market for position in only.positions] == ["snow"]
    assert await traded.query(GetAccount("nobody")) == AccountView("nobody", False, 0, 0, [])


async def test_promised_tokens_are_shown(traded: Engine) -> None:
    await traded.submit(Split(START, "bob", MARKET, 200))
    sell = PlaceOrder(START, b"sell", "bob", MARKET, Side.SELL, Gives.TOKENS, 9_000, 150)
    await traded.submit(sell)
    (position,) = (await traded.query(GetAccount("bob"))).positions
    assert (position.yes, position.no) == (200, 240)
    assert (position.yes_promised, position.no_promised) == (150, 0)


async def test_markets_are_listed_in_order_of_creation(traded: Engine, clock: ManualClock) -> None:
    await traded.submit(ResolveMarket(clock.now(), "snow", 10_000))
    rain, snow = await traded.query(ListMarkets())
    assert (rain.listing, rain.state, rain.payout) == (listing(), MarketState.OPEN, None)
    assert (rain.last_price, rain.pairs, rain.traded) == (5_200, 40, 40)
    assert (snow.listing.market, snow.state, snow.payout) == ("snow", MarketState.RESOLVED, 10_000)
    assert snow.last_price == 0


async def test_the_status_counts(traded: Engine) -> None:
    status = await traded.query(GetStatus())
    assert (status.sequence, status.time) == (10, START + 9)
    assert (status.markets, status.accounts, status.open_orders) == (2, 2, 5)


async def test_live_credentials_of_one_kind_are_listed_in_order(engine: Engine) -> None:
    await engine.submit_many(
        [
            RegisterCredential(START, "key-b", "0xb", "clob.key", b"{}"),
            RegisterCredential(START, "client", "firms/f", "us.client"),
            RegisterCredential(START + 3, "key-a", "0xa", "clob.key"),
            RegisterCredential(START, "key-c", "0xc", "clob.key"),
            RevokeCredential(START, "key-c"),
        ]
    )
    assert await engine.query(ListCredentials("clob.key")) == [
        CredentialRegistered(START, "key-b", "0xb", "clob.key", b"{}"),
        CredentialRegistered(START + 3, "key-a", "0xa", "clob.key", b""),
    ]
    assert await engine.query(ListCredentials("unknown")) == []


async def test_asking_changes_nothing(traded: Engine) -> None:
    exchange = traded._exchange
    before = exchange.state_hash()
    await traded.query(GetAccount("alice"))
    await traded.query(GetAccount("nobody", "unknown"))
    await traded.query(ListOpenOrders("nobody"))
    await traded.query(GetBook("unknown"))
    assert exchange.state_hash() == before


async def test_what_is_no_question_is_an_error(engine: Engine) -> None:
    with pytest.raises(TypeError, match="not a question: ManualClock"):
        answer(engine._exchange, 0, ManualClock())  # type: ignore[arg-type]  # a door's bug


async def test_a_stop_that_waits_is_an_open_order(traded: Engine) -> None:
    stop = PlaceOrder(
        START,
        b"stop",
        "bob",
        "snow",
        Side.BUY,
        Gives.CASH,
        6_000,
        50,
        kind=OrderKind.STOP_LIMIT,
        stop_price=5_900,
    )
    await traded.submit(stop)
    (view,) = await traded.query(ListOpenOrders("bob", "snow"))
    assert (view.order, view.is_waiting, view.remaining) == (stop, True, 50)
    everything = await traded.query(ListOpenOrders("bob"))
    assert [other.is_waiting for other in everything] == [False, True]


async def test_an_open_order_shows_its_price_and_terms_of_now(traded: Engine) -> None:
    identity = (1).to_bytes(32, "big")
    await traded.submit(ReplaceOrder(START, "alice", identity, price=4_700, quantity=200))
    view = await traded.query(GetOrder(identity))
    assert view is not None
    assert (view.order.price, view.order.quantity, view.price) == (4_700, 200, 4_700)
    sweep = PlaceOrder(
        START, b"sweep", "alice", MARKET, Side.BUY, Gives.CASH, 0, 80, kind=OrderKind.MARKET_TO_LIMIT
    )
    await traded.submit(sweep)
    rest = await traded.query(GetOrder(b"sweep"))
    assert rest is not None
    assert (rest.order.price, rest.price, rest.remaining) == (0, 5_200, 20)


async def test_a_market_shows_its_tick_of_now_and_what_lies_ahead(traded: Engine) -> None:
    later = START + 10**12
    await traded.submit_many(
        [
            SetTick(START, MARKET, 50),
            ScheduleMarket(START, MARKET, later, MarketState.CLOSED),
            CreateEvent(START, "race", [MARKET, "snow"]),
            SetKillSwitch(START, market="snow"),
            SetMarketState(START, MARKET, MarketState.PRE_OPEN),
            order(20, "alice", Side.BUY, 5_300, 30),
        ]
    )
    rain, snow = await traded.query(ListMarkets())
    assert (rain.tick, rain.listing.tick, rain.event, rain.killed) == (50, 100, "race", False)
    assert rain.schedule == [(later, MarketState.CLOSED)]
    assert rain.indicative == (5_200, 30)
    assert (snow.tick, snow.killed) == (100, True)
    book = await traded.query(GetBook(MARKET))
    assert book is not None and book.tick == 50


async def test_what_is_pending_is_shown_apart(traded: Engine) -> None:
    await traded.submit_many(
        [
            CreateMarket(START, "later", 100, deferred=True),
            Split(START, "bob", "later", 100),
            PlaceOrder(START, b"sell", "bob", "later", Side.SELL, Gives.TOKENS, 6_000, 100),
        ]
    )
    before = (await traded.query(GetAccount("bob"))).cash
    await traded.submit(order(21, "alice", Side.BUY, 6_000, 40, market="later"))
    seller = await traded.query(GetAccount("bob", "later"))
    buyer = await traded.query(GetAccount("alice", "later"))
    assert (seller.cash, seller.pending_cash) == (before, 40 * 6_000)
    (sold,), (bought,) = seller.positions, buyer.positions
    assert (sold.yes, sold.pending_cash) == (60, 40 * 6_000)
    assert (bought.yes, bought.pending_yes, bought.pending_no) == (0, 40, 0)
    later = (await traded.query(ListMarkets()))[-1]
    assert (later.unsettled, later.awaiting) == (1, None)
    await traded.submit(ResolveMarket(START, "later", 10_000))
    assert (await traded.query(ListMarkets()))[-1].awaiting == 10_000


async def test_with_margin_relief_a_withdrawal_must_leave_what_all_markets_need(engine: Engine) -> None:
    await engine.submit_many(
        [
            listing("a"),
            listing("b"),
            CreateEvent(START, "race", ["a", "b"]),
            deposit("alice", 100),
            SetMarginRelief(START, "alice"),
            PlaceOrder(START, b"net", "alice", "a", Side.BUY, Gives.NET, 4_000, 1_000),
        ]
    )
    assert (await engine.query(GetAccount("alice"))).largest_required == 4_000 * 1_000
