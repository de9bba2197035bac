"""Listing, moving and resolving markets."""

from __future__ import annotations

import httpx
import pytest

from tradepit.chain.tokens import is_structured
from tradepit.engine.engine import Engine
from tradepit.engine.messages import Deposit, ListMarkets, Split

RAIN = {"slug": "rain-tomorrow", "question": "Will it rain tomorrow?"}


async def test_a_market_needs_only_a_slug_and_a_question(api: httpx.AsyncClient, engine: Engine) -> None:
    answer = await api.post("/v1/markets", json=RAIN)
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"] == "rain-tomorrow"
    assert body["state"] == "open"
    assert (body["tick"], body["step"], body["minimum"]) == ("0.01", "0.01", "5")
    (view,) = await engine.query(ListMarkets())
    assert view.listing.metadata["question"] == "Will it rain tomorrow?"
    for key in ("condition_id", "question_id", "yes_token", "no_token", "symbol", "price_scale", "end_date"):
        assert view.listing.metadata[key]


async def test_all_terms_of_a_market_reach_the_exchange(api: httpx.AsyncClient, engine: Engine) -> None:
    answer = await api.post(
        "/v1/markets",
        json={
            **RAIN,
            "tick": "0.005",
            "step": "1",
            "minimum": "2",
            "delay": "1.5",
            "delay_reply": "hold",
            "state": "pending",
            "fees": {"clob_rate": "0.07", "clob_exponent": 2, "clob_v1_bps": 100, "us_taker_rate": "0.05"},
            "exchange": "neg_risk",
            "price_scale": 1000,
            "yes_label": "Wet",
            "end_date": "2027-02-01T00:00:00Z",
        },
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["fees"]["clob_rate"] == "0.07"
    assert answer.json()["delay"] == "1.5"
    (view,) = await engine.query(ListMarkets())
    listing = view.listing
    assert (listing.tick, listing.quantity_step, listing.minimum_quantity) == (50, 100, 200)
    assert listing.delay_ns == 1_500_000_000
    assert (listing.fees.clob_rate_ppm, listing.fees.clob_exponent, listing.fees.clob_v1_bps) == (
        70_000,
        2,
        100,
    )
    assert listing.fees.us_taker_ppm == 50_000
    assert listing.metadata["delay_reply"] == "hold"
    assert listing.metadata["exchange"] == "neg_risk"
    assert listing.metadata["yes_label"] == "Wet"


async def test_given_ids_are_kept_and_a_market_is_found_by_them(api: httpx.AsyncClient) -> None:
    condition = "0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1"
    tokens = {"yes_token": str(2**255 + 2**50), "no_token": str(2**255 + 2**51)}
    await api.post("/v1/markets", json={**RAIN, "condition_id": condition, "symbol": "tec-rain", **tokens})
    for name in ("rain-tomorrow", "tec-rain", condition):
        body = (await api.get(f"/v1/markets/{name}")).json()
        assert body["condition_id"] == condition
        assert body["yes_token"] == tokens["yes_token"]
        assert body["no_token"] == tokens["no_token"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2027-02-01", "2027-02-01T00:00:00Z"),
        ("2027-02-01T23:00:00", "2027-02-01T23:00:00Z"),
        ("2027-02-01T23:00:00-05:00", "2027-02-02T04:00:00Z"),
    ],
)
async def test_an_end_date_is_kept_in_utc(api: httpx.AsyncClient, given: str, kept: str) -> None:
    answer = await api.post("/v1/markets", json={**RAIN, "end_date": given})
    assert answer.json()["end_date"] == kept


