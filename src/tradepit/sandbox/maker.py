"""The house maker: keeps a two-sided book in every demo market, and writes nothing while it is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from tradepit.core.units import CASH_PER_DOLLAR, Cash, Price
from tradepit.doors.operator.service import OperatorService
from tradepit.engine.messages import (
    BookView,
    CancelOrder,
    Command,
    GetBook,
    Gives,
    LevelChanged,
    ListOpenOrders,
    MarketState,
    MarketStateChanged,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderView,
    Outcome,
    PlaceOrder,
    Side,
)
from tradepit.engine.port import Port, Unavailable
from tradepit.sandbox.demo import Ladder

MAKER_ACCOUNT: Final = "house/maker"
_FUNDS: Final[Cash] = 10_000_000 * CASH_PER_DOLLAR
_log = structlog.get_logger(__name__)


class HouseMaker:
    """Quotes `ladders` (by market) as net orders of `house/maker`.

    A level is renewed once less than half of it is left. The maker looks at a market only after its own
    orders there traded or were cancelled, after a change of the market's state, or, while someone else's
    order is in the way of a level, after a change of the book; and `debounce` seconds later at the earliest.
    """

    def __init__(
        self,
        port: Port,
        ladders: Mapping[str, Ladder],
        *,
        new_order_id: Callable[[], bytes],
        debounce: float = 0.2,
    ) -> None:
        self._port = port
        self._service = OperatorService(port)
        self._ladders = dict(ladders)
        self._new_order_id = new_order_id
        self._debounce = debounce
        self._due: set[str] = set()
        self._blocked: set[str] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stop_listening: Callable[[], None] | None = None

    async def start(self) -> None:
        """Fund the maker if need be, put all quotes in, and keep them from now on."""
        if (await self._service.account(MAKER_ACCOUNT)).cash < _FUNDS // 2:
            await self._service.deposit(MAKER_ACCOUNT, _FUNDS, "house maker")
        self._stop_listening = self._port.listen(self._hear)
        for market in self._ladders:
            await self._renew(market)
        self._task = asyncio.create_task(self._run(), name="house maker")

    async def stop(self) -> None:
        """End the upkeep; the quotes stay in the book."""
        if self._stop_listening is not None:
            self._stop_listening()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _hear(self, outcome: Outcome) -> None:
        for event in outcome.events:
            match event:
                case (
                    OrderFilled(account=account, market=market)
                    | OrderCancelled(account=account, market=market)
                ):
                    if account == MAKER_ACCOUNT:
                        self._mark(market)
                case MarketStateChanged(market=market, state=MarketState.OPEN):
                    self._mark(market)
                case LevelChanged(market=market) if market in self._blocked:
                    self._mark(market)
                case _:
                    pass

    def _mark(self, market: str) -> None:
        if market in self._ladders:
            self._due.add(market)
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._debounce)
            self._wake.clear()
            due, self._due = sorted(self._due), set()
            for market in due:
                try:
                    await self._renew(market)
                except Unavailable:
                    return
                except Exception:
                    # One market's trouble must not take the quotes of the others with it.
                    _log.exception("house_maker_failed", market=market)

    async def _renew(self, market: str) -> None:
        """Bring the maker's orders in `market` back to the ladder; writes nothing if they are on it."""
        book = await self._port.query(GetBook(market, depth=1))
        if book is None or book.state is not MarketState.OPEN:
            return
        orders = await self._port.query(ListOpenOrders(MAKER_ACCOUNT, market))
        commands, blocked = self._plan(market, book, orders)
        if blocked:
            self._blocked.add(market)
        else:
            self._blocked.discard(market)
        if commands:
            for outcome in await self._port.submit_many(commands):
                _report_refusal(market, outcome)

    def _plan(self, market: str, book: BookView, orders: list[OrderView]) -> tuple[list[Command], bool]:
        """The commands that restore the ladder, and whether someone's order keeps a level out."""
        ladder = self._ladders[market]
        now = self._port.now()
        best_bid = book.bids[0][0] if book.bids else 0
        best_ask = book.asks[0][0] if book.asks else 10_000
        wanted = [(Side.BUY, price) for price in ladder.bids()]
        wanted += [(Side.SELL, price) for price in ladder.asks()]
        cancels: list[Command] = []
        kept: set[tuple[Side, Price]] = set()
        for order in orders:
            level = (order.order.side, order.order.price)
            if level in wanted and level not in kept and 2 * order.remaining >= ladder.quantity:
                kept.add(level)
            else:
                cancels.append(CancelOrder(now=now, account=MAKER_ACCOUNT, order_id=order.order.order_id))
        places: list[Command] = []
        blocked = False
        for side, price in wanted:
            if (side, price) in kept:
                continue
            if price >= best_ask if side is Side.BUY else price <= best_bid:
                blocked = True
                continue
            places.append(
                PlaceOrder(
                    now=now,
                    order_id=self._new_order_id(),
                    account=MAKER_ACCOUNT,
                    market=market,
                    side=side,
                    gives=Gives.NET,
                    price=price,
                    quantity=ladder.quantity,
                    post_only=True,
                )
            )
        return cancels + places, blocked


def _report_refusal(market: str, outcome: Outcome) -> None:
    for event in outcome.events:
        if isinstance(event, OrderRejected):
            _log.warning("house_quote_refused", market=market, reason=event.reason.name)
