"""A key's own orders, trades and balances."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.doors.clob.trading import BOB, CAROL, CONDITION, NO, YES, ClobHouse, Trader
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import Gives, Side
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.clock import ManualClock


async def trades_of(trader: Trader, **params: str) -> list[dict[str, Any]]:
    response = await trader.send("GET", "/data/trades", params=params)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["count"] == len(body["data"])
    rows: list[dict[str, Any]] = body["data"]
    return rows


async def test_an_open_order_has_every_member_of_its_row(house: ClobHouse, alice: Trader) -> None:
    reply = await alice.place("BUY", 0.4, 10, token=NO)
    page = (await alice.send("GET", "/data/orders")).json()
    assert page == {
        "limit": 100,
        "count": 1,
        "next_cursor": "LTE=",
        "data": [
            {
                "id": reply["orderID"],
                "status": "LIVE",
                "owner": alice.key.api_key,
                "maker_address": alice.wallet.address,
                "market": CONDITION,
                "asset_id": NO,
                "side": "BUY",
                "original_size": "10",
                "size_matched": "0",
                "price": "0.4",
                "associate_trades": [],
                "outcome": "No",
                "created_at": alice.now(),
                "expiration": "0",
                "order_type": "GTC",
            }
        ],
    }


async def test_open_orders_are_filtered_and_paged(house: ClobHouse, alice: Trader) -> None:
    orders = [(await alice.place("BUY", 0.01, 5))["orderID"] for _ in range(105)]
    other = (await alice.place("BUY", 0.02, 5, token=NO))["orderID"]
    first = (await alice.send("GET", "/data/orders", params={"next_cursor": "MA=="})).json()
    assert (first["count"], first["next_cursor"]) == (100, base64.b64encode(b"100").decode())
    second = (await alice.send("GET", "/data/orders", params={"next_cursor": first["next_cursor"]})).json()
    assert (second["count"], second["next_cursor"]) == (6, "LTE=")
    assert [row["id"] for row in first["data"] + second["data"]] == [*orders, other]
    for params, found in (
        ({"asset_id": NO}, [other]),
        ({"id": other.upper().replace("0X", "0x")}, [other]),
        ({"market": "0x" + "7" * 64}, []),
        ({"market": CONDITION, "asset_id": "1"}, []),
    ):
        page = (await alice.send("GET", "/data/orders", params=params)).json()
        assert [row["id"] for row in page["data"]] == found


@pytest.mark.parametrize("cursor", ["x", "!!", base64.b64encode(b"-5").decode(), "9" * 99])
async def test_what_is_no_cursor_is_refused(alice: Trader, cursor: str) -> None:
    for path in ("/data/orders", "/data/trades"):
        response = await alice.send("GET", path, params={"next_cursor": cursor})
        assert (response.status_code, response.json()) == (400, {"error": "Invalid next_cursor"})


async def test_the_last_cursor_is_an_empty_page(alice: Trader) -> None:
    await alice.place("BUY", 0.4, 10)
    for path in ("/data/orders", "/data/trades"):
        page = (await alice.send("GET", path, params={"next_cursor": "LTE="})).json()
        assert (page["data"], page["next_cursor"]) == ([], "LTE=")


async def test_an_order_that_is_not_open_is_null(alice: Trader, bob: Trader) -> None:
    order = (await bob.place("BUY", 0.4, 10))["orderID"]
    assert (await alice.send("GET", f"/data/order/{order}")).json() is None
    await alice.place("SELL", 0.4, 10)
    assert (await bob.send("GET", f"/data/order/{order}")).json() is None
    response = await alice.send("GET", "/data/order/0x1")
    assert (response.status_code, response.json()) == (400, {"error": "Invalid orderID"})


async def test_a_closed_order_can_be_shown_with_its_last_state(open_house: Any) -> None:
    house = await open_house(ClobSettings(show_closed_orders=True))
    await house.list_market()
    alice, bob = await house.trader(), await house.trader(BOB)
    order = (await alice.place("BUY", 0.4, 10))["orderID"]
    reply = await bob.place("BUY", 0.6, 10, token=NO)
    row = (await alice.send("GET", f"/data/order/{order}")).json()
    assert (row["status"], row["size_matched"], row["associate_trades"]) == (
        "MATCHED",
        "10",
        reply["tradeIDs"],
    )
    assert (await bob.send("GET", f"/data/order/{order}")).json() is None


async def test_one_taker_order_is_one_trade_for_everybody_in_it(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    carol = await house.trader(CAROL)
    first = await bob.place("SELL", 0.40, 10)
    second = await carol.place("BUY", 0.50, 10, token=NO)
    reply = await alice.place("BUY", 0.55, 20)
    (row,) = await trades_of(alice)
    assert row["id"] == reply["tradeIDs"][0]
    assert row["transaction_hash"] == reply["transactionsHashes"][0]
    assert row["taker_order_id"] == reply["orderID"]
    assert (row["side"], row["size"], row["price"], row["outcome"]) == ("BUY", "20", "0.45", "Yes")
    assert (row["asset_id"], row["market"], row["status"]) == (YES, CONDITION, "CONFIRMED")
    assert (row["trader_side"], row["owner"]) == ("TAKER", alice.key.api_key)
    assert (row["maker_address"], row["fee_rate_bps"]) == (alice.wallet.address, "0")
    assert (row["bucket_index"], row["match_time"]) == (0, str(alice.now()))
    sold, minted = row["maker_orders"]
    assert (sold["order_id"], sold["side"], sold["asset_id"]) == (first["orderID"], "SELL", YES)
    assert (sold["price"], sold["matched_amount"], sold["owner"]) == ("0.4", "10", bob.key.api_key)
    assert (minted["order_id"], minted["side"], minted["asset_id"]) == (second["orderID"], "BUY", NO)
    assert (minted["price"], minted["outcome"], minted["maker_address"]) == (
        "0.5",
        "No",
        carol.wallet.address,
    )
    for maker in (bob, carol):
        (seen,) = await trades_of(maker)
        assert seen == row | {"trader_side": "MAKER"}


async def test_trades_are_filtered(house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock) -> None:
    await bob.place("SELL", 0.40, 10)
    old = await alice.place("BUY", 0.40, 10)
    clock.advance(10)
    await bob.place("BUY", 0.40, 10)
    new = await alice.place("BUY", 0.60, 10, token=NO)
    ids = [new["tradeIDs"][0], old["tradeIDs"][0]]
    now = alice.now()
    for params, found in (
        ({}, ids),
        ({"id": ids[1]}, ids[1:]),
        ({"id": "00000000-0000-4000-8000-000000000001"}, []),
        ({"id": "rubbish"}, []),
        ({"market": CONDITION}, ids),
        ({"market": "0x" + "7" * 64}, []),
        ({"asset_id": NO}, ids[:1]),
        ({"asset_id": YES}, ids),
        ({"maker_address": alice.wallet.address}, ids),
        ({"maker_address": bob.wallet.address}, []),
        ({"after": str(now - 5)}, ids[:1]),
        ({"before": str(now - 5)}, ids[1:]),
    ):
        assert [row["id"] for row in await trades_of(alice, **params)] == found, params
    assert await trades_of(await house.trader(CAROL)) == []


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "9" * 30])
async def test_times_that_are_none_are_refused(alice: Trader, text: str) -> None:
    response = await alice.send("GET", "/data/trades", params={"after": text})
    assert (response.status_code, response.json()) == (400, {"error": "Invalid trade params payload"})


async def test_trades_are_paged_without_gaps_or_repeats(alice: Trader, bob: Trader) -> None:
    for _ in range(60):
        await bob.place("SELL", 0.40, 5)
        await bob.place("SELL", 0.41, 5)
        await alice.place("BUY", 0.41, 10)
    first = (await alice.send("GET", "/data/trades")).json()
    second = (await alice.send("GET", "/data/trades", params={"next_cursor": first["next_cursor"]})).json()
    assert first["next_cursor"] != "LTE="
    assert second["next_cursor"] == "LTE="
    rows = first["data"] + second["data"]
    assert len({row["id"] for row in rows}) == len(rows) == 60
    assert all(len(row["maker_orders"]) == 2 for row in rows)


async def test_a_trader_of_another_door_is_shown_without_its_name(house: ClobHouse, alice: Trader) -> None:
    account = "firms/Acme/accounts/trader1"
    await house.deposit(account, 1_000)
    await house.port.submit(
        PlaceOrder(
            house.port.now(), b"ABCDEFGHIJKLM", account, "rain", Side.SELL, Gives.NET, 4_000, quantity=1_000
        )
    )
    await alice.place("BUY", 0.4, 10)
    (row,) = await trades_of(alice)
    (maker,) = row["maker_orders"]
    assert (maker["side"], maker["asset_id"], len(maker["order_id"])) == ("SELL", YES, 66)
    assert "Acme" not in str(row)
    assert b"ABCDEFGHIJKLM".hex() not in str(row)


async def test_balances_are_in_millionths_and_every_exchange_may_move_them(
    house: ClobHouse, alice: Trader
) -> None:
    response = await alice.send(
        "GET", "/balance-allowance", params={"asset_type": "COLLATERAL", "signature_type": "0"}
    )
    body = response.json()
    assert body["balance"] == "9000000000"
    assert body["allowances"]["0xE111180000d2663C0091e4f400237545B87B996B"] == str(2**256 - 1)
    assert await alice.balance(YES) == await alice.balance(NO) == 1_000_000_000
    assert await alice.balance("9" * 70) == 0
    update = await alice.send("GET", "/balance-allowance/update", params={"asset_type": "COLLATERAL"})
    assert update.status_code == 200


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "Invalid asset type"),
        ({"asset_type": "GOLD"}, "Invalid asset type"),
        ({"asset_type": "COLLATERAL", "signature_type": "9"}, "Invalid signature_type"),
        ({"asset_type": "CONDITIONAL", "token_id": "abc"}, "Invalid token id"),
    ],
)
async def test_a_balance_of_nothing_known_is_refused(
    alice: Trader, params: dict[str, str], text: str
) -> None:
    response = await alice.send("GET", "/balance-allowance", params=params)
    assert (response.status_code, response.json()) == (400, {"error": text})


@pytest.mark.parametrize("signature_type", ["1", "2"])
async def test_the_balance_of_a_derived_wallet_is_its_own(alice: Trader, signature_type: str) -> None:
    params = {"asset_type": "CONDITIONAL", "token_id": YES, "signature_type": signature_type}
    assert (await alice.send("GET", "/balance-allowance", params=params)).json()["balance"] == "0"
