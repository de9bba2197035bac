"""What a position cost and has earned, from the account's trades: average cost, in notional units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from tradepit.core.units import Cash, Quantity, Timestamp
from tradepit.doors.us.listings import round_half_even
from tradepit.doors.us.times import trade_date
from tradepit.engine.messages import Side
from tradepit.history.reader import History, TradeFilter, TradeRecord

_PAGE = 1_000


@dataclass(slots=True)
class CostBasis:
    """One account in one market. `cost` is of the open position and negative for a short; fees are apart.

    `realized` is what closing earned: proceeds less average cost, half-even to the micro-dollar.
    `day_start` is the net position when the trading day `day` began.
    """

    net: Quantity = 0
    bought: Quantity = 0
    sold: Quantity = 0
    cost: Cash = 0
    realized: Cash = 0
    last_trade: int = 0
    updated_at: Timestamp = 0
    day: date = date.min
    day_start: Quantity = 0

    def take(self, trade: TradeRecord, account: str) -> None:
        """Count a trade, once, for each side of it that is the account's."""
        if trade.number <= self.last_trade:
            return
        day = trade_date(trade.time)
        if day > self.day:
            self.day, self.day_start = day, self.net
        self.last_trade, self.updated_at = trade.number, trade.time
        for order in (trade.taker, trade.maker):
            if order.account == account:
                self._trade(order.side, trade.price, trade.quantity)

    def start_of_day(self, now: Timestamp) -> Quantity:
        """The net position when the trading day of `now` began."""
        return self.net if trade_date(now) > self.day else self.day_start

    def _trade(self, side: Side, price: int, quantity: Quantity) -> None:
        direction = 1 if side is Side.BUY else -1
        if direction > 0:
            self.bought += quantity
        else:
            self.sold += quantity
        closing = min(quantity, abs(self.net)) if self.net * direction < 0 else 0
        if closing:
            released = round_half_even(self.cost * closing, abs(self.net))
            self.realized -= direction * price * closing + released
            self.cost -= released
            self.net += direction * closing
        opening = quantity - closing
        self.cost += direction * price * opening
        self.net += direction * opening


class CostBases:
    """The cost bases that were asked for, each kept and brought up to date by the trades since."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._bases: dict[tuple[str, str], CostBasis] = {}

    async def get(self, account: str, market: str) -> CostBasis:
        """The basis as history shows it now. O(trades since it was asked for last)."""
        basis = self._bases.setdefault((account, market), CostBasis())
        asked = TradeFilter(account=account, market=market, newest_first=False, limit=_PAGE)
        while True:
            trades = await self._history.trades(msgspec.structs.replace(asked, after=basis.last_trade))
            for trade in trades:
                basis.take(trade, account)
            if len(trades) < _PAGE:
                return basis
