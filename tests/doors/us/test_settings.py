"""Settings of the door refuse what would be unsafe."""

from __future__ import annotations

import pytest

from tests.doors.us.conftest import World, caller, make_settings
from tradepit.doors.us.app import create_app
from tradepit.history.reader import History


def test_a_short_signing_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        make_settings(signing_key=b"short")


async def test_the_dialect_can_be_fixed_for_all(market: World, history: History) -> None:
    app = create_app(
        market.engine, market.firms, history, make_settings(dialect="snake"), wall_clock=market.clock.now
    )
    headers = {"authorization": f"Bearer {await market.token()}"}
    async with caller(app) as http:
        whoami = (await http.get("/v1/whoami", headers=headers)).json()
        headers["x-json-dialect"] = "canonical"
        canonical = (await http.get("/v1/whoami", headers=headers)).json()
    assert whoami["firm_display_name"] == whoami["firmDisplayName"] == "Acme Trading"
    assert "firm_display_name" not in canonical


async def test_the_lifetime_of_tokens_can_be_set(market: World, history: History) -> None:
    settings = make_settings(token_lifetime_seconds=86_400)
    app = create_app(market.engine, market.firms, history, settings, wall_clock=market.clock.now)
    async with caller(app) as http:
        reply = await http.post("/oauth/token", json=market.token_request(market.assertion()))
    assert reply.json()["expires_in"] == 86_400


async def test_audiences_can_be_set(market: World, history: History) -> None:
    settings = make_settings(audiences=("https://pit.example",))
    app = create_app(market.engine, market.firms, history, settings, wall_clock=market.clock.now)
    async with caller(app) as http:
        refused = await http.post("/oauth/token", json=market.token_request(market.assertion()))
        body = market.token_request(market.assertion(), audience="https://pit.example/")
        granted = await http.post("/oauth/token", json=body)
    assert refused.status_code == 403
    assert granted.status_code == 200
