"""Demo money."""

from __future__ import annotations

import asyncio

import pytest

from tradepit.core.units import ONE
from tradepit.doors.operator.service import OperatorService
from tradepit.engine.engine import Engine
from tradepit.engine.messages import Deposited, MarketState, Outcome, PairsSplit
from tradepit.sandbox.demo import DEMO_MARKETS, list_demo_markets
from tradepit.sandbox.faucet import Faucet

WALLET = "0x" + "ab" * 20


@pytest.fixture
async def service(engine: Engine) -> OperatorService:
    service = OperatorService(engine)
    await list_demo_markets(service)
    return service


@pytest.fixture
def faucet(service: OperatorService) -> Faucet:
    return Faucet(service, [market.listing.slug for market in DEMO_MARKETS])


async def test_a_wallet_gets_ten_thousand_dollars_and_a_thousand_pairs_of_each_market(
    service: OperatorService, faucet: Faucet
) -> None:
    await faucet.welcome(WALLET)
    view = await service.account(WALLET)
    assert view.cash == 10_000_000_000
    assert {position.market for position in view.positions} == {m.listing.slug for m in DEMO_MARKETS}
    assert {(position.yes, position.no) for position in view.positions} == {(100_000, 100_000)}


async def test_the_money_comes_out_of_one_deposit(
    engine: Engine, service: OperatorService, faucet: Faucet
) -> None:
    heard: list[Outcome] = []
    engine.listen(heard.append)
    await faucet.welcome(WALLET)
    events = [event for outcome in heard for event in outcome.events]
    deposited = sum(event.amount for event in events if isinstance(event, Deposited))
    split = sum(ONE * event.quantity for event in events if isinstance(event, PairsSplit))
    assert deposited == (await service.account(WALLET)).cash + split
    assert [outcome.sequence for outcome in heard] == list(
        range(heard[0].sequence, heard[0].sequence + 1 + len(DEMO_MARKETS))
    )


async def test_nobody_is_welcomed_twice_not_even_at_once(
    engine: Engine, service: OperatorService, faucet: Faucet
) -> None:
    await asyncio.gather(*(faucet.welcome(WALLET) for _ in range(5)))
    sequence = engine.sequence
    await faucet.welcome(WALLET)
    assert engine.sequence == sequence
    assert (await service.account(WALLET)).cash == 10_000_000_000


async def test_who_has_money_already_gets_none(service: OperatorService, faucet: Faucet) -> None:
    await service.deposit(WALLET, 5)
    await faucet.welcome(WALLET)
    assert (await service.account(WALLET)).cash == 5


async def test_a_us_account_gets_cash_only(service: OperatorService, faucet: Faucet) -> None:
    await faucet.welcome("firms/Acme/accounts/trader1")
    view = await service.account("firms/Acme/accounts/trader1")
    assert view.cash == 10_000_000_000
    assert view.positions == []


async def test_markets_that_are_closed_or_no_demo_are_left_out(
    service: OperatorService, faucet: Faucet
) -> None:
    resolved, halted = DEMO_MARKETS[0].listing.slug, DEMO_MARKETS[1].listing.slug
    await service.resolve(resolved, 0)
    await service.set_state(halted, MarketState.HALTED)
    await faucet.welcome(WALLET)
    view = await service.account(WALLET)
    assert view.cash == 10_000_000_000
    assert {position.market for position in view.positions} == {
        market.listing.slug for market in DEMO_MARKETS[2:]
    }
