"""The US exchange door as one ASGI application, the same for its plain and its TLS port."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Final

import structlog
from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from tradepit.core.units import Timestamp
from tradepit.doors.us.call import HttpRequest, Reply, Services, json_response
from tradepit.doors.us.errors import ApiError, Code, TokenError
from tradepit.doors.us.listings import Listings
from tradepit.doors.us.positions import CostBases
from tradepit.doors.us.routes import HANDLERS
from tradepit.doors.us.settings import Settings
from tradepit.engine.port import Port, SystemFault, Unavailable
from tradepit.environment import random_bytes, wall_clock_ns
from tradepit.history.reader import History, HistoryBehind
from tradepit.identity.firms import Firms

_log = structlog.get_logger(__name__)

_HTTP_CODES: Final = {
    400: Code.INVALID_ARGUMENT,
    404: Code.NOT_FOUND,
    405: Code.UNIMPLEMENTED,
    413: Code.RESOURCE_EXHAUSTED,
}
_HTTP_TEXTS: Final = {
    404: "Not Found",
    405: "Method Not Allowed",
    413: "the request body is too large",
}


def create_app(
    port: Port,
    firms: Firms,
    history: History,
    settings: Settings,
    *,
    wall_clock: Callable[[], Timestamp] = wall_clock_ns,
    random_bytes: Callable[[int], bytes] = random_bytes,
) -> Litestar:
    """The door to the exchange behind `port`.

    `firms` is kept current by the caller. `wall_clock` dates assertions and tokens: clients date them by
    the real time, whatever the exchange's own clock says. Needs no lifespan events.
    """
    services = Services(
        port=port,
        firms=firms,
        history=history,
        settings=settings,
        listings=Listings(port),
        cost_bases=CostBases(history),
        wall_clock=wall_clock,
        random_bytes=random_bytes,
    )
    return Litestar(
        route_handlers=list(HANDLERS),
        state=State({"services": services}),
        exception_handlers=_EXCEPTION_HANDLERS,
        request_max_body_size=settings.body_bytes_max,
        openapi_config=None,
        logging_config=None,
    )


def _api_error(request: HttpRequest, error: ApiError) -> Reply:
    return json_response(error.body(), error.status)


def _token_error(request: HttpRequest, error: TokenError) -> Reply:
    return json_response(error.body(), error.status, {"cache-control": "no-store"})


def _http_error(request: HttpRequest, error: HTTPException) -> Reply:
    """What the framework refuses before a route runs: no such route, wrong method, too large a body."""
    status = error.status_code
    code = _HTTP_CODES.get(status, Code.INVALID_ARGUMENT if status < 500 else Code.INTERNAL)
    text = _HTTP_TEXTS.get(status, "the request could not be read")
    if request.url.path.startswith("/oauth/"):
        return json_response(TokenError(status, "invalid_request", text).body(), status)
    return json_response(ApiError(code, text).body(), status)


def _unavailable(request: HttpRequest, error: Exception) -> Reply:
    refusal = ApiError(Code.UNAVAILABLE, "the exchange cannot answer now: try again later")
    return json_response(refusal.body(), refusal.status)


def _bug(request: HttpRequest, error: Exception) -> Reply:
    # Where it failed and the kind of error, but neither its text nor any value: they may hold secrets.
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("us_request_failed", route=request.url.path, error=type(error).__name__, where=where)
    refusal = ApiError(Code.INTERNAL, "internal error")
    return json_response(refusal.body(), refusal.status)


_EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    ApiError: _api_error,
    TokenError: _token_error,
    HTTPException: _http_error,
    Unavailable: _unavailable,
    SystemFault: _unavailable,
    HistoryBehind: _unavailable,
    Exception: _bug,
}
