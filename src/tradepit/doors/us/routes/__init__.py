"""The venue's REST calls, grouped as its documentation groups them."""

from __future__ import annotations

from typing import Final

from litestar.handlers import HTTPRouteHandler

from tradepit.doors.us.routes import (
    absent,
    identity,
    market_data,
    positions,
    reference,
    reports,
    token,
    trading,
)

HANDLERS: Final[tuple[HTTPRouteHandler, ...]] = (
    *token.HANDLERS,
    *identity.HANDLERS,
    *reference.HANDLERS,
    *market_data.HANDLERS,
    *positions.HANDLERS,
    *trading.HANDLERS,
    *reports.HANDLERS,
    *absent.HANDLERS,
)
