"""Who may use the operator API: a program on this machine, or whoever has the token.

The rule is docs/operator.md, "Who may call".
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from tradepit.doors.operator.wire import ErrorOut

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


@dataclass(frozen=True)
class Access:
    """`token` opens everything. Without it a caller on the loopback interface may do what
    `loopback_writes` allows, and read."""

    token: str
    loopback_writes: bool = True


class TokenGate:
    """Lets a request through to `app`, or answers 401."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            headers: dict[bytes, bytes] = {name.lower(): value for name, value in scope["headers"]}
            detail = self._refusal(scope, headers)
            if detail is not None:
                await _answer_401(send, detail)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> str | None:
        authorization = headers.get(b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(b" ")
            given = token.strip()
            if scheme.lower() == b"bearer" and hmac.compare_digest(given, self._access.token.encode()):
                return None
            return "the Authorization header must be 'Bearer TOKEN', with the token from the data directory"
        if not _is_local(scope, headers):
            return "a call from another machine, proxy or web site needs 'Authorization: Bearer TOKEN'"
        if str(scope.get("method")) in _SAFE_METHODS or self._access.loopback_writes:
            return None
        return "in production mode every change needs 'Authorization: Bearer TOKEN'"


def _is_local(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Whether the caller is a program on this machine that speaks for itself.

    A proxy on this machine speaks for others (forwarding headers), and so does a browser with a page of
    another site open (Origin), or one whose page's name was pointed at 127.0.0.1 (Host).
    """
    client = scope.get("client")
    if client is None or not _is_loopback(str(client[0])):
        return False
    if any(name in headers for name in _FORWARDED):
        return False
    host = headers.get(b"host", b"").decode("latin-1")
    if not _is_local_name(f"//{host}"):
        return False
    origin = headers.get(b"origin")
    return origin is None or _is_local_name(origin.decode("latin-1"))


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _is_local_name(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOCAL_NAMES
    except ValueError:
        return False


async def _answer_401(send: Send, detail: str) -> None:
    body = msgspec.json.encode(ErrorOut(error="unauthorized", detail=detail))
    await send(
        {
            "type": "http.response.start",
            "status": 401,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"www-authenticate", b"Bearer"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
