"""Orders through the door, from the request to the book."""

from __future__ import annotations

import pytest

from tests.doors.clob.trading import NO, YES, ClobHouse, Trader
from tradepit.core.commands import FeeSchedule


async def test_a_resting_order_is_live_and_stands_in_both_tokens_books(
    house: ClobHouse, alice: Trader
) -> None:
    reply = await alice.place("BUY", 0.45, 50)
    assert reply == {
        "success": True,
        "errorMsg": "",
        "orderID": reply["orderID"],
        "orderId": reply["orderID"],
        "status": "live",
        "takingAmount": "",
        "makingAmount": "",
        "transactionsHashes": [],
        "orderHashes": [],
        "tradeIDs": [],
    }
    yes, no = await house.get("/book", token_id=YES), await house.get("/book", token_id=NO)
    assert yes["bids"] == [{"price": "0.45", "size": "50"}]
    assert no["asks"] == [{"price": "0.55", "size": "50"}]
    assert yes["asks"] == no["bids"] == []


async def test_a_matched_order_says_what_it_gave_and_took_and_names_its_settlement(
    alice: Trader, bob: Trader
) -> None:
    await bob.place("SELL", 0.52, 40)
    reply = await alice.place("BUY", 0.55, 40)
    assert (reply["status"], reply["makingAmount"], reply["takingAmount"]) == ("matched", "20.8", "40")
    assert reply["transactionsHashes"] == reply["orderHashes"]
    assert len(reply["transactionsHashes"]) == len(reply["tradeIDs"]) == 1
    assert await alice.balance() == 9_000_000_000 - 20_800_000
    assert await alice.balance(YES) == 1_040_000_000


async def test_an_order_that_fills_in_part_and_rests_is_matched(alice: Trader, bob: Trader) -> None:
    await bob.place("SELL", 0.52, 40)
    reply = await alice.place("BUY", 0.52, 100)
    assert (reply["status"], reply["makingAmount"], reply["takingAmount"]) == ("matched", "20.8", "40")
    row = (await alice.send("GET", f"/data/order/{reply['orderID']}")).json()
    assert (row["original_size"], row["size_matched"], row["status"]) == ("100", "40", "LIVE")
    assert row["associate_trades"] == reply["tradeIDs"]


@pytest.mark.parametrize(
    ("maker", "taker", "making", "taking"),
    [
        (("SELL", 0.40, YES), ("BUY", 0.45, YES), "20", "50"),
        (("BUY", 0.60, NO), ("BUY", 0.45, YES), "20", "50"),
        (("BUY", 0.40, YES), ("SELL", 0.35, YES), "50", "20"),
        (("SELL", 0.60, NO), ("SELL", 0.35, YES), "50", "20"),
        (("SELL", 0.40, NO), ("BUY", 0.45, NO), "20", "50"),
        (("BUY", 0.60, YES), ("BUY", 0.45, NO), "20", "50"),
        (("BUY", 0.40, NO), ("SELL", 0.35, NO), "50", "20"),
        (("SELL", 0.60, YES), ("SELL", 0.35, NO), "50", "20"),
    ],
)
async def test_all_settlements_give_the_taker_the_makers_price_in_its_own_token(
    alice: Trader,
    bob: Trader,
    maker: tuple[str, float, str],
    taker: tuple[str, float, str],
    making: str,
    taking: str,
) -> None:
    await bob.place(maker[0], maker[1], 50, token=maker[2])
    reply = await alice.place(taker[0], taker[1], 50, token=taker[2])
    assert (reply["status"], reply["makingAmount"], reply["takingAmount"]) == ("matched", making, taking)


async def test_a_market_buy_spends_its_cash_at_the_best_prices_first(alice: Trader, bob: Trader) -> None:
    await bob.place("SELL", 0.50, 100)
    await bob.place("SELL", 0.60, 100)
    reply = await alice.post(alice.amounts_order("BUY", 80_000_000, 133_333_300, kind="FOK"))
    body = reply.json()
    assert (body["status"], body["makingAmount"], body["takingAmount"]) == ("matched", "80", "150")


