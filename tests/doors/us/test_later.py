"""Orders that others changed, and instruments whose tick changes or whose trades settle later."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tests.doors.us.conftest import SYMBOL, World
from tradepit.core.commands import Deposit, PlaceOrder, ReplaceOrder, ResolveMarket, SetKillSwitch, SetTick
from tradepit.core.enums import Gives, OrderKind, Side


async def submit(world: World, command: Any) -> None:
    await world.engine.submit(replace(command, now=world.engine.now()))


async def search(world: World, **body: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.ok("POST", "/v1/report/orders/search", body))["order"]
    return found


def stop(account: str, kind: OrderKind, price: int) -> PlaceOrder:
    return PlaceOrder(
        0, b"STOPSTOPSTOP1", account, SYMBOL, Side.BUY, Gives.NET, price, 1_000, kind=kind, stop_price=6_000
    )


async def test_a_replaced_order_is_shown_with_its_terms_of_now(market: World) -> None:
    order = await market.insert(price=1_000)
    await submit(market, ReplaceOrder(0, order["account"], order["id"].encode(), price=2_000, quantity=500))
    (shown,) = await search(market)
    assert (shown["id"], shown["state"]) == (order["id"], "ORDER_STATE_NEW")
    assert (int(shown["price"]), int(shown["orderQty"]), int(shown["leavesQty"])) == (2_000, 5, 5)


async def test_a_waiting_stop_is_open_and_a_late_rejection_is_its_end(market: World) -> None:
    account = (await market.insert(price=1_000))["account"]
    await submit(market, stop(account, OrderKind.STOP, 0))
    found = {
        order["id"]: order for order in await search(market, order_state_filter="ORDER_STATE_FILTER_OPEN")
    }
    waiting = found["STOPSTOPSTOP1"]
    assert (waiting["state"], waiting["type"]) == ("ORDER_STATE_NEW", "ORDER_TYPE_STOP")
    assert int(waiting["stop_price"]) == 6_000
    await market.quote(Side.SELL, 6_000, 100)
    await market.insert(price=6_000, order_qty=1)
    ended = {order["id"]: order for order in await search(market)}
    assert ended["STOPSTOPSTOP1"]["state"] == "ORDER_STATE_REJECTED"


async def test_the_tick_of_now_is_shown_and_named_in_refusals(market: World) -> None:
    await submit(market, SetTick(0, SYMBOL, 200))
    refused = await market.insert(price=5_100)
    assert refused["state"] == "ORDER_STATE_REJECTED"
    assert refused["text"] == "Price 0.51 is not a multiple of tick size 0.02"
    reply = await market.ok("POST", "/v1/refdata/instruments", {})
    assert [one["tickSize"] for one in reply["instruments"] if one["symbol"] == SYMBOL] == [0.02]


async def test_an_instrument_that_settles_later_refuses_orders_with_a_clear_text(market: World) -> None:
    await market.market("later", deferred=True)
    refused = await market.insert(symbol="later")
    assert refused["state"] == "ORDER_STATE_REJECTED"
    assert refused["text"] == "Instrument settles its trades later and takes no orders here"


async def test_a_kill_switch_is_named(market: World) -> None:
    await submit(market, SetKillSwitch(0, market=SYMBOL))
    refused = await market.insert()
    assert refused["text"] == "Order entry is disabled by a kill switch"


async def test_a_resolution_that_waits_closes_the_book(market: World) -> None:
    await market.market("later", deferred=True)
    await market.quote(Side.SELL, 5_000, 100, market="later")
    other = "0x" + "cd" * 20
    await submit(market, Deposit(0, other, 10_000_000))
    await submit(market, PlaceOrder(0, b"other", other, "later", Side.BUY, Gives.CASH, 5_000, 100))
    await submit(market, ResolveMarket(0, "later", 10_000))
    assert (await market.insert(symbol="later"))["text"] == "Book is CLOSED"


async def test_a_waiting_stop_can_be_cancelled(market: World) -> None:
    account = (await market.insert(price=1_000))["account"]
    await submit(market, stop(account, OrderKind.STOP_LIMIT, 6_100))
    await market.ok("POST", "/v1/trading/orders/cancel", {"order_id": "STOPSTOPSTOP1"})
    found = {order["id"]: order for order in await search(market)}
    assert found["STOPSTOPSTOP1"]["state"] == "ORDER_STATE_CANCELED"
