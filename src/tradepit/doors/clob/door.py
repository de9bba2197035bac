"""What the rooms of this door share: the port, the projections, the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tradepit.core.units import Timestamp
from tradepit.doors.clob import auth
from tradepit.doors.clob.delays import Delays
from tradepit.doors.clob.feed import Feed
from tradepit.doors.clob.markets import MARKET_EVENTS, Markets
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.messages import GetAccount, GetBook, ListMarkets, Outcome
from tradepit.engine.port import Port
from tradepit.history.reader import History
from tradepit.identity.wallets import WalletKey, Wallets

Welcome = Callable[[str], Awaitable[None]]


class Door:
    """The state of the CLOB door. It is all projection: a new one built from the port is the same."""

    def __init__(
        self,
        port: Port,
        wallets: Wallets,
        history: History,
        settings: ClobSettings,
        welcome: Welcome | None,
    ) -> None:
        self.port = port
        self.wallets = wallets
        self.history = history
        self.settings = settings
        self.profile = settings.behaviour
        self.markets = Markets()
        self.delays = Delays()
        self.feed = Feed(self.markets, wallets, port, settings)
        self._welcome = welcome
        self._welcomed: set[str] = set()
        self._starting: asyncio.Task[None] | None = None
        self._stop_listening: Callable[[], None] | None = None
        self._backlog: list[Outcome] | None = None

    async def start(self) -> None:
        """Load the markets and follow the exchange; further calls wait for the first."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        # Listen first and load then: what happens meanwhile waits, and says absolute values, so that
        # hearing of it twice does no harm.
        self._backlog = []
        self._stop_listening = self.port.listen(self._hear)
        views = await self.port.query(ListMarkets())
        self.markets.load(views)
        for listing in self.markets.all():
            book = await self.port.query(GetBook(listing.slug))
            if book is not None:
                self.feed.load_book(book)
        backlog, self._backlog = self._backlog, None
        for outcome in backlog:
            self._hear(outcome)
        self.feed.start()

    async def stop(self) -> None:
        """Hear no more, and close every stream."""
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        await self.feed.stop()

    def _hear(self, outcome: Outcome) -> None:
        if self._backlog is not None:
            self._backlog.append(outcome)
            return
        for event in outcome.events:
            if type(event) in MARKET_EVENTS:
                self.markets.apply(event)
        self.delays.hear(outcome)
        self.feed.hear(outcome)

    def authenticate(self, headers: auth.Headers, method: str, path: str, body: bytes) -> WalletKey:
        """The API key that sent a request; raises `ApiError`."""
        return auth.authenticate_key(
            headers, method, path, body, self.wallets, self.port.now(), self.settings.timestamp_window_s
        )

    def authenticate_wallet(self, headers: auth.Headers) -> auth.WalletClaim:
        """The wallet that sent a request; raises `ApiError`."""
        return auth.authenticate_wallet(headers, self.port.now(), self.settings.timestamp_window_s)

    def now(self) -> Timestamp:
        """The exchange's time."""
        return self.port.now()

    async def welcome(self, account: str) -> None:
        """Fund an account that the exchange has never seen, where the sandbox says how."""
        if self._welcome is None or account in self._welcomed:
            return
        self._welcomed.add(account)
        if not (await self.port.query(GetAccount(account))).known:
            await self._welcome(account)

    async def welcome_first_key(self, account: str) -> None:
        """Fund the account of a wallet whose first key was just made."""
        if self._welcome is not None and account not in self._welcomed:
            self._welcomed.add(account)
            await self._welcome(account)
