"""Whatever a client sends, the answer is an error of the venue's, and nothing has changed."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.doors.clob.trading import YES, ClobHouse, Trader
from tradepit.engine.messages import Command, Outcome
from tradepit.engine.port import Port, Unavailable

PATHS = [
    "/order", "/orders", "/cancel-all", "/cancel-market-orders", "/data/orders", "/data/trades",
    "/data/order/0x1", "/balance-allowance", "/auth/api-key", "/auth/derive-api-key", "/auth/api-keys",
    "/book", "/books", "/prices", "/midpoints", "/tick-size", "/markets", "/markets/0x1", "/time", "/ok",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/nothing", "/order/1", "/v1/heartbeats", "/rewards/user", "/data"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
async def test_what_is_not_served_is_not_found(house: ClobHouse, method: str, path: str) -> None:
    response = await house.http.request(method, path)
    assert (response.status_code, response.json()) == (404, {"error": "not found"})


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/order"), ("PUT", "/order"), ("POST", "/cancel-all"), ("POST", "/book"), ("DELETE", "/time")],
)
async def test_the_wrong_method_is_not_allowed(house: ClobHouse, method: str, path: str) -> None:
    response = await house.http.request(method, path)
    assert (response.status_code, response.json()) == (405, {"error": "method not allowed"})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"order"',
        b"\xff\xfe",
        b'{"order":{}}',
        b"[" * 100_000,
        b'{"order":' * 10_000,
        b'{"order":{"salt":' + b"9" * 100_000 + b"}}",
        b'{"order":{"salt":1e400}}',
        b'{"order":{"signatureType":' + b"9" * 50 + b"}}",
        b'{"owner":"\\ud800"}',
    ],
)
async def test_a_malformed_order_is_refused(alice: Trader, raw: bytes) -> None:
    for path in ("/order", "/orders"):
        response = await alice.send("POST", path, raw=raw)
        assert response.status_code == 400, raw[:50]
        assert response.json()["error"] == "Invalid order payload"


async def test_an_order_full_of_huge_integers_is_refused(alice: Trader) -> None:
    body = alice.order("BUY", 0.5, 100)
    for field in ("salt", "signatureType"):
        changed = body | {"order": body["order"] | {field: 10**4000}}
        assert (await alice.post(changed)).json()["error"] == "Invalid order payload"
    for field in ("tokenId", "makerAmount", "takerAmount", "expiration", "timestamp"):
        changed = body | {"order": body["order"] | {field: "9" * 4000}}
        assert (await alice.post(changed)).json()["error"] in ("Invalid order payload", "Invalid token id")


@pytest.mark.parametrize("path", ["/order", "/books", "/nothing"])
async def test_a_body_of_ten_megabytes_is_too_large(house: ClobHouse, alice: Trader, path: str) -> None:
    response = await alice.send("POST", path, raw=b"[" + b" " * 10_000_000 + b"]")
    assert (response.status_code, response.json()) == (413, {"error": "Request entity too large"})

    async def chunks() -> Any:
        for _ in range(200):
            yield b"x" * 65_536

    response = await house.http.post(path, content=chunks())
    assert response.status_code == 413


async def test_an_exchange_that_takes_nothing_says_try_later(house: ClobHouse, alice: Trader) -> None:
    port = house.port

    class Stopped:
        def __getattr__(self, name: str) -> Any:
            return getattr(port, name)

        async def submit(self, command: Command) -> Outcome:
            raise Unavailable("stopping")

    house.app.door.port = cast(Port, Stopped())
    for response in (
        await alice.post(alice.order("BUY", 0.5, 10)),
        await alice.send("DELETE", "/auth/api-key"),
    ):
        assert (response.status_code, response.json()) == (425, {"error": "Service is not ready"})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([YES, "0x" + "0" * 64, "GTC", "BUY", "0", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]), path=st.sampled_from(PATHS), body=JSON, data=st.data()
)
async def test_no_request_ends_in_an_internal_error(
    alice: Trader, method: str, path: str, body: object, data: st.DataObject
) -> None:
    if path == "/auth/api-key" and method == "DELETE":
        return  # would end the key that the other examples use
    names = ["token_id", "side", "next_cursor", "market", "asset_id", "id", "after", "asset_type", "sides"]
    params = data.draw(st.dictionaries(st.sampled_from(names), st.text(max_size=10), max_size=3))
    if path == "/order" and method == "POST":
        valid = alice.order("BUY", 0.5, 10)
        field = data.draw(st.sampled_from(sorted(valid["order"])))
        body = valid | {"order": valid["order"] | {field: body}}
    content = json.dumps(body).encode()
    response = await alice.send(method, path, raw=content, params=params)
    assert response.status_code < 500, response.text
    response.json()
