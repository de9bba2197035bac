"""Reference data: the instruments and their symbols."""

from __future__ import annotations

from typing import Final

from litestar import post

from tradepit.doors.us.call import HttpRequest, Reply, begin
from tradepit.doors.us.instruments import instrument, matching
from tradepit.doors.us.paging import decode_token, encode_token, page_size
from tradepit.doors.us.requests import Empty, ListInstruments
from tradepit.doors.us.wire import Instruments, Symbols

SCOPE: Final = "read:instruments"
PAGE_DEFAULT: Final = 50


@post("/v1/refdata/instruments", status_code=200)
async def list_instruments(request: HttpRequest) -> Reply:
    """The instruments that pass every filter, in order of creation. O(instruments)."""
    call = begin(request, SCOPE)
    wanted = await call.body(ListInstruments)
    size = page_size(wanted.page_size, default=PAGE_DEFAULT)
    (offset,) = decode_token(wanted.page_token, (int,)) or (0,)
    await call.services.listings.load()
    passes = matching(wanted)
    found = [listing for listing in call.services.listings.all() if passes(listing)]
    end = offset + size
    return call.reply(
        Instruments(
            instruments=[instrument(listing) for listing in found[offset:end]],
            next_page_token=encode_token(end) if end < len(found) else "",
            eof=end >= len(found),
        )
    )


@post("/v1/refdata/symbols", status_code=200)
async def list_symbols(request: HttpRequest) -> Reply:
    call = begin(request, SCOPE)
    await call.body(Empty)
    await call.services.listings.load()
    return call.reply(Symbols(symbols=[listing.symbol for listing in call.services.listings.all()]))


HANDLERS: Final = (list_instruments, list_symbols)
