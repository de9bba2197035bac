"""The market channel: books on subscribing, and what changes after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.clob.stream import Stream
from tests.doors.clob.trading import BOB, CONDITION, NO, YES, ClobHouse, Trader
from tradepit.doors.clob.settings import ClobSettings


@pytest.fixture
async def stream(house: ClobHouse) -> Any:
    stream = Stream(house.app, "/ws/market")
    yield stream
    await stream.leave()


async def follow(stream: Stream, *tokens: str) -> list[Any]:
    stream.say({"type": "market", "assets_ids": list(tokens)})
    books: list[Any] = await stream.next()
    return books


async def test_subscribing_gives_the_books_best_price_last(
    stream: Stream, alice: Trader, house: ClobHouse
) -> None:
    for price in (0.40, 0.45, 0.42):
        await alice.place("BUY", price, 10)
    yes, no = await follow(stream, YES, NO)
    assert (yes["event_type"], yes["asset_id"], yes["market"]) == ("book", YES, CONDITION)
    assert [level["price"] for level in yes["bids"]] == ["0.4", "0.42", "0.45"]
    assert [level["price"] for level in no["asks"]] == ["0.6", "0.58", "0.55"]
    rest = await house.get("/book", token_id=NO)
    assert (no["hash"], no["bids"], no["tick_size"]) == (rest["hash"], [], "0.01")


async def test_a_new_order_changes_the_price_of_both_tokens_in_one_frame(
    stream: Stream, alice: Trader, house: ClobHouse
) -> None:
    await alice.place("SELL", 0.60, 5)
    await follow(stream, YES)
    await alice.place("BUY", 0.45, 50)
    frame = await stream.next()
    assert frame["event_type"] == "price_change"
    assert frame["market"] == CONDITION
    yes, no = frame["price_changes"]
    books = {token: await house.get("/book", token_id=token) for token in (YES, NO)}
    assert yes == {
        "asset_id": YES,
        "price": "0.45",
        "size": "50",
        "side": "BUY",
        "hash": books[YES]["hash"],
        "best_bid": "0.45",
        "best_ask": "0.6",
    }
    assert no == {
        "asset_id": NO,
        "price": "0.55",
        "size": "50",
        "side": "SELL",
        "hash": books[NO]["hash"],
        "best_bid": "0.4",
        "best_ask": "0.55",
    }


async def test_a_level_that_is_gone_has_size_zero(stream: Stream, alice: Trader) -> None:
    await alice.place("BUY", 0.45, 50)
    await follow(stream, YES)
    await alice.send("DELETE", "/cancel-all")
    change = (await stream.next())["price_changes"][0]
    assert (change["size"], change["best_bid"], change["best_ask"]) == ("0", "0", "1")


async def test_a_trade_gives_the_change_the_trade_and_the_new_book(
    stream: Stream, alice: Trader, bob: Trader
) -> None:
    await bob.place("SELL", 0.60, 50)
    await follow(stream, YES, NO)
    await alice.place("BUY", 0.65, 20)
    change, trade, *books = [await stream.next() for _ in range(4)]
    assert change["price_changes"][0]["size"] == "30"
    assert trade == {
        "event_type": "last_trade_price",
        "asset_id": YES,
        "market": CONDITION,
        "price": "0.6",
        "size": "20",
        "side": "BUY",
        "fee_rate_bps": "0",
        "timestamp": trade["timestamp"],
        "transaction_hash": trade["transaction_hash"],
    }
    assert [book["asset_id"] for book in books] == [YES, NO]
    assert [book["last_trade_price"] for book in books] == ["0.6", "0.4"]


async def test_a_first_frame_without_type_and_further_such_frames_add_tokens(
    stream: Stream, house: ClobHouse, alice: Trader
) -> None:
    await house.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    stream.say({"assets_ids": [YES]})
    assert [book["asset_id"] for book in await stream.next()] == [YES]
    stream.say({"assets_ids": ["9" * 70]})
    assert [book["asset_id"] for book in await stream.next()] == ["9" * 70]
    await alice.place("BUY", 0.45, 50)
    await alice.place("BUY", 0.45, 50, token="9" * 70)
    frames = await stream.rest()
    assert [frame["market"] for frame in frames] == [CONDITION, "0x" + "2" * 64]


async def test_tokens_are_added_and_left_while_connected(
    stream: Stream, house: ClobHouse, alice: Trader
) -> None:
    await house.list_market("snow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64)
    await follow(stream, YES)
    stream.say({"operation": "subscribe", "assets_ids": ["9" * 70]})
    assert len(await stream.next()) == 1
    stream.say({"operation": "unsubscribe", "assets_ids": [YES]})
    await stream.settle()
    await alice.place("BUY", 0.45, 50)
    await alice.place("BUY", 0.45, 50, token="9" * 70)
    assert [frame["market"] for frame in await stream.rest()] == ["0x" + "2" * 64]


async def test_the_books_can_be_left_out_and_unknown_tokens_have_none(stream: Stream) -> None:
    stream.say({"type": "market", "assets_ids": [YES], "initial_dump": False})
    stream.say({"type": "market", "assets_ids": ["12345"]})
    assert await stream.rest() == [[]]


async def test_a_ping_is_answered_before_and_after_subscribing(stream: Stream) -> None:
    stream.say("PING")
    assert await stream.text() == "PONG"
    await follow(stream, YES)
    stream.say("PING")
    assert await stream.text() == "PONG"


@pytest.mark.parametrize("frame", ["{", "[]", '{"assets_ids": 1}', "hello", "\x00", "[" * 5000])
async def test_rubbish_is_said_to_be_rubbish_and_ends_nothing(stream: Stream, frame: str) -> None:
    stream.say(frame)
    assert await stream.text() == "INVALID OPERATION"
    assert len(await follow(stream, YES)) == 1


async def test_the_old_schema_has_one_frame_a_token(open_house: Any) -> None:
    house = await open_house(ClobSettings(profile="clob-2023"))
    await house.list_market()
    alice = await house.trader()
    stream = Stream(house.app, "/ws/market")
    await follow(stream, YES, NO)
    await alice.place("BUY", 0.45, 50)
    yes, no = [await stream.next() for _ in range(2)]
    assert (yes["event_type"], yes["asset_id"], no["asset_id"]) == ("price_change", YES, NO)
    assert yes["changes"] == [{"price": "0.45", "size": "50", "side": "BUY"}]
    assert no["changes"] == [{"price": "0.55", "size": "50", "side": "SELL"}]
    await stream.leave()


async def test_a_reader_that_does_not_read_is_dropped_and_holds_nobody_up(open_house: Any) -> None:
    house = await open_house(ClobSettings(connection_queue_max=8))
    await house.list_market()
    alice = await house.trader()
    slow, quick = Stream(house.app, "/ws/market"), Stream(house.app, "/ws/market")
    for stream in (slow, quick):
        await follow(stream, YES)
    slow.gate.clear()
    for _ in range(20):
        await alice.place("BUY", 0.45, 5)
    assert len(await quick.rest()) == 20
    slow.gate.set()
    assert await slow.ended() == 1013
    await quick.leave()


async def test_a_reader_of_too_many_tokens_is_sent_away(open_house: Any) -> None:
    house = await open_house(ClobSettings(connection_tokens_max=2))
    stream = Stream(house.app, "/ws/market")
    stream.say({"assets_ids": ["1", "2", "3"]})
    assert await stream.ended() == 1008


async def test_connections_beyond_the_limit_and_other_paths_are_refused(open_house: Any) -> None:
    house = await open_house(ClobSettings(connections_max=1))
    first = Stream(house.app, "/ws/market")
    await first.settle()
    for path in ("/ws/market", "/ws", "/"):
        refused = Stream(house.app, path)
        assert await refused.ended() == 1008
        assert not refused.accepted
    await first.leave()
    again = Stream(house.app, "/ws/market/")
    again.say("PING")
    assert await again.text() == "PONG"
    await again.leave()


async def test_a_door_that_opens_late_knows_the_books_that_were_there(
    house: ClobHouse, alice: Trader, open_house: Any
) -> None:
    await alice.place("BUY", 0.45, 50)
    late = await open_house(ClobSettings())
    stream = Stream(late.app, "/ws/market")
    (book,) = await follow(stream, YES)
    assert book["bids"] == [{"price": "0.45", "size": "50"}]
    await alice.place("BUY", 0.45, 50)
    assert (await stream.next())["price_changes"][0]["size"] == "100"
    await stream.leave()


async def test_a_stopping_door_closes_its_streams(open_house: Any) -> None:
    house = await open_house(ClobSettings())
    await house.list_market()
    await house.trader(BOB)
    stream = Stream(house.app, "/ws/market")
    await follow(stream, YES)
    await house.app.stop()
    assert await stream.ended() == 1001
