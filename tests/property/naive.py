"""A second exchange, written from the rules alone: one list of open orders, and every sum, level and
priority worked out from that list each time it is needed.

It is slow, and it shares nothing with `tradepit.core` but the messages, the units and the limits, so what
the two agree on was reached twice. Where the rules leave the order of events or a number open, a comment
that starts with "Reading:" says which reading is taken.
"""

from __future__ import annotations

from fractions import Fraction

from tests.property.naive_matching import NaiveMatching
from tests.property.naive_state import NaiveMarket, NaiveOrder, Refused
from tradepit.core import limits
from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Claim,
    Command,
    CreateMarket,
    Deposit,
    Merge,
    PlaceOrder,
    RegisterCredential,
    ResolveMarket,
    RevokeCredential,
    SetMarketState,
    Split,
    Tick,
    Withdraw,
)
from tradepit.core.enums import (
    CancelReason,
    ExpireReason,
    Gives,
    MarketState,
    Reject,
    Side,
)
from tradepit.core.events import (
    CancelRejected,
    Claimed,
    CommandRejected,
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    Event,
    MarketCreated,
    MarketResolved,
    MarketStateChanged,
    OrderAccepted,
    OrderDelayed,
    OrderExpired,
    OrderRejected,
    PairsMerged,
    PairsSplit,
    PositionRedeemed,
    Withdrawn,
)
from tradepit.core.units import ONE

CANCEL_STATES = (MarketState.OPEN, MarketState.PRE_OPEN, MarketState.SUSPENDED)


class NaiveExchange(NaiveMatching):
    def apply(self, command: Command) -> list[Event]:
        self.events = []
        while (timer := self._next_timer()) is not None and timer[0] <= command.now:
            self.time = max(self.time, timer[0])
            self._begin()
            self._fire(timer[1])
            self._finish()
        self.time = max(self.time, command.now)
        self._begin()
        self._dispatch(command)
        self._finish()
        return self.events

    def _dispatch(self, command: Command) -> None:
        match command:
            case PlaceOrder():
                self._place(command)
            case CancelOrder():
                self._cancel(command)
            case CancelOrders():
                self._cancel_many(command)
            case Tick():
                pass
            case _:
                self._administer_or_refuse(command)

    def _administer_or_refuse(self, command: Command) -> None:
        try:
            self._administer(command)
        except Refused as no:
            subject = _subject(command, no.reason)
            self.events.append(CommandRejected(self.time, subject, no.reason, no.available, no.required))

    def _next_timer(self) -> tuple[int, NaiveOrder] | None:
        """The first due timer: by due time, then by creation. Reading: a delayed order has the timer of
        its delay only, and meets its own expiry when that is over."""
        timers = [(o.due or o.place.expires_at, o.arrival, o) for o in self.orders]
        due, _, order = min(
            (timer for timer in timers if timer[0]), default=(0, 0, None), key=lambda timer: timer[:2]
        )
        return None if order is None else (due, order)

    def _fire(self, order: NaiveOrder) -> None:
        place = order.place
        if not order.delayed:
            self._remove(order)
            self.events.append(
                OrderExpired(
                    self.time, place.order_id, place.account, place.market, order.remaining, ExpireReason.TIME
                )
            )
            return
        self.orders.remove(order)
        try:
            self._permit(place)
            self._check_shape(place)
            walk = self._walk(place)
            self._check_walk(place, walk)
        except Refused as refused:
            self._reject(place, refused)
            return
        self._match(place, walk)

    def _place(self, place: PlaceOrder) -> None:
        try:
            self._permit(place)
            self._check_shape(place)
            self._check_duplicate(place)
            walk = self._walk(place)
            self._check_walk(place, walk)
        except Refused as refused:
            self._reject(place, refused)
            return
        self.accepted.add((place.market, place.order_id))
        # Reading: who holds in a market is listed in order of the first order, split or fill there.
        self.held.setdefault((place.account, place.market), (0, 0))
        self.events.append(OrderAccepted(self.time, place))
        listing = self.markets[place.market].listing
        # Reading: marketable is what would trade now; to clear own orders out of the way is not trading.
        if listing.delay_ns and walk.filled and self._dies_at_once(place, walk) is None:
            due = self.time + listing.delay_ns
            self.orders.append(NaiveOrder(place, self._arrive(), place.quantity, due=due))
            self.events.append(OrderDelayed(self.time, place.order_id, place.account, place.market, due))
            return
        self._match(place, walk)

    def _reject(self, place: PlaceOrder, refused: Refused) -> None:
        self.events.append(
            OrderRejected(
                self.time, place, refused.reason, refused.available, refused.reserved, refused.required
            )
        )

    def _cancel(self, command: CancelOrder) -> None:
        for order in self.orders:
            if order.place.order_id == command.order_id and order.place.account == command.account:
                reason = self._cancel_refused(order)
                if reason is None:
                    self._end(order, CancelReason.OWNER)
                    return
                break
        else:
            reason = Reject.UNKNOWN_ORDER
        self.events.append(CancelRejected(self.time, command.order_id, command.account, reason))

    def _cancel_refused(self, order: NaiveOrder) -> Reject | None:
        if order.delayed:
            return Reject.ORDER_DELAYED
        return None if self.markets[order.place.market].state in CANCEL_STATES else Reject.MARKET_NOT_OPEN

    def _cancel_many(self, command: CancelOrders) -> None:
        """Reading: what cannot be cancelled now is passed over in silence."""
        for order in list(self.orders):
            place = order.place
            if (
                place.account == command.account
                and command.market in ("", place.market)
                and command.outcome in (0, names(place))
                and self._cancel_refused(order) is None
            ):
                self._end(order, CancelReason.OWNER)

    def _administer(self, command: Command) -> None:
        match command:
            case CreateMarket():
                if command.market in self.markets:
                    raise Refused(Reject.ALREADY_EXISTS)
                if not _is_sound(command):
                    raise Refused(Reject.INVALID_VALUE)
                self.markets[command.market] = NaiveMarket(command, command.state)
                self.events.append(MarketCreated(self.time, command))
            case SetMarketState():
                market = self._unresolved(command.market)
                if command.state == MarketState.RESOLVED:
                    raise Refused(Reject.INVALID_VALUE)
                market.state = command.state
                self.events.append(MarketStateChanged(self.time, command.market, command.state))
            case ResolveMarket():
                self._resolve(command)
            case Deposit():
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

    def _unresolved(self, name: str) -> NaiveMarket:
        market = self.markets.get(name)
        if market is None:
            raise Refused(Reject.UNKNOWN_MARKET)
        if market.state == MarketState.RESOLVED:
            raise Refused(Reject.ALREADY_RESOLVED)
        return market

    def _resolve(self, command: ResolveMarket) -> None:
        market = self._unresolved(command.market)
        if not 0 <= command.payout <= ONE:
            raise Refused(Reject.INVALID_VALUE)
        for order in [o for o in self.orders if o.place.market == command.market]:
            self._touch_account(order.place.account, command.market)
            self._end(order, CancelReason.MARKET_RESOLVED)
        market.state = MarketState.RESOLVED
        self.events.append(MarketResolved(self.time, command.market, command.payout))
        for (account, name), (yes, no) in list(self.held.items()):
            if name == command.market and (yes or no):
                cash = command.payout * yes + (ONE - command.payout) * no
                self.cash[account] = self.cash.get(account, 0) + cash
                self.held[account, name] = (0, 0)
                self._touch_account(account, name)
                self.events.append(PositionRedeemed(self.time, account, name, yes, no, cash))

    def _withdraw(self, command: Withdraw) -> None:
        if command.amount <= 0:
            raise Refused(Reject.INVALID_VALUE)
        markets = {order.place.market for order in self.orders if order.place.account == command.account}
        largest = max((self._needs(command.account, name).required for name in markets), default=0)
        available = self.cash.get(command.account, 0) - largest
        if command.amount > available:
            raise Refused(Reject.INSUFFICIENT_CASH, available, required=command.amount)
        self.cash[command.account] -= command.amount
        self.events.append(Withdrawn(self.time, command.account, command.amount, command.reference))
        self._accounts.append(command.account)

    def _exchange_pairs(self, command: Split | Merge) -> None:
        """Reading: any market that is not resolved; only the holdings bound it, and what no longer fits
        afterwards is cancelled by the re-check."""
        market = self._unresolved(command.market)
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


