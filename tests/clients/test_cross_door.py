"""An order through the US door meets one that came through the CLOB door: one book, two venues."""

from __future__ import annotations

import secrets

import pytest

from tests.clients.support import SCRIPTS, Bot, Operator, Trader, client_python, read_steps, run, under_exec
from tests.support.exchange_process import ExchangeProcess

pytestmark = pytest.mark.clients

DOLLAR = 1_000_000


def test_a_us_order_fills_a_clob_order_and_both_see_it_in_their_own_words(
    exchange: ExchangeProcess, operator: Operator, bot: Bot, trader: Trader
) -> None:
    slug = f"cross-{secrets.token_hex(4)}"
    market = operator.new_market(slug=slug, tick="0.01", step="1", minimum="1")

    rested = bot.steps("v1", "clob_rest.py", market)
    assert rested["rested"]["status"] == "live"
    assert rested["shares"] == "0"

    command = [client_python("us"), str(SCRIPTS / "us_hit.py")]
    environment = {**trader.environment(), "SYMBOL": slug, "QUANTITY": "10", "PRICE": "4200"}
    us = read_steps(run(under_exec(exchange, command), environment, trader.key.parent))
    assert us["placed"]["state"] == "ORDER_STATE_FILLED"
    assert us["placed"]["cum_qty"] == 10
    (found,) = us["found"]
    assert found["state"] == "ORDER_STATE_FILLED"
    assert us["balance after"] != us["balance before"]

    seen = bot.steps("v1", "clob_rest.py", market, LOOK="1")
    (order,) = seen["orders"]
    assert order["id"] == rested["rested"]["orderID"]
    assert order["size_matched"] == "10"
    assert order["original_size"] == "25"
    (trade,) = seen["trades"]
    assert trade["trader_side"] == "MAKER"
    (maker,) = trade["maker_orders"]
    assert maker["order_id"] == order["id"]
    assert maker["matched_amount"] == "10"
    assert maker["price"] == "0.42"
    assert int(seen["shares"]) == 10 * DOLLAR
    assert int(seen["cash"]) == int(rested["cash"]) - 42 * DOLLAR // 10
