"""Markets whose tick changes, that collect or are killed, and whose trades settle later."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.doors.clob.stream import Stream
from tests.doors.clob.test_user_channel import kinds, open_stream
from tests.doors.clob.trading import CONDITION, NO, YES, ClobHouse, Trader, listing
from tradepit.core.commands import (
    ConfirmTrade,
    FailTrade,
    PlaceOrder,
    ReplaceOrder,
    RetryTrade,
    SetKillSwitch,
    SetTick,
)
from tradepit.core.enums import Gives, MarketState, OrderKind, Side
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.messages import ListCredentials, Outcome

NOT_READY = "the market is not yet ready to process new orders"
LATER: dict[str, Any] = {"yes": "1001", "no": "1002", "condition": "0x" + "a" * 64}


async def submit(house: ClobHouse, command: Any) -> None:
    await house.port.submit(replace(command, now=house.port.now()))


async def list_later(house: ClobHouse, *, restores: bool = True) -> None:
    market = listing(house.port.now(), "later", **LATER)
    await house.port.submit(replace(market, deferred=True, restores=restores))


async def statuses(trader: Trader) -> list[tuple[str, str]]:
    response = await trader.send("GET", "/data/trades")
    return [(trade["status"], trade["size"]) for trade in response.json()["data"]]


async def test_a_changed_tick_is_told_on_both_tokens_and_is_the_tick_of_now(
    house: ClobHouse, alice: Trader
) -> None:
    refused = await alice.post(alice.order("BUY", 0.455, 10))
    assert refused.status_code == 400
    stream = Stream(house.app, "/ws/market")
    stream.say({"assets_ids": [YES, NO]})
    await stream.next()
    await submit(house, SetTick(0, "rain", 50))
    frames = [await stream.next(), await stream.next()]
    assert frames[0] == {
        "event_type": "tick_size_change",
        "asset_id": YES,
        "market": CONDITION,
        "old_tick_size": "0.01",
        "new_tick_size": "0.005",
        "timestamp": frames[0]["timestamp"],
    }
    assert frames[1]["asset_id"] == NO
    assert (await house.get("/tick-size", token_id=YES))["minimum_tick_size"] == 0.005
    assert (await house.get(f"/clob-markets/{CONDITION}"))["mts"] == 0.005
    assert (await house.get(f"/markets/{CONDITION}"))["minimum_tick_size"] == 0.005
    assert (await house.get("/book", token_id=YES))["tick_size"] == "0.005"
    assert (await alice.place("BUY", 0.455, 10))["status"] == "live"
    await stream.leave()


async def test_a_trade_near_the_edge_makes_the_tick_finer(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    market = listing(house.port.now(), "edge", yes="2001", no="2002", condition="0x" + "b" * 64)
    await house.port.submit(replace(market, edge=400, edge_tick=10))
    stream = Stream(house.app, "/ws/market")
    stream.say({"assets_ids": ["2001"]})
    await stream.next()
    await bob.place("BUY", 0.03, 100, token="2002")
    await alice.place("BUY", 0.97, 100, token="2001")
    kinds_told = [frame["event_type"] for frame in await stream.rest()]
    assert kinds_told == ["price_change", "tick_size_change", "price_change", "last_trade_price", "book"]
    assert (await house.get("/tick-size", token_id="2002"))["minimum_tick_size"] == 0.001
    await stream.leave()


async def test_a_door_that_starts_late_knows_the_tick_of_now(house: ClobHouse, open_house: Any) -> None:
    await submit(house, SetTick(0, "rain", 50))
    late = await open_house(ClobSettings())
    assert (await late.get("/tick-size", token_id=YES))["minimum_tick_size"] == 0.005
    assert (await late.get("/book", token_id=YES))["tick_size"] == "0.005"


@pytest.mark.parametrize("state", [MarketState.PRE_OPEN, MarketState.MATCH_AND_CLOSE])
async def test_a_market_that_collects_is_not_ready(
    house: ClobHouse, alice: Trader, state: MarketState
) -> None:
    await house.set_state(state)
    for kind in ("GTC", "FOK"):
        response = await alice.post(alice.order("BUY", 0.45, 10, kind=kind))
        assert response.json()["errorMsg"] == NOT_READY
    assert (await house.get(f"/markets/{CONDITION}"))["accepting_orders"] is False


async def test_a_killed_market_and_a_killed_account_are_not_ready(house: ClobHouse, alice: Trader) -> None:
    for switch in (SetKillSwitch(0, market="rain"), SetKillSwitch(0, alice.account)):
        await alice.place("BUY", 0.45, 10)
        await submit(house, switch)
        assert (await alice.send("GET", "/data/orders")).json()["data"] == []
        response = await alice.post(alice.order("BUY", 0.45, 10))
        assert (response.status_code, response.json()["errorMsg"]) == (400, NOT_READY)
        await submit(house, replace(switch, on=False))
    await alice.place("BUY", 0.45, 10)


async def test_a_waiting_stop_is_listed_and_can_be_cancelled(house: ClobHouse, alice: Trader) -> None:
    stop = PlaceOrder(
        0, b"s" * 32, alice.account, "rain", Side.BUY, Gives.CASH, 6_000, 1_000,
        kind=OrderKind.STOP_LIMIT, stop_price=5_900,
    )  # fmt: skip
    await submit(house, stop)
    (row,) = (await alice.send("GET", "/data/orders")).json()["data"]
    assert (row["status"], row["price"]) == ("LIVE", "0.6")
    reply = (await alice.send("DELETE", "/order", {"orderID": row["id"]})).json()
    assert reply == {"canceled": [row["id"]], "not_canceled": {}}


async def test_a_replaced_order_shows_its_terms_of_now(house: ClobHouse, alice: Trader) -> None:
    stream = await open_stream(alice)
    order = (await alice.place("BUY", 0.45, 10))["orderID"]
    await submit(house, ReplaceOrder(0, alice.account, bytes.fromhex(order[2:]), price=4_400, quantity=2_000))
    (row,) = (await alice.send("GET", "/data/orders")).json()["data"]
    assert (row["price"], row["original_size"]) == ("0.44", "20")
    frames = await stream.rest()
    assert kinds(frames) == [("PLACEMENT", "LIVE"), ("UPDATE", "LIVE")]
    assert frames[1]["price"] == "0.44"
    await stream.leave()


async def test_a_trade_that_settles_later_is_matched_and_then_confirmed(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    await list_later(house)
    stream = await open_stream(alice)
    cash = await alice.balance()
    await bob.place("BUY", 0.6, 30, token="1002")
    reply = await alice.place("BUY", 0.4, 30, token="1001")
    assert reply["status"] == "matched"
    assert kinds(await stream.rest()) == [("TRADE", "MATCHED"), ("UPDATE", "MATCHED")]
    assert await statuses(alice) == await statuses(bob) == [("MATCHED", "30")]
    assert await alice.balance("1001") == 0, "what is pending is no balance"
    assert await alice.balance() == cash - 12_000_000
    await submit(house, RetryTrade(0, 1))
    assert kinds(await stream.rest()) == [("TRADE", "RETRYING")]
    await submit(house, ConfirmTrade(0, 1))
    (told,) = await stream.rest()
    assert (told["event_type"], told["status"], told["id"]) == ("trade", "CONFIRMED", reply["tradeIDs"][0])
    assert await statuses(alice) == [("CONFIRMED", "30")]
    assert await alice.balance("1001") == 30_000_000
    await stream.leave()


async def test_a_trade_that_fails_is_told_to_both_and_its_maker_comes_back(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    await list_later(house)
    order = (await bob.place("BUY", 0.6, 30, token="1002"))["orderID"]
    taker, maker = await open_stream(alice), await open_stream(bob)
    cash = await alice.balance()
    await alice.place("BUY", 0.4, 30, token="1001")
    await taker.rest(), await maker.rest()
    await submit(house, FailTrade(0, 1))
    assert ("TRADE", "FAILED") in kinds(await taker.rest())
    told = await maker.rest()
    assert ("TRADE", "FAILED") in kinds(told)
    assert await statuses(alice) == await statuses(bob) == [("FAILED", "30")]
    assert await alice.balance() == cash
    (row,) = (await bob.send("GET", "/data/orders")).json()["data"]
    assert (row["id"], row["size_matched"]) == (order, "0")
    for stream in (taker, maker):
        await stream.leave()


async def test_of_a_trade_that_fails_in_part_the_rest_goes_on(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    await list_later(house, restores=False)
    carol = await house.trader("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a")
    await bob.place("BUY", 0.6, 30, token="1002")
    await carol.place("BUY", 0.6, 20, token="1002")
    await alice.place("BUY", 0.4, 50, token="1001")
    streams = [await open_stream(one) for one in (alice, bob, carol)]
    await submit(house, FailTrade(0, 1))
    await submit(house, ConfirmTrade(0, 2))
    told = [
        [(frame["status"], frame["size"]) for frame in await stream.rest() if frame["event_type"] == "trade"]
        for stream in streams
    ]
    assert told == [[("MATCHED", "20"), ("CONFIRMED", "20")], [("FAILED", "30")],
                    [("MATCHED", "20"), ("CONFIRMED", "20")]]  # fmt: skip
    assert await statuses(alice) == [("CONFIRMED", "20")]
    for stream in streams:
        await stream.leave()


async def test_a_door_that_starts_later_tells_how_older_trades_end(
    house: ClobHouse, alice: Trader, bob: Trader, open_house: Any
) -> None:
    await list_later(house)
    await bob.place("BUY", 0.6, 30, token="1002")
    await alice.place("BUY", 0.4, 30, token="1001")
    late: ClobHouse = await open_house(ClobSettings())
    for event in await late.port.query(ListCredentials("clob.key")):
        late.wallets.apply(Outcome(0, 0, [event]))
    await late.get("/time")
    alice.house = late
    stream = await open_stream(alice)
    await submit(house, ConfirmTrade(0, 1))
    assert ("TRADE", "CONFIRMED") in kinds(await stream.rest())
    await stream.leave()
