"""The venue's quickstart, told in a script of our own: a first order, seen and taken back."""

from __future__ import annotations

from tests.doors.us.conftest import SYMBOL, World


async def test_a_first_order_is_entered_found_and_cancelled_in_the_snake_dialect(world: World) -> None:
    for symbol in (SYMBOL, *(f"tec-other-{number}" for number in range(6))):
        await world.market(symbol)
    await world.client()

    who = await world.ok("GET", "/v1/whoami")
    assert {
        name: who[name] for name in ("user", "userDisplayName", "firm", "firmDisplayName", "firmType")
    } == {
        "user": "firms/Acme-Trading/users/trader1",
        "userDisplayName": "Trader 1",
        "firm": "Acme-Trading",
        "firmDisplayName": "Acme Trading",
        "firmType": "FIRM_TYPE_TRADER",
    }

    body = {"tradable_filter": "TRADABLE_FILTER_TRADABLE", "page_size": 5}
    listed = (await world.ok("POST", "/v1/refdata/instruments", body))["instruments"]
    assert [instrument["symbol"] for instrument in listed][:2] == [SYMBOL, "tec-other-0"]
    assert len(listed) == 5
    assert type(listed[0]["price_scale"]) is int
    assert listed[0]["price_scale"] == 10_000
    assert listed[0]["priceScale"] == "10000"
    assert listed[0]["description"] == f"Pays one dollar if {SYMBOL} wins."

    balance = await world.ok("POST", "/v1/positions/balance", {})
    assert balance["buyingPower"] == "1000.00"

    entered = await world.ok(
        "POST",
        "/v1/trading/orders",
        {
            "clord_id": "first",
            "symbol": SYMBOL,
            "side": "SIDE_BUY",
            "type": "ORDER_TYPE_LIMIT",
            "time_in_force": "TIME_IN_FORCE_GOOD_TILL_CANCEL",
            "order_qty": 10,
            "price": int(0.50 * listed[0]["price_scale"]),
        },
    )
    order = entered["order"]
    nine = {
        "id": order["id"],
        "clord_id": "first",
        "symbol": SYMBOL,
        "side": "SIDE_BUY",
        "state": "ORDER_STATE_NEW",
        "order_qty": 10,
        "price": 5000,
        "leaves_qty": 10,
        "cum_qty": 0,
    }
    assert {name: order[name] for name in nine} == nine
    assert all(type(order[name]) is int for name in ("order_qty", "price", "leaves_qty", "cum_qty"))
    assert entered["orderId"] == entered["order_id"] == order["id"]
    assert len(order["id"]) == 13

    search = {"symbols": [SYMBOL], "state_filter": "ORDER_STATE_FILTER_OPEN"}
    found = await world.ok("POST", "/v1/report/orders/search", search)
    assert [(each["id"], each["price"], each["order_qty"]) for each in found["orders"]] == [
        (order["id"], 5000, 10)
    ]
    assert found["orders"] == found["order"]

    assert await world.ok("POST", "/v1/trading/orders/cancel", {"order_id": order["id"]}) == {}
    assert (await world.ok("POST", "/v1/report/orders/search", search))["orders"] == []
    (ended,) = (await world.ok("POST", "/v1/report/orders/search", {"order_id": order["id"]}))["orders"]
    assert ended["state"] == "ORDER_STATE_CANCELED"


async def test_the_same_order_in_the_canonical_dialect_is_answered_with_its_id_alone(market: World) -> None:
    body = {
        "clordId": "c-1",
        "symbol": SYMBOL,
        "side": "SIDE_BUY",
        "type": "ORDER_TYPE_LIMIT",
        "timeInForce": "TIME_IN_FORCE_GOOD_TILL_CANCEL",
        "orderQty": "10",
        "price": "5000",
    }
    entered = await market.ok("POST", "/v1/trading/orders", body)
    assert list(entered) == ["orderId"]
    found = await market.ok("POST", "/v1/report/orders/search", {"orderId": entered["orderId"]})
    assert "orders" not in found
    assert found["order"][0]["orderQty"] == "10"
    assert found["order"][0]["price"] == "5000"
    assert found["order"][0]["state"] == "ORDER_STATE_NEW"
    assert found["order"][0]["goodTillTime"] is None
