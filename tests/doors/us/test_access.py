"""Who may call what: bearer tokens, scopes, participants and accounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.us.conftest import SYMBOL, World, caller, make_settings, snake_order
from tradepit.core.commands import RevokeCredential
from tradepit.doors.us.app import create_app
from tradepit.history.reader import History

CALLS: list[tuple[str, str, Any, str]] = [
    ("GET", "/v1/whoami", None, "read:accounts"),
    ("GET", "/v1/accounts/whoami", None, "read:accounts"),
    ("GET", "/v1/users", None, "read:accounts"),
    ("GET", "/v1/accounts", None, "read:accounts"),
    ("POST", "/v1/refdata/instruments", {}, "read:instruments"),
    ("POST", "/v1/refdata/symbols", {}, "read:instruments"),
    ("GET", f"/v1/orderbook/{SYMBOL}", None, "read:l2marketdata"),
    ("GET", f"/v1/orderbook/{SYMBOL}/bbo", None, "read:marketdata"),
    ("GET", "/v1/positions", None, "read:positions"),
    ("POST", "/v1/positions/balance", {}, "read:positions"),
    ("POST", "/v1/positions/balances", {}, "read:positions"),
    ("POST", "/v1/trading/orders", {}, "write:orders"),
    ("POST", "/v1/trading/orders/cancel", {}, "write:orders"),
    ("GET", "/v1/trading/orders/open", None, "read:orders"),
    ("POST", "/v1/report/orders/search", {}, "read:reports"),
    ("POST", "/v1/report/executions/search", {}, "read:reports"),
    ("POST", "/v1/report/trades/search", {}, "read:reports"),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), CALLS)
async def test_a_call_without_its_scope_is_refused_in_the_venues_words(
    market: World, method: str, path: str, body: Any, scope: str
) -> None:
    await market.client("narrow", user="narrow", scopes=("read:dropcopy",))
    response = await market.call(method, path, body, client="narrow")
    assert response.status_code == 403
    assert response.json() == {
        "code": 7,
        "message": f"permission denied: missing required scope {scope}",
        "details": [],
    }


@pytest.mark.parametrize(("method", "path", "body", "scope"), CALLS)
async def test_a_call_without_a_token_is_unauthenticated(
    market: World, method: str, path: str, body: Any, scope: str
) -> None:
    response = await market.http.request(method, path, json=body)
    assert response.status_code == 401
    assert response.json() == {"code": 16, "message": "missing bearer token", "details": []}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer x.y.z", "Bearer " + "x" * 5_000]
)
async def test_an_unreadable_token_is_unauthenticated(market: World, header: str) -> None:
    response = await market.call("GET", "/v1/whoami", authorization=header)
    assert response.status_code == 401
    assert response.json()["code"] == 16


async def test_a_token_lapses_after_its_lifetime(market: World) -> None:
    market.tokens["client1"] = await market.token()
    market.clock.advance(179)
    assert (await market.call("GET", "/v1/whoami")).status_code == 200
    market.clock.advance(1)
    response = await market.call("GET", "/v1/whoami")
    assert response.status_code == 401
    assert "expired" in response.json()["message"]


async def test_a_token_of_a_revoked_client_opens_nothing(market: World) -> None:
    market.tokens["client1"] = await market.token()
    await market.engine.submit(RevokeCredential(now=market.engine.now(), credential="client1"))
    assert (await market.call("GET", "/v1/whoami")).status_code == 401


async def test_health_needs_no_token(world: World) -> None:
    response = await world.http.get("/v1/health")
    assert response.json() == {"status": "ok"}


async def test_a_client_acts_for_another_user_of_its_firm_when_it_says_so(market: World) -> None:
    await market.client("client2", user="trader2", dollars=5)
    named = await market.ok("GET", "/v1/whoami", x_participant_id="firms/Acme-Trading/users/trader2")
    assert named["userDisplayName"] == "Trader 2"
    balance = await market.ok("POST", "/v1/positions/balance", {}, x_participant_id=named["user"])
    assert balance["balance"] == "5.00"


@pytest.mark.parametrize(
    "participant",
    [
        "firms/Other/users/trader1",
        "firms/Acme-Trading/users/nobody",
        "firms/Acme-Trading",
        "trader1",
        "firms/Acme-Trading/users/trader1/x",
        "firms/../users/trader1",
    ],
)
async def test_a_participant_of_another_firm_or_of_none_is_forbidden(market: World, participant: str) -> None:
    await market.client("other", firm="Other")
    response = await market.call("POST", "/v1/trading/orders", snake_order(), x_participant_id=participant)
    assert response.status_code == 403
    assert response.json()["code"] == 7


async def test_an_order_may_name_another_user_of_the_firm(market: World) -> None:
    account = await market.client("client2", user="trader2")
    body = snake_order(user="firms/Acme-Trading/users/trader2")
    order = (await market.ok("POST", "/v1/trading/orders", body))["order"]
    assert (order["account"], order["participant"]) == (account, "firms/Acme-Trading/users/trader2")
    assert order["submitting_participant"] == "firms/Acme-Trading/users/trader1"
    foreign = await market.call(
        "POST", "/v1/trading/orders", body, x_participant_id="firms/Other/users/trader1"
    )
    assert foreign.status_code == 403


async def test_the_participant_is_required_where_the_door_is_strict(market: World, history: History) -> None:
    app = create_app(
        market.engine,
        market.firms,
        history,
        make_settings(require_participant=True),
        wall_clock=market.clock.now,
    )
    headers = {"authorization": f"Bearer {await market.token()}"}
    async with caller(app) as http:
        refused = await http.post("/v1/positions/balance", json={}, headers=headers)
        excused = await http.get("/v1/whoami", headers=headers)
        book = await http.get(f"/v1/orderbook/{SYMBOL}", headers=headers)
        headers["x-participant-id"] = "firms/Acme-Trading/users/trader1"
        granted = await http.post("/v1/positions/balance", json={}, headers=headers)
    assert refused.status_code == 403
    assert "x-participant-id" in refused.json()["message"]
    assert [each.status_code for each in (excused, book, granted)] == [200, 200, 200]


async def test_another_users_account_is_forbidden_even_within_the_firm(market: World) -> None:
    account = await market.client("client2", user="trader2")
    order = await market.call("POST", "/v1/trading/orders", snake_order(account=account))
    balance = await market.call("POST", "/v1/positions/balance", {"name": account})
    for response in (order, balance):
        assert response.status_code == 403
        assert response.json()["code"] == 7


async def test_the_users_and_accounts_are_those_of_the_callers_firm(market: World) -> None:
    await market.client("client2", user="desk-two")
    await market.client("foreign", firm="Other", user="spy")
    assert await market.ok("GET", "/v1/users") == {
        "users": ["firms/Acme-Trading/users/trader1", "firms/Acme-Trading/users/desk-two"],
        "displayNames": ["Trader 1", "Desk Two"],
        "firms": ["Acme-Trading", "Acme-Trading"],
        "firmsDisplayNames": ["Acme Trading", "Acme Trading"],
    }
    assert await market.ok("GET", "/v1/accounts") == {
        "accounts": ["firms/Acme-Trading/accounts/trader1"],
        "displayNames": ["Trader 1"],
    }
    other = await market.ok("GET", "/v1/accounts?user=firms/Acme-Trading/users/desk-two")
    assert other["accounts"] == ["firms/Acme-Trading/accounts/desk-two"]
    assert (await market.call("GET", "/v1/accounts?user=firms/Other/users/spy")).status_code == 403


async def test_whoami_names_the_audience_too_and_has_an_old_address(market: World) -> None:
    new, old = await market.ok("GET", "/v1/whoami"), await market.ok("GET", "/v1/accounts/whoami")
    assert new == old
    assert new["audience"] == "https://api.preprod.polymarketexchange.com"
