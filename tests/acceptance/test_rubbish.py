"""Rubbish on every door of a running exchange: a clear refusal, nothing changed, nothing secret kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from tests.support.exchange_process import ExchangeProcess
from tradepit.client import ApiKey, Wallet

TOKEN: Final = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
PLANTED: Final = "planted-secret-2f9c6d"
BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "half an object": b'{"order":',
    "not UTF-8": b'{"order":"\xff\xfe"}',
    "a lone surrogate": b'{"order":"\\ud800"}',
    "a number": b"5",
    "null": b"null",
    "a list": b"[[],{},1]",
    "an empty object": b"{}",
    "deep nesting": b"[" * 50_000 + b"]" * 50_000,
    "a huge integer": b'{"order":{"salt":' + b"9" * 5_000 + b"}}",
    "a float": b'{"order":{"salt":1e400}}',
    "a NUL": b'{"order":"\\u0000","owner":"\\u0000"}',
}
CLOB_ROUTES: Final = (
    ("POST", "/order"),
    ("POST", "/orders"),
    ("DELETE", "/order"),
    ("DELETE", "/orders"),
    ("DELETE", "/cancel-market-orders"),
    ("POST", "/auth/api-key"),
    ("POST", "/books"),
    ("POST", "/prices"),
    ("POST", "/midpoints"),
    ("POST", "/spreads"),
    ("POST", "/last-trades-prices"),
)
US_ROUTES: Final = (
    ("POST", "/oauth/token"),
    ("POST", "/v1/trading/orders"),
    ("POST", "/v1/trading/orders/cancel"),
    ("POST", "/v1/report/orders/search"),
    ("POST", "/v1/positions/balance"),
    ("POST", "/v1/refdata/instruments"),
)
OPERATOR_ROUTES: Final = (
    ("POST", "/v1/markets"),
    ("POST", "/v1/deposits"),
    ("POST", "/v1/markets/none/resolve"),
    ("POST", "/v1/faults"),
    ("POST", "/v1/us/users"),
)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeProcess]:
    process = ExchangeProcess(tmp_path_factory.mktemp("rubbish") / "data")
    process.start()
    try:
        yield process
    finally:
        process.kill()


class Witness:
    """A wallet with an open order, which says whether anything has changed."""

    def __init__(self, exchange: ExchangeProcess) -> None:
        self.client = httpx.Client(base_url=exchange.url, timeout=10)
        self.wallet = Wallet(f"{77:064x}")
        now = self.client.get("/time").json()
        told = self.client.post("/auth/api-key", headers=self.wallet.l1_headers(now)).json()
        if "apiKey" not in told:
            told = self.client.get("/auth/derive-api-key", headers=self.wallet.l1_headers(now)).json()
        self.key = ApiKey(told["apiKey"], told["secret"], told["passphrase"])

    def call(self, method: str, path: str, content: bytes = b"", query: str = "") -> httpx.Response:
        now = self.client.get("/time").json()
        headers = self.wallet.l2_headers(self.key, now, method, path, content)
        return self.client.request(method, path + query, content=content, headers=headers)

    def order(self, salt: int) -> dict[str, Any]:
        signed = self.wallet.sign_order_v2(
            token_id=TOKEN,
            side="BUY",
            maker_amount=4_000_000,
            taker_amount=10_000_000,
            salt=salt,
            timestamp_ms=1_790_000_000_000,
        )
        return {"order": dict(signed.body), "owner": self.key.api_key, "orderType": "GTC"}

    def sees(self) -> tuple[Any, Any, Any]:
        return (
            self.call("GET", "/data/orders").json()["data"],
            self.call("GET", "/balance-allowance", query="?asset_type=COLLATERAL&signature_type=0").json(),
            self.client.get("/markets").json()["count"],
        )


@pytest.fixture(scope="module")
def witness(exchange: ExchangeProcess) -> Iterator[Witness]:
    witness = Witness(exchange)
    assert witness.call("POST", "/order", json.dumps(witness.order(1)).encode()).status_code == 200
    yield witness
    witness.client.close()


@pytest.mark.parametrize("name", BODIES)
def test_rubbish_in_a_body_is_refused_by_every_door(
    exchange: ExchangeProcess, witness: Witness, name: str
) -> None:
    before = witness.sees()
    body = BODIES[name]
    for method, path in CLOB_ROUTES:
        if path == "/cancel-market-orders" and name in {"nothing", "an empty object"}:
            continue  # naming no market means every market: a cancel, and no rubbish
        reply = witness.call(method, path, body)
        assert reply.status_code < 500, f"{method} {path}: {reply.text}"
        if reply.status_code != 200:
            assert "error" in reply.json(), f"{method} {path}: {reply.text}"
    for offset, routes in ((4, US_ROUTES), (8, OPERATOR_ROUTES)):
        for method, path in routes:
            reply = httpx.request(method, exchange.url_of(offset) + path, content=body, timeout=10)
            assert 400 <= reply.status_code < 500, f"{method} {path}: {reply.status_code} {reply.text}"
            assert reply.json(), "a refusal says nothing"
    assert witness.sees() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("salt", 2**300),
        ("salt", -1),
        ("salt", "x"),
        ("maker", "0x12"),
        ("tokenId", "9" * 200),
        ("tokenId", "-5"),
        ("tokenId", "12345678901234567890"),
        ("makerAmount", str(2**256)),
        ("makerAmount", "0"),
        ("makerAmount", "1.5"),
        ("takerAmount", "-100"),
        ("expiration", str(2**80)),
        ("timestamp", "now"),
        ("side", "HOLD"),
        ("signatureType", 99),
        ("signature", "0x" + "00" * 65),
        ("signature", "0x"),
        ("metadata", "0x" + "zz" * 32),
    ],
)
def test_an_order_with_one_bad_field_is_refused_and_changes_nothing(
    witness: Witness, field: str, value: object
) -> None:
    before = witness.sees()
    body = witness.order(2)
    body["order"][field] = value
    reply = witness.call("POST", "/order", json.dumps(body).encode())
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"]
    assert witness.sees() == before


def test_ten_megabytes_are_too_many_for_every_door(exchange: ExchangeProcess, witness: Witness) -> None:
    body = b'{"order":"' + b"x" * 10_000_000 + b'"}'
    for offset, path in ((0, "/order"), (0, "/books"), (4, "/v1/trading/orders"), (8, "/v1/markets")):
        try:
            reply = httpx.post(exchange.url_of(offset) + path, content=body, timeout=20)
        except httpx.WriteError:
            continue  # the door hung up before we were done, which is a refusal too
        assert reply.status_code in {401, 413}, reply.text
    assert witness.client.get("/ok").json() == "OK"


def test_a_stale_request_is_refused(witness: Witness) -> None:
    headers = witness.wallet.l2_headers(witness.key, 1_600_000_000, "DELETE", "/cancel-all")
    reply = witness.client.delete("/cancel-all", headers=headers)
    assert reply.status_code == 401
    assert len(witness.sees()[0]) == 1


def test_planted_secrets_are_nowhere_to_be_found(exchange: ExchangeProcess, witness: Witness) -> None:
    client = witness.client
    replies = [
        client.get("/data/orders", headers={"POLY_API_KEY": PLANTED, "POLY_PASSPHRASE": PLANTED}),
        client.post("/auth/api-key", headers={"POLY_ADDRESS": PLANTED, "POLY_SIGNATURE": PLANTED}),
        client.get(
            "/data/orders",
            headers=witness.wallet.l2_headers(witness.key, 1, "GET", "/data/orders")
            | {"POLY_PASSPHRASE": PLANTED},
        ),
        httpx.get(exchange.url_of(4) + "/v1/whoami", headers={"Authorization": f"Bearer {PLANTED}"}),
        httpx.post(exchange.url_of(4) + "/oauth/token", json={"client_assertion": PLANTED}),
        httpx.get(exchange.url_of(8) + "/v1/markets", headers={"Authorization": f"Bearer {PLANTED}"}),
    ]
    secrets = [PLANTED, witness.key.secret, witness.key.passphrase, f"{77:064x}"]
    for reply in replies:
        assert not any(secret in reply.text for secret in secrets), reply.text
    files = [path for path in exchange.data_dir.rglob("*") if path.is_file()]
    assert files
    for path in (*files, exchange.log):
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), path
