"""The user channel: a key's own orders and trades as they happen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.doors.clob.stream import Stream
from tests.doors.clob.trading import BOB, CONDITION, NO, YES, ClobHouse, Trader
from tradepit.core.commands import ResolveMarket
from tradepit.engine.clock import ManualClock


def credentials(trader: Trader) -> dict[str, str]:
    key = trader.key
    return {"apiKey": key.api_key, "secret": key.secret, "passphrase": key.passphrase}


async def open_stream(trader: Trader, **more: Any) -> Stream:
    stream = Stream(trader.house.app, "/ws/user")
    stream.say({"type": "user", "auth": credentials(trader), **more})
    await stream.settle()
    return stream


@pytest.fixture
async def stream(alice: Trader) -> AsyncIterator[Stream]:
    stream = await open_stream(alice)
    yield stream
    await stream.leave()


def kinds(frames: list[Any]) -> list[tuple[str, str]]:
    return [
        (frame["type"], frame["status"]) if frame["event_type"] == "order" else ("TRADE", frame["status"])
        for frame in frames
    ]


async def test_a_resting_order_is_placed_and_cancelled(stream: Stream, alice: Trader) -> None:
    order = (await alice.place("BUY", 0.45, 50))["orderID"]
    await alice.send("DELETE", "/order", {"orderID": order})
    placed, cancelled = await stream.rest()
    assert placed == {
        "id": order,
        "status": "LIVE",
        "owner": alice.key.api_key,
        "maker_address": alice.wallet.address,
        "market": CONDITION,
        "asset_id": YES,
        "side": "BUY",
        "original_size": "50",
        "size_matched": "0",
        "price": "0.45",
        "associate_trades": [],
        "outcome": "Yes",
        "created_at": str(alice.now()),
        "expiration": "0",
        "order_type": "GTC",
        "event_type": "order",
        "type": "PLACEMENT",
        "order_owner": alice.key.api_key,
        "timestamp": placed["timestamp"],
    }
    assert kinds([cancelled]) == [("CANCELLATION", "CANCELED")]


async def test_a_taker_hears_its_trade_settle(stream: Stream, alice: Trader, bob: Trader) -> None:
    await bob.place("SELL", 0.50, 30)
    reply = await alice.place("BUY", 0.50, 30)
    frames = await stream.rest()
    assert kinds(frames) == [
        ("TRADE", "MATCHED"),
        ("UPDATE", "MATCHED"),
        ("TRADE", "MINED"),
        ("TRADE", "CONFIRMED"),
    ]
    trade, update = frames[:2]
    assert (trade["id"], trade["trader_side"]) == (reply["tradeIDs"][0], "TAKER")
    assert trade["owner"] == trade["trade_owner"] == alice.key.api_key
    assert trade["transaction_hash"] == reply["transactionsHashes"][0]
    assert trade["maker_orders"][0]["owner"] == bob.key.api_key
    assert (update["size_matched"], update["associate_trades"]) == ("30", reply["tradeIDs"])
    (row,) = (await alice.send("GET", "/data/trades")).json()["data"]
    extra = {"trade_owner", "event_type", "type", "timestamp"}
    assert {name: value for name, value in frames[3].items() if name not in extra} == row


async def test_a_maker_hears_of_each_fill(stream: Stream, alice: Trader, bob: Trader) -> None:
    await alice.place("BUY", 0.40, 30, token=NO)
    await stream.rest()
    await bob.place("BUY", 0.60, 10)
    frames = await stream.rest()
    assert kinds(frames)[:2] == [("TRADE", "MATCHED"), ("UPDATE", "LIVE")]
    trade, update = frames[:2]
    assert (trade["trader_side"], trade["trade_owner"], trade["asset_id"]) == (
        "MAKER",
        alice.key.api_key,
        YES,
    )
    assert (trade["maker_orders"][0]["asset_id"], trade["maker_orders"][0]["side"]) == (NO, "BUY")
    assert (update["size_matched"], update["asset_id"], update["price"]) == ("10", NO, "0.4")
    await bob.place("BUY", 0.60, 20)
    assert kinds(await stream.rest())[1] == ("UPDATE", "MATCHED")


async def test_an_order_that_fills_in_part_is_placed_traded_and_updated(
    stream: Stream, alice: Trader, bob: Trader
) -> None:
    await bob.place("SELL", 0.50, 10)
    await alice.place("BUY", 0.50, 30)
    frames = await stream.rest()
    assert kinds(frames)[:3] == [("PLACEMENT", "LIVE"), ("TRADE", "MATCHED"), ("UPDATE", "LIVE")]
    assert [frames[0]["size_matched"], frames[2]["size_matched"]] == ["0", "10"]


async def test_a_killed_order_is_cancelled_with_the_venues_reason(stream: Stream, alice: Trader) -> None:
    await alice.post(alice.order("SELL", 0.5, 100, kind="FOK"))
    (frame,) = await stream.rest()
    reason = "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."
    assert kinds([frame]) == [("CANCELLATION", reason)]
    assert frame["size_matched"] == "0"


async def test_an_expired_order_says_so(stream: Stream, alice: Trader, clock: ManualClock) -> None:
    await alice.place("BUY", 0.5, 100, kind="GTD", expiration=alice.now() + 120)
    clock.advance(61)
    await alice.place("BUY", 0.4, 100)
    assert ("CANCELLATION", "CANCELED_EXPIRED_ORDER") in kinds(await stream.rest())


async def test_a_resolved_market_and_missing_money_cancel_orders_in_their_words(
    house: ClobHouse, stream: Stream, alice: Trader, bob: Trader
) -> None:
    await house.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    await alice.place("BUY", 0.5, 10_000)
    await alice.place("BUY", 0.9, 9_990, token="9" * 70)
    await stream.rest()
    await bob.place("SELL", 0.5, 100)
    frames = await stream.rest()
    (unfunded,) = [frame for frame in frames if frame["type"] == "CANCELLATION"]
    assert (unfunded["status"], unfunded["asset_id"]) == ("CANCELED_NOT_ENOUGH_BALANCE", "9" * 70)
    await house.port.submit(ResolveMarket(house.port.now(), "rain", 10_000))
    assert kinds(await stream.rest()) == [("CANCELLATION", "CANCELED_MARKET_RESOLVED")]


async def test_orders_from_before_the_connection_are_known(alice: Trader, bob: Trader) -> None:
    order = (await alice.place("BUY", 0.45, 50))["orderID"]
    stream = await open_stream(alice)
    await bob.place("SELL", 0.45, 20)
    update = (await stream.rest())[1]
    assert (update["id"], update["original_size"], update["size_matched"]) == (order, "50", "20")
    await stream.leave()


async def test_nobody_hears_of_anothers_orders(stream: Stream, bob: Trader, house: ClobHouse) -> None:
    await bob.place("BUY", 0.45, 50)
    assert await stream.rest() == []


async def test_markets_narrow_what_is_heard(house: ClobHouse, alice: Trader) -> None:
    await house.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    stream = await open_stream(alice, markets=[CONDITION])
    everything = await open_stream(alice, markets=[])
    await alice.place("BUY", 0.45, 50)
    await alice.place("BUY", 0.45, 50, token="9" * 70)
    assert len(await stream.rest()) == 1
    assert len(await everything.rest()) == 2
    stream.say({"operation": "subscribe", "markets": ["0x" + "2" * 64]})
    stream.say({"operation": "unsubscribe", "markets": [CONDITION]})
    await stream.settle()
    await alice.place("BUY", 0.44, 50)
    await alice.place("BUY", 0.44, 50, token="9" * 70)
    assert [frame["market"] for frame in await stream.rest()] == ["0x" + "2" * 64]
    await stream.leave()
    await everything.leave()


@pytest.mark.parametrize("member", ["apiKey", "secret", "passphrase"])
@pytest.mark.parametrize("value", ["", "é", "f4f247b7-4ac7-4f29-a152-04fda0a8755a"])
async def test_wrong_credentials_close_the_connection(alice: Trader, member: str, value: str) -> None:
    stream = Stream(alice.house.app, "/ws/user")
    stream.say({"type": "user", "auth": credentials(alice) | {member: value}})
    assert await stream.ended() == 1008


async def test_a_first_frame_without_credentials_closes_the_connection(alice: Trader) -> None:
    stream = Stream(alice.house.app, "/ws/user")
    stream.say({"type": "user", "markets": []})
    assert await stream.ended() == 1008


async def test_two_connections_of_one_key_hear_the_same(house: ClobHouse, alice: Trader) -> None:
    first, second = await open_stream(alice), await open_stream(alice)
    await house.trader(BOB)
    await alice.place("BUY", 0.45, 50)
    assert await first.rest() == await second.rest() != []
    await first.leave()
    await alice.place("BUY", 0.44, 50)
    assert len(await second.rest()) == 1
    await second.leave()
