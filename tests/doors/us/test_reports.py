"""Searches of orders, executions and trades."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.us.conftest import SYMBOL, US_FEES, World
from tradepit.core.enums import Side


async def find(world: World, body: dict[str, Any], **more: str) -> list[str]:
    found = await world.ok("POST", "/v1/report/orders/search", body, **more)
    return [order["id"] for order in found["order"]]


@pytest.fixture
async def book(market: World) -> World:
    """A market with one order of each fate, by its state's name in `orders`."""
    await market.quote(Side.SELL, 6_000, 500)
    return market


async def fates(world: World) -> dict[str, str]:
    """One order of each fate; returns their ids by the last word of their state."""
    cancelled = await world.insert(price=1_000)
    await world.ok("POST", "/v1/trading/orders/cancel", {"order_id": cancelled["id"]})
    made = {
        "CANCELED": cancelled,
        "NEW": await world.insert(price=2_000),
        "FILLED": await world.insert(price=6_000, order_qty=3),
        "PARTIALLY_FILLED": await world.insert(price=6_000, order_qty=3),
        "EXPIRED": await world.insert(price=1_000, time_in_force="TIME_IN_FORCE_IMMEDIATE_OR_CANCEL"),
        "REJECTED": await world.insert(price=10_000),
    }
    for state, order in made.items():
        if state != "CANCELED":
            assert order["state"] == f"ORDER_STATE_{state}"
    return {state: order["id"] for state, order in made.items()}


@pytest.mark.parametrize(
    ("state_filter", "states"),
    [
        ("OPEN", {"NEW", "PARTIALLY_FILLED"}),
        ("CLOSED", {"CANCELED", "FILLED", "EXPIRED", "REJECTED"}),
        ("NEW", {"NEW"}),
        ("PARTIALLY_FILLED", {"PARTIALLY_FILLED"}),
        ("FILLED", {"FILLED"}),
        ("CANCELED", {"CANCELED"}),
        ("REJECTED", {"REJECTED"}),
        ("EXPIRED", {"EXPIRED"}),
        ("REPLACED", set()),
        ("PENDING_RISK", set()),
        ("NO_SUCH_FILTER", {"NEW", "PARTIALLY_FILLED", "CANCELED", "FILLED", "EXPIRED", "REJECTED"}),
    ],
)
async def test_a_state_filter_finds_exactly_the_orders_in_these_states(
    book: World, state_filter: str, states: set[str]
) -> None:
    ids = await fates(book)
    wanted = {ids[state] for state in states}
    for name in ("orderStateFilter", "order_state_filter", "state_filter", "stateFilter"):
        assert set(await find(book, {name: f"ORDER_STATE_FILTER_{state_filter}"})) == wanted


async def test_orders_are_found_by_every_other_filter(market: World) -> None:
    await market.market("other")
    one = (await market.insert(clord_id="one", client_account_id="book"))["id"]
    two = (await market.insert(clord_id="two", symbol="other", side="SIDE_SELL", price=6_000))["id"]
    assert await find(market, {}) == [two, one]
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"symbol": SYMBOL}, [one]),
        ({"symbols": ["other"]}, [two]),
        ({"symbols": ["other", SYMBOL]}, [two, one]),
        ({"symbol": "unknown"}, []),
        ({"orderId": one}, [one]),
        ({"orderIds": [two, one, "unknown"]}, [two, one]),
        ({"order_id": "unknown"}, []),
        ({"clordId": "two"}, [two]),
        ({"clOrdId": "two"}, [two]),
        ({"side": "SIDE_SELL"}, [two]),
        ({"sides": ["SIDE_BUY"]}, [one]),
        ({"type": "ORDER_TYPE_LIMIT"}, [two, one]),
        ({"type": "ORDER_TYPE_STOP"}, []),
        ({"states": ["ORDER_STATE_NEW"]}, [two, one]),
        ({"states": ["ORDER_STATE_FILLED"]}, []),
        ({"clientAccountId": "book"}, [one]),
        ({"clientParticipantId": "unknown"}, []),
        ({"crossId": "x"}, []),
        ({"parentOrderId": "x"}, []),
        ({"accounts": ["firms/Acme-Trading/accounts/trader1"]}, [two, one]),
        ({"startTime": "2027-01-15T08:00:00Z", "endTime": "2027-01-15T08:00:00Z"}, [two, one]),
        ({"startTime": "2027-01-15T08:00:00.000000001Z"}, []),
        ({"endTime": "2027-01-15T07:59:59Z"}, []),
    ]
    for body, expected in cases:
        assert await find(market, body) == expected, body


