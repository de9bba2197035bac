"""Demo money: every new account gets some, out of a real deposit, so that money stays conserved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from tradepit.core.units import CASH_PER_DOLLAR, LOTS_PER_SHARE, Cash, Quantity
from tradepit.doors.operator.service import OperatorService
from tradepit.engine.messages import MarketState

WELCOME_CASH: Final[Cash] = 10_000 * CASH_PER_DOLLAR
WELCOME_PAIRS: Final[Quantity] = 1_000 * LOTS_PER_SHARE


class Faucet:
    """Funds new accounts: cash for all, and for wallets also YES and NO of each of `markets`."""

    def __init__(
        self,
        service: OperatorService,
        markets: Iterable[str],
        *,
        cash: Cash = WELCOME_CASH,
        pairs: Quantity = WELCOME_PAIRS,
    ) -> None:
        self._service = service
        self._markets = frozenset(markets)
        self._cash = cash
        self._pairs = pairs
        self._one_at_a_time = asyncio.Lock()

    async def welcome(self, account: str) -> None:
        """Fund `account`, unless it holds something already: so a second call changes nothing.

        A US account gets cash only: its orders are net, and close an opposite position first, so that
        pairs would make its first purchase look like a sale.
        """
        async with self._one_at_a_time:
            view = await self._service.account(account)
            if view.cash or view.positions:
                return
            pairs = [] if account.startswith("firms/") else await self._open_markets()
            await self._service.fund(account, self._cash, [(market, self._pairs) for market in pairs])

    async def _open_markets(self) -> list[str]:
        return [
            view.listing.market
            for view in await self._service.markets()
            if view.listing.market in self._markets and view.state is MarketState.OPEN
        ]
