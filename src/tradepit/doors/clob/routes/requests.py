"""What the routes share: reading a request, and writing a reply."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from tradepit.doors.clob import errors
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.markets import TokenPlace
from tradepit.identity.wallets import WalletKey

ClobRequest: TypeAlias = Request[Any, Any, State]
T = TypeVar("T")

BATCH_MAX: Final = 500
"""Items in one market-data request."""

FIRST_CURSOR: Final = "MA=="
LAST_CURSOR: Final = "LTE="

_encode = msgspec.json.Encoder().encode
_CURSOR_DIGITS_MAX = 19


def reply(body: object, status: int = 200) -> Response[bytes]:
    """A JSON response."""
    return Response(_encode(body), status_code=status, media_type="application/json")


def door_of(request: ClobRequest) -> Door:
    """The door that the application serves."""
    door: Door = request.app.state.door
    return door


async def authenticate(request: ClobRequest) -> WalletKey:
    """The API key that signed this request; raises `ApiError`."""
    body = await request.body()
    headers = dict(request.scope["headers"])
    return door_of(request).authenticate(headers, request.method, request.scope["path"], body)


def query(request: ClobRequest, name: str) -> str:
    """A query parameter, or ""."""
    value = request.query_params.get(name, "")
    return value if isinstance(value, str) else ""


def query_list(request: ClobRequest, name: str) -> list[str]:
    """A comma-separated query parameter; repeated parameters add up."""
    values = request.query_params.getall(name, [])
    return [item for value in values for item in str(value).split(",") if item]


async def body_as(request: ClobRequest, shape: type[T]) -> T:
    """The JSON body; raises `ApiError` 400 `Invalid payload` for another shape."""
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise errors.ApiError(400, errors.INVALID_PAYLOAD) from None


def token_place(door: Door, token: str, unknown: str = errors.NO_ORDERBOOK) -> TokenPlace:
    """The market and outcome of a token; 400 for what is no token id, 404 `unknown` for a strange one."""
    place = door.markets.by_token(token)
    if place is not None:
        return place
    if not (token.isascii() and token.isdigit()):
        raise errors.ApiError(400, errors.INVALID_TOKEN_ID)
    raise errors.ApiError(404, unknown)


def decode_cursor(text: str) -> int:
    """The number in a cursor; 0 for none. Raises `ApiError` 400 for what is no cursor."""
    if not text or text == LAST_CURSOR:
        return 0 if not text else -1
    try:
        digits = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise errors.ApiError(400, errors.INVALID_CURSOR) from None
    if not digits.isdigit() or len(digits) > _CURSOR_DIGITS_MAX:
        raise errors.ApiError(400, errors.INVALID_CURSOR)
    return int(digits)


def encode_cursor(number: int) -> str:
    """The cursor that leads on from here."""
    return base64.b64encode(str(number).encode()).decode()


def page(data: Sequence[object], limit: int, next_cursor: str) -> dict[str, object]:
    """A page as this API writes it."""
    return {"limit": limit, "count": len(data), "next_cursor": next_cursor, "data": data}


def offset_page(items: Sequence[T], cursor: str, limit: int) -> tuple[Sequence[T], str]:
    """One page of a list that is held whole, and the cursor after it."""
    offset = decode_cursor(cursor)
    if offset < 0:
        return (), LAST_CURSOR
    end = offset + limit
    return items[offset:end], encode_cursor(end) if end < len(items) else LAST_CURSOR


def seconds(values: Mapping[str, str], name: str, problem: str) -> int:
    """A query parameter in whole seconds as nanoseconds, 0 for none; raises `ApiError` 400 `problem`."""
    text = values.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise errors.ApiError(400, problem)
    return int(text) * 1_000_000_000
