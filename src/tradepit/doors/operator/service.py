"""What an operator can do to the exchange, as typed functions over the port.

The HTTP routes are one user of it, the sandbox's faucet and house maker are others. All amounts here
are the exchange's integers. Every function raises `OperatorError` when the exchange refuses, and
`Unavailable` when it takes no commands.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final, Literal

from tradepit.core.units import ONE, Cash, Price, Quantity, Timestamp
from tradepit.doors.operator import listings
from tradepit.doors.operator.errors import OperatorError, invalid, raise_for_refusal
from tradepit.doors.operator.wire import MarketIn, ScheduleIn
from tradepit.engine.messages import (
    AccountView,
    BalanceChanged,
    CancelReason,
    Command,
    ConfirmTrade,
    CreateEvent,
    CreateMarket,
    Deposit,
    EventView,
    FailTrade,
    GetAccount,
    GetStatus,
    ListEvents,
    ListMarkets,
    MarketState,
    MarketView,
    Merge,
    OrderCancelled,
    Outcome,
    ResolveEvent,
    ResolveMarket,
    RetryTrade,
    ScheduleMarket,
    SetKillSwitch,
    SetMarketState,
    SetTick,
    Split,
    StatusView,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
    Withdraw,
)
from tradepit.engine.port import Port

_WALLET: Final = re.compile(r"0[xX][0-9a-fA-F]{40}")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*(/[A-Za-z0-9._:-]+)*")
_EVENT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_TRADE_NUMBER_MAX: Final = 2**63 - 1
_ACCOUNT_LENGTH_MAX: Final = 200
_REFERENCE_LENGTH_MAX: Final = 200

SettleVerb = Literal["confirm", "retry", "fail"]
_SETTLE: Final[dict[SettleVerb, type[ConfirmTrade] | type[RetryTrade] | type[FailTrade]]] = {
    "confirm": ConfirmTrade,
    "retry": RetryTrade,
    "fail": FailTrade,
}


def account_id(text: str) -> str:
    """The account that `text` names: a wallet in any case, or an id such as `firms/Acme/accounts/a`."""
    if _WALLET.fullmatch(text):
        return text.lower()
    if len(text) > _ACCOUNT_LENGTH_MAX or not _ACCOUNT.fullmatch(text) or text.lower().startswith("0x"):
        raise invalid(
            "account must be a wallet (0x and 40 hex digits) or an id such as firms/Acme/accounts/trader1"
        )
    return text


class OperatorService:
    """The operator's verbs."""

    def __init__(self, port: Port, *, refused_accounts: frozenset[str] = frozenset()) -> None:
        """`refused_accounts` get no money: a production exchange names the wallets whose keys are public."""
        self._port = port
        self._refused = refused_accounts
        self._listing = asyncio.Lock()

    def now(self) -> Timestamp:
        """The exchange's clock."""
        return self._port.now()

    async def status(self) -> StatusView:
        """How far the exchange is."""
        return await self._port.query(GetStatus())

    async def markets(self) -> list[MarketView]:
        """All markets, in order of creation."""
        return await self._port.query(ListMarkets())

    async def market(self, name: str) -> MarketView:
        """One market by its slug, symbol or condition id; O(markets)."""
        for view in await self.markets():
            meta = view.listing.metadata
            if name in (view.listing.market, meta.get("symbol"), meta.get("condition_id")):
                return view
        raise OperatorError(
            404, "unknown_market", f"there is no market {name[:80]}; GET /v1/markets lists those that exist"
        )

    async def create_market(self, market: MarketIn) -> MarketView:
        """List a market; 409 if its slug, symbol, condition or a token belongs to another. O(markets)."""
        command = listings.listing(market, self._port.now())
        async with self._listing:
            self._refuse_clash(command, await self.markets())
            raise_for_refusal(await self._port.submit(command))
        return await self.market(command.market)

    @staticmethod
    def _refuse_clash(command: CreateMarket, markets: list[MarketView]) -> None:
        mine = {command.metadata[key] for key in ("symbol", "condition_id", "yes_token", "no_token")}
        for view in markets:
            meta = view.listing.metadata
            if view.listing.market == command.market:
                raise OperatorError(409, "already_exists", f"market {command.market} exists already")
            taken = {meta.get(key, "") for key in ("symbol", "condition_id", "yes_token", "no_token")} & mine
            if taken:
                raise OperatorError(
                    409, "already_exists", f"{min(taken)} belongs to market {view.listing.market} already"
                )

    async def set_state(self, name: str, state: MarketState) -> MarketView:
        """Move a market to `state`; RESOLVED is reached by `resolve` only."""
        market = (await self.market(name)).listing.market
        outcome = await self._port.submit(SetMarketState(now=self._port.now(), market=market, state=state))
        raise_for_refusal(outcome)
        return await self.market(market)

    async def resolve(self, name: str, payout: Price) -> MarketView:
        """Pay every YES share `payout` and every NO share the rest; final."""
        market = (await self.market(name)).listing.market
        outcome = await self._port.submit(ResolveMarket(now=self._port.now(), market=market, payout=payout))
        raise_for_refusal(outcome)
        return await self.market(market)

    async def set_tick(self, name: str, tick: Price) -> MarketView:
        """Change a market's tick; what rests stays where it is."""
        view = await self.market(name)
        scale = int(view.listing.metadata.get("price_scale", ONE))
        if scale * tick % ONE:
            raise invalid(f"the market's price_scale, {scale}, must make the tick a whole number")
        market = view.listing.market
        raise_for_refusal(await self._port.submit(SetTick(now=self._port.now(), market=market, tick=tick)))
        return await self.market(market)

    async def schedule(self, name: str, planned: ScheduleIn) -> MarketView:
        """Have the clock move a market to a state."""
        market = (await self.market(name)).listing.market
        at, state = listings.change(planned, self._port.now())
        command = ScheduleMarket(now=self._port.now(), market=market, at=at, state=state)
        raise_for_refusal(await self._port.submit(command))
        return await self.market(market)

    async def set_kill_switch(self, account: str, name: str, *, on: bool) -> tuple[str, str, int]:
        """Take out every open order of an account or of a market, and refuse new ones; or lift that.

        Returns the account, the market and how many orders were taken out.
        """
        if bool(account) == bool(name):
            raise invalid("give either an account or a market")
        account = account_id(account) if account else ""
        market = (await self.market(name)).listing.market if name else ""
        command = SetKillSwitch(now=self._port.now(), account=account, market=market, on=on)
        outcome = await self._port.submit(command)
        raise_for_refusal(outcome)
        cancelled = [
            event
            for event in outcome.events
            if isinstance(event, OrderCancelled) and event.reason is CancelReason.KILL_SWITCH
        ]
        return account, market, len(cancelled)

    async def settle(self, number: int, verb: SettleVerb) -> TradeConfirmed | TradeRetried | TradeFailed:
        """Confirm, retry or fail a trade of a market that settles later."""
        if not 0 < number <= _TRADE_NUMBER_MAX:
            raise OperatorError(404, "unknown_trade", f"no trade {number} waits for its settlement")
        command = _SETTLE[verb](now=self._port.now(), trade=number)
        outcome = await self._port.submit(command)
        raise_for_refusal(outcome)
        for event in outcome.events:
            if isinstance(event, TradeConfirmed | TradeRetried | TradeFailed):
                return event
        raise AssertionError("a trade that is not refused changes")

    async def events(self) -> list[EventView]:
        """All events, in order of creation."""
        return await self._port.query(ListEvents())

    async def create_event(self, event: str, names: Sequence[str]) -> EventView:
        """Link markets of which exactly one resolves YES."""
        if not _EVENT.fullmatch(event):
            raise invalid(
                "event must be 1 to 128 of a-z, 0-9, '.', '_' and '-', beginning with one of a-z, 0-9"
            )
        markets = [(await self.market(name)).listing.market for name in names]
        command = CreateEvent(now=self._port.now(), event=event, markets=markets)
        raise_for_refusal(await self._port.submit(command))
        return await self._event(event)

    async def resolve_event(
        self, event: str, winner: str, payouts: Sequence[Price] | None
    ) -> tuple[EventView, list[Price]]:
        """Resolve every market of an event; final. Returns the event and what YES pays in each market."""
        view = await self._event(event)
        if payouts is None:
            market = (await self.market(winner)).listing.market
            if market not in view.markets:
                raise invalid(f"{market} is no market of {event}: {', '.join(view.markets)}")
            payouts = [ONE if one == market else 0 for one in view.markets]
        if len(payouts) != len(view.markets) or sum(payouts) != ONE:
            raise invalid(f"give {len(view.markets)} payouts that add up to 1, for {', '.join(view.markets)}")
        command = ResolveEvent(now=self._port.now(), event=event, payouts=list(payouts))
        raise_for_refusal(await self._port.submit(command))
        return view, list(payouts)

    async def _event(self, name: str) -> EventView:
        for view in await self.events():
            if view.event == name:
                return view
        raise OperatorError(404, "unknown_event", f"there is no event {name[:80]}")

    async def deposit(self, account: str, amount: Cash, reference: str = "") -> tuple[Cash, int]:
        """Bring cash in; the new balance and the journal's sequence."""
        account = self._payable(account)
        command = Deposit(
            now=self._port.now(), account=account, amount=amount, reference=_reference(reference)
        )
        return await self._move_cash(command, account)

    async def withdraw(self, account: str, amount: Cash, reference: str = "") -> tuple[Cash, int]:
        """Take free cash out; the new balance and the journal's sequence."""
        account = account_id(account)
        command = Withdraw(
            now=self._port.now(), account=account, amount=amount, reference=_reference(reference)
        )
        return await self._move_cash(command, account)

    async def _move_cash(self, command: Command, account: str) -> tuple[Cash, int]:
        outcome = await self._port.submit(command)
        raise_for_refusal(outcome)
        return _new_balance(outcome, account), outcome.sequence

    async def split(self, account: str, name: str, quantity: Quantity) -> AccountView:
        """Turn cash of `account` into pairs of YES and NO."""
        account, market = self._payable(account), (await self.market(name)).listing.market
        command = Split(now=self._port.now(), account=account, market=market, quantity=quantity)
        raise_for_refusal(await self._port.submit(command))
        return await self.account(account)

    async def merge(self, account: str, name: str, quantity: Quantity) -> AccountView:
        """Turn pairs of `account` back into cash."""
        account, market = account_id(account), (await self.market(name)).listing.market
        command = Merge(now=self._port.now(), account=account, market=market, quantity=quantity)
        raise_for_refusal(await self._port.submit(command))
        return await self.account(account)

    async def account(self, account: str) -> AccountView:
        """An account's money and positions; zeros for one that the exchange has never seen."""
        return await self._port.query(GetAccount(account_id(account)))

    async def fund(self, account: str, cash: Cash, pairs: Sequence[tuple[str, Quantity]]) -> None:
        """Give `account` `cash` and, besides, the pairs, as (market, lots): one deposit and a split each,
        next to one another in the journal."""
        account = self._payable(account)
        now = self._port.now()
        # A pair of one lot costs ONE micro-dollars: a share of each outcome is one dollar.
        price_of_pairs = sum(ONE * quantity for _, quantity in pairs)
        commands: list[Command] = [Deposit(now=now, account=account, amount=cash + price_of_pairs)]
        commands += [
            Split(now=now, account=account, market=market, quantity=quantity) for market, quantity in pairs
        ]
        for outcome in await self._port.submit_many(commands):
            raise_for_refusal(outcome)

    def _payable(self, account: str) -> str:
        account = account_id(account)
        if account in self._refused:
            raise OperatorError(
                403,
                "public_key_wallet",
                "this wallet's private key is public; a production exchange refuses it",
            )
        return account


def _new_balance(outcome: Outcome, account: str) -> Cash:
    for event in outcome.events:
        if isinstance(event, BalanceChanged) and event.account == account:
            return event.cash
    raise AssertionError("a movement of cash changes a balance")


def _reference(text: str) -> str:
    if len(text) > _REFERENCE_LENGTH_MAX:
        raise invalid(f"reference may have {_REFERENCE_LENGTH_MAX} characters")
    return text
