"""Trades that settle later, as the user channel tells of them: each change of a trade's status, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tradepit.doors.clob.wire.views import LogicalTrade, MakerFill
from tradepit.engine.messages import Event, TradeConfirmed, TradeFailed, TradeRetried
from tradepit.history.reader import TradeState

Change = tuple[LogicalTrade, tuple[str, ...]]
"""A trade as it is now, and the accounts to tell."""


class Settling:
    """The trades that have neither settled nor failed, by the numbers of their fills."""

    def __init__(self) -> None:
        self._trades: dict[int, tuple[LogicalTrade, MakerFill]] = {}

    def add(self, trade: LogicalTrade) -> None:
        """Remember a trade that has just been matched, or one of before this process began."""
        for maker in trade.makers:
            if maker.state in (TradeState.MATCHED, TradeState.RETRYING):
                self._trades[maker.number] = (trade, maker)

    def find(self, number: int) -> tuple[LogicalTrade, MakerFill] | None:
        """The trade that a fill belongs to, and the fill."""
        return self._trades.get(number)

    def follow(self, event: Event) -> Iterator[Change]:
        """Take in one event; yields what is to be told, to the accounts that it concerns.

        Where some fills of a trade fail, their makers hear of a failed trade that is their part alone.
        """
        match event:
            case TradeConfirmed():
                state = TradeState.CONFIRMED
            case TradeRetried():
                state = TradeState.RETRYING
            case TradeFailed():
                state = TradeState.FAILED
            case _:
                return
        known = self._trades.get(event.number)
        if known is None:
            return
        trade, fill = known
        if state is not TradeState.RETRYING:
            del self._trades[event.number]
        before = trade.status
        fill.state = state
        trade.updated_at = event.time
        if state is TradeState.FAILED and trade.status != "FAILED":
            yield replace(trade, makers=[fill]), (fill.account,)
            yield trade, _accounts(trade)
        elif trade.status != before:
            yield trade, _accounts(trade)


def _accounts(trade: LogicalTrade) -> tuple[str, ...]:
    """The accounts that the trade concerns: its makers and its taker."""
    return tuple(dict.fromkeys([*(maker.account for maker in trade.living()), trade.taker_account]))
