"""Orders through the door, from the request to the book."""

from __future__ import annotations

from tests.doors.clob.trading import NO, YES, ClobHouse, Trader


async def test_a_resting_order_is_live_and_stands_in_both_tokens_books(house: ClobHouse, alice: Trader) -> None:
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
