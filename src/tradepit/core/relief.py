"""Margin relief: short positions of one event cannot all lose (docs/core.md, "Margin relief")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tradepit.core.linked import LinkedMarkets
from tradepit.core.units import ONE, Cash, Quantity

if TYPE_CHECKING:
    from tradepit.core.ledger import Account


class Relief:
    """What the short positions of one account are worth at least, event by event.

    Shorts s1..sn (NO lots) in the markets of one event, of which exactly one ends YES, pay at least
    ONE x (sum - largest). That credit counts as cash for orders outside the event, so the account's cash
    may go down to minus the credit. `total` is the sum over events.
    """

    __slots__ = ("_account", "_credits", "_event_of", "total")

    def __init__(self, account: Account, event_of: Mapping[str, LinkedMarkets]) -> None:
        self._account = account
        self._event_of = event_of
        self._credits: dict[str, Cash] = {}
        self.total: Cash = 0
        for market in account.holdings:
            self.update(market)

    def update(self, market: str) -> None:
        """Value the event of this market anew, whose NO has changed. O(markets of the event)."""
        linked = self._event_of.get(market)
        if linked is None:
            return
        credit = self._credit(linked, {})
        self.total += credit - self._credits.get(linked.name, 0)
        self._credits[linked.name] = credit

    def outside(self, market: str) -> Cash:
        """The credit that orders in this market may use: that of all other events."""
        linked = self._event_of.get(market)
        return self.total if linked is None else self.total - self._credits.get(linked.name, 0)

    def drop(self, fewer: Mapping[str, Quantity]) -> Cash:
        """How much credit is lost with so many NO lots fewer in some markets of one event."""
        linked = next((self._event_of[market] for market in fewer if market in self._event_of), None)
        return 0 if linked is None else self._credits.get(linked.name, 0) - self._credit(linked, fewer)

    def _credit(self, linked: LinkedMarkets, fewer: Mapping[str, Quantity]) -> Cash:
        if linked.is_resolved:
            return 0
        shorts = [
            holding.no - fewer.get(market, 0)
            for market in linked.markets
            if (holding := self._account.holdings.get(market)) is not None
        ]
        return ONE * (sum(shorts) - max(shorts)) if shorts else 0

    def check(self) -> None:
        """Value everything afresh; raises AssertionError. O(events x markets)."""
        fresh = Relief(self._account, self._event_of)
        assert self.total == fresh.total, "a credit is not what the shorts are worth"
        assert self._account.cash >= -self.total, "cash is below minus the credit"
