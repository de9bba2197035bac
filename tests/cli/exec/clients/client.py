"""`client.py LIBRARY URL...`: asks each URL with that library, prints one JSON line for each.

Written as a bot's author would: nothing in here knows of a proxy, of an authority, or of Tradepit.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from typing import Any

Answer = tuple[int, str]


def with_requests(url: str) -> Answer:
    import requests

    answer = requests.get(url, timeout=10)
    return answer.status_code, answer.text


def with_requests_ignoring_the_environment(url: str) -> Answer:
    import requests

    session = requests.Session()
    session.trust_env = False
    with session:
        answer = session.get(url, timeout=10)
        return answer.status_code, answer.text


def with_httpx(url: str) -> Answer:
    import httpx

    answer = httpx.get(url, timeout=10)
    return answer.status_code, answer.text


def with_httpx_ignoring_the_environment(url: str) -> Answer:
    import httpx

    answer = httpx.get(url, timeout=10, trust_env=False)
    return answer.status_code, answer.text


def with_urllib(url: str) -> Answer:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def with_urllib_ignoring_the_environment(url: str) -> Answer:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def ask_aiohttp(url: str, **options: Any) -> Answer:
    import aiohttp

    async with aiohttp.ClientSession(**options) as session:
        async with session.get(url, timeout=aiohttp.ClientTimeout(10)) as answer:
            return answer.status, await answer.text()


def with_aiohttp(url: str) -> Answer:
    return asyncio.run(ask_aiohttp(url))


def with_aiohttp_trusting_the_environment(url: str) -> Answer:
    return asyncio.run(ask_aiohttp(url, trust_env=True))


def with_aiohttp_on_uvloop(url: str) -> Answer:
    return on_uvloop(ask_aiohttp(url))


async def ask_websockets(url: str, **options: Any) -> Answer:
    import websockets

    async with websockets.connect(url, open_timeout=10, **options) as connection:
        await connection.send("hello")
        return 101, str(await connection.recv())


def with_websockets(url: str) -> Answer:
    return asyncio.run(ask_websockets(url))


def with_websockets_ignoring_the_environment(url: str) -> Answer:
    return asyncio.run(ask_websockets(url, proxy=None))


def with_websockets_and_a_bundle_of_its_own(url: str) -> Answer:
    import certifi

    options = {"ssl": ssl.create_default_context(cafile=certifi.where())} if url.startswith("wss:") else {}
    return asyncio.run(ask_websockets(url, proxy=None, **options))


def with_websockets_on_uvloop(url: str) -> Answer:
    return on_uvloop(ask_websockets(url, proxy=None))


def with_websocket_client(url: str) -> Answer:
    import websocket

    connection = websocket.create_connection(url, timeout=10)
    connection.send("hello")
    answer = connection.recv()
    connection.close()
    return 101, str(answer)


def with_a_plain_socket(url: str) -> Answer:
    """Resolve, then connect to the address: what hand-written clients and many libraries do."""
    import socket
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    address = socket.gethostbyname(host)
    port = urlsplit(url).port or 443
    with socket.socket() as connection:
        connection.settimeout(10)
        connection.connect((address, port))
        with ssl.create_default_context().wrap_socket(connection, server_hostname=host) as secure:
            secure.sendall(f"GET /ok HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: secure.recv(65536), b"")).decode()
            return int(answer.split(" ")[1]), answer


def on_uvloop(work: Coroutine[Any, Any, Answer]) -> Answer:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def main(library: str, *urls: str) -> None:
    ask: Callable[[str], Answer] = globals()["with_" + library.replace(" ", "_").replace("-", "_")]
    for url in urls:
        try:
            status, body = ask(url)
            line = {"url": url, "status": status, "body": body}
        except Exception as error:
            line = {"url": url, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
