"""A hypothesis state machine: three markets, three accounts, every command drawn value by value, so that a
failure shrinks to the few plain numbers that matter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.property.naive import NaiveExchange
from tests.property.test_differential import QUIET
from tests.property.witness import Witness
from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    ConfirmTrade,
    CreateMarket,
    Deposit,
    FailTrade,
    FeeSchedule,
    Merge,
    PlaceOrder,
    ResolveMarket,
    RetryTrade,
    SetMarketState,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import FeePlan, Gives, MarketState, SelfMatch, Side, TimeInForce
from tradepit.core.exchange import Exchange

ACCOUNTS = st.sampled_from(("ann", "bob", "cyd"))
MARKETS = st.sampled_from(("plain", "delayed", "late"))
LOTS = st.integers(1, 20)
PRICES = st.integers(45, 55).map(lambda cents: 100 * cents)
MONEY = st.integers(1, 100_000)
FEES = FeeSchedule(clob_rate_ppm=70_000, us_taker_ppm=69_500, us_maker_rebate_ppm=12_500)
DELAY = 5


class TwoExchanges(RuleBasedStateMachine):
    """The core and the naive exchange side by side, with a witness on the core's events."""

    def __init__(self) -> None:
        super().__init__()
        self.naive, self.core, self.witness = NaiveExchange(), Exchange(), Witness()
        self.now = 1
        self.sent = 0
        self.do(CreateMarket(1, "plain", 100, fees=FEES))
        self.do(CreateMarket(1, "delayed", 100, delay_ns=DELAY, fees=FEES))
        self.do(CreateMarket(1, "late", 100, fees=FEES, deferred=True, restores=True))
        for account in ("ann", "bob", "cyd"):
            self.do(Deposit(1, account, 400_000))
            self.do(Split(1, account, "plain", 10))
            self.do(Split(1, account, "delayed", 10))
            self.do(Split(1, account, "late", 10))

    def do(self, command: Command) -> None:
        events = self.core.apply(command)
        assert events == self.naive.apply(command)
        self.witness.see(events)

    @rule(
        account=ACCOUNTS,
        market=MARKETS,
        side=st.sampled_from(Side),
        gives=st.sampled_from(Gives),
        price=PRICES,
        quantity=LOTS,
        time_in_force=st.sampled_from((TimeInForce.GTC, TimeInForce.FOK, TimeInForce.FAK, TimeInForce.IOC)),
        self_match=st.sampled_from(SelfMatch),
        fee_plan=st.sampled_from((FeePlan.NONE, FeePlan.CLOB_V2, FeePlan.US)),
    )
    def place(self, **terms: Any) -> None:
        self._send(**terms)

    @rule(account=ACCOUNTS, market=MARKETS, side=st.sampled_from(Side), price=PRICES, quantity=LOTS)
    def place_for_a_while(self, **terms: Any) -> None:
        self._send(gives=Gives.CASH, time_in_force=TimeInForce.GTD, expires_at=self.now + DELAY, **terms)

    @rule(
        account=ACCOUNTS,
        market=MARKETS,
        side=st.sampled_from(Side),
        price=PRICES,
        budget=MONEY,
        time_in_force=st.sampled_from((TimeInForce.FOK, TimeInForce.FAK)),
        self_match=st.sampled_from(SelfMatch),
    )
    def spend(self, **terms: Any) -> None:
        self._send(gives=Gives.CASH, **terms)

    def _send(self, **terms: Any) -> None:
        self.sent += 1
        self.do(PlaceOrder(now=self.now, order_id=str(self.sent).encode(), **terms))

    @rule(account=ACCOUNTS, back=st.integers(0, 8))
    def cancel(self, account: str, back: int) -> None:
        self.do(CancelOrder(self.now, account, str(self.sent - back).encode()))

    @rule(account=ACCOUNTS, market=MARKETS, outcome=st.integers(0, 2))
    def cancel_many(self, account: str, market: str, outcome: int) -> None:
        self.do(CancelOrders(self.now, account, market, outcome))

    @rule(
        kind=st.sampled_from((ConfirmTrade, FailTrade, FailTrade, RetryTrade)),
        back=st.integers(0, 4),
    )
    def settle(self, kind: type[ConfirmTrade | FailTrade | RetryTrade], back: int) -> None:
        self.do(kind(self.now, self.witness.trades - back))

    @rule(account=ACCOUNTS, amount=MONEY)
    def deposit(self, account: str, amount: int) -> None:
        self.do(Deposit(self.now, account, amount))

    @rule(account=ACCOUNTS, amount=MONEY)
    def withdraw(self, account: str, amount: int) -> None:
        self.do(Withdraw(self.now, account, amount))

    @rule(account=ACCOUNTS, market=MARKETS, quantity=LOTS)
    def split(self, account: str, market: str, quantity: int) -> None:
        self.do(Split(self.now, account, market, quantity))

    @rule(account=ACCOUNTS, market=MARKETS, quantity=LOTS)
    def merge(self, account: str, market: str, quantity: int) -> None:
        self.do(Merge(self.now, account, market, quantity))

    @rule(step=st.integers(1, 2 * DELAY))
    def wait(self, step: int) -> None:
        self.now += step
        self.do(Tick(self.now))

    @rule(
        market=MARKETS, state=st.sampled_from((MarketState.OPEN, MarketState.SUSPENDED, MarketState.HALTED))
    )
    def set_state(self, market: str, state: MarketState) -> None:
        self.do(SetMarketState(self.now, market, state))
        self.do(SetMarketState(self.now + 1, market, MarketState.OPEN))
        self.now += 1

    @rule(market=MARKETS, payout=st.sampled_from((0, 3_000, 10_000)), sure=st.integers(0, 9))
    def resolve(self, market: str, payout: int, sure: int) -> None:
        if sure == 9:
            self.do(ResolveMarket(self.now, market, payout))

    @invariant()
    def the_core_finds_nothing_wrong_with_itself(self) -> None:
        self.core.check()

    @invariant()
    def a_snapshot_restores_the_state(self) -> None:
        assert Exchange.restore(self.core.snapshot()).state_hash() == self.core.state_hash()


def test_the_machine_finds_no_difference() -> None:
    run_state_machine_as_test(TwoExchanges, settings=settings(QUIET, max_examples=40, stateful_step_count=40))


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_the_machine_finds_no_difference_in_two_thousand_runs() -> None:
    run_state_machine_as_test(
        TwoExchanges, settings=settings(QUIET, max_examples=2_000, stateful_step_count=80)
    )
