"""Trades that settle later in the naive exchange, and the accounts with margin relief."""

from __future__ import annotations

from msgspec.structs import replace

from tests.property.naive_events import NaiveEvents
from tests.property.naive_matching import Walk
from tests.property.naive_state import NaiveEscrow, NaiveOrder, Refused, Standing
from tradepit.core.commands import (
    Command,
    ConfirmTrade,
    FailTrade,
    PlaceOrder,
    RetryTrade,
    SetMarginRelief,
)
from tradepit.core.enums import CancelReason, Gives, OrderKind, Pricing, Reject
from tradepit.core.events import (
    CommandRejected,
    MarginReliefChanged,
    OrderCancelled,
    OrderRestored,
    OrderSettled,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
)


class NaiveEscrows(NaiveEvents):
    def _administer_or_refuse(self, command: Command) -> None:
        match command:
            case ConfirmTrade() | RetryTrade() | FailTrade():
                found = [escrow for escrow in self.escrows if escrow.number == command.trade]
                if not found:
                    self.events.append(CommandRejected(self.time, str(command.trade), Reject.UNKNOWN_TRADE))
                elif isinstance(command, ConfirmTrade):
                    self._confirm(found[0])
                elif isinstance(command, FailTrade):
                    self._fail(found[0])
                else:
                    self.events.append(TradeRetried(self.time, command.trade, found[0].market))
            case SetMarginRelief():
                try:
                    self._relieve(command)
                except Refused as no:
                    refusal = CommandRejected(self.time, command.account, no.reason, no.available)
                    self.events.append(refusal)
            case _:
                super()._administer_or_refuse(command)

    def _relieve(self, command: SetMarginRelief) -> None:
        account = command.account
        if account not in self.cash or account.startswith("vault/"):
            raise Refused(Reject.INVALID_VALUE)
        mine = [order for order in self.orders if order.place.account == account]
        if command.on and any(order.place.gives != Gives.NET for order in mine):
            raise Refused(Reject.CONFLICTING_TERMS)
        if not command.on and self.cash[account] < 0:
            raise Refused(Reject.INSUFFICIENT_CASH, self.cash[account])
        if command.on:
            self.relieved.add(account)
        else:
            self.relieved.discard(account)
        self.events.append(MarginReliefChanged(self.time, account, command.on))
        self._accounts.append(account)

    def _close(self, escrow: NaiveEscrow) -> None:
        """The trade is not unsettled any more."""
        for order, _ in escrow.sides():
            self._touch_account(order.place.account, escrow.market)
            self._settling.append((order.place.account, escrow.market))
        self.escrows.remove(escrow)

    def _confirm(self, escrow: NaiveEscrow) -> None:
        self._close(escrow)
        for order, changes in escrow.sides():
            self._put(order.place.account, escrow.market, *(max(0, change) for change in changes))
        self.fees[escrow.market] = self.fees.get(escrow.market, 0) + escrow.fees
        self.events.append(TradeConfirmed(self.time, escrow.number, escrow.market))
        self._say_settled(escrow.maker)
        self._say_settled(escrow.taker)
        self._resolve_if_awaited(escrow.market)

    def _fail(self, escrow: NaiveEscrow) -> None:
        self._close(escrow)
        for order, changes in escrow.sides():
            self._put(order.place.account, escrow.market, *(-min(0, change) for change in changes))
            order.filled -= escrow.quantity
            order.voided += escrow.quantity
        maker = escrow.maker
        place = replace(
            maker.place, kind=OrderKind.LIMIT, price=maker.price, pricing=Pricing.GIVEN, minimum_quantity=0
        )
        walk = self._walk_back(maker, place, escrow.quantity)
        self.events.append(TradeFailed(self.time, escrow.number, escrow.market, walk is not None))
        if walk is None:
            self._say_settled(maker)
        else:
            self._come_back(maker, place, escrow.quantity, walk)
        self._say_settled(escrow.taker)
        self._resolve_if_awaited(escrow.market)

    def _walk_back(self, maker: NaiveOrder, place: PlaceOrder, quantity: int) -> Walk | None:
        """What the order would do on coming back as a new arrival; None if it does not.

        Reading: from step 2, without the duplicate check; a client key that is another's by now is lost. An
        order that a delay holds, or that has ended, does not take its size back."""
        is_open = maker.standing is Standing.RESTING and self._is_open(maker)
        if not self.markets[place.market].listing.restores:
            return None
        if not is_open and maker.standing is not Standing.TRADED:
            return None
        before = list(self.orders)
        self.orders = [order for order in self.orders if order is not maker]
        try:
            self._permit(place)
            self._check_shape(place, is_open=is_open)
            walk = self._decide(place, quantity + (maker.remaining if is_open else 0))
        except Refused:
            return None
        finally:
            self.orders = before
        return None if walk.dies else walk

    def _come_back(self, maker: NaiveOrder, place: PlaceOrder, quantity: int, walk: Walk) -> None:
        if self._is_open(maker):
            self._remove(maker)
        elif any(order.place.client_key == place.client_key for order in self.orders):
            place = replace(place, client_key="")
        maker.place, maker.standing = place, Standing.RESTING
        maker.remaining += quantity
        maker.voided -= quantity
        self.events.append(
            OrderRestored(
                self.time,
                place.order_id,
                place.account,
                place.market,
                place.side,
                walk.limit,
                maker.remaining,
            )
        )
        self._go(maker, walk, may_delay=True)

    def _is_open(self, order: NaiveOrder) -> bool:
        return any(one is order for one in self.orders)

    def _say_settled(self, order: NaiveOrder) -> None:
        """The last word of an order that has traded in full, when nothing of it is unsettled."""
        if order.standing is not Standing.TRADED:
            return
        if any(order is one for escrow in self.escrows for one, _ in escrow.sides()):
            return
        order.standing = Standing.OVER
        place = order.place
        named = (self.time, place.order_id, place.account, place.market)
        if order.voided:
            reason = CancelReason.SETTLEMENT_FAILED
            self.events.append(OrderCancelled(*named, order.voided, reason))
        else:
            self.events.append(OrderSettled(*named, order.filled))

    def _resolve_if_awaited(self, name: str) -> None:
        payout = self.markets[name].awaiting
        if payout is None:
            return
        event = next((event for event, markets in self.linked.items() if name in markets), "")
        together = self.linked[event] if event else [name]
        if any(escrow.market in together for escrow in self.escrows):
            return
        if event:
            self._end_event(event, self.awaited.pop(event))
        else:
            self._pay_out(name, payout)
