"""Orders through the US door: what is entered, what becomes of it, and how it is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.us.conftest import (
    SYMBOL,
    US_FEES,
    World,
    caller,
    canonical_order,
    make_settings,
    snake_order,
)
from tradepit.core.commands import ResolveMarket, SetMarketState
from tradepit.core.enums import MarketState, Side
from tradepit.core.units import NANOSECONDS
from tradepit.doors.us.app import create_app
from tradepit.engine.messages import GetAccount, GetOrder, GetStatus
from tradepit.engine.port import SystemFault
from tradepit.history.reader import History


async def search(world: World, order_id: str) -> Any:
    (found,) = (await world.ok("POST", "/v1/report/orders/search", {"order_id": order_id}))["orders"]
    return found


async def test_a_us_order_fills_another_doors_order_and_says_so(market: World) -> None:
    await market.quote(Side.SELL, 4_000, 600)
    order = await market.insert(order_qty=10, price=5_000)
    assert order["state"] == "ORDER_STATE_PARTIALLY_FILLED"
    assert (order["cum_qty"], order["leaves_qty"], order["avg_px"]) == (6, 4, 4_000)
    await market.quote(Side.SELL, 5_000, 400)
    found = await search(market, order["id"])
    assert found["state"] == "ORDER_STATE_FILLED"
    assert (found["cum_qty"], found["leaves_qty"], found["avg_px"]) == (10, 0, 4_400)
    account = await market.engine.query(GetAccount(account="firms/Acme-Trading/accounts/trader1"))
    assert account.cash == 1_000_000_000 - 4_400_000
    assert account.positions[0].yes == 1_000


@pytest.mark.parametrize("value", [10, "10", 10.0, 1e1])
async def test_a_quantity_is_read_in_every_form_of_an_int64(market: World, value: Any) -> None:
    order = await market.insert(order_qty=value)
    assert order["order_qty"] == 10


async def test_the_instruments_scales_turn_wire_numbers_into_exact_ones(world: World) -> None:
    await world.market("fine", tick=10, step=1, price_scale="1000")
    await world.client()
    order = await world.insert(symbol="fine", price=451, order_qty=1_234)
    view = await world.engine.query(GetOrder(order_id=order["id"].encode()))
    assert view is not None
    assert (view.order.price, view.order.quantity) == (4_510, 1_234)
    assert (order["price"], order["order_qty"]) == (451, 1_234)
    assert (order["price_scale"], order["fractional_quantity_scale"]) == (1_000, 100)


async def test_every_field_that_was_sent_comes_back(market: World) -> None:
    order = await market.insert(
        clord_id="c-1",
        side="SIDE_SELL",
        participate_dont_initiate=True,
        self_match_prevention_id="desk",
        self_match_prevention_instruction="SELF_MATCH_PREVENTION_INSTRUCTION_CANCEL_RESTING",
        order_capacity="ORDER_CAPACITY_PRINCIPAL",
        manual_order_indicator="MANUAL_ORDER_INDICATOR_AUTOMATED",
        client_account_id="book-7",
        client_participant_id="bot",
    )
    found = await search(market, order["id"])
    for shown in (order, found):
        assert shown["clord_id"] == "c-1"
        assert shown["side"] == "SIDE_SELL"
        assert shown["type"] == "ORDER_TYPE_LIMIT"
        assert shown["time_in_force"] == "TIME_IN_FORCE_GOOD_TILL_CANCEL"
        assert shown["account"] == "firms/Acme-Trading/accounts/trader1"
        assert shown["participant"] == "firms/Acme-Trading/users/trader1"
        assert shown["participate_dont_initiate"] is True
        assert shown["self_match_prevention_instruction"].endswith("CANCEL_RESTING")
        assert shown["order_capacity"] == "ORDER_CAPACITY_PRINCIPAL"
        assert shown["manual_order_indicator"] == "MANUAL_ORDER_INDICATOR_AUTOMATED"
        assert shown["client_account_id"] == "book-7"
        assert shown["client_participant_id"] == "bot"
        assert shown["insert_time"] == shown["create_time"] == "2027-01-15T08:00:00Z"


async def test_an_ioc_order_expires_what_it_does_not_fill(market: World) -> None:
    await market.quote(Side.SELL, 5_000, 300)
    order = await market.insert(time_in_force="TIME_IN_FORCE_IMMEDIATE_OR_CANCEL")
    assert (order["state"], order["cum_qty"], order["leaves_qty"]) == ("ORDER_STATE_EXPIRED", 3, 0)


@pytest.mark.parametrize(
    "terms",
    [
        {"time_in_force": "TIME_IN_FORCE_FILL_OR_KILL"},
        {"all_or_none": True},
        {"min_qty": 4},
    ],
)
async def test_an_order_that_wants_more_than_there_is_expires_whole(
    market: World, terms: dict[str, Any]
) -> None:
    await market.quote(Side.SELL, 5_000, 300)
    order = await market.insert(**terms)
    assert (order["state"], order["cum_qty"]) == ("ORDER_STATE_EXPIRED", 0)
    assert (await search(market, order["id"]))["state"] == "ORDER_STATE_EXPIRED"


async def test_a_good_till_time_order_expires_at_that_time(market: World) -> None:
    order = await market.insert(
        time_in_force="TIME_IN_FORCE_GOOD_TILL_TIME", good_till_time="2027-01-15T09:00:00Z"
    )
    assert order["good_till_time"] == "2027-01-15T09:00:00Z"
    market.clock.advance(3_599)
    await market.engine.settle()
    market.tokens.clear()
    assert (await search(market, order["id"]))["state"] == "ORDER_STATE_NEW"
    market.clock.advance(1)
    await market.engine.settle()
    assert (await search(market, order["id"]))["state"] == "ORDER_STATE_EXPIRED"


async def test_a_day_order_expires_at_five_in_the_afternoon_in_new_york(market: World) -> None:
    order = await market.insert(time_in_force="TIME_IN_FORCE_DAY")
    assert order["time_in_force"] == "TIME_IN_FORCE_DAY"
    market.clock.advance(14 * 3_600 - 1)
    await market.engine.settle()
    market.tokens.clear()
    assert (await search(market, order["id"]))["state"] == "ORDER_STATE_NEW"
    market.clock.advance(1)
    await market.engine.settle()
    assert (await search(market, order["id"]))["state"] == "ORDER_STATE_EXPIRED"


async def test_day_orders_can_be_kept_past_the_roll(market: World, history: History) -> None:
    app = create_app(
        market.engine,
        market.firms,
        history,
        make_settings(day_orders_expire=False),
        wall_clock=market.clock.now,
    )
    headers = {"authorization": f"Bearer {await market.token()}"}
    async with caller(app) as http:
        body = snake_order(time_in_force="TIME_IN_FORCE_DAY")
        entered = (await http.post("/v1/trading/orders", json=body, headers=headers)).json()
    market.clock.advance(40 * 3_600)
    await market.engine.settle()
    market.tokens.clear()
    assert (await search(market, entered["order_id"]))["state"] == "ORDER_STATE_NEW"


async def test_a_short_sale_is_entered_with_cash_alone(market: World) -> None:
    await market.quote(Side.BUY, 7_000, 100)
    order = await market.insert(side="SIDE_SELL", order_qty=1, price=7_000)
    assert order["state"] == "ORDER_STATE_FILLED"
    account = await market.engine.query(GetAccount(account="firms/Acme-Trading/accounts/trader1"))
    assert account.positions[0].no == 100


async def test_the_taker_pays_the_us_fee(world: World) -> None:
    await world.market(fees=US_FEES)
    await world.client()
    await world.quote(Side.SELL, 5_000, 10_000)
    order = await world.insert(order_qty=100, price=5_000)
    assert order["commission_notional_total_collected"] == 17_400
    assert (await search(world, order["id"]))["commission_notional_total_collected"] == 17_400


REJECTED = [
    ({"price": 10_000}, "High price limit is 0.99, given 1", "EXCHANGE_OPTION"),
    ({"price": -1}, "Low price limit is 0.01, given -0.0001", "EXCHANGE_OPTION"),
    ({"price": 5_050}, "Price 0.505 is not a multiple of tick size 0.01", "INVALID_PRICE_INCREMENT"),
    ({"order_qty": 10**11}, "Order size 100000000000 is above the high order size limit", "EXCHANGE_OPTION"),
    ({"order_qty": 5_000}, "1000 USD available, requested 2500", "EXCHANGE_OPTION"),
    (
        {"participate_dont_initiate": True, "price": 6_000},
        "Order may participate but not initiate in the market",
        "EXCHANGE_OPTION",
    ),
    (
        {"time_in_force": "TIME_IN_FORCE_GOOD_TILL_TIME", "good_till_time": "2020-01-01T00:00:00Z"},
        "Good till time is in the past",
        "EXCHANGE_OPTION",
    ),
    (
        {"participate_dont_initiate": True, "time_in_force": "TIME_IN_FORCE_FILL_OR_KILL"},
        "Order has attributes that cannot be combined",
        "EXCHANGE_OPTION",
    ),
]


@pytest.mark.parametrize(("terms", "text", "reason"), REJECTED)
async def test_what_the_engine_refuses_is_200_with_a_rejected_order(
    market: World, terms: dict[str, Any], text: str, reason: str
) -> None:
    await market.quote(Side.SELL, 6_000, 100)
    reply = await market.ok("POST", "/v1/trading/orders", snake_order(**terms))
    assert reply["order"]["state"] == "ORDER_STATE_REJECTED"
    assert reply["order"]["leaves_qty"] == 0
    assert reply["text"] == text
    assert reply["order_reject_reason"] == f"ORD_REJECT_REASON_{reason}"
    assert (await search(market, reply["order_id"]))["state"] == "ORDER_STATE_REJECTED"


@pytest.mark.parametrize(
    ("quantity", "text", "reason"),
    [
        (3, "Order size must be a multiple of 2, given 3", "INCORRECT_QUANTITY"),
        (4, "Minimum trade quantity is 10, given 4", "EXCHANGE_OPTION"),
    ],
)
async def test_a_size_that_the_instrument_does_not_trade_is_rejected(
    world: World, quantity: int, text: str, reason: str
) -> None:
    await world.market(step=200, minimum_quantity=1_000)
    await world.client()
    reply = await world.ok("POST", "/v1/trading/orders", snake_order(order_qty=quantity))
    assert (reply["text"], reply["order_reject_reason"]) == (text, f"ORD_REJECT_REASON_{reason}")


async def test_a_rejected_order_looks_accepted_in_the_canonical_dialect(market: World) -> None:
    reply = await market.ok("POST", "/v1/trading/orders", canonical_order(price="10000"))
    assert list(reply) == ["orderId"]
    (found,) = (await market.ok("POST", "/v1/report/orders/search", {"orderId": reply["orderId"]}))["order"]
    assert found["state"] == "ORDER_STATE_REJECTED"
    assert found["insertTime"] is None


async def test_what_other_orders_of_the_instrument_need_is_not_available(market: World) -> None:
    await market.insert(order_qty=1_500)
    order = await market.insert(order_qty=1_000)
    assert order["text"] == "250 USD available, requested 500"


async def test_a_client_order_id_is_free_again_when_its_order_has_ended(market: World) -> None:
    first = await market.insert(clord_id="mine")
    assert (await market.insert(clord_id="mine"))["text"] == "ClOrdID already in use by an open order"
    await market.ok("POST", "/v1/trading/orders/cancel", {"order_id": first["id"]})
    assert (await market.insert(clord_id="mine"))["state"] == "ORDER_STATE_NEW"


async def test_two_participants_may_use_one_client_order_id(market: World) -> None:
    await market.client("client2", user="trader2")
    await market.insert(clord_id="same")
    assert (await market.insert(clord_id="same", client="client2"))["state"] == "ORDER_STATE_NEW"


@pytest.mark.parametrize(
    ("instruction", "incoming", "resting"),
    [
        (None, "REJECTED", "NEW"),
        ("REJECT_AGGRESSOR", "REJECTED", "NEW"),
        ("CANCEL_RESTING", "NEW", "CANCELED"),
        ("REMOVE_BOTH", "CANCELED", "CANCELED"),
    ],
)
async def test_orders_with_one_prevention_id_do_not_trade_with_each_other(
    market: World, instruction: str | None, incoming: str, resting: str
) -> None:
    sell = await market.insert(side="SIDE_SELL", self_match_prevention_id="desk")
    wanted = instruction and f"SELF_MATCH_PREVENTION_INSTRUCTION_{instruction}"
    buy = await market.insert(self_match_prevention_id="desk", self_match_prevention_instruction=wanted)
    assert buy["state"] == f"ORDER_STATE_{incoming}"
    assert buy.get("text", "Self Match Prevention") == "Self Match Prevention"
    assert (await search(market, sell["id"]))["state"] == f"ORDER_STATE_{resting}"


async def test_orders_with_no_or_different_prevention_ids_do_trade(market: World) -> None:
    await market.insert(side="SIDE_SELL", self_match_prevention_id="one")
    assert (await market.insert(self_match_prevention_id="two"))["state"] == "ORDER_STATE_FILLED"
    await market.insert(side="SIDE_SELL")
    assert (await market.insert())["state"] == "ORDER_STATE_FILLED"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (MarketState.HALTED, "Book is HALTED"),
        (MarketState.SUSPENDED, "Book is SUSPENDED"),
        (MarketState.CLOSED, "Book is CLOSED"),
    ],
)
async def test_a_book_that_is_not_open_rejects_orders_by_name(
    market: World, state: MarketState, text: str
) -> None:
    await market.engine.submit(SetMarketState(now=market.engine.now(), market=SYMBOL, state=state))
    reply = await market.ok("POST", "/v1/trading/orders", snake_order())
    assert (reply["text"], reply["order_reject_reason"]) == (text, "ORD_REJECT_REASON_EXCHANGE_CLOSED")


async def test_a_resolved_book_is_terminated(market: World) -> None:
    await market.engine.submit(ResolveMarket(now=market.engine.now(), market=SYMBOL, payout=10_000))
    assert (await market.insert())["text"] == "Book is TERMINATED"


REFUSED = [
    ({"symbol": None}, 400, 3, "symbol"),
    ({"side": None}, 400, 3, "side"),
    ({"side": "BUY"}, 400, 3, "side"),
    ({"type": None}, 400, 3, "type"),
    ({"time_in_force": None}, 400, 3, "timeInForce"),
    ({"time_in_force": "TIME_IN_FORCE_GTC"}, 400, 3, "timeInForce"),
    ({"order_qty": None}, 400, 3, "orderQty"),
    ({"order_qty": 0}, 400, 3, "orderQty"),
    ({"order_qty": -5}, 400, 3, "invalid order quantity"),
    ({"min_qty": -5}, 400, 3, "invalid order quantity"),
    ({"price": None}, 400, 3, "price"),
    ({"price": 0.5}, 400, 3, "price"),
    ({"price": "half"}, 400, 3, "price"),
    ({"price": 2**63}, 400, 3, "price"),
    ({"order_qty": 2**63 - 1}, 400, 3, "out of range"),
    ({"order_qty": 10**30}, 400, 3, "orderQty"),
    ({"order_qty": True}, 400, 3, "orderQty"),
    ({"order_qty": [10]}, 400, 3, "orderQty"),
    ({"clord_id": 7}, 400, 3, "clordId"),
    ({"clord_id": "x" * 65}, 400, 3, "clord_id"),
    ({"clord_id": "a b"}, 400, 3, "clord_id"),
    ({"time_in_force": "TIME_IN_FORCE_GOOD_TILL_TIME"}, 400, 3, "goodTillTime"),
    ({"good_till_time": "tomorrow"}, 400, 3, "goodTillTime"),
    ({"cash_order_qty": 5}, 400, 3, "exactly one of"),
    ({"cash_order_qty": 5, "order_qty": None}, 501, 12, "cashOrderQty"),
    ({"type": "ORDER_TYPE_MARKET_TO_LIMIT"}, 501, 12, "ORDER_TYPE_MARKET_TO_LIMIT"),
    ({"type": "ORDER_TYPE_STOP"}, 501, 12, "ORDER_TYPE_STOP"),
    ({"type": "ORDER_TYPE_STOP_LIMIT", "stop_price": 1}, 501, 12, "ORDER_TYPE_STOP_LIMIT"),
    ({"strict_limit": True}, 501, 12, "strict_limit"),
    ({"best_limit": True}, 501, 12, "best_limit"),
    ({"symbol": "no-such-symbol"}, 404, 5, "instrument does not exist"),
]


@pytest.mark.parametrize(("terms", "status", "code", "text"), REFUSED)
async def test_a_request_that_is_no_order_is_refused_and_changes_nothing(
    market: World, terms: dict[str, Any], status: int, code: int, text: str
) -> None:
    market.tokens["client1"] = await market.token()
    before = await market.engine.query(GetStatus())
    response = await market.call("POST", "/v1/trading/orders", snake_order(**terms))
    assert response.status_code == status
    content = response.json()
    assert (content["code"], content["details"]) == (code, [])
    assert text in content["message"]
    assert await market.engine.query(GetStatus()) == before


async def test_cancelling_what_is_unknown_foreign_or_over_is_not_found(market: World) -> None:
    await market.client("foreign", firm="Other")
    await market.client("client2", user="trader2")
    mine = await market.insert()
    over = await market.insert()
    await market.ok("POST", "/v1/trading/orders/cancel", {"order_id": over["id"]})
    cases = [
        ("client1", {"order_id": "ord_abc123"}),
        ("client1", {"order_id": "é" * 40}),
        ("client1", {"order_id": over["id"]}),
        ("client1", {"order_id": mine["id"], "symbol": "other"}),
        ("client1", {"clord_id": "unknown"}),
        ("foreign", {"order_id": mine["id"]}),
        ("foreign", {"clord_id": mine["clord_id"]}),
        ("client2", {"order_id": mine["id"]}),
    ]
    for client, body in cases:
        response = await market.call("POST", "/v1/trading/orders/cancel", body, client=client)
        assert response.status_code == 404, body
        assert response.json() == {"code": 5, "message": "Unknown order", "details": []}
    assert (await search(market, mine["id"]))["state"] == "ORDER_STATE_NEW"


async def test_an_order_is_cancelled_by_its_client_order_id_where_that_is_all_there_is(market: World) -> None:
    order = await market.insert(clord_id="mine")
    assert await market.ok("POST", "/v1/trading/orders/cancel", {"clordId": "mine", "symbol": SYMBOL}) == {}
    assert (await search(market, order["id"]))["state"] == "ORDER_STATE_CANCELED"


async def test_a_cancel_that_names_no_order_is_refused(market: World) -> None:
    response = await market.call("POST", "/v1/trading/orders/cancel", {})
    assert (response.status_code, response.json()["code"]) == (400, 3)


async def test_a_halted_book_lets_no_order_go(market: World) -> None:
    order = await market.insert()
    await market.engine.submit(
        SetMarketState(now=market.engine.now(), market=SYMBOL, state=MarketState.HALTED)
    )
    response = await market.call("POST", "/v1/trading/orders/cancel", {"order_id": order["id"]})
    assert (response.status_code, response.json()["code"]) == (400, 9)


async def test_a_delayed_order_is_pending_and_cannot_be_cancelled(world: World) -> None:
    await world.market(delay_ns=3 * NANOSECONDS)
    await world.client()
    await world.quote(Side.SELL, 5_000, 1_000)
    order = await world.insert()
    assert order["state"] == "ORDER_STATE_PENDING_NEW"
    response = await world.call("POST", "/v1/trading/orders/cancel", {"order_id": order["id"]})
    assert (response.status_code, response.json()["code"]) == (400, 9)
    world.clock.advance(3)
    await world.engine.settle()
    assert (await search(world, order["id"]))["state"] == "ORDER_STATE_FILLED"


async def test_open_orders_are_the_participants_own_by_symbol_and_account(market: World) -> None:
    await market.market("other")
    await market.client("client2", user="trader2")
    first = await market.insert()
    second = await market.insert(symbol="other")
    await market.insert(client="client2")

    async def open_orders(query: str = "") -> list[str]:
        reply = await market.ok("GET", f"/v1/trading/orders/open{query}")
        assert all(type(order["orderQty"]) is str for order in reply["orders"])
        return [order["id"] for order in reply["orders"]]

    assert sorted(await open_orders()) == sorted([first["id"], second["id"]])
    assert await open_orders("?symbols=other") == [second["id"]]
    assert sorted(await open_orders(f"?symbols=other&symbols={SYMBOL}")) == sorted(
        [first["id"], second["id"]]
    )
    assert await open_orders("?symbols=unknown") == []
    assert await open_orders("?accounts=firms/Acme-Trading/accounts/trader1&symbols=other") == [second["id"]]


async def test_a_fault_of_the_exchange_is_unavailable_and_does_nothing(
    market: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.tokens["client1"] = await market.token()

    async def fail(command: object) -> None:
        raise SystemFault("insert")

    monkeypatch.setattr(market.engine, "submit", fail)
    response = await market.call("POST", "/v1/trading/orders", snake_order())
    assert (response.status_code, response.json()["code"]) == (503, 14)
