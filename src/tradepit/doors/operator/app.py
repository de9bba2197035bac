"""The operator API as an ASGI app: routes, the token gate, and errors in their one shape."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp

from tradepit.doors.operator.amounts import AmountError
from tradepit.doors.operator.auth import Access, TokenGate
from tradepit.doors.operator.errors import OperatorError
from tradepit.doors.operator.metrics import Metrics
from tradepit.doors.operator.routes import ROUTES, FaultSwitch, OperatorSettings, Room
from tradepit.doors.operator.service import OperatorService
from tradepit.doors.operator.users import Welcome
from tradepit.doors.operator.wire import ErrorOut
from tradepit.engine.port import Port, Unavailable

__all__ = ["Access", "OperatorSettings", "create_app"]

_BODY_BYTES_MAX = 65_536
_log = structlog.get_logger(__name__)

_CODES = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
_DETAILS = {
    404: "there is nothing at this path; /openapi/openapi.json lists what there is",
    405: "this path does not answer this method; /openapi/openapi.json lists what it answers",
    413: f"the body may have {_BODY_BYTES_MAX} bytes",
}


def create_app(
    port: Port,
    settings: OperatorSettings,
    access: Access,
    *,
    service: OperatorService | None = None,
    welcome: Welcome | None = None,
    faults: FaultSwitch | None = None,
    batches: Callable[[], int] | None = None,
) -> ASGIApp:
    """The app. `welcome` funds a new US account and `faults` breaks placements: both are sandbox only.

    `batches` tells how many commits the journal has seen, for the metrics.
    """
    room = Room(
        port=port,
        service=service or OperatorService(port),
        metrics=Metrics(port, batches),
        settings=settings,
        welcome=welcome,
        faults=faults,
    )
    app = Litestar(
        route_handlers=ROUTES,
        state=State({"room": room}),
        exception_handlers={Exception: _render_error},
        openapi_config=OpenAPIConfig(
            title="Tradepit operator API",
            version=settings.version,
            path="/openapi",
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin()],
        ),
        request_max_body_size=_BODY_BYTES_MAX,
        logging_config=None,
    )
    return TokenGate(app, access)


def _render_error(_: Request[object, object, State], error: Exception) -> Response[ErrorOut]:
    match error:
        case OperatorError(status=status, code=code, detail=detail):
            pass
        case AmountError():
            status, code, detail = 400, "invalid_request", str(error)
        case UnicodeDecodeError():
            status, code, detail = 400, "invalid_request", "the body is not UTF-8"
        case Unavailable():
            status, code = 503, "unavailable"
            detail = "the exchange takes no commands now; try again later"
        case ValidationException():
            status, code, detail = 400, "invalid_request", _validation_detail(error)
        case HTTPException(status_code=status) if status < 500:
            code = _CODES.get(status, "invalid_request")
            detail = _DETAILS.get(status) or error.detail
        case _:
            _log.exception("operator request failed", exc_info=error)
            status, code, detail = 500, "internal", "the exchange failed to answer; its log says why"
    return Response(ErrorOut(error=code, detail=detail), status_code=status)


def _validation_detail(error: ValidationException) -> str:
    """Which field was wrong and why, in one sentence."""
    extra = error.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        field, message = extra[0].get("key", ""), extra[0].get("message", "")
        return f"{field}: {message}" if field else str(message)
    return error.detail
