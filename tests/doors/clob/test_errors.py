"""The eleven error codes of the venue's page on placing orders, under every profile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, cast

import pytest

from tests.doors.clob.conftest import OpenHouse
from tests.doors.clob.trading import BOB, ClobHouse, Trader
from tradepit.core.commands import PlaceOrder
from tradepit.core.enums import MarketState
from tradepit.doors.clob.profiles import PROFILES
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.messages import Command, Outcome
from tradepit.engine.port import FaultStage, Port, SystemFault

Provoke = Callable[[ClobHouse, Trader, Trader], Awaitable[dict[str, Any]]]


async def off_tick(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    return alice.order("BUY", 0.505, 100)


async def too_small(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    return alice.order("BUY", 0.5, 1)


async def duplicated(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    body = alice.order("BUY", 0.5, 100)
    assert (await alice.post(body)).json()["success"] is True
    return body


async def unfunded(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    return alice.order("BUY", 0.5, 1_000_000)


async def past_expiration(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    return alice.order("BUY", 0.5, 100, kind="GTD", expiration=alice.now() - 1)


def failing(stage: FaultStage) -> Provoke:
    async def provoke(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
        async def submit(command: Command) -> Outcome:
            assert isinstance(command, PlaceOrder)
            raise SystemFault(stage)

        body = alice.order("BUY", 0.5, 100)
        house.app.door.port = cast(Port, FaultyPort(house, submit))
        return body

    return provoke


class FaultyPort:
    """The port with another `submit`."""

    def __init__(self, house: ClobHouse, submit: Callable[[Command], Awaitable[Outcome]]) -> None:
        self._port = house.port
        self.submit = submit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


async def delayed(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    await house.list_market(
        "slow", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64, delay_ns=3_000_000_000
    )
    await house.split(bob.account, 100, "slow")
    await bob.place("SELL", 0.5, 100, token="9" * 70)
    return alice.order("BUY", 0.5, 100, token="9" * 70)


async def unfillable(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    return alice.order("BUY", 0.5, 100, kind="FOK")


async def not_ready(house: ClobHouse, alice: Trader, bob: Trader) -> dict[str, Any]:
    await house.set_state(MarketState.SUSPENDED)
    return alice.order("BUY", 0.5, 100)


class Row(NamedTuple):
    """One code: how it is provoked, what the first years said, and what is said today."""

    provoke: Provoke
    success_then: bool
    first_text: str
    text: str
    detailed_text: str = ""


BALANCE = "not enough balance / allowance"
TABLE = {
    "INVALID_ORDER_MIN_TICK_SIZE": Row(
        off_tick,
        False,
        "order is invalid. Price breaks minimum tick size rules",
        "order {id} is invalid. Price (0.505) breaks minimum tick size rule: 0.01",
    ),
    "INVALID_ORDER_MIN_SIZE": Row(
        too_small,
        False,
        "order is invalid. Size lower than the minimum",
        "order {id} is invalid. Size (1) lower than the minimum: 5",
    ),
    "INVALID_ORDER_DUPLICATED": Row(
        duplicated,
        False,
        "order is invalid. Duplicated. Same order has already been placed, can't be placed again",
        "order {id} is invalid. Duplicated.",
    ),
    "INVALID_ORDER_NOT_ENOUGH_BALANCE": Row(
        unfunded,
        False,
        BALANCE,
        BALANCE,
        BALANCE + ": the balance is not enough -> balance: 9000000000, order amount: 500000000000",
    ),
    "INVALID_ORDER_EXPIRATION": Row(past_expiration, False, "invalid expiration", "invalid expiration"),
    "INVALID_ORDER_ERROR": Row(failing("insert"), False, "could not insert order", "could not insert order"),
    "EXECUTION_ERROR": Row(
        failing("execute"), False, "could not run the execution", "could not run the execution"
    ),
    "ORDER_DELAYED": Row(delayed, True, "order match delayed due to market conditions", ""),
    "DELAYING_ORDER_ERROR": Row(
        failing("delay"), False, "error delaying the order", "error delaying the order"
    ),
    "FOK_ORDER_NOT_FILLED_ERROR": Row(
        unfillable,
        False,
        "order couldn't be fully filled, FOK orders are fully filled/killed",
        "order couldn't be fully filled. FOK orders are fully filled or killed.",
    ),
    "MARKET_NOT_READY": Row(
        not_ready,
        True,
        "the market is not yet ready to process new orders",
        "the market is not yet ready to process new orders",
    ),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", TABLE)
async def test_each_error_code_has_its_status_and_body_under_each_profile(
    open_house: OpenHouse, profile: str, code: str
) -> None:
    house = await open_house(ClobSettings(profile=profile))
    await house.list_market()
    alice, bob = await house.trader(), await house.trader(BOB)
    await house.split(alice.account, 1_000)
    row = TABLE[code]
    body = await row.provoke(house, alice, bob)
    response = await alice.post(body)
    reply = response.json()
    if code == "ORDER_DELAYED":
        # No refusal under any profile: the order was taken, and the old reply said so in errorMsg.
        assert response.status_code == 200
        assert (reply["success"], reply["status"]) == (True, "delayed")
        assert reply["errorMsg"] == (row.first_text if profile == "clob-2023" else "")
        assert reply["orderID"] == reply["orderId"] != ""
    elif profile == "clob-2023":
        assert response.status_code == 200
        assert reply == {
            "success": row.success_then,
            "errorMsg": row.first_text,
            "orderID": "",
            "orderId": "",
            "status": "",
            "takingAmount": "",
            "makingAmount": "",
            "transactionsHashes": [],
            "orderHashes": [],
            "tradeIDs": [],
        }
    else:
        text = row.detailed_text if row.detailed_text and profile == "clob-2026-11" else row.text
        text = text.format(id=_id_in(reply["error"]))
        assert response.status_code == 400
        assert reply == {"error": text, "success": False, "errorMsg": text, "errorCode": code}


def _id_in(text: str) -> str:
    words = text.split()
    return next((word for word in words if word.startswith("0x") and len(word) == 66), "")


@pytest.mark.parametrize("success", [False, True])
async def test_a_refused_entry_of_a_batch_says_success_as_the_setting_wants(
    open_house: OpenHouse, success: bool
) -> None:
    house = await open_house(ClobSettings(batch_success_on_error=success))
    await house.list_market()
    alice = await house.trader()
    batch = [alice.order("BUY", 0.4, 100), alice.order("BUY", 0.4, 1), {"order": 1}]
    response = await alice.send("POST", "/orders", batch)
    first, second, third = response.json()
    assert response.status_code == 200
    assert (first["success"], first["status"], first["errorMsg"]) == (True, "live", "")
    assert second["success"] is success
    assert second["errorMsg"].endswith("is invalid. Size (1) lower than the minimum: 5")
    assert (second["orderID"], second["status"], second["takingAmount"]) == ("", "", "")
    assert third["errorMsg"] == "Invalid order payload"


async def test_a_fault_in_a_batch_is_the_answer_of_its_order_only(house: ClobHouse, alice: Trader) -> None:
    batch = [alice.order("BUY", 0.4, 100), alice.order("BUY", 0.41, 100)]
    port = house.port

    class OneFault:
        def __getattr__(self, name: str) -> Any:
            return getattr(port, name)

        async def submit_many(self, commands: Any) -> list[Outcome]:
            raise SystemFault("insert")

        async def submit(self, command: PlaceOrder) -> Outcome:
            if command.price == 4100:
                raise SystemFault("insert")
            return await port.submit(command)

    house.app.door.port = cast(Port, OneFault())
    first, second = (await alice.send("POST", "/orders", batch)).json()
    assert first["status"] == "live"
    assert (second["success"], second["errorMsg"]) == (False, "could not insert order")


async def test_a_batch_takes_fifteen_orders_and_no_more(alice: Trader) -> None:
    batch = [alice.order("BUY", 0.4, 5) for _ in range(16)]
    response = await alice.send("POST", "/orders", batch)
    assert response.status_code == 400
    assert response.json()["error"] == "Too many orders in payload: 16, max allowed: 15"
    entries = (await alice.send("POST", "/orders", batch[:15])).json()
    assert [entry["status"] for entry in entries] == ["live"] * 15
