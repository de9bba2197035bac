"""HTTP/1.1 heads as far as a proxy needs them: read a request's, rewrite it, write a refusal's."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

HEAD_BYTES_MAX: Final = 65_536

_CONNECTION_HEADERS: Final = (b"connection", b"keep-alive", b"proxy-authorization", b"proxy-connection")
_DEFAULT_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class BadRequest(Exception):
    """What came is no request that a proxy can serve. The text is for the client."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request's head. `body` is what had already arrived behind it."""

    method: str
    target: str
    version: str
    headers: tuple[bytes, ...]
    body: bytes


async def read_request(receive: Callable[[], Awaitable[bytes]]) -> Request | None:
    """Read one head from whatever `receive` gives; None if the client left without a word.

    Raises `BadRequest` for anything else that is no head of at most `HEAD_BYTES_MAX` bytes.
    """
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = await receive()
        if not chunk:
            if not data:
                return None
            raise BadRequest("the connection ended inside a request's head")
        data += chunk
        if len(data) > HEAD_BYTES_MAX:
            raise BadRequest(f"a request's head is longer than {HEAD_BYTES_MAX} bytes")
    head, _, body = data.partition(b"\r\n\r\n")
    request_line, *headers = head.split(b"\r\n")
    words = request_line.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("this is an HTTP/1.1 proxy, and that was no HTTP/1.1 request")
    return Request(words[0], words[1], words[2], tuple(headers), body)


def authority(target: str) -> tuple[str, int]:
    """Host and port of a CONNECT target."""
    host, separator, port = target.rpartition(":")
    if not separator or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise BadRequest("CONNECT needs host:port")
    return host, int(port)


def absolute(target: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and origin-form target of an absolute-form target."""
    try:
        url = urlsplit(target)
        port = url.port or _DEFAULT_PORTS.get(url.scheme)
    except ValueError as error:
        raise BadRequest(f"not a URL: {error}") from error
    if not url.hostname or port is None:
        raise BadRequest("this is a proxy: it needs CONNECT, or a target with scheme and host")
    path = url.path or "/"
    return url.scheme, url.hostname, port, f"{path}?{url.query}" if url.query else path


def forwarded(request: Request, target: str) -> bytes:
    """The request as the origin gets it: its own target, and an end after one answer.

    One answer, because the next request on a proxy's connection may be for another host.
    """
    upgrade = any(_name(header) == b"upgrade" for header in request.headers)
    kept = [header for header in request.headers if _name(header) not in _CONNECTION_HEADERS]
    kept.append(b"Connection: Upgrade" if upgrade else b"Connection: close")
    line = f"{request.method} {target} {request.version}".encode("latin-1")
    return b"\r\n".join([line, *kept, b"", b""]) + request.body


def refusal(status: int, reason: str) -> bytes:
    """A whole answer that says why.

    The reason stands in the status line too: it is the only part that most clients show of a proxy's answer.
    """
    body = json.dumps({"error": reason}).encode()
    printable = "".join(character if " " <= character <= "~" else "?" for character in reason)
    lines = [
        f"HTTP/1.1 {status} {printable}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _name(header: bytes) -> bytes:
    return header.partition(b":")[0].strip().lower()
