"""Reference data and order books."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.us.conftest import SYMBOL, World
from tradepit.core.commands import ResolveMarket, SetMarketState
from tradepit.core.enums import MarketState, Side


async def symbols(world: World, body: dict[str, Any]) -> list[str]:
    found = await world.ok("POST", "/v1/refdata/instruments", body)
    return [instrument["symbol"] for instrument in found["instruments"]]


async def test_an_instrument_has_every_field_of_the_schema(market: World) -> None:
    reply = await market.ok("POST", "/v1/refdata/instruments", {"symbols": [SYMBOL]})
    (instrument,) = reply["instruments"]
    assert reply["eof"] is True
    metadata = instrument.pop("metadata")
    assert metadata["price_scale"] == "10000"
    assert "description" not in metadata
    attributes = instrument.pop("eventAttributes")
    assert attributes["question"] == f"Does {SYMBOL} win?"
    assert attributes["eventOutcome"] == "EVENT_OUTCOME_INDEPENDENT"
    assert instrument == {
        "symbol": SYMBOL,
        "tickSize": 0.01,
        "baseCurrency": "USD",
        "multiplier": 1.0,
        "minimumTradeQty": "1",
        "startDate": {"year": 2027, "month": 1, "day": 15},
        "expirationDate": {"year": 2027, "month": 2, "day": 8},
        "terminationDate": None,
        "tradingSchedule": [],
        "description": f"Pays one dollar if {SYMBOL} wins.",
        "clearingHouse": "QCC",
        "minimumUnaffiliatedFirms": "0",
        "nonTradable": False,
        "jsonAttributes": "",
        "productId": "",
        "priceLimit": {
            "low": "100",
            "high": "9900",
            "lowSet": True,
            "highSet": True,
            "relativeLow": 0.0,
            "relativeHigh": 0.0,
            "relativeLowSet": False,
            "relativeHighSet": False,
        },
        "orderSizeLimit": None,
        "expirationTime": {"hours": 23, "minutes": 0, "seconds": 0},
        "tradeSettlementPeriod": "0",
        "state": "INSTRUMENT_STATE_OPEN",
        "priceScale": "10000",
        "fractionalQtyScale": "1",
        "settlementCurrency": "USD",
        "settlementPriceScale": "10000",
        "createTime": "2027-01-15T08:00:00Z",
        "updateTime": "2027-01-15T08:00:00Z",
    }


async def test_instruments_are_filtered(world: World) -> None:
    await world.client()
    await world.market("nfl", metadata={"event_series": "nfl", "product_id": "tec"})
    await world.market("nba", metadata={"event_series": "nba", "end_date": "2028-06-01"})
    await world.market("halted", state=MarketState.HALTED, metadata={"end_date": "rubbish"})
    await world.market("closed", state=MarketState.CLOSED, metadata={"end_date": ""})
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["nfl", "nba", "halted", "closed"]),
        ({"tradable_filter": "TRADABLE_FILTER_TRADABLE"}, ["nfl", "nba"]),
        ({"tradableFilter": "TRADABLE_FILTER_NON_TRADABLE"}, ["halted", "closed"]),
        ({"tradableFilter": "NO_SUCH_FILTER"}, ["nfl", "nba", "halted", "closed"]),
        ({"states": ["INSTRUMENT_STATE_HALTED", "INSTRUMENT_STATE_CLOSED"]}, ["halted", "closed"]),
        ({"eventSeries": "nba"}, ["nba"]),
        ({"productId": "tec", "eventSeries": "nba"}, []),
        ({"symbols": ["nba", "unknown"]}, ["nba"]),
        ({"endTimeGte": "2028-01-01"}, ["nba"]),
        ({"endTimeLte": "2027-12-31T00:00:00Z"}, ["nfl"]),
        ({"startTimeGte": "2030-01-01"}, []),
        ({"startTimeLte": "2030-01-01"}, ["nfl", "nba", "halted", "closed"]),
    ]
    for body, expected in cases:
        assert await symbols(world, body) == expected, body
    assert (await world.ok("POST", "/v1/refdata/symbols", {}))["symbols"] == [
        "nfl",
        "nba",
        "halted",
        "closed",
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"filter": {"whereClause": "symbol = 'x'"}}, 501, 12),
        ({"filter": {"fieldFilters": [{"field": "symbol"}]}}, 501, 12),
        ({"endTimeGte": "soon"}, 400, 3),
        ({"pageSize": -1}, 400, 3),
        ({"pageToken": "x"}, 400, 3),
        ({"symbols": "x"}, 400, 3),
        ({"symbols": [1]}, 400, 3),
    ],
)
async def test_a_filter_that_cannot_be_served_is_refused(
    market: World, body: dict[str, Any], status: int, code: int
) -> None:
    response = await market.call("POST", "/v1/refdata/instruments", body)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_instruments_come_in_pages_of_fifty_by_default(world: World) -> None:
    await world.client()
    names = [f"market-{number:02d}" for number in range(53)]
    for name in names:
        await world.market(name)
    first = await world.ok("POST", "/v1/refdata/instruments", {})
    assert ([each["symbol"] for each in first["instruments"]], first["eof"]) == (names[:50], False)
    second = await world.ok("POST", "/v1/refdata/instruments", {"page_token": first["nextPageToken"]})
    assert [each["symbol"] for each in second["instruments"]] == names[50:]
    assert second["next_page_token"] == ""


async def test_the_book_shows_three_levels_or_as_many_as_asked_up_to_ten(market: World) -> None:
    for level in range(12):
        await market.quote(Side.SELL, 5_000 + 100 * level, 100 * (level + 1))
        await market.quote(Side.BUY, 4_900 - 100 * level, 100 * (level + 1))
    for query, depth in (("", 3), ("?depth=1", 1), ("?depth=12", 10), ("?depth=0", 3)):
        book = await market.ok("GET", f"/v1/orderbook/{SYMBOL}{query}")
        assert (len(book["bids"]), len(book["offers"])) == (depth, depth)
    book = await market.ok("GET", f"/v1/orderbook/{SYMBOL}")
    assert book["bids"][:2] == [{"px": "4900", "qty": "1"}, {"px": "4800", "qty": "2"}]
    assert book["offers"][:2] == [{"px": "5000", "qty": "1"}, {"px": "5100", "qty": "2"}]
    assert book["state"] == "INSTRUMENT_STATE_OPEN"
    assert book["stats"] is None


async def test_the_best_prices_have_a_spread_once_there_are_two(market: World) -> None:
    await market.quote(Side.SELL, 5_700, 200)
    one = await market.ok("GET", f"/v1/orderbook/{SYMBOL}/bbo")
    assert (one["bestBid"], one["bestOffer"], one["spread"]) == (None, {"px": "5700", "qty": "2"}, "0")
    await market.quote(Side.BUY, 5_400, 100)
    both = await market.ok("GET", f"/v1/orderbook/{SYMBOL}/bbo")
    assert (both["spread"], both["midPrice"]) == ("300", "5550")


async def test_the_book_can_be_had_in_the_snake_dialect_by_a_header(market: World) -> None:
    await market.quote(Side.SELL, 5_700, 200)
    book = await market.ok("GET", f"/v1/orderbook/{SYMBOL}/bbo", x_json_dialect="snake")
    assert book["best_offer"] == {"px": 5_700, "qty": 2}
    plain = await market.ok("POST", "/v1/refdata/instruments", {"page_size": 1}, x_json_dialect="canonical")
    assert "price_scale" not in plain["instruments"][0]
    refused = await market.call("GET", f"/v1/orderbook/{SYMBOL}", x_json_dialect="camel")
    assert refused.status_code == 400


async def test_the_last_price_and_the_settlement_are_in_the_books_statistics(market: World) -> None:
    await market.quote(Side.SELL, 5_000, 1_000)
    await market.insert()
    book = await market.ok("GET", f"/v1/orderbook/{SYMBOL}")
    assert book["stats"] == {"lastTradePx": "5000"}
    await market.engine.submit(ResolveMarket(now=market.engine.now(), market=SYMBOL, payout=10_000))
    book = await market.ok("GET", f"/v1/orderbook/{SYMBOL}")
    settled = {
        "settlementPx": "10000",
        "settlementPreliminary": False,
        "settlementPriceCalculationMethod": "SETTLEMENT_PRICE_CALCULATION_METHOD_EVENT_TIER_1",
    }
    assert book["stats"] == {"lastTradePx": "5000", **settled}
    found = await market.ok("GET", f"/v1/instruments/{SYMBOL}/settlement")
    assert found == {"symbol": SYMBOL, "stats": settled, "priceScale": "10000"}
    assert book["state"] == "INSTRUMENT_STATE_TERMINATED"


async def test_a_payout_of_nothing_is_a_settlement_and_none_yet_is_not(market: World) -> None:
    found = await market.ok("GET", f"/v1/instruments/{SYMBOL}/settlement")
    assert found["stats"] is None
    await market.engine.submit(ResolveMarket(now=market.engine.now(), market=SYMBOL, payout=0))
    found = await market.ok("GET", f"/v1/instruments/{SYMBOL}/settlement")
    assert found["stats"]["settlementPx"] == "0"
    assert (await market.call("GET", "/v1/instruments/unknown/settlement")).status_code == 404


async def test_a_state_change_is_seen_at_once(market: World) -> None:
    assert await symbols(market, {"tradable_filter": "TRADABLE_FILTER_TRADABLE"}) == [SYMBOL]
    command = SetMarketState(now=market.engine.now(), market=SYMBOL, state=MarketState.SUSPENDED)
    await market.engine.submit(command)
    assert await symbols(market, {"tradable_filter": "TRADABLE_FILTER_TRADABLE"}) == []


@pytest.mark.parametrize("path", ["unknown", "%ff%00", "..%2f..", "é", "a%2fb", "x" * 4_000])
async def test_a_book_that_is_not_there_is_not_found(market: World, path: str) -> None:
    for tail in ("", "/bbo"):
        response = await market.call("GET", f"/v1/orderbook/{path}{tail}")
        assert (response.status_code, response.json()["code"]) == (404, 5)


@pytest.mark.parametrize("depth", ["-1", "x", "1.5", "99999999999", "true"])
async def test_a_depth_that_is_no_count_is_refused(market: World, depth: str) -> None:
    response = await market.call("GET", f"/v1/orderbook/{SYMBOL}?depth={depth}")
    assert (response.status_code, response.json()["code"]) == (400, 3)