async def test_a_market_buy_leaves_what_buys_no_lot(alice: Trader, bob: Trader) -> None:
    await bob.place("SELL", 0.52, 500)
    body = (await alice.post(alice.amounts_order("BUY", 100_000_000, 192_307_600, kind="FOK"))).json()
    assert (body["makingAmount"], body["takingAmount"]) == ("99.996", "192.3")


@pytest.mark.parametrize("kind", ["FOK", "FAK"])
@pytest.mark.parametrize(
    ("maker_amount", "taker_amount", "fills"),
    [
        (100_000_000, 166_666_600, True),  # 0.60000024: above the ask
        (100_000_000, 166_666_700, False),  # 0.59999988: below it, by however little
    ],
)
async def test_a_market_buy_crosses_by_its_exact_price(
    alice: Trader, bob: Trader, kind: str, maker_amount: int, taker_amount: int, fills: bool
) -> None:
    await bob.place("SELL", 0.60, 500)
    response = await alice.post(alice.amounts_order("BUY", maker_amount, taker_amount, kind=kind))
    assert response.status_code == (200 if fills else 400)


@pytest.mark.parametrize(("cash", "fills"), [(59_999_900, True), (60_000_000, True), (60_000_100, False)])
@pytest.mark.parametrize("token", [YES, NO])
async def test_a_market_sell_crosses_by_its_exact_price(
    alice: Trader, bob: Trader, token: str, cash: int, fills: bool
) -> None:
    await bob.place("BUY", 0.60, 100, token=token)
    response = await alice.post(alice.amounts_order("SELL", 100_000_000, cash, token=token, kind="FOK"))
    assert response.status_code == (200 if fills else 400)


async def test_a_fak_order_takes_what_is_there_and_leaves_nothing(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    await bob.place("BUY", 0.50, 30)
    reply = await alice.place("SELL", 0.50, 100, kind="FAK")
    assert (reply["status"], reply["makingAmount"], reply["takingAmount"]) == ("matched", "30", "15")
    book = await house.get("/book", token_id=YES)
    assert book["asks"] == book["bids"] == []


async def test_a_fak_order_that_meets_nobody_is_refused(alice: Trader) -> None:
    response = await alice.post(alice.order("SELL", 0.5, 100, kind="FAK"))
    assert response.status_code == 400
    assert response.json()["error"].startswith("no orders found to match with FAK order.")


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (
            ("BUY", 50_005_000, 100_005_000, "GTC"),
            "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, "
            "taker amount a max of 2 decimals",
        ),
        (
            ("BUY", 50_000_010, 100_000_000, "GTC"),
            "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, "
            "taker amount a max of 2 decimals",
        ),
        (
            ("SELL", 100_005_000, 50_000_000, "FOK"),
            "invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, "
            "taker amount a max of 4 decimals",
        ),
        (
            ("BUY", 50_001_000, 100_000_000, "FOK"),
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, "
            "taker amount a max of 4 decimals",
        ),
        (
            ("BUY", 50_000_000, 100_000_010, "FAK"),
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, "
            "taker amount a max of 4 decimals",
        ),
        (
            ("BUY", 700_000, 1_400_000, "FOK"),
            "invalid amount for a marketable BUY order ($0.7), min size: $1",
        ),
        (
            ("SELL", 10_000_000, 20_000_000, "GTC"),
            "invalid price, price must be greater than 0 and less than 1",
        ),
    ],
)
async def test_amounts_that_the_market_cannot_express_are_refused(
    alice: Trader, order: tuple[str, int, int, str], text: str
) -> None:
    side, maker, taker, kind = order
    response = await alice.post(alice.amounts_order(side, maker, taker, kind=kind))
    assert response.status_code == 400
    assert response.json()["error"] == text


