"""Deposits, withdrawals, pairs, accounts."""

from __future__ import annotations

import httpx
import pytest

from tradepit.engine.engine import Engine

WALLET = "0x" + "Ab" * 20


async def test_a_deposit_is_exact_and_names_the_balance(api: httpx.AsyncClient) -> None:
    first = await api.post(
        "/v1/deposits", json={"account": WALLET, "amount": "1000.5", "reference": "wire 1"}
    )
    assert first.status_code == 201
    assert first.json() == {"account": WALLET.lower(), "amount": "1000.5", "balance": "1000.5", "sequence": 1}
    second = await api.post("/v1/deposits", json={"account": WALLET.lower(), "amount": 0.000001})
    assert second.json()["balance"] == "1000.500001"


async def test_a_withdrawal_takes_free_cash_and_no_more(api: httpx.AsyncClient) -> None:
    await api.post("/v1/deposits", json={"account": WALLET, "amount": "10"})
    answer = await api.post("/v1/withdrawals", json={"account": WALLET, "amount": "4"})
    assert answer.json()["balance"] == "6"
    refused = await api.post("/v1/withdrawals", json={"account": WALLET, "amount": "6.000001"})
    assert (refused.status_code, refused.json()["error"]) == (422, "insufficient_cash")
    assert (await api.get(f"/v1/accounts/{WALLET}")).json()["cash"] == "6"


async def test_pairs_are_split_and_merged_at_a_dollar_each(api: httpx.AsyncClient) -> None:
    await api.post("/v1/markets", json={"slug": "m", "question": "?"})
    await api.post("/v1/deposits", json={"account": WALLET, "amount": "10"})
    pairs = {"account": WALLET, "market": "m", "quantity": "7.5"}
    split = (await api.post("/v1/splits", json=pairs)).json()
    assert split["cash"] == "2.5"
    pending = {"pending_yes": "0", "pending_no": "0", "pending_cash": "0"}
    assert split["positions"] == [{"market": "m", "yes": "7.5", "no": "7.5", **pending}]
    merged = (await api.post("/v1/merges", json={**pairs, "quantity": 7.5})).json()
    assert merged["cash"] == "10"
    refused = await api.post("/v1/merges", json=pairs)
    assert (refused.status_code, refused.json()["error"]) == (422, "insufficient_tokens")


async def test_an_account_with_slashes_is_found(api: httpx.AsyncClient) -> None:
    await api.post("/v1/deposits", json={"account": "firms/Acme/accounts/trader1", "amount": "3"})
    assert (await api.get("/v1/accounts/firms/Acme/accounts/trader1")).json()["cash"] == "3"


@pytest.mark.parametrize(
    "change",
    [
        {"account": ""},
        {"account": "0x12"},
        {"account": "a b"},
        {"account": "x" * 201},
        {"account": 5},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "0.0000001"},
        {"amount": "1e13"},
        {"amount": "ten"},
        {"amount": None},
        {"amount": "9" * 5000},
        {"reference": "x" * 201},
        {"memo": "typo"},
    ],
)
async def test_a_bad_deposit_changes_nothing(
    api: httpx.AsyncClient, engine: Engine, change: dict[str, object]
) -> None:
    answer = await api.post("/v1/deposits", json={"account": WALLET, "amount": "1", **change})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text
    assert engine.sequence == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 413),
        (b'{"account":"' + b"a" * 10**7, 413),
    ],
)
async def test_a_body_that_is_no_json_or_too_large_is_refused(
    api: httpx.AsyncClient, engine: Engine, body: bytes, status: int
) -> None:
    answer = await api.post("/v1/deposits", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "detail"}
    assert engine.sequence == 0


async def test_a_stopped_exchange_says_try_again(api: httpx.AsyncClient, engine: Engine) -> None:
    await engine.stop()
    answer = await api.post("/v1/deposits", json={"account": WALLET, "amount": "1"})
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
