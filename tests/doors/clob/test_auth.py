"""API keys by wallet signatures, and requests by HMAC."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Any, cast

import pytest

from tests.doors.clob.trading import ALICE, BOB, ClobHouse, Trader
from tradepit.client import Wallet
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.messages import ListCredentials
from tradepit.engine.port import Port

L1_ERROR = {"error": "Invalid L1 Request headers"}
L2_ERROR = {"error": "Unauthorized/Invalid api key"}


@pytest.mark.parametrize("chain_id", [137, 80_002])
async def test_a_wallet_makes_a_key_once_and_derives_it_ever_after(house: ClobHouse, chain_id: int) -> None:
    wallet = Wallet(ALICE, chain_id)
    now = house.port.now() // 10**9
    headers = wallet.l1_headers(now)
    missing = await house.http.get("/auth/derive-api-key", headers=headers)
    assert (missing.status_code, missing.json()) == (400, {"error": "Could not derive api key!"})
    made = await house.http.post("/auth/api-key", headers=headers)
    assert made.status_code == 200
    assert set(made.json()) == {"apiKey", "secret", "passphrase"}
    again = await house.http.post("/auth/api-key", headers=headers)
    assert (again.status_code, again.json()) == (400, {"error": "Could not create api key"})
    derived = await house.http.get("/auth/derive-api-key", headers=wallet.l1_headers(now))
    assert derived.json() == made.json()
    other_nonce = await house.http.post("/auth/api-key", headers=wallet.l1_headers(now, 1))
    assert other_nonce.json()["apiKey"] != made.json()["apiKey"]


async def test_the_chain_of_a_key_is_the_one_that_its_wallet_signed_for(house: ClobHouse) -> None:
    for chain_id in (137, 80_002):
        trader = await house.trader(ALICE, chain_id)
        assert (await trader.place("BUY", 0.4, 10))["status"] == "live"
        other = 137 if chain_id == 80_002 else 80_002
        body = trader.order("BUY", 0.4, 10, chain_id=other)
        assert (await trader.post(body)).json()["error"] == "invalid signature"


async def test_only_a_wallets_first_key_is_welcomed(house: ClobHouse) -> None:
    alice = await house.trader()
    now = alice.now()
    for nonce in (1, 2):
        await house.http.post("/auth/api-key", headers=alice.wallet.l1_headers(now, nonce))
    await house.http.get("/auth/derive-api-key", headers=alice.wallet.l1_headers(now))
    assert house.welcomed == [alice.account]
    assert await alice.balance() == 10_000_000_000


async def test_two_first_keys_at_the_same_time_are_welcomed_once(house: ClobHouse) -> None:
    wallet = Wallet(ALICE)
    now = house.port.now() // 10**9
    await asyncio.gather(
        *(house.http.post("/auth/api-key", headers=wallet.l1_headers(now, nonce)) for nonce in (0, 1))
    )
    assert house.welcomed == [wallet.address.lower()]


@pytest.mark.parametrize(
    "change",
    [
        {"POLY_ADDRESS": Wallet(BOB).address},
        {"POLY_ADDRESS": "nobody"},
        {"POLY_SIGNATURE": "0x"},
        {"POLY_SIGNATURE": "0x" + "zz" * 65},
        {"POLY_SIGNATURE": "0x" + "00" * 65},
        {"POLY_TIMESTAMP": "soon"},
        {"POLY_TIMESTAMP": "1"},
        {"POLY_TIMESTAMP": "9" * 30},
        {"POLY_NONCE": "1"},
        {"POLY_NONCE": "-1"},
        {"POLY_NONCE": "9" * 30},
        {"POLY_ADDRESS": ""},
    ],
)
async def test_l1_headers_that_do_not_hold_together_are_refused(
    house: ClobHouse, change: dict[str, str]
) -> None:
    headers = Wallet(ALICE).l1_headers(house.port.now() // 10**9) | change
    for method, path in (("POST", "/auth/api-key"), ("GET", "/auth/derive-api-key")):
        response = await house.http.request(method, path, headers=headers)
        assert (response.status_code, response.json()) == (401, L1_ERROR)


async def test_missing_l1_headers_are_refused(house: ClobHouse) -> None:
    response = await house.http.post("/auth/api-key")
    assert (response.status_code, response.json()) == (401, L1_ERROR)


@pytest.mark.parametrize(
    "change",
    [
        {"POLY_ADDRESS": Wallet(BOB).address},
        {"POLY_API_KEY": "f4f247b7-4ac7-4f29-a152-04fda0a8755a"},
        {"POLY_API_KEY": ""},
        {"POLY_PASSPHRASE": "guess"},
        {"POLY_SIGNATURE": "guess"},
        {"POLY_SIGNATURE": ""},
        {"POLY_TIMESTAMP": "1700000000"},
        {"POLY_TIMESTAMP": ""},
        {"POLY_TIMESTAMP": "1e9"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/data/orders"), ("POST", "/order"), ("DELETE", "/cancel-all"), ("GET", "/auth/api-keys")],
)
async def test_l2_headers_that_do_not_hold_together_are_refused(
    alice: Trader, method: str, path: str, change: dict[str, str]
) -> None:
    response = await alice.send(method, path, headers=change)
    assert (response.status_code, response.json()) == (401, L2_ERROR)


async def test_a_signature_fits_one_body_one_path_and_one_method(house: ClobHouse, alice: Trader) -> None:
    signed = alice.wallet.l2_headers(alice.key, alice.now(), "DELETE", "/order", b'{"orderID":"0x1"}')
    for method, path, body in (
        ("DELETE", "/order", b'{"orderID":"0x2"}'),
        ("DELETE", "/orders", b'{"orderID":"0x1"}'),
        ("POST", "/order", b'{"orderID":"0x1"}'),
    ):
        response = await house.http.request(method, path, content=body, headers=signed)
        assert response.status_code == 401


async def test_a_signature_in_the_standard_alphabet_is_accepted(house: ClobHouse, alice: Trader) -> None:
    signed = alice.wallet.l2_headers(alice.key, alice.now(), "GET", "/auth/api-keys")
    raw = base64.urlsafe_b64decode(signed["POLY_SIGNATURE"])
    signed["POLY_SIGNATURE"] = base64.b64encode(raw).decode()
    response = await house.http.get("/auth/api-keys", headers=signed)
    assert response.json() == {"apiKeys": [alice.key.api_key]}


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 200), (301, 401)])
@pytest.mark.parametrize("sign", [1, -1])
async def test_a_timestamp_may_be_five_minutes_off(
    house: ClobHouse, alice: Trader, seconds: int, status: int, sign: int
) -> None:
    headers = alice.wallet.l2_headers(alice.key, alice.now() + sign * seconds, "GET", "/auth/api-keys")
    assert (await house.http.get("/auth/api-keys", headers=headers)).status_code == status


async def test_the_window_of_timestamps_is_a_setting(open_house: Any) -> None:
    house = await open_house(ClobSettings(timestamp_window_s=60))
    alice = await house.trader()
    headers = alice.wallet.l2_headers(alice.key, alice.now() - 61, "GET", "/auth/api-keys")
    assert (await house.http.get("/auth/api-keys", headers=headers)).status_code == 401


async def test_a_deleted_key_opens_nothing_and_can_be_made_again(house: ClobHouse, alice: Trader) -> None:
    order = await alice.place("BUY", 0.4, 10)
    assert (await alice.send("DELETE", "/auth/api-key")).json() == "OK"
    assert (await alice.send("GET", "/data/orders")).status_code == 401
    await alice.join()
    rows = (await alice.send("GET", "/data/orders")).json()["data"]
    assert [row["id"] for row in rows] == [order["orderID"]]
    assert house.welcomed.count(alice.account) == 1


async def test_closed_only_mode_is_off(alice: Trader) -> None:
    assert (await alice.send("GET", "/auth/ban-status/closed-only")).json() == {"closed_only": False}


async def test_a_key_outlives_the_door(house: ClobHouse, alice: Trader, open_house: Any) -> None:
    second = await open_house(ClobSettings())
    second.wallets.load(await house.port.query(ListCredentials("clob.key")))
    signed = alice.wallet.l2_headers(alice.key, alice.now(), "GET", "/auth/api-keys")
    response = await second.http.get("/auth/api-keys", headers=signed)
    assert response.json() == {"apiKeys": [alice.key.api_key]}


async def test_no_secret_shows_in_errors_or_logs(
    house: ClobHouse,
    alice: Trader,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [alice.key.secret, alice.key.passphrase, ALICE]
    replies = [
        await alice.send("POST", "/order", raw=b"{"),
        await alice.send("POST", "/order", raw=alice.key.secret.encode()),
        await alice.send("GET", "/data/trades", params={"after": alice.key.passphrase}),
        await alice.send("GET", "/data/order/" + alice.key.passphrase),
        await house.http.get("/auth/api-keys", headers={"POLY_PASSPHRASE": alice.key.passphrase}),
    ]
    port = house.port

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(port, name)

        async def query(self, question: object) -> None:
            raise RuntimeError("broken")

    house.app.door.port = cast(Port, Broken())
    for path in ("/data/orders", "/cancel-all"):
        failed = await alice.send("GET" if path == "/data/orders" else "DELETE", path)
        assert (failed.status_code, failed.json()) == (500, {"error": "Internal server error"})
    printed = capsys.readouterr()
    assert "RuntimeError: broken" in printed.out + printed.err + caplog.text
    logged = [record.getMessage() for record in caplog.records if record.name != "httpx"]  # the client's own
    text = "\n".join([*(reply.text for reply in replies), *logged, printed.out, printed.err])
    for secret in secrets:
        assert secret not in text
