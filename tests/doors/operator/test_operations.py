"""Status, metrics, faults, the API's own description."""

from __future__ import annotations

import httpx
import pytest

from tests.doors.operator.conftest import SETTINGS, TOKEN, client
from tradepit.doors.operator.app import Access, create_app
from tradepit.engine.engine import Engine
from tradepit.engine.messages import Gives, PlaceOrder, Side
from tradepit.engine.port import SystemFault
from tradepit.sandbox.faults import FaultInjector


async def test_the_status_says_what_runs_where(api: httpx.AsyncClient) -> None:
    await api.post("/v1/markets", json={"slug": "m", "question": "?"})
    body = (await api.get("/v1/status")).json()
    assert body["sequence"] == 1
    assert body["markets"] == 1
    assert (body["mode"], body["version"], body["data_dir"]) == ("sandbox", "1.2.3", "/data")
    assert body["ports"] == {"clob": 8080}


async def test_the_metrics_count_commands_and_orders(api: httpx.AsyncClient, engine: Engine) -> None:
    await api.post("/v1/markets", json={"slug": "m", "question": "?"})
    await api.post("/v1/deposits", json={"account": "house/a", "amount": "10"})
    await engine.submit(order(engine, b"1"))
    text = (await api.get("/metrics")).text
    assert "tradepit_commands_total 3.0" in text
    assert "tradepit_batches_total 3.0" in text
    assert "tradepit_sequence 3.0" in text
    assert "tradepit_open_orders 1.0" in text
    assert "tradepit_orders_accepted_total 1.0" in text


async def test_an_armed_fault_breaks_the_next_placements_only(
    api: httpx.AsyncClient, engine: Engine, faults: FaultInjector
) -> None:
    await api.post("/v1/markets", json={"slug": "m", "question": "?"})
    await api.post("/v1/deposits", json={"account": "house/a", "amount": "10"})
    armed = await api.post("/v1/faults", json={"stage": "execute", "count": 2})
    assert (armed.status_code, armed.json()) == (201, {"stage": "execute", "count": 2, "account": ""})
    for _ in range(2):
        with pytest.raises(SystemFault) as fault:
            await faults.submit(order(engine, b"1"))
        assert fault.value.stage == "execute"
    outcome = await faults.submit(order(engine, b"1"))
    assert outcome.sequence == 3


@pytest.mark.parametrize(
    "body", [{"stage": "nowhere"}, {}, {"stage": "insert", "count": -1}, {"stage": "insert", "count": 10**30}]
)
async def test_a_bad_fault_is_refused(api: httpx.AsyncClient, body: dict[str, object]) -> None:
    answer = await api.post("/v1/faults", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_production_exchange_has_no_faults(engine: Engine) -> None:
    async with client(create_app(engine, SETTINGS, Access(TOKEN))) as api:
        answer = await api.post("/v1/faults", json={"stage": "insert"})
        assert (answer.status_code, answer.json()["error"]) == (403, "sandbox_only")


async def test_the_api_describes_itself(api: httpx.AsyncClient) -> None:
    paths = (await api.get("/openapi/openapi.json")).json()["paths"]
    assert {"/v1/markets", "/v1/deposits", "/v1/us/users", "/v1/faults", "/v1/status"} <= set(paths)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("PUT", "/v1/markets", 405, "method_not_allowed"),
        ("DELETE", "/v1/deposits", 405, "method_not_allowed"),
    ],
)
async def test_a_wrong_path_or_method_is_answered_in_the_documented_shape(
    api: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await api.request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["detail"]


def order(engine: Engine, order_id: bytes) -> PlaceOrder:
    return PlaceOrder(
        now=engine.now(),
        order_id=order_id,
        account="house/a",
        market="m",
        side=Side.BUY,
        gives=Gives.CASH,
        price=5_000,
        quantity=1_000,
    )
