"""The listening sockets and the two HTTP servers on them: one for all plain ports, one for TLS."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn

from tradepit.server.dispatch import AsgiApp

WEBSOCKET_MESSAGE_BYTES_MAX: Final = 1_048_576
KEEP_ALIVE_SECONDS: Final = 75
_BACKLOG: Final = 2048
CONNECTIONS_MAX: Final = 10_000
"""Connections and running requests of one server; more get 503."""

GRACE_SECONDS: Final = 5
"""How long a stop waits for requests that run."""


class PortTaken(Exception):
    """A port cannot be listened on; the text names it and says what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`, not yet listening: who connects is refused until `listen`.

    Raises `PortTaken`.
    """
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        family = socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise _taken(host, port, error) from error
    sock.setblocking(False)
    return sock


def listen(sockets: Sequence[socket.socket]) -> None:
    """Open the ports. Raises `PortTaken`: two processes may bind a port as long as neither listens."""
    for sock in sockets:
        try:
            sock.listen(_BACKLOG)
        except OSError as error:
            host, port = sock.getsockname()[:2]
            raise _taken(host, port, error) from error


def _taken(host: str, port: int, error: OSError) -> PortTaken:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(f"port {port} is taken; stop what listens there, or choose another base with --port")
    return PortTaken(f"cannot listen on {host}:{port}: {error.strerror or error}")


def bind_all(host: str, ports: Sequence[int]) -> list[socket.socket]:
    """All of them or, with `PortTaken`, none."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(contextlib.closing(bind(host, port))) for port in ports]
        stack.pop_all()
    return sockets


class HttpServer(uvicorn.Server):
    """A uvicorn server that leaves the signals to `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def http_server(app: AsgiApp, certificate: Path | None = None) -> HttpServer:
    """A server for `app`, over TLS if given a PEM file with key and certificate.

    Limits on bodies are the doors' own.
    """
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_MESSAGE_BYTES_MAX,
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        # A forwarding header would let a caller choose the address it seems to come from.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=certificate,
    )
    return HttpServer(config)
