"""Calls that the venue has and this exchange does not, so that a client learns which it is."""

from __future__ import annotations

from typing import Final

from litestar import HttpMethod, route

from tradepit.doors.us.call import HttpRequest, Reply
from tradepit.doors.us.errors import Unimplemented

PATHS: Final = (
    "/v1/trading/orders/list",
    "/v1/trading/orders/cancel/list",
    "/v1/trading/orders/replace",
    "/v1/trading/orders/replace/list",
    "/v1/trading/orders/cross",
    "/v1/trading/orders/preview",
    "/v1/report/trades/stats",
    "/v1/report/orders/csv",
    "/v1/report/executions/csv",
    "/v1/report/trades/csv",
    "/v1/positions/ledger",
    "/v1/positions/ledger/download",
    "/v1/funding/balance-ledger",
    "/v1/funding/balance-ledger/download",
    "/v1/refdata/metadata",
    "/v1/refdata/sports",
    "/v1/refdata/sports/teams",
    "/v1/refdata/sports/teams/provider",
    "/v1/combos",
    "/v1/rfqs",
    "/v1/incentives",
    "/v1/incentives/earnings",
)


@route(list(PATHS), http_method=[HttpMethod.GET, HttpMethod.POST], status_code=200)
async def absent(request: HttpRequest) -> Reply:
    """Refuse, naming the call."""
    raise Unimplemented(f"{request.method} {request.url.path}")


HANDLERS: Final = (absent,)