async def test_nobody_finds_the_orders_of_others(market: World) -> None:
    order = await market.insert(clord_id="mine")
    await market.client("client2", user="trader2")
    await market.client("foreign", firm="Other")
    for client in ("client2", "foreign"):
        for body in ({}, {"orderId": order["id"]}, {"clordId": "mine"}, {"symbol": SYMBOL}):
            assert await find(market, body, client=client) == []
        named = {"accounts": ["firms/Acme-Trading/accounts/trader1"]}
        refused = await market.call("POST", "/v1/report/orders/search", named, client=client)
        assert refused.status_code == 403


async def test_pages_go_on_where_the_last_one_ended(market: World) -> None:
    ids = [(await market.insert(price=1_000))["id"] for _ in range(5)]
    seen: list[str] = []
    token, pages = "", 0
    while True:
        body = {"pageSize": 2, "pageToken": token}
        found = await market.ok("POST", "/v1/report/orders/search", body)
        seen += [order["id"] for order in found["order"]]
        pages += 1
        token = found["nextPageToken"]
        if not token:
            break
    assert (seen, pages) == (ids[::-1], 3)


@pytest.mark.parametrize("token", ["x", "W10=", "WzFd", "WyJhIiwxXQ==", "é", "WzEsLTVd", "bnVsbA=="])
async def test_a_page_token_that_was_never_given_is_refused(market: World, token: str) -> None:
    for call in ("orders", "executions", "trades"):
        response = await market.call("POST", f"/v1/report/{call}/search", {"pageToken": token})
        assert response.status_code == 400
        assert response.json()["code"] == 3


async def test_the_executions_of_an_order_tell_its_life(world: World) -> None:
    await world.market(fees=US_FEES)
    await world.client()
    await world.quote(Side.SELL, 5_000, 40_000)
    order = await world.insert(order_qty=1_000, price=5_000)
    await world.quote(Side.SELL, 5_000, 10_000)
    await world.ok("POST", "/v1/trading/orders/cancel", {"order_id": order["id"]})
    found = await world.ok("POST", "/v1/report/executions/search", {"order_id": order["id"]})
    told = found["executions"]
    assert [each["type"].removeprefix("EXECUTION_TYPE_") for each in told] == [
        "NEW",
        "PARTIAL_FILL",
        "PARTIAL_FILL",
        "CANCELED",
    ]
    assert [each["last_shares"] for each in told] == [0, 400, 100, 0]
    assert [each["aggressor"] for each in told] == [False, True, False, False]
    # Half of 400 contracts: a taker pays 6.95, and is paid 0.31 as a maker of 100.
    assert [each["commission_notional_collected"] for each in told] == [0, 69_500, -3_100, 0]
    assert [each["order"]["cum_qty"] for each in told] == [0, 400, 500, 500]
    assert [each["order"]["leaves_qty"] for each in told] == [1_000, 600, 500, 0]
    assert [each["order"]["state"].removeprefix("ORDER_STATE_") for each in told] == [
        "NEW",
        "PARTIALLY_FILLED",
        "PARTIALLY_FILLED",
        "CANCELED",
    ]
    assert told[-1]["unsolicited_cancel_reason"] == "UNSOLICITED_CXL_REASON_UNDEFINED"
    assert told[0]["transact_trade_date"] == {"year": 2027, "month": 1, "day": 15}
    assert len({each["id"] for each in told}) == 4
    assert found["eof"] is True


async def test_a_rejected_order_has_one_execution_that_says_why(market: World) -> None:
    order = await market.insert(price=5_050)
    (told,) = (await market.ok("POST", "/v1/report/executions/search", {"orderId": order["id"]}))[
        "executions"
    ]
    assert told["type"] == "EXECUTION_TYPE_REJECTED"
    assert told["text"] == "Price 0.505 is not a multiple of tick size 0.01"
    assert told["orderRejectReason"] == "ORD_REJECT_REASON_INVALID_PRICE_INCREMENT"


async def test_an_order_that_lost_its_funds_was_cancelled_unasked(market: World) -> None:
    await market.market("other")
    first = await market.insert(order_qty=1_900)
    await market.quote(Side.SELL, 5_000, 190_000, market="other")
    await market.insert(order_qty=1_900, symbol="other")
    told = (await market.ok("POST", "/v1/report/executions/search", {"orderId": first["id"]}))["executions"]
    assert told[-1]["type"] == "EXECUTION_TYPE_CANCELED"
    assert told[-1]["unsolicitedCancelReason"] == "UNSOLICITED_CXL_REASON_EXCHANGE_OPTION"
    assert told[-1]["text"] == "Insufficient buying power"


