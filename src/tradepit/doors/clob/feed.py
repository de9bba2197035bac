"""The WebSocket channels: who reads what, and the fan-out of each outcome to them.

A frame is encoded once and put into each reader's bounded queue; the fan-out gives way to the loop every
few dozen puts. Rules: docs/protocol/clob.md, "WebSocket".
"""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec
import structlog

from tradepit.doors.clob.connection import (
    CLOSE_GOING_AWAY,
    CLOSE_NORMAL,
    CLOSE_POLICY,
    Connection,
    Message,
    Receive,
    Send,
)
from tradepit.doors.clob.markets import Markets
from tradepit.doors.clob.settings import ClobSettings
from tradepit.doors.clob.wire.market_frames import MarketFrames, encode_frame
from tradepit.doors.clob.wire.mirror import BookMirror
from tradepit.doors.clob.wire.user_frames import UserFrames
from tradepit.doors.clob.wire.views import LogicalTrade
from tradepit.engine.messages import (
    BookView,
    Event,
    LevelChanged,
    ListOpenOrders,
    OrderFilled,
    Outcome,
    TickChanged,
    Trade,
)
from tradepit.engine.port import Port
from tradepit.identity.wallets import WalletKey, Wallets

_PUTS_BETWEEN_YIELDS: Final = 48
_BOOK_EVENTS: Final[frozenset[type[Event]]] = frozenset({LevelChanged, TickChanged, Trade})
_log = structlog.get_logger(__name__)


class _Auth(msgspec.Struct):
    apiKey: str = ""
    secret: str = ""
    passphrase: str = ""


class _Request(msgspec.Struct):
    """Any frame of a client; `operation` is missing on first frames, and on later ones of some bots."""

    type: str = ""
    operation: str = ""
    assets_ids: list[str] | None = None
    markets: list[str] | None = None
    initial_dump: bool = True
    auth: _Auth | None = None


_decode = msgspec.json.Decoder(_Request, strict=False).decode


class _UserReader:
    """The conditions that a user connection wants to hear of; None for all."""

    def __init__(self, conditions: set[str] | None) -> None:
        self.conditions = conditions


