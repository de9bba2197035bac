"""`stand_in.py PORT DATA_DIRECTORY`: listens where an exchange would, and tells every caller what arrived.

HTTP requests are answered with what the server saw of them; WebSocket messages come back.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

from tradepit.server.certificates import CertificateAuthority

Message = dict[str, Any]
PLAIN_OFFSETS = (0, 1, 4, 8)
TLS_OFFSET = 5


def build_app(base: int, data_directory: Path) -> Any:
    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        offset = scope["server"][1] - base
        if scope["type"] == "websocket":
            await serve_websocket(offset, receive, send)
        elif scope["type"] == "http":
            body = b""
            while (message := await receive())["type"] == "http.request":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            if scope["path"] == "/ok":
                answer: object = "OK"
            elif scope["path"] == "/v1/status" and offset == 8:
                answer = {"data_dir": str(data_directory)}
            else:
                answer = seen(scope, offset, body)
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", b"application/json")],
                }
            )
            await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return app


def seen(scope: Message, offset: int, body: bytes) -> Message:
    return {
        "offset": offset,
        "method": scope["method"],
        "target": scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else ""),
        "headers": sorted(name.decode() for name, _ in scope["headers"]),
        "host": next(value.decode() for name, value in scope["headers"] if name == b"host"),
        "body": body.decode(),
    }


async def serve_websocket(
    offset: int, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"{message['text']} from port +{offset}"})


async def main(base: int, data_directory: Path) -> None:
    app = build_app(base, data_directory)
    leaf = CertificateAuthority.open(data_directory).local_leaf()
    options: dict[str, Any] = {"lifespan": "off", "log_level": "warning", "ws": "websockets-sansio"}
    servers = [
        (uvicorn.Server(uvicorn.Config(app, **options)), [base + offset for offset in PLAIN_OFFSETS]),
        (uvicorn.Server(uvicorn.Config(app, ssl_certfile=leaf, **options)), [base + TLS_OFFSET]),
    ]
    tasks = [
        asyncio.create_task(server.serve([socket.create_server(("127.0.0.1", port)) for port in ports]))
        for server, ports in servers
    ]
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
