"""`POST /oauth/token`: one assertion, one token; everything else is refused in Auth0's shape."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.doors.us.conftest import (
    AUDIENCE,
    AUTH_DOMAIN,
    SIGNING_KEY,
    World,
    caller,
    make_settings,
    public_pem,
)
from tradepit.core.commands import RevokeCredential
from tradepit.core.units import NANOSECONDS
from tradepit.doors.us.app import create_app
from tradepit.engine.engine import Engine
from tradepit.engine.restore import restore
from tradepit.history.reader import History
from tradepit.journal import SqliteJournal


async def ask(world: World, body: Any, **more: Any) -> tuple[int, str, str]:
    """Status, error and description of a refused token request."""
    sent = more or {"json": body}
    response = await world.http.post("/oauth/token", **sent)
    content = response.json()
    return response.status_code, content.get("error", ""), content.get("error_description", "")


async def test_a_token_says_who_may_do_what_until_when(market: World) -> None:
    response = await market.http.post("/oauth/token", json=market.token_request(market.assertion()))
    assert response.status_code == 200
    content = response.json()
    assert content["token_type"] == "Bearer"
    assert content["expires_in"] == 180
    assert response.headers["cache-control"] == "no-store"
    claims = jwt.decode(content["access_token"], options={"verify_signature": False})
    now = market.clock.now() // NANOSECONDS
    assert claims == {
        "iss": f"https://{AUTH_DOMAIN}/",
        "sub": "client1@clients",
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 180,
        "scope": content["scope"],
        "gty": "client-credentials",
        "azp": "client1",
        "firm_id": "firms/Acme-Trading",
    }
    assert "write:orders" in content["scope"].split()


async def test_a_form_is_read_like_json(market: World) -> None:
    response = await market.http.post("/oauth/token", data=market.token_request(market.assertion()))
    assert response.status_code == 200


@pytest.mark.parametrize(
    "audience",
    [
        f"https://{AUTH_DOMAIN}/oauth/token",
        f"https://{AUTH_DOMAIN}/",
        "https://pmx-prod.us.auth0.com/oauth/token",
        ["https://elsewhere/", f"https://{AUTH_DOMAIN}/oauth/token"],
    ],
)
async def test_an_assertion_may_name_any_of_the_venues_token_endpoints(market: World, audience: Any) -> None:
    response = await market.http.post(
        "/oauth/token", json=market.token_request(market.assertion(aud=audience))
    )
    assert response.status_code == 200


@pytest.mark.parametrize("host", ["localhost:8085", "127.0.0.1:8085", "[::1]:8085"])
async def test_an_assertion_may_name_the_host_that_it_is_sent_to(market: World, host: str) -> None:
    assertion = market.assertion(aud=f"https://{host}/oauth/token")
    body = market.token_request(assertion, audience=f"https://{host}")
    async with caller(market.app, f"https://{host}") as http:
        response = await http.post("/oauth/token", json=body)
    assert response.status_code == 200, response.text
    claims = jwt.decode(response.json()["access_token"], options={"verify_signature": False})
    assert claims["iss"] == f"https://{host}/"


async def test_the_own_host_counts_for_nothing_where_it_is_not_trusted(
    market: World, history: History
) -> None:
    app = create_app(
        market.engine, market.firms, history, make_settings(trust_host=False), wall_clock=market.clock.now
    )
    async with caller(app, "https://localhost:8085") as http:
        assertion = market.assertion(aud="https://localhost:8085/oauth/token")
        refused = await http.post("/oauth/token", json=market.token_request(assertion))
        granted = await http.post("/oauth/token", json=market.token_request(market.assertion()))
    assert refused.json()["error"] == "invalid_client_assertion"
    assert granted.status_code == 200


async def test_an_assertion_is_good_for_one_token_only(market: World) -> None:
    body = market.token_request(market.assertion(jti="once"))
    assert (await market.http.post("/oauth/token", json=body)).status_code == 200
    status, error, text = await ask(market, body)
    assert (status, error) == (401, "invalid_client_assertion")
    assert "jti was used before" in text
    again = market.token_request(market.assertion(jti="once", iat=market.clock.now() // NANOSECONDS - 1))
    assert (await ask(market, again))[1] == "invalid_client_assertion"


async def test_a_jti_stays_used_after_a_restart(market: World, history: History, tmp_path: Path) -> None:
    body = market.token_request(market.assertion(jti="once"))
    assert (await market.http.post("/oauth/token", json=body)).status_code == 200
    await market.engine.stop()
    journal = SqliteJournal(tmp_path / "exchange")
    engine = Engine(journal, restore(journal), market.clock)
    await engine.start()
    app = create_app(engine, market.firms, history, make_settings(), wall_clock=market.clock.now)
    async with caller(app) as http:
        response = await http.post("/oauth/token", json=body)
    await engine.stop()
    assert response.json()["error"] == "invalid_client_assertion"


async def test_two_clients_may_use_the_same_jti(market: World) -> None:
    await market.client("client2", user="trader2")
    for client_id in ("client1", "client2"):
        body = market.token_request(market.assertion(client_id, jti="same"), client_id)
        assert (await market.http.post("/oauth/token", json=body)).status_code == 200


SECONDS = 1_800_000_000
"""Where the clock of the tests stands."""


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"alg": "RS512"}, "must be signed with RS256"),
        ({"alg": "PS256"}, "must be signed with RS256"),
        ({"alg": "HS256"}, "must be signed with RS256"),
        ({"aud": "https://elsewhere.example/oauth/token"}, "aud must be"),
        ({"aud": AUDIENCE}, "aud must be"),
        ({"iss": "someone"}, "iss and sub"),
        ({"sub": "someone"}, "iss and sub"),
        ({"exp": SECONDS}, "expired"),
        ({"exp": SECONDS + 301}, "at most 300 seconds"),
        ({"iat": SECONDS + 31, "exp": SECONDS + 60}, "iat is in the future"),
        ({"jti": None}, "claim jti is missing"),
        ({"jti": ""}, "claim jti is missing"),
        ({"exp": None}, "claim exp is missing"),
        ({"iat": None}, "claim iat is missing"),
        ({"aud": None}, "claim aud is missing"),
        ({"iat": "now"}, "numbers of seconds"),
        ({"exp": 10**400}, "numbers of seconds"),
        ({"exp": True}, "numbers of seconds"),
        ({"jti": "x" * 129}, "jti must be"),
        ({"jti": 5}, "jti must be"),
    ],
)
async def test_an_unacceptable_assertion_is_refused_with_the_reason(
    market: World, changes: dict[str, Any], text: str
) -> None:
    status, error, description = await ask(market, market.token_request(market.assertion(**changes)))
    assert (status, error) == (401, "invalid_client_assertion")
    assert text in description


async def test_a_jti_in_any_alphabet_is_usable_once(market: World) -> None:
    body = market.token_request(market.assertion(jti="é\ud800" + "x" * 90))
    assert (await market.http.post("/oauth/token", json=body)).status_code == 200
    assert (await ask(market, body))[1] == "invalid_client_assertion"


@pytest.mark.parametrize("assertion", ["", "x", "a.b.c", "é.é.é", "x" * 9_000, "e30.e30.e30"])
async def test_what_is_no_jwt_is_refused(market: World, assertion: str) -> None:
    status, error, _ = await ask(market, market.token_request(assertion))
    assert status in (400, 401)
    assert error in ("invalid_request", "invalid_client_assertion")


async def test_an_unsigned_assertion_is_refused(market: World) -> None:
    _, payload, _ = market.assertion().split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    status, error, _ = await ask(market, market.token_request(f"{header}.{payload}."))
    assert (status, error) == (401, "invalid_client_assertion")


async def test_an_assertion_signed_with_the_public_key_as_a_password_is_refused(market: World) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    payload = market.assertion().split(".")[1]
    mac = hmac.digest(public_pem(market.key).encode(), f"{header}.{payload}".encode(), hashlib.sha256)
    forged = f"{header}.{payload}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert (await ask(market, market.token_request(forged)))[1] == "invalid_client_assertion"


async def test_a_wrong_key_and_an_unknown_client_are_refused_alike(
    market: World, other_key: rsa.RSAPrivateKey
) -> None:
    wrong = await ask(market, market.token_request(market.assertion(key=other_key)))
    unknown = await ask(market, market.token_request(market.assertion("nobody"), "nobody"))
    assert wrong == unknown
    assert wrong[:2] == (401, "invalid_client")


async def test_an_assertion_with_a_wrong_key_does_not_use_up_the_jti(
    market: World, other_key: rsa.RSAPrivateKey
) -> None:
    forged = market.token_request(market.assertion(key=other_key, jti="mine"))
    assert (await ask(market, forged))[1] == "invalid_client"
    response = await market.http.post("/oauth/token", json=market.token_request(market.assertion(jti="mine")))
    assert response.status_code == 200


async def test_one_clients_assertion_is_not_good_for_another(market: World) -> None:
    await market.client("client2", user="trader2")
    status, error, _ = await ask(market, market.token_request(market.assertion("client1"), "client2"))
    assert (status, error) == (401, "invalid_client_assertion")


async def test_the_client_id_may_be_left_to_the_assertion(market: World) -> None:
    body = market.token_request(market.assertion(), client_id=None)
    assert (await market.http.post("/oauth/token", json=body)).status_code == 200


async def test_a_revoked_client_gets_no_token(market: World) -> None:
    await market.engine.submit(RevokeCredential(now=market.engine.now(), credential="client1"))
    assert (await ask(market, market.token_request(market.assertion())))[:2] == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_assertion": None}, 400, "invalid_request"),
        ({"client_assertion": 5}, 400, "invalid_request"),
        ({"client_assertion_type": "jwt"}, 400, "invalid_request"),
        ({"audience": None}, 400, "invalid_request"),
        ({"audience": "https://elsewhere.example"}, 403, "access_denied"),
    ],
)
async def test_a_wrong_parameter_is_refused(
    market: World, changes: dict[str, Any], status: int, error: str
) -> None:
    assert (await ask(market, market.token_request(market.assertion(), **changes)))[:2] == (status, error)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 50_000, b"null"])
async def test_a_body_that_is_no_object_is_refused(market: World, body: bytes) -> None:
    assert (await ask(market, None, content=body))[:2] == (400, "invalid_request")


async def test_a_token_signed_by_somebody_else_opens_nothing(market: World) -> None:
    token = await market.token()
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, bytes(reversed(SIGNING_KEY)), algorithm="HS256")
    response = await market.call("GET", "/v1/whoami", authorization=f"Bearer {forged}")
    assert response.status_code == 401
    assert response.json()["code"] == 16