@pytest.mark.parametrize("exchange", ["ctf", "neg_risk", "v3"])
async def test_only_a_v3_market_gets_structured_position_ids(api: httpx.AsyncClient, exchange: str) -> None:
    body = (await api.post("/v1/markets", json={**RAIN, "exchange": exchange})).json()
    assert is_structured(int(body["yes_token"])) is (exchange == "v3")
    assert is_structured(int(body["no_token"])) is (exchange == "v3")


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "Rain Tomorrow"},
        {"slug": ""},
        {"question": " "},
        {"tick": "0.003"},
        {"tick": "0"},
        {"tick": "0.00001"},
        {"tick": "NaN"},
        {"tick": "1e400"},
        {"tick": "1e-999999999"},
        {"tick": [1]},
        {"step": "0.003"},
        {"step": 10**30},
        {"minimum": "-5"},
        {"delay": "-1"},
        {"price_scale": 10},
        {"price_scale": 2**200},
        {"state": "resolved"},
        {"exchange": "moon"},
        {"condition_id": "0x12"},
        {"yes_token": "12.5"},
        {"yes_token": "1234"},
        {"yes_token": "9" * 78},
        {"yes_token": str(2**255 + 2**50), "no_token": str(2**255 + 2**50)},
        {"end_date": "tomorrow"},
        {"end_date": "0001-01-01T00:00:00+14:00"},
        {"end_date": "1969-12-31"},
        {"fees": {"clob_rate": "x"}},
        {"fees": {"clob_exponent": 10**30}},
        {"tikc": "0.01"},
    ],
)
async def test_a_bad_description_is_refused_in_the_documented_shape(
    api: httpx.AsyncClient, engine: Engine, change: dict[str, object]
) -> None:
    answer = await api.post("/v1/markets", json={**RAIN, **change})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["detail"]
    assert engine.sequence == 0


async def test_a_market_exists_once(api: httpx.AsyncClient) -> None:
    first = (await api.post("/v1/markets", json=RAIN)).json()
    again = await api.post("/v1/markets", json=RAIN)
    assert (again.status_code, again.json()["error"]) == (409, "already_exists")
    same_token = {"slug": "other", "question": "?", "yes_token": first["no_token"]}
    clash = await api.post("/v1/markets", json=same_token)
    assert (clash.status_code, clash.json()["error"]) == (409, "already_exists")
    assert len((await api.get("/v1/markets")).json()["markets"]) == 1


async def test_a_market_moves_between_states(api: httpx.AsyncClient) -> None:
    await api.post("/v1/markets", json=RAIN)
    halted = await api.post("/v1/markets/rain-tomorrow/state", json={"state": "halted"})
    assert (halted.status_code, halted.json()["state"]) == (200, "halted")
    assert (await api.get("/v1/markets/rain-tomorrow")).json()["state"] == "halted"


@pytest.mark.parametrize(
    ("body", "payout", "cash"),
    [({"outcome": "YES"}, "1", "70"), ({"outcome": "NO"}, "0", "70"), ({"payout": "0.25"}, "0.25", "70")],
)
async def test_a_resolution_pays_and_is_final(
    api: httpx.AsyncClient, engine: Engine, body: dict[str, str], payout: str, cash: str
) -> None:
    await api.post("/v1/markets", json=RAIN)
    now = engine.now()
    await engine.submit(Deposit(now=now, account="0x" + "a" * 40, amount=70_000_000))
    await engine.submit(Split(now=now, account="0x" + "a" * 40, market="rain-tomorrow", quantity=1_000))
    answer = await api.post("/v1/markets/rain-tomorrow/resolve", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["payout"]) == ("resolved", payout)
    assert (await api.get("/v1/accounts/0x" + "A" * 40)).json()["cash"] == cash
    again = await api.post("/v1/markets/rain-tomorrow/resolve", json=body)
    assert (again.status_code, again.json()["error"]) == (409, "already_resolved")


@pytest.mark.parametrize(
    "body",
    [{}, {"outcome": "MAYBE"}, {"outcome": "YES", "payout": "1"}, {"payout": "1.1"}, {"payout": "-1"}, []],
)
async def test_a_resolution_must_name_one_result(api: httpx.AsyncClient, body: object) -> None:
    await api.post("/v1/markets", json=RAIN)
    answer = await api.post("/v1/markets/rain-tomorrow/resolve", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("action", ["state", "resolve"])
async def test_an_unknown_market_is_not_found(api: httpx.AsyncClient, action: str) -> None:
    body = {"state": "open"} if action == "state" else {"outcome": "YES"}
    answer = await api.post(f"/v1/markets/nowhere/{action}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_market")