class Feed:
    """All readers of both channels. The books that the frames show are the feed's own mirrors."""

    def __init__(self, markets: Markets, wallets: Wallets, port: Port, settings: ClobSettings) -> None:
        self._markets = markets
        self._wallets = wallets
        self._port = port
        self._settings = settings
        self._mirrors: dict[str, BookMirror] = {}
        self._users = UserFrames(markets, wallets)
        self._connections: set[Connection] = set()
        self._by_token: dict[str, set[Connection]] = {}
        self._by_account: dict[str, dict[Connection, _UserReader]] = {}
        self._pending: deque[Outcome] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def load_book(self, book: BookView) -> None:
        """Take in one book at start."""
        if (mirror := self._mirror(book.market)) is not None:
            mirror.load(book)

    def remember(self, trade: LogicalTrade) -> None:
        """Take in a trade of before this process began, which has not settled yet."""
        self._users.settling.add(trade)

    def start(self) -> None:
        """Begin to fan out."""
        self._task = asyncio.create_task(self._run(), name="clob-feed")

    async def stop(self) -> None:
        """Close every connection and end the fan-out."""
        for connection in self._connections:
            connection.close(CLOSE_GOING_AWAY)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def hear(self, outcome: Outcome) -> None:
        """Follow one outcome; without readers that is only the books.

        Where trades settle later, each is remembered until then, for readers who come meanwhile.
        """
        quiet = not self._by_token and not self._by_account and not self._markets.any_defers
        if quiet and not self._pending:
            for event in outcome.events:
                if type(event) in _BOOK_EVENTS:
                    self._follow(event)
            return
        self._pending.append(outcome)
        self._wake.set()

    def _follow(self, event: Event) -> None:
        """Keep the books."""
        if isinstance(event, LevelChanged):
            if (mirror := self._mirror(event.market)) is not None:
                mirror.apply(event)
        elif isinstance(event, TickChanged):
            if (mirror := self._mirror(event.market)) is not None:
                mirror.set_tick(event.new)
        elif isinstance(event, Trade) and (mirror := self._mirror(event.market)) is not None:
            mirror.trade(event)

    def _mirror(self, market: str) -> BookMirror | None:
        mirror = self._mirrors.get(market)
        if mirror is None and (listing := self._markets.by_slug(market)) is not None:
            mirror = self._mirrors[market] = BookMirror(listing)
        return mirror

    async def _run(self) -> None:
        puts = 0
        while True:
            self._wake.clear()
            while self._pending:
                # It stays in the queue until it is told, so that a later outcome cannot overtake it.
                outcome = self._pending[0]
                try:
                    for readers, frame in self._frames(outcome):
                        for connection in readers:
                            connection.put(frame)
                            puts += 1
                            if puts % _PUTS_BETWEEN_YIELDS == 0:
                                await asyncio.sleep(0)
                except Exception as error:
                    # A bug in one frame must not silence the feed for everybody else.
                    trace = "".join(traceback.format_exception(error))
                    _log.error("frame_failed", sequence=outcome.sequence, trace=trace)
                self._pending.popleft()
                await asyncio.sleep(0)
            await self._wake.wait()

    def _frames(self, outcome: Outcome) -> Iterable[tuple[list[Connection], str]]:
        markets: dict[str, MarketFrames] = {}
        trade: Trade | None = None
        for event in outcome.events:
            self._follow(event)
            if isinstance(event, Trade):
                trade = event
            elif isinstance(event, LevelChanged | OrderFilled | TickChanged):
                frames = self._market(markets, event.market, outcome)
                if frames is None:
                    continue
                if isinstance(event, LevelChanged):
                    frames.levels.append(event)
                elif isinstance(event, TickChanged):
                    frames.ticks.append(event)
                else:
                    frames.follow_fill(trade, event)
        for market in markets.values():
            for tokens, frame in market.frames(self._by_token.__contains__):
                yield (
                    list({reader: None for token in tokens for reader in self._by_token.get(token, ())}),
                    frame,
                )
        if self._by_account or self._markets.any_defers:
            for message in self._users.frames(outcome, self._by_account.__contains__):
                readers = [
                    connection
                    for connection, reader in self._by_account.get(message.account, {}).items()
                    if reader.conditions is None or message.listing.condition_id.lower() in reader.conditions
                ]
                if readers:
                    yield readers, encode_frame(message.body)

    def _market(self, markets: dict[str, MarketFrames], slug: str, outcome: Outcome) -> MarketFrames | None:
        if (frames := markets.get(slug)) is not None:
            return frames
        listing, mirror = self._markets.by_slug(slug), self._mirror(slug)
        if listing is None or mirror is None or not any(token in self._by_token for token in listing.tokens):
            return None
        frames = MarketFrames(listing, mirror, outcome.time, self._settings.behaviour)
        markets[slug] = frames
        return frames

    async def serve(self, path: str, receive: Receive, send: Send) -> None:
        """Serve one WebSocket connection to its end. Only the path decides which channel it is."""
        await receive()
        channel = path.rstrip("/")
        if (
            channel not in ("/ws/market", "/ws/user")
            or len(self._connections) >= self._settings.connections_max
        ):
            await send({"type": "websocket.close", "code": CLOSE_POLICY})
            return
        await send({"type": "websocket.accept"})
        connection = Connection(send, self._settings.connection_queue_max)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        reader = asyncio.create_task(
            self._read_market(connection, receive)
            if channel == "/ws/market"
            else self._read_user(connection, receive)
        )
        try:
            await asyncio.wait((writer, reader), return_when=asyncio.FIRST_COMPLETED)
            if not writer.done():
                connection.close(CLOSE_NORMAL)
                await asyncio.wait((writer,), timeout=1)
        finally:
            self._connections.discard(connection)
            for task in (writer, reader):
                task.cancel()
            # A reader that went away makes its writer fail; that is the end, and no error.
            await asyncio.gather(writer, reader, return_exceptions=True)

    async def _requests(self, connection: Connection, receive: Receive) -> _Request | None:
        """The next request of a client; answers pings; None when it has gone or talks nonsense."""
        while True:
            message: Message = await receive()
            if message["type"] != "websocket.receive":
                return None
            text = message.get("text") or (message.get("bytes") or b"").decode("utf-8", "replace")
            if text.strip().upper() == "PING":
                connection.put("PONG")
                continue
            try:
                return _decode(text)
            except (msgspec.MsgspecError, RecursionError):
                connection.put("INVALID OPERATION")

    async def _read_market(self, connection: Connection, receive: Receive) -> None:
        tokens: set[str] = set()
        try:
            while (request := await self._requests(connection, receive)) is not None:
                named = request.assets_ids or []
                if request.operation == "unsubscribe":
                    for token in named:
                        tokens.discard(token)
                        self._leave(token, connection)
                    continue
                if len(tokens) + len(named) > self._settings.connection_tokens_max:
                    connection.close(CLOSE_POLICY)
                    return
                for token in named:
                    tokens.add(token)
                    self._by_token.setdefault(token, set()).add(connection)
                if request.initial_dump:
                    books = [self._book(token) for token in dict.fromkeys(named)]
                    connection.put(f"[{','.join(filter(None, books))}]")
        finally:
            for token in tokens:
                self._leave(token, connection)

    def _leave(self, token: str, connection: Connection) -> None:
        readers = self._by_token.get(token)
        if readers is not None:
            readers.discard(connection)
            if not readers:
                del self._by_token[token]

    def _book(self, token: str) -> str:
        """The token's book as the frames so far have told it; nothing for an unknown token."""
        place = self._markets.by_token(token)
        mirror = None if place is None else self._mirror(place.listing.slug)
        if place is None or mirror is None:
            return ""
        return mirror.text(place.outcome, self._port.now()).frame()

    async def _read_user(self, connection: Connection, receive: Receive) -> None:
        request = await self._requests(connection, receive)
        key = self._authenticate(request)
        if request is None or key is None:
            connection.close(CLOSE_POLICY)
            return
        reader = _UserReader({market.lower() for market in request.markets or []} or None)
        try:
            for account in key.accounts:
                if account not in self._by_account:
                    views = await self._port.query(ListOpenOrders(account))
                    self._users.watch(views)
                self._by_account.setdefault(account, {})[connection] = reader
            while (request := await self._requests(connection, receive)) is not None:
                named = {market.lower() for market in request.markets or []}
                if request.operation == "subscribe" and reader.conditions is not None:
                    reader.conditions = (reader.conditions | named) if named else None
                elif request.operation == "unsubscribe" and reader.conditions is not None:
                    reader.conditions -= named
        finally:
            for account in key.accounts:
                readers = self._by_account.get(account, {})
                readers.pop(connection, None)
                if not readers:
                    self._by_account.pop(account, None)
                    self._users.forget(account)

    def _authenticate(self, request: _Request | None) -> WalletKey | None:
        if request is None or request.auth is None:
            return None
        key = self._wallets.by_api_key(request.auth.apiKey)
        if key is None:
            return None
        # Both are compared, whatever the first says.
        secret = key.accepts_secret(request.auth.secret)
        passphrase = key.accepts_passphrase(request.auth.passphrase)
        return key if secret and passphrase else None
