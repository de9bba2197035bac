"""Margin relief in the naive exchange: what the shorts of an account are worth however their event ends."""

from __future__ import annotations

from tests.property.naive_state import Extra, NaiveState, Needs
from tradepit.core.units import ONE


class NaiveRelief(NaiveState):
    def _credit(self, account: str, *, but: str = "", closed: tuple[str, int] = ("", 0)) -> int:
        """The least that the NO of every event pays, whichever market of it ends YES; without the event of
        the market `but`, and as if so many lots of one market were closed already."""
        total = 0
        for name, markets in self.linked.items():
            if account not in self.relieved or name in self.ended or but in markets:
                continue
            shorts = {market: self.held.get((account, market), (0, 0))[1] for market in markets}
            if closed[0] in shorts:
                shorts[closed[0]] -= closed[1]
            total += min(
                ONE * sum(shorts[loser] for loser in markets if loser != winner) for winner in markets
            )
        return total

    def _available(self, account: str, market: str) -> int:
        """What orders of this market may use: cash, and the credit of other events."""
        return self.cash.get(account, 0) + self._credit(account, but=market)

    def _slacks(self, account: str, market: str, extra: Extra | None = None) -> tuple[int, int]:
        """By how much the net buys, and the net sells, fit; below zero they do not.

        Whatever needs cash needs it without the credit of its own event. And when all buys have filled, the
        cash must not be below minus the credit that is left then.
        """
        needs, cash = self._needs(account, market, extra), self.cash.get(account, 0)
        no = self.held.get((account, market), (0, 0))[1]
        closed = min(needs.net_buys, no)
        after = cash - needs.token_cash - needs.net_buy_cost + ONE * closed
        buys = after + self._credit(account, closed=(market, closed))
        sells = cash + self._credit(account)
        available = self._available(account, market)
        if needs.token_cash + needs.net_buy_cash:
            buys = min(buys, available - needs.token_cash - needs.net_buy_cash)
        if needs.token_cash + needs.net_sell_cash:
            sells = available - needs.token_cash - needs.net_sell_cash
        return buys, sells

    def _lacks_cash(self, account: str, market: str, needs: Needs, extra: Extra | None = None) -> bool:
        if account in self.relieved:
            return min(self._slacks(account, market, extra)) < 0
        return needs.required > self.cash.get(account, 0)

    def _free_cash(self, account: str) -> int:
        """What may be withdrawn."""
        cash = self.cash.get(account, 0)
        markets = {order.place.market for order in self.orders if order.place.account == account}
        if account in self.relieved:
            return max(0, min([cash, *(min(self._slacks(account, name)) for name in markets)]))
        largest = max((self._needs(account, name).required for name in markets), default=0)
        return max(0, cash - largest)
