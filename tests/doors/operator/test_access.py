"""Who may call the operator API."""

from __future__ import annotations

import httpx
import pytest

from tests.doors.operator.conftest import SETTINGS, TOKEN, client
from tradepit.doors.operator.app import Access, create_app
from tradepit.engine.engine import Engine

DEPOSIT = {"account": "house/test", "amount": "1"}


async def call(caller: httpx.AsyncClient, **headers: str) -> int:
    async with caller:
        answer = await caller.post("/v1/deposits", json=DEPOSIT, headers=headers)
        if answer.status_code != 201:
            assert answer.json()["error"] == "unauthorized"
            assert TOKEN not in answer.text
        return answer.status_code


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("127.0.0.1", "localhost:8088", {}),
        ("127.0.0.2", "127.0.0.1", {}),
        ("::1", "[::1]:8088", {}),
        ("::ffff:127.0.0.1", "127.0.0.1:8088", {}),
        ("127.0.0.1", "localhost:8088", {"origin": "http://localhost:8089"}),
        ("10.0.0.9", "exchange.example", {"authorization": f"Bearer {TOKEN}"}),
        ("10.0.0.9", "exchange.example", {"authorization": f"bearer  {TOKEN}"}),
    ],
)
async def test_this_machine_and_the_token_may_call(
    engine: Engine, address: str, host: str, headers: dict[str, str]
) -> None:
    app = create_app(engine, SETTINGS, Access(TOKEN))
    assert await call(client(app, address, host), **headers) == 201


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("10.0.0.9", "127.0.0.1:8088", {}),
        ("10.0.0.9", "127.0.0.1:8088", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", "127.0.0.1:8088", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", "127.0.0.1:8088", {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "rebound.example:8088", {}),
        ("127.0.0.1", "127.0.0.1:8088", {"origin": "https://evil.example"}),
        ("127.0.0.1", "127.0.0.1:8088", {"origin": "null"}),
        ("127.0.0.1", "127.0.0.1:8088", {"authorization": "Bearer wrong"}),
        ("127.0.0.1", "127.0.0.1:8088", {"authorization": f"Basic {TOKEN}"}),
        ("10.0.0.9", "127.0.0.1:8088", {"authorization": f"Bearer {TOKEN[:-1]}"}),
        ("not an address", "127.0.0.1:8088", {}),
    ],
)
async def test_others_may_not(engine: Engine, address: str, host: str, headers: dict[str, str]) -> None:
    app = create_app(engine, SETTINGS, Access(TOKEN))
    assert await call(client(app, address, host), **headers) == 401
    assert engine.sequence == 0


async def test_a_production_exchange_wants_the_token_for_every_change(engine: Engine) -> None:
    app = create_app(engine, SETTINGS, Access(TOKEN, loopback_writes=False))
    assert await call(client(app)) == 401
    assert await call(client(app), authorization=f"Bearer {TOKEN}") == 201
    async with client(app) as reader:
        assert (await reader.get("/v1/status")).status_code == 200


async def test_a_remote_caller_may_not_even_read_without_the_token(engine: Engine) -> None:
    app = create_app(engine, SETTINGS, Access(TOKEN))
    async with client(app, "10.0.0.9") as reader:
        for path in ("/v1/status", "/v1/markets", "/metrics", "/openapi/openapi.json", "/nothing"):
            assert (await reader.get(path)).status_code == 401
