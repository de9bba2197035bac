"""The naive exchange's commands that are not orders: markets, money, credentials, guards."""

from __future__ import annotations

from fractions import Fraction

from tests.property.naive_matching import NaiveMatching
from tests.property.naive_state import NaiveMarket, NaiveOrder, Refused, Standing
from tradepit.core import limits
from tradepit.core.commands import (
    Claim,
    Command,
    CreateMarket,
    Deposit,
    Heartbeat,
    Merge,
    RegisterCredential,
    ResolveMarket,
    RevokeCredential,
    ScheduleMarket,
    SetKillSwitch,
    SetMarketState,
    SetTick,
    Split,
    Withdraw,
)
from tradepit.core.enums import CancelReason, ExpireReason, MarketState, Reject, TimeInForce
from tradepit.core.events import (
    Claimed,
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    HeartbeatLapsed,
    HeartbeatTaken,
    KillSwitchChanged,
    MarketCreated,
    MarketResolved,
    MarketScheduled,
    MarketStateChanged,
    PairsMerged,
    PairsSplit,
    PositionRedeemed,
    ResolutionWaiting,
    TickChanged,
    Withdrawn,
)
from tradepit.core.units import ONE


class NaiveAdministration(NaiveMatching):
    """Everything but orders."""

    _opened = ""
    """The market that opened in this block, whose stops may have been reached meanwhile."""

    def _administer(self, command: Command) -> None:
        match command:
            case CreateMarket():
                if command.market in self.markets:
                    raise Refused(Reject.ALREADY_EXISTS)
                if not _is_sound(command):
                    raise Refused(Reject.INVALID_VALUE)
                market = NaiveMarket(command, command.state, command.tick)
                self.markets[command.market] = market
                self.events.append(MarketCreated(self.time, command))
                for at, state in sorted(command.schedule, key=lambda change: change[0]):
                    market.schedule.append((at, self._stamp(), state))
            case SetMarketState():
                market = self._living(command.market)
                if command.state == MarketState.RESOLVED:
                    raise Refused(Reject.INVALID_VALUE)
                self._enter(market, command.state)
            case ScheduleMarket():
                market = self._living(command.market)
                if (
                    command.at <= self.time
                    or command.state in (MarketState.RESOLVED, MarketState.PENDING)
                    or len(market.schedule) == limits.TIMERS_PER_MARKET_MAX
                ):
                    raise Refused(Reject.INVALID_VALUE)
                market.schedule.append((command.at, self._stamp(), command.state))
                self.events.append(MarketScheduled(self.time, command.market, command.at, command.state))
            case SetTick():
                market = self._living(command.market)
                if not _is_tick(command.tick):
                    raise Refused(Reject.INVALID_VALUE)
                self.events.append(TickChanged(self.time, command.market, market.tick, command.tick))
                market.tick = command.tick
            case SetKillSwitch():
                self._switch(command)
            case Heartbeat():
                self._watch(command)
            case ResolveMarket():
                self._resolve(command)
            case Deposit():
                self._refuse_vaults(command.account)
                cash = self.cash.get(command.account, 0) + command.amount
                if command.amount <= 0 or cash > limits.CASH_MAX:
                    raise Refused(Reject.INVALID_VALUE)
                self.cash[command.account] = cash
                self.events.append(Deposited(self.time, command.account, command.amount, command.reference))
                self._accounts.append(command.account)
            case Withdraw():
                self._withdraw(command)
            case Split() | Merge():
                self._exchange_pairs(command)
            case RegisterCredential():
                self._refuse_vaults(command.account)
                if command.credential in self.credentials:
                    raise Refused(Reject.ALREADY_EXISTS)
                self.credentials[command.credential] = command
                self.events.append(
                    CredentialRegistered(
                        self.time, command.credential, command.account, command.kind, command.payload
                    )
                )
            case RevokeCredential():
                if command.credential not in self.credentials:
                    raise Refused(Reject.UNKNOWN_CREDENTIAL)
                gone = self.credentials.pop(command.credential)
                self.watches.pop(command.credential, None)
                self.events.append(CredentialRevoked(self.time, gone.credential, gone.account, gone.kind))
            case Claim():
                if command.until <= self.time:
                    raise Refused(Reject.INVALID_VALUE)
                if self.claims.get(command.key, 0) > self.time:
                    raise Refused(Reject.ALREADY_CLAIMED)
                self.claims[command.key] = command.until
                self.events.append(Claimed(self.time, command.key, command.until))
            case _:
                raise AssertionError(f"not an administrative command: {command}")

    def _enter(self, market: NaiveMarket, state: MarketState) -> None:
        """Another state: leaving a collecting one for one that does not collect holds the auction."""
        collected, name = market.collects, market.listing.market
        market.state = state
        self.events.append(MarketStateChanged(self.time, name, state))
        if collected and not market.collects:
            self._uncross(name)
        if state == MarketState.OPEN:
            self._opened = name
        if state == MarketState.CLOSED:
            days = [
                order
                for order in self.orders
                if order.place.market == name
                and order.place.time_in_force == TimeInForce.DAY
                and order.standing is not Standing.DELAYED
            ]
            for order in sorted(days, key=lambda order: order.arrival):
                self._remove(order)
                self._say_expired(order, ExpireReason.MARKET_CLOSED)

    def _switch(self, command: SetKillSwitch) -> None:
        """Reading: it needs exactly one of account and market; what a delay holds cannot be cancelled, and
        is refused when it is due."""
        if (command.account == "") == (command.market == ""):
            raise Refused(Reject.INVALID_VALUE)
        if command.market and command.market not in self.markets:
            raise Refused(Reject.UNKNOWN_MARKET)
        if command.market:
            self.markets[command.market].killed = command.on
        elif command.on:
            self.killed.add(command.account)
        else:
            self.killed.discard(command.account)
        self.events.append(KillSwitchChanged(self.time, command.account, command.market, command.on))
        if command.on:
            gone = [
                order
                for order in self.orders
                if (order.place.market == command.market or order.place.account == command.account)
                and order.standing is not Standing.DELAYED
            ]
            self._end_all(gone, CancelReason.KILL_SWITCH)

    def _watch(self, command: Heartbeat) -> None:
        if command.credential not in self.credentials:
            raise Refused(Reject.UNKNOWN_CREDENTIAL)
        if not 0 <= command.timeout_ns <= limits.HEARTBEAT_MAX_NS:
            raise Refused(Reject.INVALID_VALUE)
        due = self.time + command.timeout_ns if command.timeout_ns else 0
        if due:
            self.watches[command.credential] = (due, self._stamp())
        else:
            self.watches.pop(command.credential, None)
        self.events.append(HeartbeatTaken(self.time, command.credential, due))

    def _lapse(self, credential: str) -> None:
        del self.watches[credential]
        self.events.append(HeartbeatLapsed(self.time, credential))
        gone = [
            order
            for order in self.orders
            if order.place.credential == credential and order.standing is not Standing.DELAYED
        ]
        self._end_all(gone, CancelReason.HEARTBEAT)

    def _end_all(self, orders: list[NaiveOrder], reason: CancelReason) -> None:
        for order in sorted(orders, key=lambda order: order.arrival):
            self._end(order, reason)

    def _refuse_vaults(self, account: str) -> None:
        if account.startswith("vault/"):
            raise Refused(Reject.RESERVED_ACCOUNT)

    def _unresolved(self, name: str) -> NaiveMarket:
        market = self.markets.get(name)
        if market is None:
            raise Refused(Reject.UNKNOWN_MARKET)
        if market.state == MarketState.RESOLVED:
            raise Refused(Reject.ALREADY_RESOLVED)
        return market

    def _living(self, name: str) -> NaiveMarket:
        """A market that is not resolved, and whose resolution does not wait."""
        market = self._unresolved(name)
        if market.awaiting is not None:
            raise Refused(Reject.ALREADY_RESOLVED)
        return market

    def _resolve(self, command: ResolveMarket) -> None:
        self._living(command.market)
        if any(command.market in markets for markets in self.linked.values()):
            raise Refused(Reject.EVENT_MARKET)
        if not 0 <= command.payout <= ONE:
            raise Refused(Reject.INVALID_VALUE)
        if any(escrow.market == command.market for escrow in self.escrows):
            self._wait_to_pay_out(command.market, command.payout)
        else:
            self._pay_out(command.market, command.payout)

    def _wait_to_pay_out(self, name: str, payout: int) -> None:
        """Reading: nobody trades any more, but pairs may still be split and merged."""
        market = self.markets[name]
        market.awaiting, market.state, market.schedule = payout, MarketState.CLOSED, []
        self._end_all([o for o in self.orders if o.place.market == name], CancelReason.MARKET_RESOLVED)
        self.events.append(ResolutionWaiting(self.time, name, payout))

    def _pay_out(self, name: str, payout: int) -> None:
        market = self.markets[name]
        market.state, market.awaiting = MarketState.RESOLVED, None
        market.schedule = []
        gone = [o for o in self.orders if o.place.market == name]
        self._end_all(gone, CancelReason.MARKET_RESOLVED)
        self.events.append(MarketResolved(self.time, name, payout))
        for (account, where), (yes, no) in list(self.held.items()):
            if where == name and (yes or no):
                cash = payout * yes + (ONE - payout) * no
                self.cash[account] = self.cash.get(account, 0) + cash
                self.held[account, name] = (0, 0)
                self._touch_account(account, name)
                self.events.append(PositionRedeemed(self.time, account, name, yes, no, cash))

    def _withdraw(self, command: Withdraw) -> None:
        self._refuse_vaults(command.account)
        if command.amount <= 0:
            raise Refused(Reject.INVALID_VALUE)
        available = self._free_cash(command.account)
        if command.amount > available:
            raise Refused(Reject.INSUFFICIENT_CASH, available, required=command.amount)
        self.cash[command.account] -= command.amount
        self.events.append(Withdrawn(self.time, command.account, command.amount, command.reference))
        self._accounts.append(command.account)

    def _exchange_pairs(self, command: Split | Merge) -> None:
        """Reading: any market that is not resolved; only the holdings bound it, and what no longer fits
        afterwards is cancelled by the re-check."""
        market = self._unresolved(command.market)
        self._refuse_vaults(command.account)
        if not 0 < command.quantity <= limits.QUANTITY_MAX:
            raise Refused(Reject.INVALID_VALUE)
        if command.quantity % market.listing.quantity_step:
            raise Refused(Reject.QUANTITY_OFF_STEP)
        cash = self.cash.get(command.account, 0)
        yes, no = self.held.get((command.account, command.market), (0, 0))
        change = command.quantity
        if isinstance(command, Merge):
            if min(yes, no) < change:
                raise Refused(Reject.INSUFFICIENT_TOKENS, min(yes, no), required=change)
            change = -change
        elif ONE * change > cash:
            raise Refused(Reject.INSUFFICIENT_CASH, cash, required=ONE * change)
        self.cash[command.account] = cash - ONE * change
        self.held[command.account, command.market] = (yes + change, no + change)
        said = PairsSplit if isinstance(command, Split) else PairsMerged
        self.events.append(said(self.time, command.account, command.market, command.quantity))
        self._touch_account(command.account, command.market)


