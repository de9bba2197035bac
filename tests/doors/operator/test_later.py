"""Ticks, schedules, kill switches, events, and trades that settle later."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.messages import Deposit, Gives, PlaceOrder, Side

RAIN = {"slug": "rain", "question": "Will it rain?"}


async def listed(api: httpx.AsyncClient, slug: str = "rain", **terms: Any) -> dict[str, Any]:
    answer = await api.post("/v1/markets", json={**RAIN, "slug": slug, **terms})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def done(api: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.status_code < 300, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def trade(engine: Engine, market: str = "rain") -> None:
    """ann buys ten YES of bob at 0.40; both give cash."""
    now = engine.now()
    await engine.submit_many(
        [
            Deposit(now, "ann", 100_000_000),
            Deposit(now, "bob", 100_000_000),
            PlaceOrder(now, b"sell", "bob", market, Side.SELL, Gives.CASH, 4_000, 1_500),
            PlaceOrder(now, b"buy", "ann", market, Side.BUY, Gives.CASH, 4_000, 1_000),
        ]
    )


async def test_every_new_term_of_a_market_is_shown_as_it_was_given(api: httpx.AsyncClient) -> None:
    terms: dict[str, Any] = {
        "maximum": "1000",
        "lowest_price": "0.05",
        "highest_price": "0.95",
        "edge": "0.04",
        "edge_tick": "0.001",
        "deferred": True,
        "restores": True,
        "schedule": [{"at": "2030-01-01T00:00:00Z", "state": "pre_open"}],
    }
    shown = await listed(api, **terms)
    assert {name: shown[name] for name in terms} == terms
    assert (shown["killed"], shown["event"], shown["unsettled_trades"]) == (False, "", 0)


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        ({"edge": "0.04"}, "edge_tick"),
        ({"edge": "0.04", "edge_tick": "0.02"}, "edge_tick"),
        ({"edge": "0.04", "edge_tick": "0.001", "price_scale": 100}, "price_scale"),
        ({"restores": True}, "deferred"),
        ({"maximum": "1"}, "maximum"),
        ({"lowest_price": "0.6", "highest_price": "0.5"}, "lowest_price"),
        ({"schedule": [{"at": "tomorrow", "state": "open"}]}, "ISO 8601"),
        ({"schedule": [{"at": "2001-01-01", "state": "open"}]}, "ahead"),
        ({"schedule": [{"at": "9999-01-01", "state": "open"}]}, "2262"),
        ({"schedule": [{"at": "2030-01-01", "state": "pending"}]}, "pending"),
    ],
)
async def test_terms_that_do_not_agree_are_refused_with_the_reason(
    api: httpx.AsyncClient, terms: dict[str, Any], word: str
) -> None:
    answer = await api.post("/v1/markets", json={**RAIN, **terms})
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


async def test_the_tick_changes_and_is_shown(api: httpx.AsyncClient) -> None:
    await listed(api)
    assert (await done(api, "/v1/markets/rain/tick", tick="0.005"))["tick"] == "0.005"
    assert (await api.get("/v1/markets/rain")).json()["tick"] == "0.005"
    assert (await api.post("/v1/markets/rain/tick", json={"tick": "0.3"})).status_code == 422
    coarse = await listed(api, "coarse", price_scale=100)
    assert coarse["price_scale"] == 100
    refused = await api.post("/v1/markets/coarse/tick", json={"tick": "0.001"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


async def test_a_schedule_moves_the_market_when_its_time_comes(
    api: httpx.AsyncClient, clock: ManualClock
) -> None:
    await listed(api)
    when = "2030-06-01T12:00:00Z"
    shown = await done(api, "/v1/markets/rain/schedule", at=when, state="halted")
    assert shown["schedule"] == [{"at": when, "state": "halted"}]
    clock.advance(20 * 365 * 86_400)
    await done(api, "/v1/deposits", account="ann", amount="1")
    shown = (await api.get("/v1/markets/rain")).json()
    assert (shown["state"], shown["schedule"]) == ("halted", [])


async def test_a_kill_switch_takes_orders_out_and_says_how_many(
    api: httpx.AsyncClient, engine: Engine
) -> None:
    await listed(api)
    await trade(engine)
    switched = await done(api, "/v1/kill-switch", market="rain")
    assert switched == {"account": "", "market": "rain", "on": True, "canceled": 1}
    assert (await api.get("/v1/markets/rain")).json()["killed"] is True
    await done(api, "/v1/kill-switch", market="rain", on=False)
    assert (await api.get("/v1/markets/rain")).json()["killed"] is False
    assert (await done(api, "/v1/kill-switch", account="ann"))["canceled"] == 0
    assert (await api.post("/v1/kill-switch", json={})).status_code == 400
    assert (await api.post("/v1/kill-switch", json={"market": "snow"})).status_code == 404


async def test_a_trade_is_retried_and_confirmed(api: httpx.AsyncClient, engine: Engine) -> None:
    await listed(api, deferred=True)
    await trade(engine)
    assert (await api.get("/v1/markets/rain")).json()["unsettled_trades"] == 1
    account = (await api.get("/v1/accounts/ann")).json()
    assert account["cash"] == "96"
    (position,) = account["positions"]
    assert (position["yes"], position["pending_yes"]) == ("0", "10")
    assert (await done(api, "/v1/trades/1/retry"))["status"] == "retrying"
    settled = await done(api, "/v1/trades/1/confirm")
    assert settled == {"number": 1, "market": "rain", "status": "confirmed", "restored": False}
    (position,) = (await api.get("/v1/accounts/ann")).json()["positions"]
    assert (position["yes"], position["pending_yes"]) == ("10", "0")
    again = await api.post("/v1/trades/1/confirm")
    assert (again.status_code, again.json()["error"]) == (404, "unknown_trade")


async def test_a_trade_that_fails_restores_the_maker_where_the_market_says_so(
    api: httpx.AsyncClient, engine: Engine
) -> None:
    await listed(api, deferred=True, restores=True)
    await trade(engine)
    failed = await done(api, "/v1/trades/1/fail")
    assert (failed["status"], failed["restored"]) == ("failed", True)
    assert (await api.get("/v1/accounts/ann")).json()["cash"] == "100"


async def test_an_event_is_resolved_as_a_whole(api: httpx.AsyncClient) -> None:
    for slug in ("red", "green", "blue"):
        await listed(api, slug)
    made = await done(api, "/v1/events", event="race", markets=["red", "blue", "green"])
    assert made == {"event": "race", "markets": ["red", "blue", "green"], "payouts": None}
    assert (await api.get("/v1/markets/red")).json()["event"] == "race"
    alone = await api.post("/v1/markets/red/resolve", json={"outcome": "YES"})
    assert (alone.status_code, alone.json()["error"]) == (409, "event_market")
    for bad in ({}, {"winner": "rain"}, {"payouts": ["0.5", "0.5"]}, {"payouts": ["1", "1", "0"]}):
        assert (await api.post("/v1/events/race/resolve", json=bad)).status_code in (400, 404)
    over = await done(api, "/v1/events/race/resolve", winner="blue")
    assert over["payouts"] == ["0", "1", "0"]
    assert (await api.get("/v1/markets/blue")).json()["payout"] == "1"
    again = await api.post("/v1/events/race/resolve", json={"payouts": ["0.2", "0.3", "0.5"]})
    assert (again.status_code, again.json()["error"]) == (409, "already_resolved")
    unknown = await api.post("/v1/events/chase/resolve", json={"winner": "red"})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "unknown_event")
