"""The markets that a sandbox begins with."""

from __future__ import annotations

import pytest

from tradepit.chain.tokens import is_structured
from tradepit.client import Wallet
from tradepit.doors.operator.service import OperatorService
from tradepit.engine.engine import Engine
from tradepit.engine.messages import MarketState
from tradepit.sandbox.demo import DEMO_MARKETS, DemoMarket, list_demo_markets
from tradepit.sandbox.wallets import TEST_WALLETS


async def test_the_quickstart_market_comes_first_with_its_published_terms(engine: Engine) -> None:
    first = (await list_demo_markets(OperatorService(engine)))[0]
    assert first.listing.metadata["symbol"] == "tec-nfl-sbw-2026-02-08-kc"
    assert first.state is MarketState.OPEN
    assert (first.listing.tick, first.listing.quantity_step) == (100, 100)
    assert first.listing.metadata["price_scale"] == "10000"


async def test_the_tokens_of_the_official_examples_exist(engine: Engine) -> None:
    views = await list_demo_markets(OperatorService(engine))
    tokens = {view.listing.metadata[name] for view in views for name in ("yes_token", "no_token")}
    assert len(tokens) == 2 * len(views)
    assert tokens >= {
        "71321045679252212594626385532706912750332728571942532289631379312455583992563",
        "52114319501245915516055106046884209969926127482827954674443846427813813222426",
        "78433024518676680431174478322854148606578065650008220678402966840627347604025",
        "50346565575310273995396997144874891836871065259829083228393044602519086496922",
        "34097058504275310827233323421517291090691602969494795225921954353603704046623",
        "104173557214744537570424345347209544585775842950109756851652855913015295701992",
        "102200530570339469387764365697342150521708074903735836831685780223982723092914",
    }
    example = views[1].listing
    assert (example.tick, example.minimum_quantity) == (1, 500)
    assert example.metadata["condition_id"].startswith("0x5f65177b")


async def test_every_kind_of_exchange_and_tick_is_there(engine: Engine) -> None:
    views = await list_demo_markets(OperatorService(engine))
    assert len(views) >= 8
    assert {view.listing.metadata["exchange"] for view in views} == {"ctf", "neg_risk", "v3"}
    assert {view.listing.tick for view in views} >= {1, 10, 100}
    for view in views:
        structured = is_structured(int(view.listing.metadata["yes_token"]))
        assert structured is (view.listing.metadata["exchange"] == "v3")


async def test_demo_markets_are_made_once(engine: Engine) -> None:
    service = OperatorService(engine)
    first = await list_demo_markets(service)
    sequence = engine.sequence
    again = await list_demo_markets(service)
    assert engine.sequence == sequence
    assert [view.listing for view in again] == [view.listing for view in first]


@pytest.mark.parametrize("market", DEMO_MARKETS, ids=lambda market: market.listing.slug)
def test_a_ladder_stands_on_the_ticks_with_a_gap_between_bids_and_asks(market: DemoMarket) -> None:
    tick = int(market.listing.tick * 10_000)
    bids, asks = market.ladder.bids(), market.ladder.asks()
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert all(price % tick == 0 and tick <= price <= 10_000 - tick for price in bids + asks)


def test_the_first_test_wallet_is_that_of_the_public_key() -> None:
    wallet = Wallet("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    assert TEST_WALLETS[0] == wallet.address.lower()
    assert len(set(TEST_WALLETS)) == 10