def names(order: PlaceOrder) -> int:
    """1 for YES, 2 for NO. Reading: a net order names neither."""
    if order.gives == Gives.NET:
        return 0
    return 1 if (order.side == Side.BUY) == (order.gives == Gives.CASH) else 2


def _subject(command: Command, reason: Reject) -> str:
    """Reading: a split or merge names its market where the market is at fault, else its account."""
    match command:
        case CreateMarket() | SetMarketState() | ResolveMarket():
            return command.market
        case Split() | Merge():
            market_fault = reason in (Reject.UNKNOWN_MARKET, Reject.ALREADY_RESOLVED)
            return command.market if market_fault else command.account
        case Deposit() | Withdraw():
            return command.account
        case RegisterCredential() | RevokeCredential():
            return command.credential
        case Claim():
            return command.key
        case _:
            raise AssertionError(f"names nothing: {command}")


def _is_sound(listing: CreateMarket) -> bool:
    """Whether a market may be listed."""
    fees = listing.fees
    return (
        0 < listing.tick < ONE
        and ONE % listing.tick == 0
        and listing.quantity_step > 0
        and listing.minimum_quantity >= 0
        and 0 <= listing.delay_ns <= limits.DELAY_MAX_NS
        and listing.state != MarketState.RESOLVED
        and 0 < len(listing.market) <= limits.NAME_LENGTH_MAX
        and all(0 <= rate <= limits.RATE_PPM_MAX for rate in (fees.clob_rate_ppm, fees.us_taker_ppm))
        and 1 <= fees.clob_exponent <= limits.FEE_EXPONENT_MAX
        and 0 <= fees.clob_v1_bps <= limits.FEE_BPS_MAX
        and fees.us_maker_rebate_ppm >= 0
        and Fraction(fees.us_maker_rebate_ppm) <= Fraction(fees.us_taker_ppm, 2)
    )