def subject_of(command: Command, reason: Reject) -> str:
    """Reading: a split or merge names its market where the market is at fault, else its account."""
    match command:
        case CreateMarket() | SetMarketState() | ResolveMarket() | ScheduleMarket() | SetTick():
            return command.market
        case Split() | Merge():
            market_fault = reason in (Reject.UNKNOWN_MARKET, Reject.ALREADY_RESOLVED)
            return command.market if market_fault else command.account
        case Deposit() | Withdraw():
            return command.account
        case SetKillSwitch():
            return command.account or command.market
        case RegisterCredential() | RevokeCredential() | Heartbeat():
            return command.credential
        case Claim():
            return command.key
        case _:
            raise AssertionError(f"names nothing: {command}")


def _is_sound(listing: CreateMarket) -> bool:
    """Whether a market may be listed."""
    fees = listing.fees
    return (
        _is_tick(listing.tick)
        and listing.quantity_step > 0
        and listing.minimum_quantity >= 0
        and (listing.maximum_quantity == 0 or listing.maximum_quantity >= listing.quantity_step)
        and all(0 <= price <= ONE for price in (listing.lowest_price, listing.highest_price))
        and 0 <= listing.edge <= ONE // 2
        and (listing.edge == 0 or _is_tick(listing.edge_tick))
        and 0 <= listing.delay_ns <= limits.DELAY_MAX_NS
        and listing.state != MarketState.RESOLVED
        and 0 < len(listing.market) <= limits.NAME_LENGTH_MAX
        and all(0 <= rate <= limits.RATE_PPM_MAX for rate in (fees.clob_rate_ppm, fees.us_taker_ppm))
        and 1 <= fees.clob_exponent <= limits.FEE_EXPONENT_MAX
        and 0 <= fees.clob_v1_bps <= limits.FEE_BPS_MAX
        and fees.us_maker_rebate_ppm >= 0
        and Fraction(fees.us_maker_rebate_ppm) <= Fraction(fees.us_taker_ppm, 2)
    )


def _is_tick(tick: int) -> bool:
    return 0 < tick <= ONE // 2 and ONE % tick == 0
