"""Balances and positions, in the venue's terms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.us.conftest import SYMBOL, World
from tradepit.core.commands import ResolveMarket, Split
from tradepit.core.enums import Side
from tradepit.doors.us.texts import decimal, dollars


async def balance(world: World) -> dict[str, Any]:
    found: dict[str, Any] = await world.ok("POST", "/v1/positions/balance", {})
    return found


async def positions(world: World, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.ok("GET", f"/v1/positions{query}"))["positions"]
    return found


async def test_a_short_sale_raises_the_balance_and_binds_a_dollar_of_margin(world: World) -> None:
    await world.market()
    await world.client(dollars=5)
    await world.quote(Side.BUY, 7_000, 100)
    await world.insert(side="SIDE_SELL", order_qty=1, price=7_000)
    found = await balance(world)
    assert (found["balance"], found["marginRequirement"], found["buyingPower"]) == ("5.70", "1.00", "4.70")
    assert (found["capitalRequirement"], found["excessCapital"]) == ("1.00", "4.70")
    await world.quote(Side.SELL, 6_000, 100)
    await world.insert(side="SIDE_BUY", order_qty=1, price=6_000)
    found = await balance(world)
    assert (found["balance"], found["marginRequirement"], found["buyingPower"]) == ("5.10", "0.00", "5.10")


async def test_open_orders_need_the_worse_of_all_bids_and_all_offers(market: World) -> None:
    await market.insert(order_qty=10, price=4_000)
    await market.insert(order_qty=10, price=7_000, side="SIDE_SELL")
    found = await balance(market)
    assert found["openOrders"] == "4.00"
    assert found["buyingPower"] == found["balance"] == "1000.00"


async def test_pairs_of_both_outcomes_count_as_the_dollar_that_they_are_worth(market: World) -> None:
    account = "firms/Acme-Trading/accounts/trader1"
    await market.engine.submit(Split(now=market.engine.now(), account=account, market=SYMBOL, quantity=1_000))
    found = await balance(market)
    assert (found["balance"], found["marginRequirement"], found["buyingPower"]) == (
        "1000.00",
        "10.00",
        "990.00",
    )
    assert [position["netPosition"] for position in await positions(market)] == ["0"]
    assert await positions(market, "?nonZeroOnly=true") == []


async def test_the_balance_is_the_same_by_currency_and_by_account_name(market: World) -> None:
    plain = await balance(market)
    body = {"name": "firms/Acme-Trading/accounts/trader1", "currency": "USD"}
    assert await market.ok("POST", "/v1/positions/balance", body) == plain
    assert await market.ok("POST", "/v1/positions/balances", {}) == {"balances": {"USD": plain}}
    refused = await market.call("POST", "/v1/positions/balance", {"currency": "EUR"})
    assert (refused.status_code, refused.json()["code"]) == (400, 3)


async def test_a_position_shows_what_was_bought_and_what_it_cost(market: World) -> None:
    await market.quote(Side.SELL, 5_200, 5_000)
    await market.insert(order_qty=50, price=5_200)
    (position,) = await positions(market)
    assert position == {
        "account": "firms/Acme-Trading/accounts/trader1",
        "symbol": SYMBOL,
        "netPosition": "50",
        "qtyBought": "50",
        "qtySold": "0",
        "cost": "260000",
        "realized": "0",
        "bodPosition": "0",
        "expired": False,
        "updateTime": "2027-01-15T08:00:00Z",
    }
    await market.quote(Side.BUY, 6_000, 2_000)
    await market.insert(side="SIDE_SELL", order_qty=20, price=6_000)
    (position,) = await positions(market)
    assert (position["netPosition"], position["cost"], position["realized"]) == ("30", "156000", "16000")
    market.clock.advance(86_400)
    market.tokens.clear()
    await market.insert(order_qty=1, price=100)
    (position,) = await positions(market)
    assert position["bodPosition"] == "30"


async def test_a_short_position_is_negative(market: World) -> None:
    await market.quote(Side.BUY, 5_500, 300)
    await market.insert(side="SIDE_SELL", order_qty=3, price=5_500)
    reply = await market.ok("GET", "/v1/positions")
    assert reply["positions"][0]["netPosition"] == "-3"
    assert reply["positions"][0]["cost"] == "-16500"
    assert reply["availablePosition"] == ["-3"]


async def test_positions_are_filtered_by_symbol_and_paged(market: World) -> None:
    for name in ("one", "two"):
        await market.market(name)
        await market.quote(Side.SELL, 5_000, 1_000, market=name)
        await market.insert(symbol=name)
    assert [each["symbol"] for each in await positions(market)] == ["one", "two"]
    assert [each["symbol"] for each in await positions(market, "?symbol=two")] == ["two"]
    first = await market.ok("GET", "/v1/positions?page_size=1")
    assert ([each["symbol"] for each in first["positions"]], first["eof"]) == (["one"], False)
    second = await market.ok("GET", f"/v1/positions?pageSize=1&pageToken={first['nextPageToken']}")
    assert ([each["symbol"] for each in second["positions"]], second["eof"]) == (["two"], True)


@pytest.mark.parametrize("query", ["?asOfTime=2027-01-01T00:00:00Z", "?as_of_date.year=2027"])
async def test_positions_of_another_time_are_refused_and_not_guessed(market: World, query: str) -> None:
    response = await market.call("GET", f"/v1/positions{query}")
    assert (response.status_code, response.json()["code"]) == (501, 12)


async def test_a_resolved_market_has_paid_its_position(market: World) -> None:
    await market.quote(Side.SELL, 5_000, 1_000)
    await market.insert()
    await market.engine.submit(ResolveMarket(now=market.engine.now(), market=SYMBOL, payout=10_000))
    assert (await balance(market))["balance"] == "1005.00"
    assert await positions(market, "?activeOnly=true") == []


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0.00"), (5_700_000, "5.70"), (1, "0.000001"), (-1_250_000, "-1.25"), (10**18, "1000000000000.00")],
)
def test_money_is_written_exactly_with_two_decimals_or_more(micros: int, text: str) -> None:
    assert dollars(micros) == text


def test_a_decimal_has_no_more_digits_than_needed() -> None:
    assert [decimal(n, 10_000) for n in (5_000, 10_000, -1, 0, 1_000_000)] == [
        "0.5",
        "1",
        "-0.0001",
        "0",
        "100",
    ]
