"""Orders in a market with a delay: answered at once, or held open until their fate is known."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.doors.clob.trading import ClobHouse, Trader
from tradepit.core.commands import Withdraw
from tradepit.core.enums import MarketState
from tradepit.engine.clock import ManualClock

TOKEN = "9" * 70
CONDITION = "0x" + "2" * 64
DELAY_S = 3


async def open_slow_market(house: ClobHouse, seller: Trader, reply: str) -> None:
    await house.list_market(
        "slow", yes=TOKEN, no="8" * 70, condition=CONDITION, delay_ns=DELAY_S * 10**9, delay_reply=reply
    )
    await house.split(seller.account, 500, "slow")
    await seller.place("SELL", 0.5, 100, token=TOKEN)


async def later(clock: ManualClock, task: asyncio.Task[Any]) -> None:
    """Let the task reach its wait, and then the delay pass."""
    for _ in range(50):
        await asyncio.sleep(0.002)
    assert not task.done()
    clock.advance(DELAY_S)


async def test_a_marketable_order_is_answered_as_delayed_and_matches_later(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "")
    reply = await alice.place("BUY", 0.5, 100, token=TOKEN)
    assert (reply["status"], reply["makingAmount"], reply["takingAmount"]) == ("delayed", "", "")
    row = (await alice.send("GET", f"/data/order/{reply['orderID']}")).json()
    assert row["status"] == "DELAYED"
    cancel = (await alice.send("DELETE", "/order", {"orderID": reply["orderID"]})).json()
    assert cancel == {
        "canceled": [],
        "not_canceled": {reply["orderID"]: "order match delayed due to market conditions"},
    }
    clock.advance(DELAY_S)
    await alice.send("DELETE", "/cancel-all")  # the next command finds the delay over
    (trade,) = (await alice.send("GET", "/data/trades")).json()["data"]
    assert (trade["taker_order_id"], trade["size"]) == (reply["orderID"], "100")


async def test_an_order_that_does_not_cross_is_not_delayed(
    house: ClobHouse, alice: Trader, bob: Trader
) -> None:
    await open_slow_market(house, bob, "hold")
    assert (await alice.place("BUY", 0.4, 100, token=TOKEN))["status"] == "live"


async def test_a_held_reply_tells_the_match(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "hold")
    placing = asyncio.create_task(alice.place("BUY", 0.5, 100, token=TOKEN))
    await later(clock, placing)
    reply = await placing
    assert (reply["status"], reply["makingAmount"], reply["takingAmount"]) == ("matched", "50", "100")


async def test_a_held_order_that_meets_nobody_any_more_is_unmatched(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "hold")
    placing = asyncio.create_task(alice.place("BUY", 0.5, 100, token=TOKEN))
    await asyncio.sleep(0.05)
    await bob.send("DELETE", "/cancel-all")
    await later(clock, placing)
    reply = await placing
    assert (reply["status"], reply["success"], reply["errorMsg"]) == ("unmatched", True, "")
    row = (await alice.send("GET", f"/data/order/{reply['orderID']}")).json()
    assert row["status"] == "LIVE"


async def test_a_held_fok_order_that_cannot_fill_any_more_is_refused(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "hold")
    placing = asyncio.create_task(
        alice.post(alice.amounts_order("BUY", 50_000_000, 100_000_000, token=TOKEN, kind="FOK"))
    )
    await asyncio.sleep(0.05)
    await bob.send("DELETE", "/cancel-all")
    await later(clock, placing)
    response = await placing
    assert (response.status_code, response.json()["errorCode"]) == (400, "FOK_ORDER_NOT_FILLED_ERROR")


async def test_a_held_order_in_a_market_that_closed_meanwhile_is_refused(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "hold")
    placing = asyncio.create_task(alice.post(alice.order("BUY", 0.5, 100, token=TOKEN)))
    await asyncio.sleep(0.05)
    await house.set_state(MarketState.SUSPENDED, "slow")
    await later(clock, placing)
    response = await placing
    assert response.json()["errorCode"] == "MARKET_NOT_READY"


async def test_the_same_order_sent_again_while_held_is_refused_and_the_first_goes_on(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "hold")
    body = alice.order("BUY", 0.5, 100, token=TOKEN)
    placing = asyncio.create_task(alice.post(body))
    await asyncio.sleep(0.05)
    again = await alice.post(body)
    assert again.json()["errorCode"] == "INVALID_ORDER_DUPLICATED"
    await later(clock, placing)
    assert (await placing).json()["status"] == "matched"


async def test_a_batch_waits_for_its_held_orders(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock
) -> None:
    await open_slow_market(house, bob, "hold")
    batch = [alice.order("BUY", 0.4, 10), alice.order("BUY", 0.5, 40, token=TOKEN)]
    placing = asyncio.create_task(alice.send("POST", "/orders", batch))
    await later(clock, placing)
    first, second = (await placing).json()
    assert (first["status"], second["status"], second["takingAmount"]) == ("live", "matched", "40")


@pytest.mark.parametrize("amount", [8_970])
async def test_cash_that_a_delayed_order_needs_cannot_be_withdrawn(
    house: ClobHouse, alice: Trader, bob: Trader, clock: ManualClock, amount: int
) -> None:
    await open_slow_market(house, bob, "")
    await alice.place("BUY", 0.5, 100, token=TOKEN)
    await house.port.submit(Withdraw(house.port.now(), alice.account, amount * 10**6))
    assert await alice.balance() == 9_000_000_000
