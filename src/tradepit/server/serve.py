"""`tradepit serve`: sockets, servers and signals around one `House`.

Only this module handles signals: the first Ctrl-C or SIGTERM stops cleanly, a second one at once.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

import structlog
import uvloop

from tradepit.doors.clob.profiles import PROFILES
from tradepit.engine.messages import GetStatus
from tradepit.journal import JournalError
from tradepit.server.banner import banner, command_name
from tradepit.server.certificates import CertificateError
from tradepit.server.dispatch import LifespanFailed, PortDispatcher
from tradepit.server.house import House, WrongMode
from tradepit.server.listeners import CONNECTIONS_MAX, HttpServer, PortTaken, bind_all, http_server, listen
from tradepit.server.secrets import SecretsError
from tradepit.server.settings import ServerSettings

EXIT_CLEAN: Final = 0
EXIT_FAULT: Final = 1
"""The exchange stopped itself: the log says why, and a restart replays all that is durable."""

EXIT_CANNOT_START: Final = 3
"""A port is taken, or the data directory cannot be used; one line on stderr says what to do."""

EXIT_FORCED: Final = 130
_DESCRIPTORS: Final = 2 * CONNECTIONS_MAX + 1_000

_log = structlog.get_logger(__name__)


def serve(settings: ServerSettings) -> int:
    """Run an exchange until a signal stops it; returns the process's exit code."""
    ports = settings.ports
    if settings.profile not in PROFILES:
        return _cannot_start(f"unknown profile {settings.profile}; the profiles are {', '.join(PROFILES)}")
    try:
        sockets = bind_all(
            settings.host, [ports.clob, ports.clob_websocket, ports.us, ports.operator, ports.us_tls]
        )
    except PortTaken as error:
        return _cannot_start(error)
    _raise_descriptor_limit()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, sockets[:-1], sockets[-1:]))
    except (
        JournalError,
        SecretsError,
        CertificateError,
        WrongMode,
        LifespanFailed,
        PortTaken,
        OSError,
    ) as error:
        return _cannot_start(error)
    finally:
        for sock in sockets:
            sock.close()


def _raise_descriptor_limit() -> None:
    """Every connection is a descriptor, and the usual soft limit is a tenth of what one server takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _cannot_start(error: Exception | str) -> int:
    print(f"tradepit: {error}", file=sys.stderr)
    return EXIT_CANNOT_START


async def _serve(settings: ServerSettings, plain: list[socket.socket], tls: list[socket.socket]) -> int:
    stop = asyncio.Event()
    _handle_signals(stop)
    house = House(settings)
    await house.start()
    try:
        listen([*plain, *tls])
        app = PortDispatcher(house.apps)
        servers = [http_server(app), http_server(app, house.certificate)]
        running = [
            asyncio.create_task(server.serve(sockets=sockets))
            for server, sockets in zip(servers, (plain, tls), strict=True)
        ]
        waiting = asyncio.create_task(stop.wait())
        await _until_started(servers, running)
        status = await house.engine.query(GetStatus())
        command = command_name(Path(sys.argv[0]), shutil.which("tradepit"), Path.cwd())
        print(banner(settings, house.ca_certificate, status.markets, command), flush=True)
        ends: list[asyncio.Future[Any]] = [waiting, house.engine.failed, *running]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*running)
    finally:
        await house.stop()
    if house.engine.failed.done():
        print(f"tradepit: stopped by a fault: {house.engine.failed.result()}", file=sys.stderr)
        return EXIT_FAULT
    print("tradepit: stopped", flush=True)
    return EXIT_CLEAN


async def _until_started(servers: list[HttpServer], running: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in running:
            if task.done():
                await task
        await asyncio.sleep(0.01)


def _handle_signals(stop: asyncio.Event) -> None:
    def handle() -> None:
        if stop.is_set():
            # What was acknowledged is durable, so nothing is lost by not saying goodbye.
            os._exit(EXIT_FORCED)
        stop.set()
        _log.info("stopping")

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, handle)
