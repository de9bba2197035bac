"""Onboarding of US traders."""

from __future__ import annotations

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.doors.operator.conftest import SETTINGS, TOKEN, client
from tradepit.doors.operator.app import Access, create_app
from tradepit.engine.engine import Engine
from tradepit.engine.messages import ListCredentials
from tradepit.identity.firms import SCOPES, Firms

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


TRADER = {"firm": "Acme-Trading", "user": "trader1", "public_key": public_pem()}


async def test_a_trader_is_registered_and_funded(api: httpx.AsyncClient, engine: Engine) -> None:
    answer = await api.post("/v1/us/users", json=TRADER)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["participant"] == "firms/Acme-Trading/users/trader1"
    assert body["account"] == "firms/Acme-Trading/accounts/trader1"
    assert body["scopes"] == list(SCOPES)
    assert len(body["client_id"]) == 32
    assert body["client_id"].isalnum()
    firms = Firms()
    credentials = await engine.query(ListCredentials("us.client"))
    firms.load(credentials)
    known = firms.client(body["client_id"])
    assert known is not None
    assert known.public_key.public_numbers() == KEY.public_key().public_numbers()
    assert (await api.get("/v1/accounts/firms/Acme-Trading/accounts/trader1")).json()["cash"] == "10000"


async def test_onboarding_again_changes_nothing(api: httpx.AsyncClient, engine: Engine) -> None:
    first = (await api.post("/v1/us/users", json=TRADER)).json()
    sequence = engine.sequence
    assert (await api.post("/v1/us/users", json=TRADER)).json() == first
    assert engine.sequence == sequence


async def test_another_key_is_another_client_of_the_same_account(api: httpx.AsyncClient) -> None:
    first = (await api.post("/v1/us/users", json=TRADER)).json()
    other = public_pem(rsa.generate_private_key(public_exponent=65_537, key_size=2048))
    second = (await api.post("/v1/us/users", json={**TRADER, "public_key": other})).json()
    assert second["client_id"] != first["client_id"]
    assert second["account"] == first["account"]
    assert (await api.get(f"/v1/accounts/{first['account']}")).json()["cash"] == "10000"


async def test_a_trader_may_get_fewer_scopes(api: httpx.AsyncClient) -> None:
    body = (
        await api.post("/v1/us/users", json={**TRADER, "scopes": ["read:orders", "read:accounts"]})
    ).json()
    assert body["scopes"] == ["read:orders", "read:accounts"]


@pytest.mark.parametrize(
    "change",
    [
        {"firm": ""},
        {"firm": "a/b"},
        {"user": "../x"},
        {"user": "x" * 65},
        {"public_key": "hello"},
        {"public_key": public_pem(ec.generate_private_key(ec.SECP256R1()))},
        {"public_key": public_pem(rsa.generate_private_key(public_exponent=65_537, key_size=1024))},
        {"scopes": ["read:everything"]},
        {"scopes": "read:orders"},
    ],
)
async def test_a_bad_registration_is_refused(
    api: httpx.AsyncClient, engine: Engine, change: dict[str, object]
) -> None:
    answer = await api.post("/v1/us/users", json={**TRADER, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text
    assert engine.sequence == 0


async def test_a_private_key_is_refused_and_not_repeated(api: httpx.AsyncClient) -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    answer = await api.post("/v1/us/users", json={**TRADER, "public_key": pem})
    assert answer.status_code == 400
    assert pem.splitlines()[1] not in answer.text


async def test_a_production_exchange_gives_no_money(engine: Engine) -> None:
    app = create_app(engine, SETTINGS, Access(TOKEN))
    async with client(app) as api:
        account = (await api.post("/v1/us/users", json=TRADER)).json()["account"]
        assert (await api.get(f"/v1/accounts/{account}")).json()["cash"] == "0"
