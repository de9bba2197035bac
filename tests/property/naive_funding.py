"""Funding in the naive exchange: may an order come, and which must go."""

from __future__ import annotations

from tests.property.naive_relief import NaiveRelief
from tests.property.naive_state import Extra, NaiveOrder, Refused, Standing
from tradepit.core.enums import CancelReason, Gives, Reject, Side


class NaiveFunding(NaiveRelief):
    def _check_funding(self, extra: Extra, *, beyond_cash: bool) -> None:
        """Reading: tokens are asked for only by an order that gives them; a rejection's `required` is the
        order at its limit with its fees, taken by itself."""
        place = extra.place
        before = self._needs(place.account, place.market)
        after = self._needs(place.account, place.market, extra)
        yes, no = self.held.get((place.account, place.market), (0, 0))
        if after.yes_promised > max(yes, before.yes_promised):
            raise Refused(Reject.INSUFFICIENT_TOKENS, yes, before.yes_promised, extra.lots)
        if after.no_promised > max(no, before.no_promised):
            raise Refused(Reject.INSUFFICIENT_TOKENS, no, before.no_promised, extra.lots)
        if self._lacks_cash(place.account, place.market, after, extra) or beyond_cash:
            alone = 0 if place.gives == Gives.TOKENS else extra.cost
            available = self._available(place.account, place.market)
            raise Refused(Reject.INSUFFICIENT_CASH, available, before.required, alone)

    def _recheck(self, account: str) -> None:
        markets = {order.place.market for order in self.orders if order.place.account == account}
        for market in sorted(markets, key=lambda name: (-self._needs(account, name).required, name)):
            while contributing := self._excess(account, market):
                self._end(max(contributing, key=lambda order: order.arrival), CancelReason.UNFUNDED)

    def _excess(self, account: str, market: str) -> list[NaiveOrder]:
        """The orders that make the account not fit in the market and can be cancelled; none when it fits.
        Reading: a delayed order counts in what is needed, but nothing cancels it before it is due."""
        needs = self._needs(account, market)
        yes, no = self.held.get((account, market), (0, 0))
        mine = [
            o
            for o in self.orders
            if (o.place.account, o.place.market) == (account, market) and o.standing is Standing.RESTING
        ]
        short = {Side.SELL: needs.yes_promised > yes, Side.BUY: needs.no_promised > no}
        giving = [o for o in mine if o.place.gives == Gives.TOKENS and short[o.place.side]]
        # Reading: where only delayed orders promise too much, the cash must still be enough for the rest.
        if giving or not self._lacks_cash(account, market, needs):
            return giving
        cash = self.cash.get(account, 0) - needs.token_cash
        buys, sells = cash - needs.net_buy_cash, cash - needs.net_sell_cash
        if account in self.relieved:
            buys, sells = self._slacks(account, market)
        over = {Side.BUY: buys < 0, Side.SELL: sells < 0}
        return [
            o
            for o in mine
            if o.place.gives == Gives.CASH or (o.place.gives == Gives.NET and over[o.place.side])
        ]
