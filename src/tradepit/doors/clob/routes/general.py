"""Is it there, what time is it, which orders does it want."""

from __future__ import annotations

from litestar import Response, get

from tradepit.core.units import NANOSECONDS
from tradepit.doors.clob.routes.requests import ClobRequest, door_of, reply


@get(["/", "/ok"])
async def ok() -> Response[bytes]:
    """The exchange answers."""
    return reply("OK")


@get("/time")
async def time(request: ClobRequest) -> Response[bytes]:
    """The exchange's time in whole seconds."""
    return reply(door_of(request).now() // NANOSECONDS)


@get("/version")
async def version(request: ClobRequest) -> Response[bytes]:
    """Which order version clients should sign."""
    return reply({"version": door_of(request).profile.version})


HANDLERS = [ok, time, version]
