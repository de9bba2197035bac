"""The naive exchange's neg-risk events: link, convert, resolve as a whole."""

from __future__ import annotations

from tests.property.naive_administration import NaiveAdministration, subject_of
from tests.property.naive_state import Refused
from tradepit.core import limits
from tradepit.core.commands import Command, Convert, CreateEvent, ResolveEvent
from tradepit.core.enums import MarketState, Reject
from tradepit.core.events import CommandRejected, Converted, EventCreated, EventResolved
from tradepit.core.units import ONE


class NaiveEvents(NaiveAdministration):
    def _administer_or_refuse(self, command: Command) -> None:
        subject = getattr(command, "event", "")
        try:
            match command:
                case CreateEvent():
                    subject = self._first_bad(command) or subject
                    self._link(command)
                case Convert():
                    if command.event in self.linked and not self._is_ending(command.event):
                        subject = command.account
                    self._convert(command)
                case ResolveEvent():
                    self._resolve_event(command)
                case _:
                    self._administer(command)
        except Refused as no:
            subject = subject or subject_of(command, no.reason)
            self.events.append(CommandRejected(self.time, subject, no.reason, no.available, no.required))

    def _first_bad(self, command: CreateEvent) -> str:
        """Reading: a refusal names the market that is at fault, where one is."""
        if command.event in self.linked or not 2 <= len(command.markets) <= limits.EVENT_MARKETS_MAX:
            return ""
        if len(set(command.markets)) < len(command.markets):
            return ""
        return next((name for name in command.markets if self._unfit(name) is not None), "")

    def _unfit(self, name: str) -> Reject | None:
        if name not in self.markets:
            return Reject.UNKNOWN_MARKET
        if self.markets[name].state == MarketState.RESOLVED or self.markets[name].awaiting is not None:
            return Reject.ALREADY_RESOLVED
        if any(name in markets for markets in self.linked.values()):
            return Reject.EVENT_MARKET
        return None

    def _link(self, command: CreateEvent) -> None:
        if command.event in self.linked:
            raise Refused(Reject.ALREADY_EXISTS)
        if len(command.markets) < 2 or len(set(command.markets)) < len(command.markets):
            raise Refused(Reject.INVALID_VALUE)
        for name in command.markets:
            unfit = self._unfit(name)
            if unfit is not None:
                raise Refused(unfit)
        self.linked[command.event] = command.markets
        self.events.append(EventCreated(self.time, command.event, command.markets))

    def _is_ending(self, name: str) -> bool:
        return name in self.ended or name in self.awaited

    def _live_event(self, name: str) -> list[str]:
        if name not in self.linked:
            raise Refused(Reject.UNKNOWN_EVENT)
        if self._is_ending(name):
            raise Refused(Reject.ALREADY_RESOLVED)
        return self.linked[name]

    def _convert(self, command: Convert) -> None:
        """By the letter: the vault takes the NO, splits pairs in the other markets, keeps their NO, hands
        over their YES and pays the cash."""
        markets = self._live_event(command.event)
        account, vault, quantity = command.account, f"vault/{command.event}", command.quantity
        self._refuse_vaults(account)
        given = command.markets
        if not given or len(set(given)) < len(given) or set(given) - set(markets):
            raise Refused(Reject.INVALID_VALUE)
        if not 0 < quantity <= limits.QUANTITY_MAX:
            raise Refused(Reject.INVALID_VALUE)
        if any(quantity % self.markets[name].listing.quantity_step for name in markets):
            raise Refused(Reject.QUANTITY_OFF_STEP)
        available = min(self.held.get((account, name), (0, 0))[1] for name in given)
        if available < quantity:
            raise Refused(Reject.INSUFFICIENT_TOKENS, available, required=quantity)
        paid = (len(given) - 1) * ONE * quantity
        if account in self.relieved:
            free = self.cash[account] + self._credit(account) + paid
            lost = self._credit(account) - self._credit_without(account, given, quantity)
            if lost > free:
                raise Refused(Reject.INSUFFICIENT_CASH, free, required=lost)
        self.events.append(Converted(self.time, account, command.event, given, quantity, paid))
        self._give(account, markets[0], paid, 0, 0)
        self._give(vault, markets[0], -paid, 0, 0)
        for name in markets:
            if name in given:
                self._give(account, name, 0, 0, -quantity)
                self._give(vault, name, 0, 0, quantity)
            else:
                self._give(account, name, 0, quantity, 0)
                self._give(vault, name, -ONE * quantity, quantity, quantity)
                self._give(vault, name, 0, -quantity, 0)

    def _credit_without(self, account: str, markets: list[str], quantity: int) -> int:
        """What the credit is when so much NO of each market is given away."""
        before = dict(self.held)
        for name in markets:
            self._put(account, name, 0, 0, -quantity)
        credit = self._credit(account)
        self.held = before
        return credit

    def _give(self, account: str, market: str, cash: int, yes: int, no: int) -> None:
        self._put(account, market, cash, yes, no)
        self._touch_account(account, market)

    def _resolve_event(self, command: ResolveEvent) -> None:
        markets = self._live_event(command.event)
        if len(command.payouts) != len(markets) or min(command.payouts) < 0 or sum(command.payouts) != ONE:
            raise Refused(Reject.INVALID_VALUE)
        if any(escrow.market in markets for escrow in self.escrows):
            self.awaited[command.event] = command.payouts
            for name, payout in zip(markets, command.payouts, strict=True):
                self._wait_to_pay_out(name, payout)
        else:
            self._end_event(command.event, command.payouts)

    def _end_event(self, event: str, payouts: list[int]) -> None:
        self.ended.add(event)
        self.events.append(EventResolved(self.time, event, payouts))
        for name, payout in zip(self.linked[event], payouts, strict=True):
            self._pay_out(name, payout)