async def test_executions_are_paged_within_an_order_too(book: World) -> None:
    await fates(book)
    whole = (await book.ok("POST", "/v1/report/executions/search", {}))["executions"]
    assert len(whole) == 10
    seen: list[Any] = []
    token = ""
    while True:
        body = {"pageSize": 3, "pageToken": token}
        found = await book.ok("POST", "/v1/report/executions/search", body)
        assert len(found["executions"]) <= 3
        seen += found["executions"]
        token = found["nextPageToken"]
        if found["eof"]:
            break
    assert seen == whole


async def test_executions_are_filtered_by_type_id_and_client_ids(book: World) -> None:
    ids = await fates(book)

    async def executions(**body: Any) -> list[Any]:
        found = await book.ok("POST", "/v1/report/executions/search", body)
        return [(each["order"]["id"], each["type"]) for each in found["executions"]]

    fill = (ids["FILLED"], "EXECUTION_TYPE_FILL")
    assert await executions(types=["EXECUTION_TYPE_FILL"]) == [fill]
    assert await executions(execIds=[f"{ids['FILLED']}-1"]) == [fill]
    assert await executions(clientAccountId="unknown") == []
    assert await executions(parentOrderId="unknown") == []
    order = await book.insert(price=1_000, client_account_id="book-7")
    assert await executions(clientAccountId="book-7") == [(order["id"], "EXECUTION_TYPE_NEW")]


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("orders", {"startTransactTradeDate": {"year": 2027, "month": 1, "day": 15}}),
        ("executions", {"endTransactTradeDate": {"year": 2027, "month": 1, "day": 15}}),
        ("trades", {"execId": "x"}),
    ],
)
async def test_a_filter_that_is_not_served_is_refused_and_not_ignored(
    market: World, call: str, body: dict[str, Any]
) -> None:
    response = await market.call("POST", f"/v1/report/{call}/search", body)
    assert (response.status_code, response.json()["code"]) == (501, 12)


async def test_the_last_execution_comes_with_an_order_on_request(book: World) -> None:
    ids = await fates(book)
    body = {"orderId": ids["FILLED"], "withLastExecution": True}
    found = await book.ok("POST", "/v1/report/orders/search", body)
    assert [each["type"] for each in found["lastExecutions"]] == ["EXECUTION_TYPE_FILL"]


async def test_a_trade_shows_the_callers_side_and_not_the_other(book: World) -> None:
    ids = await fates(book)
    found = await book.ok("POST", "/v1/report/trades/search", {"page_size": 10})
    assert found["trades"] == found["trade"]
    assert [trade["aggressor"]["order"]["id"] for trade in found["trade"]] == [
        ids["PARTIALLY_FILLED"],
        ids["FILLED"],
    ]
    for trade in found["trade"]:
        assert trade["passive"] is None
        assert trade["state"] == "TRADE_STATE_CLEARED"
        assert trade["aggressor"]["trade_id"] == trade["id"]
    assert "0xabab" not in str(found)


async def test_trades_are_found_by_every_filter_and_by_pages(book: World) -> None:
    ids = await fates(book)

    async def trades(body: dict[str, Any]) -> list[str]:
        found = await book.ok("POST", "/v1/report/trades/search", body)
        return [trade["id"] for trade in found["trade"]]

    newest, oldest = await trades({})
    assert await trades({"orderId": ids["FILLED"]}) == [oldest]
    assert await trades({"orderId": ids["NEW"]}) == []
    assert await trades({"tradeId": newest}) == [newest]
    assert await trades({"tradeId": "x"}) == []
    assert await trades({"tradeLinkId": "x"}) == []
    assert await trades({"states": ["TRADE_STATE_CLEARED"]}) == [newest, oldest]
    assert await trades({"states": ["TRADE_STATE_BUSTED"]}) == []
    assert await trades({"symbol": SYMBOL}) == [newest, oldest]
    assert await trades({"symbol": "unknown"}) == []
    assert await trades({"endTime": "2027-01-15T07:00:00Z"}) == []
    page = await book.ok("POST", "/v1/report/trades/search", {"pageSize": 1})
    assert [trade["id"] for trade in page["trade"]] == [newest]
    assert await trades({"pageSize": 1, "pageToken": page["nextPageToken"]}) == [oldest]
    await book.client("client2", user="trader2")
    other = await book.ok("POST", "/v1/report/trades/search", {"tradeId": newest}, client="client2")
    assert other["trade"] == []


async def test_a_trade_with_oneself_shows_both_sides(market: World) -> None:
    sell = await market.insert(side="SIDE_SELL")
    buy = await market.insert()
    (trade,) = (await market.ok("POST", "/v1/report/trades/search", {}))["trade"]
    assert trade["aggressor"]["order"]["id"] == buy["id"]
    assert trade["passive"]["order"]["id"] == sell["id"]
