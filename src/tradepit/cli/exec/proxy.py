"""The proxy of `tradepit exec`: a CONNECT proxy, and a listener of its own for every host of the venues.

Clients that know proxies use the first; the preloads send those that do not to the others. Either way the
bytes end at the exchange, at a refusal, or at a host that `--allow` names. No other connection is ever made.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from tradepit.cli.exec import heads, relay
from tradepit.cli.exec.venues import HTTP, Decision, Direct, Policy, Refused, Served, Unserved
from tradepit.server.certificates import CertificateAuthority

Report: TypeAlias = Callable[[str], None]
Handler: TypeAlias = Callable[[socket.socket], Awaitable[None]]

CONNECTIONS_MAX: Final = 400
"""Two sockets each: this stays below the usual limit of 1,024 open files."""
CONNECT_SECONDS: Final = 10.0
HEAD_SECONDS: Final = 60.0

_LOOPBACK: Final = "127.0.0.1"
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """Listens on loopback, on ports that the system chooses.

    `port` is the CONNECT proxy's. `host_ports` says for each venue host where its own listener is: what
    connects there is taken to have dialled that host, with TLS or without. `report` is called once for each
    distinct refusal.
    """

    def __init__(
        self, policy: Policy, exchange_port: int, authority: CertificateAuthority, report: Report
    ) -> None:
        self.port = 0
        self.host_ports: Mapping[str, int] = {}
        self._policy = policy
        self._exchange_port = exchange_port
        self._report = report
        self._reported: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = 0
        self._exchange_context = authority.client_ssl_context()
        self._venue_contexts: dict[tuple[str, ...], ssl.SSLContext] = {}
        for protocols in {HTTP, *(service.protocols for service in policy.services.values())}:
            context = authority.venue_ssl_context(policy.venue_hosts())
            context.set_alpn_protocols(list(protocols))
            self._venue_contexts[protocols] = context

    async def start(self) -> None:
        self.port = self._listen(self._serve_proxy_client)
        self.host_ports = {
            host: self._listen(partial(self._serve_dialled, host)) for host in self._policy.venue_hosts()
        }

    async def close(self) -> None:
        """Stop listening and end every connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Listening

    def _listen(self, handler: Handler) -> int:
        listener = socket.create_server((_LOOPBACK, 0))
        listener.setblocking(False)
        self._spawn(self._accept(listener, handler))
        port: int = listener.getsockname()[1]
        return port

    async def _accept(self, listener: socket.socket, handler: Handler) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                try:
                    connection, _ = await loop.sock_accept(listener)
                except OSError as error:
                    self._refuse(f"the proxy cannot accept connections: {error}")
                    await asyncio.sleep(0.1)
                    continue
                if self._connections >= CONNECTIONS_MAX:
                    connection.close()
                    self._refuse(f"more than {CONNECTIONS_MAX} connections at once")
                    continue
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._spawn(self._serve(connection, handler))

    async def _serve(self, connection: socket.socket, handler: Handler) -> None:
        self._connections += 1
        try:
            # A client may break off at any point, and so may a TLS handshake; neither is news.
            with contextlib.suppress(OSError, TimeoutError):
                await handler(connection)
        finally:
            self._connections -= 1
            connection.close()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The CONNECT proxy

    async def _serve_proxy_client(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection.setblocking(False)
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                request = await heads.read_request(lambda: loop.sock_recv(connection, relay.CHUNK_BYTES))
            if request is None:
                return
            if request.method == "CONNECT":
                await self._tunnel(connection, request)
            else:
                await self._forward(connection, request)
        except heads.BadRequest as error:
            await self._answer(connection, 400, str(error))

    async def _tunnel(self, connection: socket.socket, request: heads.Request) -> None:
        host, port = heads.authority(request.target)
        if request.body:
            raise heads.BadRequest("wait for the answer to CONNECT before you send more")
        decision = self._policy.decide(host, port)
        if isinstance(decision, Served) or (isinstance(decision, Unserved) and decision.certified):
            await asyncio.get_running_loop().sock_sendall(connection, _ESTABLISHED)
            await self._serve_venue(connection, decision)
        elif isinstance(decision, Direct):
            upstream = await self._connect(connection, decision, None)
            if upstream is not None:
                client = await relay.open_streams(connection, None)
                client[1].write(_ESTABLISHED)
                await relay.relay(client, upstream)
        else:
            await self._answer_refused(connection, decision)

    async def _forward(self, connection: socket.socket, request: heads.Request) -> None:
        """A request in absolute form. The scheme may be https: some clients ask a proxy so, in plain text."""
        scheme, host, port, target = heads.absolute(request.target)
        decision = self._policy.decide(host, port)
        if isinstance(decision, Served | Direct):
            secure = ssl.create_default_context() if scheme in ("https", "wss") else None
            upstream = await self._connect(connection, decision, secure)
            if upstream is not None:
                client = await relay.open_streams(connection, None)
                upstream[1].write(heads.forwarded(request, target))
                await relay.relay(client, upstream)
        else:
            await self._answer_refused(connection, decision)

    # Connections that have (or claim to have) reached a venue's host

    async def _serve_dialled(self, host: str, connection: socket.socket) -> None:
        connection.setblocking(False)
        decision = self._policy.decide(host, 443)
        assert isinstance(decision, Served | Unserved)
        await self._serve_venue(connection, decision)

    async def _serve_venue(self, connection: socket.socket, decision: Served | Unserved) -> None:
        protocols = decision.service.protocols if isinstance(decision, Served) else HTTP
        secure = await relay.starts_with_tls(connection)
        client = await relay.open_streams(connection, self._venue_contexts[protocols] if secure else None)
        try:
            if isinstance(decision, Unserved):
                await self._say(client, 501, decision.reason)
                return
            try:
                upstream = await self._dial(decision, None)
            except (OSError, TimeoutError) as error:
                await self._say(client, 502, self._unreachable(decision, error))
                return
            await relay.relay(client, upstream)
        finally:
            await relay.close(client[1])

    async def _say(self, client: relay.Streams, status: int, reason: str) -> None:
        self._refuse(reason)
        with contextlib.suppress(heads.BadRequest):
            async with asyncio.timeout(HEAD_SECONDS):
                await heads.read_request(lambda: client[0].read(relay.CHUNK_BYTES))
        await relay.answer_and_close(client, heads.refusal(status, reason))

    # The other side

    async def _dial(self, decision: Served | Direct, secure: ssl.SSLContext | None) -> relay.Streams:
        """The only place that connects anywhere."""
        async with asyncio.timeout(CONNECT_SECONDS):
            if isinstance(decision, Direct):
                return await asyncio.open_connection(decision.host, decision.port, ssl=secure)
            port = self._exchange_port + decision.service.offset
            if decision.service.tls:
                return await asyncio.open_connection(
                    _LOOPBACK, port, ssl=self._exchange_context, server_hostname="localhost"
                )
            return await asyncio.open_connection(_LOOPBACK, port)

    async def _connect(
        self, connection: socket.socket, decision: Served | Direct, secure: ssl.SSLContext | None
    ) -> relay.Streams | None:
        try:
            return await self._dial(decision, secure)
        except (OSError, TimeoutError) as error:
            await self._answer(connection, 502, self._unreachable(decision, error))
            return None

    def _unreachable(self, decision: Served | Direct, error: Exception) -> str:
        if isinstance(decision, Direct):
            return f"tradepit exec cannot reach {decision.host}:{decision.port}: {str(error) or 'timed out'}"
        port = self._exchange_port + decision.service.offset
        return f"the exchange does not answer for {decision.host} on port {port}: {str(error) or 'timed out'}"

    async def _answer_refused(self, connection: socket.socket, decision: Decision) -> None:
        match decision:
            case Unserved():
                await self._answer(connection, 501, decision.reason)
            case Refused():
                await self._answer(connection, 403, decision.reason)
            case _:
                raise AssertionError(decision)

    async def _answer(self, connection: socket.socket, status: int, reason: str) -> None:
        self._refuse(reason)
        client = await relay.open_streams(connection, None)
        await relay.answer_and_close(client, heads.refusal(status, reason))

    def _refuse(self, reason: str) -> None:
        if reason not in self._reported:
            self._reported.add(reason)
            self._report(reason)
