"""The CLOB door as one ASGI application: bare handlers where it is hot, Litestar for the rest.

It serves the REST API and both WebSocket channels, on whatever port it is mounted. Whatever a client
sends, the answer is the venue's own error in JSON, and never a 500.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from tradepit.doors.clob import cancelling, errors, placing
from tradepit.doors.clob.auth import Headers
from tradepit.doors.clob.connection import Message, Receive, Send
from tradepit.doors.clob.door import Door, Welcome
from tradepit.doors.clob.routes import account, general, keys, markets, prices
from tradepit.doors.clob.settings import ClobSettings
from tradepit.doors.clob.trades import remember_unsettled
from tradepit.doors.clob.wire.replies import refused_placement, refused_status
from tradepit.engine.port import Port, SystemFault, Unavailable
from tradepit.history.reader import History, HistoryBehind
from tradepit.identity.wallets import Wallets

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode

HotHandler = Callable[[Door, Headers, bytes], Awaitable[tuple[int, bytes]]]

_HOT: Final[dict[tuple[str, str], HotHandler]] = {
    ("POST", "/order"): placing.post_order,
    ("POST", "/orders"): placing.post_orders,
    ("DELETE", "/order"): cancelling.delete_order,
    ("DELETE", "/orders"): cancelling.delete_orders,
    ("DELETE", "/cancel-all"): cancelling.cancel_all,
    ("DELETE", "/cancel-market-orders"): cancelling.cancel_market_orders,
}
_HOT_PATHS: Final = {path for _, path in _HOT}
_DRAINED_MAX: Final = 64 * 2**20


class ClobApp:
    """The application. It loads what it needs at its lifespan's start, or at its first request."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._started = False
        self._litestar = Litestar(
            route_handlers=[
                *general.HANDLERS,
                *keys.HANDLERS,
                *prices.HANDLERS,
                *markets.HANDLERS,
                *account.HANDLERS,
            ],
            state=State({"door": door}),
            exception_handlers={
                errors.ApiError: _api_error,
                HTTPException: _http_error,
                Exception: _any_error,
            },
            openapi_config=None,
            logging_config=None,
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                if not self._started:
                    await self.start()
                await self._http(scope, receive, send)
            case "websocket":
                if not self._started:
                    await self.start()
                await self.door.feed.serve(scope["path"], receive, send)
            case "lifespan":
                await self._lifespan(receive, send)
            case other:
                raise RuntimeError(f"unknown ASGI scope {other!r}")

    async def start(self) -> None:
        """Load the projections and follow the exchange."""
        await self.door.start()
        if self.door.markets.any_defers:
            await remember_unsettled(self.door)
        self._started = True

    async def stop(self) -> None:
        """Close every stream and hear no more."""
        await self.door.stop()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        limit = self.door.settings.body_bytes_max
        body = await _read_body(receive, limit)
        if body is None:
            return
        if len(body) > limit:
            await _send_json(send, 413, _encode({"error": errors.BODY_TOO_LARGE}), close=True)
            return
        path = scope["path"]
        handler = _HOT.get((scope["method"], path))
        if handler is not None:
            status, reply = await self._hot(handler, headers, body)
            await _send_json(send, status, reply)
        elif path in _HOT_PATHS:
            await _send_json(send, 405, _encode({"error": errors.METHOD_NOT_ALLOWED}))
        else:
            await self._litestar(scope, _replay(body, receive), send)  # type: ignore[arg-type]  # its ASGI types are unions

    async def _hot(self, handler: HotHandler, headers: Headers, body: bytes) -> tuple[int, bytes]:
        profile = self.door.profile
        try:
            return await handler(self.door, headers, body)
        except errors.Refusal as refused:
            return refused_status(refused, profile), _encode(refused_placement(refused, profile))
        except Exception as error:
            status, text, extras = _explain(error)
            return status, _encode({"error": text, **extras})


def create_app(
    port: Port,
    wallets: Wallets,
    history: History,
    settings: ClobSettings | None = None,
    welcome: Welcome | None = None,
) -> ClobApp:
    """The CLOB door's application.

    `wallets` must already hold the stored credentials and follow the port. `welcome` funds the account it
    is called with; it is called once for each account whose wallet makes its first API key, before that
    key is answered, and for a proxy or Safe when it is first used.
    """
    return ClobApp(Door(port, wallets, history, settings or ClobSettings(), welcome))


async def _read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None when the client has gone. Of a body beyond `limit`, more than that is returned.

    The rest of such a body is read and thrown away, up to `_DRAINED_MAX`: most clients read the answer only
    when they have sent everything.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False) and size <= _DRAINED_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        if size <= limit:
            parts.append(part)
        size += len(part)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that tells the body once more."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _send_json(send: Send, status: int, body: bytes, *, close: bool = False) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _explain(error: Exception) -> tuple[int, str, dict[str, object]]:
    """Status, text and further members for any exception of a handler."""
    match error:
        case errors.ApiError():
            return error.status, error.text, error.extras
        case Unavailable() | HistoryBehind():
            return 425, errors.NOT_READY, {}
        case SystemFault():
            return 500, errors.INTERNAL, {}
        case _:
            # Not `exc_info`: a log that shows the frames' variables would show headers, and secrets in them.
            _log.error("request_failed", trace="".join(traceback.format_exception(error)))
            return 500, errors.INTERNAL, {}


def _api_error(request: Request[Any, Any, Any], error: errors.ApiError) -> Response[bytes]:
    return Response(
        _encode({"error": error.text, **error.extras}),
        status_code=error.status,
        media_type="application/json",
    )


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    texts = {404: errors.NOT_FOUND, 405: errors.METHOD_NOT_ALLOWED}
    text = texts.get(error.status_code, errors.INVALID_PAYLOAD)
    status = error.status_code if 400 <= error.status_code < 500 else 400
    return Response(_encode({"error": text}), status_code=status, media_type="application/json")


def _any_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    status, text, extras = _explain(error)
    return Response(_encode({"error": text, **extras}), status_code=status, media_type="application/json")