@pytest.mark.parametrize("kind", ["GTC", "GTD"])
async def test_a_post_only_order_that_would_cross_is_rejected(alice: Trader, bob: Trader, kind: str) -> None:
    await bob.place("SELL", 0.50, 30)
    expiration = alice.now() + 600 if kind == "GTD" else 0
    body = alice.order("BUY", 0.5, 100, kind=kind, post_only=True, expiration=expiration)
    assert (await alice.post(body)).json()["error"] == "invalid post-only order: order crosses book"
    body = alice.order("BUY", 0.49, 100, kind=kind, post_only=True, expiration=expiration)
    assert (await alice.post(body)).json()["status"] == "live"


@pytest.mark.parametrize("kind", ["FOK", "FAK"])
async def test_post_only_is_for_orders_that_rest(alice: Trader, kind: str) -> None:
    body = alice.order("BUY", 0.5, 100, kind=kind, post_only=True)
    text = "invalid post-only order: only GTC and GTD order types are allowed"
    assert (await alice.post(body)).json()["error"] == text


async def test_an_order_never_trades_with_its_own_account(alice: Trader) -> None:
    resting = await alice.place("SELL", 0.50, 30)
    response = await alice.post(alice.order("BUY", 0.5, 100))
    assert response.status_code == 400
    assert response.json()["error"].endswith(" crosses the book")
    row = (await alice.send("GET", f"/data/order/{resting['orderID']}")).json()
    assert row["size_matched"] == "0"


@pytest.mark.parametrize("expiration", [100_000_000_000, 1_000_000_000_000])
async def test_a_date_beyond_time_rests_and_is_shown_as_it_was_sent(alice: Trader, expiration: int) -> None:
    reply = await alice.place("BUY", 0.5, 100, kind="GTD", version=1, expiration=expiration)
    row = (await alice.send("GET", f"/data/order/{reply['orderID']}")).json()
    assert (row["expiration"], row["order_type"]) == (str(expiration), "GTD")


@pytest.mark.parametrize(("lead", "status"), [(59, 400), (60, 200), (70, 200)])
async def test_a_gtd_order_needs_a_minute(alice: Trader, lead: int, status: int) -> None:
    body = alice.order("BUY", 0.5, 100, kind="GTD", expiration=alice.now() + lead)
    assert (await alice.post(body)).status_code == status


async def test_a_gtd_order_without_expiration_is_refused(alice: Trader) -> None:
    response = await alice.post(alice.order("BUY", 0.5, 100, kind="GTD"))
    assert response.json()["errorCode"] == "INVALID_ORDER_EXPIRATION"


async def test_a_v2_taker_pays_the_markets_fee_and_its_balance_shows_it(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    token = "9" * 70
    await house.list_market(
        "taxed", yes=token, no="8" * 70, condition="0x" + "2" * 64, fees=FeeSchedule(clob_rate_ppm=70_000)
    )
    await house.split(bob.account, 100, "taxed")
    await bob.place("SELL", 0.5, 100, token=token)
    before = await alice.balance()
    reply = await alice.place("BUY", 0.5, 100, token=token)
    assert reply["makingAmount"] == "50"
    assert before - await alice.balance() == 51_750_000


async def test_the_same_order_is_refused_for_ever(house: ClobHouse, alice: Trader) -> None:
    body = alice.order("BUY", 0.5, 100)
    placed = (await alice.post(body)).json()
    await alice.send("DELETE", "/cancel-all")
    again = (await alice.post(body)).json()
    assert again["error"] == f"order {placed['orderID']} is invalid. Duplicated."
    assert (await house.get("/book", token_id=YES))["bids"] == []


async def test_a_market_of_whole_shares_takes_whole_shares_only(house: ClobHouse, alice: Trader) -> None:
    token = "9" * 70
    await house.list_market("whole", yes=token, no="8" * 70, condition="0x" + "2" * 64, step=100)
    response = await alice.post(alice.order("BUY", 0.5, 10.5, token=token))
    assert response.json()["error"].endswith("taker amount a max of 0 decimals")
    assert (await alice.place("BUY", 0.5, 10, token=token))["status"] == "live"
