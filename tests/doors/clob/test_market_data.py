"""What anybody may ask about markets, books and prices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.clob.trading import CONDITION, NO, YES, ClobHouse, Trader
from tradepit.core.commands import FeeSchedule, ResolveMarket
from tradepit.core.enums import MarketState
from tradepit.doors.clob.settings import ClobSettings
from tradepit.doors.clob.wire.books import Book, Level, book_hash

UNKNOWN = "12345"
NO_BOOK = {"error": "No orderbook exists for the requested token id"}


@pytest.fixture
async def quoted(house: ClobHouse, alice: Trader, bob: Trader) -> ClobHouse:
    """Bids at 0.40 and 0.38, offers at 0.47 and 0.50."""
    for price, size in ((0.38, 20.0), (0.40, 10.0)):
        await alice.place("BUY", price, size)
    for price, size in ((0.50, 20), (0.47, 10.5)):
        await bob.place("SELL", price, size)
    return house


async def test_health_time_and_version(house: ClobHouse) -> None:
    assert await house.get("/") == await house.get("/ok") == "OK"
    assert await house.get("/time") == house.port.now() // 10**9
    assert await house.get("/version") == {"version": 2}


async def test_the_book_has_ten_members_and_its_best_prices_last(quoted: ClobHouse) -> None:
    book = await quoted.get("/book", token_id=YES)
    assert book == {
        "market": CONDITION,
        "asset_id": YES,
        "timestamp": str(quoted.port.now() // 10**6),
        "hash": book["hash"],
        "bids": [{"price": "0.38", "size": "20"}, {"price": "0.4", "size": "10"}],
        "asks": [{"price": "0.5", "size": "20"}, {"price": "0.47", "size": "10.5"}],
        "min_order_size": "5",
        "tick_size": "0.01",
        "neg_risk": False,
        "last_trade_price": "",
    }
    mirror = await quoted.get("/book", token_id=NO)
    assert mirror["bids"] == [{"price": "0.5", "size": "20"}, {"price": "0.53", "size": "10.5"}]
    assert mirror["asks"] == [{"price": "0.62", "size": "20"}, {"price": "0.6", "size": "10"}]
    assert mirror["timestamp"] == book["timestamp"]


def test_the_hash_of_a_book_is_the_clients() -> None:
    bids, asks = [Level("0.3", "100"), Level("0.4", "100")], [Level("0.6", "100"), Level("0.7", "100")]
    book = Book("0xaabbcc", "100", "123456789", "", bids, asks, "100", "0.01", False, "0.5")
    assert book_hash(book) == "0458ea5755c9f73d64a14636fa5c36ed460ec394"
    empty = Book("0xaabbcc", "100", "", "", [], [], "100", "0.01", False, "0.5")
    assert book_hash(empty) == "74c6a7c81c1d572f1c877b7d3e25b80c336d8a6e"


async def test_prices_midpoints_and_spreads_of_both_tokens(quoted: ClobHouse) -> None:
    for token, bid, ask, middle in ((YES, "0.4", "0.47", "0.435"), (NO, "0.53", "0.6", "0.565")):
        assert await quoted.get("/price", token_id=token, side="BUY") == {"price": bid}
        assert await quoted.get("/price", token_id=token, side="SELL") == {"price": ask}
        assert await quoted.get("/midpoint", token_id=token) == {"mid": middle}
        assert await quoted.get("/spread", token_id=token) == {"spread": "0.07"}


async def test_batches_answer_for_all_tokens_that_are_known(quoted: ClobHouse) -> None:
    items = [{"token_id": token} for token in (NO, UNKNOWN, YES)]
    sided = [{"token_id": YES, "side": "BUY"}, {"token_id": NO, "side": "SELL"}, {"token_id": YES}]

    async def ask(path: str, body: object) -> Any:
        response = await quoted.http.post(path, json=body)
        assert response.status_code == 200
        return response.json()

    assert [book["asset_id"] for book in await ask("/books", items)] == [NO, YES]
    assert await ask("/midpoints", items) == {NO: "0.565", YES: "0.435"}
    assert await ask("/spreads", items) == {NO: "0.07", YES: "0.07"}
    assert await ask("/prices", sided) == {YES: {"BUY": "0.4", "SELL": "0.47"}, NO: {"SELL": "0.6"}}
    assert await ask("/last-trades-prices", items) == []
    both = f"{YES},{NO}"
    assert await quoted.get("/midpoints", token_ids=both) == {YES: "0.435", NO: "0.565"}
    assert await quoted.get("/prices", token_ids=both, sides="BUY,SELL") == {
        YES: {"BUY": "0.4"},
        NO: {"SELL": "0.6"},
    }
    assert await quoted.get("/last-trades-prices", token_ids=both) == []


async def test_the_last_trade_is_told_from_each_tokens_side(quoted: ClobHouse, alice: Trader) -> None:
    assert await quoted.get("/last-trade-price", token_id=YES) == {"price": "0.5", "side": ""}
    await alice.place("BUY", 0.47, 5)
    assert await quoted.get("/last-trade-price", token_id=YES) == {"price": "0.47", "side": "BUY"}
    assert await quoted.get("/last-trade-price", token_id=NO) == {"price": "0.53", "side": "SELL"}
    response = await quoted.http.post("/last-trades-prices", json=[{"token_id": NO}])
    assert response.json() == [{"token_id": NO, "price": "0.53", "side": "SELL"}]
    assert (await quoted.get("/book", token_id=NO))["last_trade_price"] == "0.53"


async def test_the_buy_price_can_be_what_a_buyer_pays(open_house: Any) -> None:
    house = await open_house(ClobSettings(buy_price_is_best_ask=True))
    await house.list_market()
    alice = await house.trader()
    await alice.place("BUY", 0.4, 10)
    assert await house.get("/price", token_id=YES, side="SELL") == {"price": "0.4"}


async def test_an_empty_side_has_no_price(house: ClobHouse, alice: Trader) -> None:
    await alice.place("BUY", 0.4, 10)
    assert await house.get("/price", token_id=YES, side="BUY") == {"price": "0.4"}
    for path, params in (
        ("/price", {"token_id": YES, "side": "SELL"}),
        ("/midpoint", {"token_id": YES}),
        ("/spread", {"token_id": NO}),
    ):
        response = await house.http.get(path, params=params)
        assert (response.status_code, response.json()) == (404, NO_BOOK)
    assert (await house.http.post("/midpoints", json=[{"token_id": YES}])).json() == {}


@pytest.mark.parametrize("path", ["/book", "/price", "/midpoint", "/spread", "/last-trade-price"])
async def test_a_token_that_is_unknown_or_none_is_an_error(house: ClobHouse, path: str) -> None:
    response = await house.http.get(path, params={"token_id": UNKNOWN, "side": "BUY"})
    assert (response.status_code, response.json()) == (404, NO_BOOK)
    for params in ({}, {"token_id": ""}, {"token_id": "abc"}, {"token_id": "-1"}, {"token_id": "\u0661"}):
        response = await house.http.get(path, params=params)
        assert (response.status_code, response.json()) == (400, {"error": "Invalid token id"})


async def test_a_side_that_is_none_is_an_error(quoted: ClobHouse) -> None:
    for response in (
        await quoted.http.get("/price", params={"token_id": YES, "side": "HOLD"}),
        await quoted.http.post("/prices", json=[{"token_id": YES, "side": "HOLD"}]),
    ):
        assert (response.status_code, response.json()) == (400, {"error": "Invalid side"})


@pytest.mark.parametrize("path", ["/books", "/prices", "/midpoints", "/spreads", "/last-trades-prices"])
async def test_a_batch_of_another_shape_or_length_is_an_error(house: ClobHouse, path: str) -> None:
    for content in (b"", b"{", b"{}", b"[1]", b'[{"token_id":1}]', b"[[", b"null"):
        response = await house.http.post(path, content=content)
        assert (response.status_code, response.json()) == (400, {"error": "Invalid payload"})
    response = await house.http.post(path, json=[{"token_id": YES}] * 501)
    assert (response.status_code, response.json()) == (400, {"error": "Payload exceeds the limit"})


async def test_what_clients_ask_before_they_sign(house: ClobHouse) -> None:
    for path in ("/tick-size", f"/tick-size/{YES}"):
        response = await house.http.get(path, params={"token_id": YES})
        assert response.text == '{"minimum_tick_size":0.01}'
    for path in ("/fee-rate", f"/fee-rate/{YES}"):
        assert await house.get(path, token_id=YES) == {"base_fee": 0}
    assert await house.get("/neg-risk", token_id=NO) == {"neg_risk": False}
    assert await house.get(f"/markets-by-token/{NO}") == {
        "condition_id": CONDITION,
        "primary_token_id": YES,
        "secondary_token_id": NO,
    }
    market = await house.get(f"/clob-markets/{CONDITION}")
    assert market["t"] == [{"t": YES, "o": "Yes"}, {"t": NO, "o": "No"}]
    assert (market["c"], market["mos"], market["mts"], market["tbf"]) == (CONDITION, 5, 0.01, 0)
    assert "nr" not in market
    assert "fd" not in market


async def test_fees_neg_risk_and_small_ticks_are_told(house: ClobHouse) -> None:
    condition, token = "0x" + "2" * 64, "9" * 70
    await house.list_market(
        "fine",
        yes=token,
        no="8" * 70,
        condition=condition,
        exchange="neg_risk",
        tick=1,
        fees=FeeSchedule(clob_rate_ppm=70_000, clob_exponent=2, clob_v1_bps=100),
    )
    market = await house.get(f"/clob-markets/{condition}")
    assert (market["nr"], market["fd"]) == (True, {"r": 0.07, "e": 2, "to": True})
    assert await house.get("/neg-risk", token_id=token) == {"neg_risk": True}
    assert await house.get("/fee-rate", token_id=token) == {"base_fee": 100}
    assert (await house.http.get(f"/tick-size/{token}")).text == '{"minimum_tick_size":0.0001}'


@pytest.mark.parametrize("path", ["/tick-size", "/neg-risk", "/fee-rate"])
async def test_an_unknown_tokens_market_is_not_found(house: ClobHouse, path: str) -> None:
    response = await house.http.get(path, params={"token_id": UNKNOWN})
    assert (response.status_code, response.json()) == (404, {"error": "market not found"})
    response = await house.http.get(path)
    assert (response.status_code, response.json()) == (400, {"error": "Invalid token id"})


@pytest.mark.parametrize("path", ["/markets/", "/clob-markets/"])
async def test_an_unknown_condition_is_not_found(house: ClobHouse, path: str) -> None:
    response = await house.http.get(path + "condition_id")
    assert (response.status_code, response.json()) == (400, {"error": "Invalid market"})
    response = await house.http.get(path + "0x" + "7" * 64)
    assert (response.status_code, response.json()) == (404, {"error": "market not found"})


async def test_markets_are_listed_in_four_shapes(quoted: ClobHouse) -> None:
    await quoted.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    await quoted.set_state(MarketState.SUSPENDED, "snow")
    full = await quoted.get("/markets", next_cursor="MA==")
    assert (full["count"], full["next_cursor"]) == (2, "LTE=")
    rain = full["data"][0]
    assert rain == await quoted.get(f"/markets/{CONDITION}")
    assert rain["tokens"] == [
        {"token_id": YES, "outcome": "Yes", "price": 0.435, "winner": False},
        {"token_id": NO, "outcome": "No", "price": 0.565, "winner": False},
    ]
    assert (rain["market_slug"], rain["accepting_orders"], rain["closed"]) == ("rain", True, False)
    simplified = await quoted.get("/simplified-markets")
    assert set(simplified["data"][0]) == {
        "condition_id",
        "rewards",
        "tokens",
        "active",
        "closed",
        "archived",
        "accepting_orders",
    }
    for path in ("/sampling-markets", "/sampling-simplified-markets"):
        assert [market["condition_id"] for market in (await quoted.get(path))["data"]] == [CONDITION]


@pytest.mark.parametrize(
    ("payout", "prices", "winners"),
    [(10_000, (1, 0), (True, False)), (0, (0, 1), (False, True)), (5_000, (0.5, 0.5), (False, False))],
)
async def test_a_resolved_market_shows_its_payout(
    quoted: ClobHouse, payout: int, prices: tuple[float, float], winners: tuple[bool, bool]
) -> None:
    await quoted.port.submit(ResolveMarket(quoted.port.now(), "rain", payout))
    market = await quoted.get(f"/markets/{CONDITION}")
    assert (market["closed"], market["accepting_orders"]) == (True, False)
    assert tuple(token["price"] for token in market["tokens"]) == prices
    assert tuple(token["winner"] for token in market["tokens"]) == winners
    book = await quoted.get("/book", token_id=YES)
    assert book["bids"] == book["asks"] == []
