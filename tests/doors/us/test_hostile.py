"""Rubbish in: the venue's own error out, nothing changed, and no secret told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.doors.us.conftest import (
    SIGNING_KEY,
    SYMBOL,
    World,
    caller,
    make_settings,
    private_pem,
    snake_order,
)
from tradepit.doors.us.app import create_app
from tradepit.doors.us.proto import Message, camel_case
from tradepit.doors.us.requests import (
    CancelOrder,
    GetBalance,
    InsertOrder,
    ListInstruments,
    SearchExecutions,
    SearchOrders,
    SearchTrades,
)
from tradepit.doors.us.routes.absent import PATHS
from tradepit.engine.messages import GetStatus
from tradepit.engine.port import Unavailable
from tradepit.history.reader import History, HistoryBehind

BODIES: dict[str, type[Message]] = {
    "/v1/refdata/instruments": ListInstruments,
    "/v1/positions/balance": GetBalance,
    "/v1/positions/balances": GetBalance,
    "/v1/trading/orders": InsertOrder,
    "/v1/trading/orders/cancel": CancelOrder,
    "/v1/report/orders/search": SearchOrders,
    "/v1/report/executions/search": SearchExecutions,
    "/v1/report/trades/search": SearchTrades,
}
NASTY: list[Any] = [
    True,
    -1,
    1.5,
    2**63,
    10**40,
    1e300,
    "",
    "x" * 5_000,
    "\x00",
    "é\u202e💥",
    "9" * 400,
    "1e99",
    "0000-00-00T00:00:00Z",
    "../../etc/passwd",
    [],
    [[]],
    ["\x00"],
    [None],
    {},
    {"a": {"b": []}},
]


@pytest.mark.parametrize("path", BODIES)
async def test_no_value_of_any_field_breaks_a_call(market: World, path: str) -> None:
    base = snake_order() if path == "/v1/trading/orders" else {}
    for name in BODIES[path].__struct_fields__:
        for value in NASTY:
            key = camel_case(name)
            body = {field: each for field, each in base.items() if field != name} | {key: value}
            market.tokens.setdefault("client1", await market.token())
            response = await market.call("POST", path, body)
            assert response.status_code in (200, 400, 403, 404, 501), (body, response.text)
            if response.status_code != 200:
                assert set(response.json()) == {"code", "message", "details"}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe\x00", b"[" * 100_000, b'{"a":1e999}']
)
async def test_a_body_that_is_no_object_is_invalid_and_changes_nothing(
    market: World, path: str, body: bytes
) -> None:
    market.tokens["client1"] = await market.token()
    before = await market.engine.query(GetStatus())
    response = await market.call("POST", path, body)
    assert (response.status_code, response.json()["code"]) == (400, 3)
    assert await market.engine.query(GetStatus()) == before


@pytest.mark.parametrize(
    "query",
    [
        "?pageSize=x",
        "?pageSize=99999999999",
        "?asOfTime=now",
        "?activeOnly=perhaps",
        "?pageToken=x",
        "?pageSize=-1",
    ],
)
async def test_a_query_parameter_of_the_wrong_type_is_invalid(market: World, query: str) -> None:
    response = await market.call("GET", f"/v1/positions{query}")
    assert (response.status_code, response.json()["code"]) == (400, 3)


@pytest.mark.parametrize("query", ["?%", "?&&=", "?x=%ff%00", "?a" * 2_000, "?symbols=%00&symbols=é"])
async def test_a_query_of_rubbish_is_read_as_far_as_it_goes(market: World, query: str) -> None:
    assert (await market.call("GET", f"/v1/trading/orders/open{query}")).status_code == 200


async def test_a_body_above_the_limit_is_too_large(market: World) -> None:
    for path in ("/v1/trading/orders", "/v1/report/orders/search"):
        response = await market.call("POST", path, b" " * (1 << 20) + b"{}")
        assert response.status_code == 413
        assert response.json() == {"code": 8, "message": "the request body is too large", "details": []}
    response = await market.http.post("/oauth/token", content=b" " * 10_000_000)
    assert response.status_code == 413
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v2/whoami", "/v1/trading/orders/x/y", "/%ff"])
async def test_an_unknown_route_is_not_found(world: World, path: str) -> None:
    for method in ("GET", "POST"):
        response = await world.http.request(method, path)
        assert response.status_code == 404
        assert response.json() == {"code": 5, "message": "Not Found", "details": []}


@pytest.mark.parametrize("path", PATHS)
async def test_a_call_that_is_not_here_yet_is_named(world: World, path: str) -> None:
    response = await world.http.post(path, json={})
    assert response.status_code == 501
    message = f"POST {path} is not implemented by this exchange"
    assert response.json() == {"code": 12, "message": message, "details": []}


async def test_a_wrong_method_is_not_allowed(world: World) -> None:
    for method, path in (("POST", "/v1/whoami"), ("GET", "/oauth/token"), ("DELETE", "/v1/trading/orders")):
        assert (await world.http.request(method, path)).status_code == 405


@pytest.mark.parametrize("error", [Unavailable("stopping"), HistoryBehind("behind")])
async def test_an_exchange_that_cannot_answer_says_so(
    market: World, history: History, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    market.tokens["client1"] = await market.token()

    async def fail(sequence: int) -> None:
        raise error

    monkeypatch.setattr(history, "synchronise", fail)
    response = await market.call("POST", "/v1/report/orders/search", {})
    assert response.status_code == 503
    assert response.json()["code"] == 14


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_no_secret_is_told_in_an_answer_a_log_or_the_data_directory(
    market: World,
    history: History,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = await market.token()
    good, expired = market.assertion(), market.assertion(exp=1)
    secrets = [token, good, expired, SIGNING_KEY.decode(), *private_pem(market.key).splitlines()[1:3]]
    answers = []
    for assertion in (good, good, expired, expired + "x", private_pem(market.key)):
        response = await market.http.post("/oauth/token", json=market.token_request(assertion))
        answers.append(response.text.replace(str(response.json().get("access_token")), ""))
    for header in (f"Bearer {token}x", f"Basic {token}", f"Bearer {good}"):
        answers.append((await market.call("GET", "/v1/whoami", authorization=header)).text)

    def fail(symbol: str) -> None:
        raise RuntimeError(f"a bug that names {token}")

    app = create_app(market.engine, market.firms, history, make_settings(), wall_clock=market.clock.now)
    monkeypatch.setattr(app.state.services.listings, "find", fail)
    async with caller(app) as http:
        response = await http.get(f"/v1/orderbook/{SYMBOL}", headers={"authorization": f"Bearer {token}"})
    assert response.json() == {"code": 13, "message": "internal error", "details": []}
    answers += [response.text, repr(make_settings())]
    captured = capfd.readouterr()
    logs = captured.out + captured.err + caplog.text
    assert "us_request_failed" in logs
    files = everything_under(tmp_path)
    assert b"us.jti" in files
    for secret in secrets:
        assert secret not in "".join(answers)
        assert secret not in logs
        assert secret.encode() not in files
