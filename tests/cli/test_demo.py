"""`tradepit demo`: the main job, shown once."""

from __future__ import annotations

import httpx

from tests.cli.conftest import Tradepit
from tests.support.exchange_process import ExchangeProcess, free_base_port


def check_story(text: str) -> None:
    for words in (
        "Will the Kansas City Chiefs",
        "ORDER_STATE_FILLED",
        "size_matched 40",
        "trader_side MAKER",
        "netPosition 40",
        "10000000000  10022400000",
        "1000000000   960000000",
        "10000.00     9977.60",
        "One book, two venues",
    ):
        assert words in text, text


def test_the_demo_uses_a_running_exchange_and_cleans_up(
    exchange: ExchangeProcess, tradepit: Tradepit
) -> None:
    before = httpx.get(f"{exchange.url_of(8)}/v1/status").json()["open_orders"]
    for _ in range(2):
        done = tradepit("demo", "--port", str(exchange.port))
        assert done.returncode == 0, done.stderr
        check_story(done.stdout)
    assert httpx.get(f"{exchange.url_of(8)}/v1/status").json()["open_orders"] == before


def test_the_demo_starts_an_exchange_of_its_own_and_ends_it(tradepit: Tradepit) -> None:
    done = tradepit("demo", "--port", str(free_base_port()))
    assert done.returncode == 0, done.stderr
    assert "starting one" in done.stdout
    check_story(done.stdout)
