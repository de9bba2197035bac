"""Request heads, as they come and as they go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tradepit.cli.exec import heads


def arriving(*chunks: bytes) -> Callable[[], Awaitable[bytes]]:
    left = [*chunks, b""]

    async def receive() -> bytes:
        return left.pop(0)

    return receive


async def test_a_head_may_arrive_in_pieces_and_with_a_body_behind_it() -> None:
    request = await heads.read_request(
        arriving(b"POST http://h/ HT", b"TP/1.1\r\nA: 1\r", b"\nB: 2\r\n\r", b"\nbody")
    )
    assert request == heads.Request("POST", "http://h/", "HTTP/1.1", (b"A: 1", b"B: 2"), b"body")


async def test_a_client_that_leaves_without_a_word_is_no_error() -> None:
    assert await heads.read_request(arriving()) is None


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nA: 1\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET /\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"GET http://h/ HTTP/1.1\r\nA: " + b"x" * heads.HEAD_BYTES_MAX,
    ],
)
async def test_what_is_no_head_is_refused(sent: bytes) -> None:
    with pytest.raises(heads.BadRequest):
        await heads.read_request(arriving(sent))


def test_connect_targets_name_host_and_port() -> None:
    assert heads.authority("clob.polymarket.com:443") == ("clob.polymarket.com", 443)
    assert heads.authority("[::1]:80") == ("[::1]", 80)
    for target in ("clob.polymarket.com", ":443", "host:", "host:99999", "host:-1", "host:٤٤٣"):
        with pytest.raises(heads.BadRequest):
            heads.authority(target)


def test_absolute_targets_are_split_for_the_origin() -> None:
    assert heads.absolute("http://h/a?b=c") == ("http", "h", 80, "/a?b=c")
    assert heads.absolute("https://h") == ("https", "h", 443, "/")
    assert heads.absolute("http://[::1]:81/") == ("http", "::1", 81, "/")
    for target in ("/book", "*", "ftp://h/", "http:///x", "http://h:port/", "http://[::1/"):
        with pytest.raises(heads.BadRequest):
            heads.absolute(target)


def test_a_forwarded_request_keeps_everything_but_what_was_for_the_proxy() -> None:
    headers = (b"Host: h", b"Proxy-Connection: keep-alive", b"connection: keep-alive", b"X-Y:  z ")
    request = heads.Request("POST", "http://h/a", "HTTP/1.1", headers, b"body")
    assert heads.forwarded(request, "/a") == (
        b"POST /a HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\nConnection: close\r\n\r\nbody"
    )


def test_a_forwarded_upgrade_stays_one() -> None:
    headers = (b"Upgrade: websocket", b"Connection: Upgrade")
    request = heads.Request("GET", "http://h/", "HTTP/1.1", headers, b"")
    assert b"\r\nConnection: Upgrade\r\n" in heads.forwarded(request, "/")


def test_a_refusal_says_why_in_the_status_line_and_in_the_body() -> None:
    answer = heads.refusal(501, "no such\r\nX-Evil: 1 é")
    assert answer.startswith(b"HTTP/1.1 501 no such??X-Evil: 1 ?\r\n")
    assert b"\\r\\nX-Evil" in answer.partition(b"\r\n\r\n")[2]
