"""Page sizes and page tokens. A token is opaque to clients: Base64 of a JSON list, where to go on."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from tradepit.core.units import TIME_MAX
from tradepit.doors.us.errors import InvalidArgument

PAGE_MAX: Final = 1_000


def page_size(wanted: int, *, default: int) -> int:
    """The size of the page to send: what is wanted, at most 1,000; raises `InvalidArgument` below zero."""
    if wanted < 0:
        raise InvalidArgument("pageSize must not be negative")
    return min(wanted, PAGE_MAX) or default


def encode_token(*parts: int | str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode()


def decode_token(token: str, types: tuple[type, ...]) -> tuple[Any, ...] | None:
    """The parts of a token, None for an empty one; raises `InvalidArgument` for one that we never made."""
    if not token:
        return None
    try:
        parts = msgspec.json.decode(
            base64.b64decode(token, altchars=b"-_", validate=True), type=list[int | str]
        )
    except (binascii.Error, ValueError):
        parts = []
    if [type(part) for part in parts] != list(types) or not all(
        isinstance(part, str) or 0 <= part <= TIME_MAX for part in parts
    ):
        raise InvalidArgument("invalid pageToken: pass on the nextPageToken of the page before")
    return tuple(parts)
