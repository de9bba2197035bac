"""Cancelling orders through the door."""

from __future__ import annotations

import pytest

from tests.doors.clob.trading import CONDITION, NO, YES, ClobHouse, Trader

GONE = "order can't be found - already canceled or matched"
UNKNOWN = "0x" + "ab" * 32


@pytest.mark.parametrize("name", ["orderID", "orderId"])
async def test_an_own_open_order_is_cancelled_once(house: ClobHouse, alice: Trader, name: str) -> None:
    order = (await alice.place("BUY", 0.4, 10))["orderID"]
    first = await alice.send("DELETE", "/order", {name: order})
    assert first.json() == {"canceled": [order], "not_canceled": {}}
    second = await alice.send("DELETE", "/order", {name: order})
    assert second.status_code == 200
    assert second.json() == {"canceled": [], "not_canceled": {order: GONE}}
    assert (await house.get("/book", token_id=YES))["bids"] == []


async def test_anothers_order_looks_as_if_it_were_not_there(alice: Trader, bob: Trader) -> None:
    order = (await bob.place("BUY", 0.4, 10))["orderID"]
    reply = (await alice.send("DELETE", "/order", {"orderID": order})).json()
    assert reply == {"canceled": [], "not_canceled": {order: GONE}}
    assert (await bob.send("GET", f"/data/order/{order}")).json()["status"] == "LIVE"


async def test_each_id_of_a_list_stands_in_exactly_one_of_the_two(alice: Trader) -> None:
    orders = [(await alice.place("BUY", 0.4, 10))["orderID"] for _ in range(2)]
    reply = (await alice.send("DELETE", "/orders", [*orders, UNKNOWN, orders[0]])).json()
    assert reply == {"canceled": orders, "not_canceled": {UNKNOWN: GONE}}


async def test_a_partly_filled_order_keeps_its_fill(alice: Trader, bob: Trader) -> None:
    order = (await alice.place("BUY", 0.4, 10))["orderID"]
    await bob.place("SELL", 0.4, 5)
    assert (await alice.send("DELETE", "/order", {"orderID": order})).json()["canceled"] == [order]
    assert await alice.balance(YES) == 1_005_000_000


async def test_cancel_all_takes_every_market_and_nobody_elses(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    await house.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    own = [
        (await alice.place("BUY", 0.4, 10))["orderID"],
        (await alice.place("BUY", 0.3, 10, token="8" * 70))["orderID"],
    ]
    other = (await bob.place("BUY", 0.4, 10))["orderID"]
    reply = (await alice.send("DELETE", "/cancel-all")).json()
    assert sorted(reply["canceled"]) == sorted(own)
    assert reply["not_canceled"] == {}
    assert (await bob.send("GET", f"/data/order/{other}")).json()["id"] == other
    assert (await alice.send("DELETE", "/cancel-all")).json() == {"canceled": [], "not_canceled": {}}


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ({"market": CONDITION, "asset_id": ""}, {"snow"}),
        ({"market": CONDITION}, {"snow"}),
        ({"market": "", "asset_id": YES}, {"no", "snow"}),
        ({"asset_id": NO}, {"yes", "snow"}),
        ({"market": CONDITION, "asset_id": NO}, {"yes", "snow"}),
        ({"market": "0x" + "2" * 64, "asset_id": NO}, {"yes", "no", "snow"}),
        ({"market": "0xaaa", "asset_id": "100"}, {"yes", "no", "snow"}),
        ({}, set()),
        ({"market": "", "asset_id": ""}, set()),
    ],
)
async def test_cancelling_by_market_and_token(
    house: ClobHouse, alice: Trader, named: dict[str, str], left: set[str]
) -> None:
    await house.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    orders = {
        "yes": (await alice.place("BUY", 0.4, 10))["orderID"],
        "no": (await alice.place("BUY", 0.3, 10, token=NO))["orderID"],
        "snow": (await alice.place("BUY", 0.4, 10, token="9" * 70))["orderID"],
    }
    reply = (await alice.send("DELETE", "/cancel-market-orders", named)).json()
    assert set(reply["canceled"]) == {order for name, order in orders.items() if name not in left}
    rows = (await alice.send("GET", "/data/orders")).json()["data"]
    assert {row["id"] for row in rows} == {orders[name] for name in left}


@pytest.mark.parametrize("text", ["", "0x1", "abc", "0x" + "g" * 64])
async def test_what_is_no_order_id_is_refused(alice: Trader, text: str) -> None:
    for path, body in (("/order", {"orderID": text}), ("/orders", [text])):
        response = await alice.send("DELETE", path, body)
        assert (response.status_code, response.json()) == (400, {"error": "Invalid orderID"})


@pytest.mark.parametrize("raw", [b"{", b"[1]", b'"x"', b'{"orderID":1}', b"\xff", b"[" * 5000])
async def test_a_body_of_another_shape_is_refused(alice: Trader, raw: bytes) -> None:
    for path in ("/order", "/orders"):
        response = await alice.send("DELETE", path, raw=raw)
        assert response.status_code == 400
        assert response.json()["error"] in ("Invalid payload", "Invalid orderID")


async def test_too_many_ids_are_refused(alice: Trader) -> None:
    response = await alice.send("DELETE", "/orders", [UNKNOWN] * 3001)
    assert response.json()["error"] == "Too many orders in payload, max allowed: 3000"


async def test_a_misspelt_filter_cancels_nothing(alice: Trader) -> None:
    order = (await alice.place("BUY", 0.4, 10))["orderID"]
    response = await alice.send("DELETE", "/cancel-market-orders", {"asset": YES})
    assert (response.status_code, response.json()) == (400, {"error": "Invalid payload"})
    assert (await alice.send("GET", f"/data/order/{order}")).json()["id"] == order
