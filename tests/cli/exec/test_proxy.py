"""The proxy on the wire, byte by byte."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tradepit.cli.exec import proxy as proxy_module
from tradepit.cli.exec.proxy import Proxy
from tradepit.cli.exec.venues import GRPC, SERVICES, Policy, Service
from tradepit.server.certificates import CertificateAuthority

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CLOB = "clob.polymarket.com"
GRPC_HOST = "grpc-api.prod.polymarketexchange.com"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Returns what comes, as it comes."""
    while data := await reader.read(65536):
        writer.write(b"<" + data + b">")
        await writer.drain()


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A server; at the end it waits until its last connection has gone."""
    busy: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    async with asyncio.timeout(5):
        await asyncio.gather(*busy)


@asynccontextmanager
async def running(
    directory: Path, exchange_port: int, *, policy: Policy | None = None
) -> AsyncIterator[tuple[Proxy, list[str]]]:
    reports: list[str] = []
    proxy = Proxy(policy or Policy(), exchange_port, CertificateAuthority.open(directory), reports.append)
    await proxy.start()
    try:
        yield proxy, reports
    finally:
        await proxy.close()


async def connect(port: int, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


async def whole_answer(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def finish(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def test_a_tunnel_to_a_venue_ends_tls_and_hands_over_the_bytes_as_they_are(tmp_path: Path) -> None:
    async with listening(echo) as exchange, running(tmp_path, exchange) as (proxy, _):
        _reader, writer, answer = await connect(proxy.port, f"{CLOB}:443")
        assert answer.startswith(b"HTTP/1.1 200")
        context = CertificateAuthority.open(tmp_path).client_ssl_context()
        await writer.start_tls(context, server_hostname=CLOB)
        writer.write(b"GET /book HTTP/1.1\r\n\r\n")
        assert await _reader.read(100) == b"<GET /book HTTP/1.1\r\n\r\n>"
        await finish(writer)


async def test_a_tunnel_to_port_80_of_a_venue_is_plain(tmp_path: Path) -> None:
    async with listening(echo) as exchange, running(tmp_path, exchange) as (proxy, _):
        reader, writer, _answer = await connect(proxy.port, f"{CLOB}:80")
        writer.write(b"hello")
        assert await reader.read(100) == b"<hello>"
        # The client has no more to say, but still gets its answer.
        writer.write_eof()
        assert await reader.read(100) == b""
        await finish(writer)


async def test_every_host_has_a_listener_of_its_own_with_tls_and_without(tmp_path: Path) -> None:
    async with listening(echo) as exchange, running(tmp_path, exchange) as (proxy, _):
        context = CertificateAuthority.open(tmp_path).client_ssl_context()
        for secure in (None, context):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", proxy.host_ports[CLOB], ssl=secure, server_hostname=CLOB if secure else None
            )
            writer.write(b"hello")
            assert await reader.read(100) == b"<hello>"
            await finish(writer)


async def test_http_clients_are_offered_http_1_only(tmp_path: Path) -> None:
    async with listening(echo) as exchange, running(tmp_path, exchange) as (proxy, _):
        context = CertificateAuthority.open(tmp_path).client_ssl_context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        _reader, writer = await asyncio.open_connection(
            "127.0.0.1", proxy.host_ports[CLOB], ssl=context, server_hostname=CLOB
        )
        session: ssl.SSLObject = writer.get_extra_info("ssl_object")
        assert session.selected_alpn_protocol() == "http/1.1"
        await finish(writer)


async def test_the_grpc_host_passes_http_2_through_once_it_is_served(tmp_path: Path) -> None:
    async with listening(echo) as exchange:
        services = {**SERVICES, GRPC_HOST: Service(0, protocols=GRPC)}
        async with running(tmp_path, exchange, policy=Policy(services=services)) as (proxy, _):
            _reader, writer, answer = await connect(proxy.port, f"{GRPC_HOST}:443")
            assert answer.startswith(b"HTTP/1.1 200")
            context = CertificateAuthority.open(tmp_path).client_ssl_context()
            context.set_alpn_protocols(["h2"])
            await writer.start_tls(context, server_hostname=GRPC_HOST)
            session: ssl.SSLObject = writer.get_extra_info("ssl_object")
            assert session.selected_alpn_protocol() == "h2"
            writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert await _reader.read(100) == b"<PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n>"
            await finish(writer)


async def test_an_unserved_grpc_host_is_refused_in_the_answer_to_connect(tmp_path: Path) -> None:
    async with running(tmp_path, 1) as (proxy, reports):
        _, writer, answer = await connect(proxy.port, f"{GRPC_HOST}:443")
        assert answer.startswith(b"HTTP/1.1 501 Tradepit does not serve grpc-api.prod")
        assert reports == [f"Tradepit does not serve {GRPC_HOST}"]
        await finish(writer)


@pytest.mark.parametrize("scheme", ["http", "https", "ws"])
async def test_a_request_in_absolute_form_reaches_the_exchange(tmp_path: Path, scheme: str) -> None:
    async with listening(echo) as exchange, running(tmp_path, exchange) as (proxy, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(f"POST {scheme}://{CLOB}/order HTTP/1.1\r\nHost: {CLOB}\r\n\r\nbody".encode())
        assert await reader.read(200) == (
            f"<POST /order HTTP/1.1\r\nHost: {CLOB}\r\nConnection: close\r\n\r\nbody>".encode()
        )
        await finish(writer)


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        (b"CONNECT foreign.example:443 HTTP/1.1\r\n\r\n", 403, b"--allow foreign.example"),
        (b"GET http://foreign.example/ HTTP/1.1\r\n\r\n", 403, b"--allow foreign.example"),
        (b"POST http://foreign.example/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody", 403, b"foreign.example"),
        (b"CONNECT nowhere.polymarket.us:443 HTTP/1.1\r\n\r\n", 501, b"nowhere.polymarket.us"),
        (b"GET http://nowhere.polymarket.us/ HTTP/1.1\r\n\r\n", 501, b"nowhere.polymarket.us"),
        (b"GET http://relayer-v2.polymarket.com/ HTTP/1.1\r\n\r\n", 501, b"relayer-v2.polymarket.com"),
        (b"GET /book HTTP/1.1\r\n\r\n", 400, b"needs CONNECT"),
        (b"CONNECT nothing HTTP/1.1\r\n\r\n", 400, b"host:port"),
        (b"CONNECT clob.polymarket.com:443 HTTP/1.1\r\n\r\n\x16\x03", 400, b"wait for the answer"),
        (b"rubbish\r\n\r\n", 400, b"HTTP/1.1"),
    ],
)
async def test_what_leads_nowhere_is_refused_with_its_reason(
    tmp_path: Path, request_: bytes, status: int, says: bytes
) -> None:
    async with running(tmp_path, 1) as (proxy, reports):
        answer = await whole_answer(proxy.port, request_)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert says in answer.partition(b"\r\n\r\n")[2]
        assert len(reports) == 1


async def test_a_refusal_is_reported_once_however_often_it_happens(tmp_path: Path) -> None:
    async with running(tmp_path, 1) as (proxy, reports):
        for _ in range(3):
            await whole_answer(proxy.port, b"CONNECT foreign.example:443 HTTP/1.1\r\n\r\n")
        assert len(reports) == 1


async def test_an_allowed_host_is_dialled_and_only_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[tuple[object, object]] = []
    original = asyncio.open_connection

    async def watched(host: str, port: int, **options: object) -> object:
        dialled.append((host, port))
        return await original("127.0.0.1", elsewhere)

    async with listening(echo) as elsewhere:
        async with running(tmp_path, 1, policy=Policy(allowed=["rpc.example.com"])) as (proxy, _):
            streams = await original("127.0.0.1", proxy.port)
            monkeypatch.setattr(asyncio, "open_connection", watched)
            reader, writer = streams
            writer.write(b"CONNECT rpc.example.com:8545 HTTP/1.1\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            writer.write(b"hello")
            assert await reader.read(100) == b"<hello>"
            await finish(writer)
            reader, writer = await original("127.0.0.1", proxy.port)
            writer.write(b"CONNECT other.example.com:443 HTTP/1.1\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 403")
            await finish(writer)
    assert dialled == [("rpc.example.com", 8545)]


async def test_an_exchange_that_is_gone_is_502_and_named(tmp_path: Path) -> None:
    async with listening(echo) as gone:
        pass
    async with running(tmp_path, gone) as (proxy, _):
        answer = await whole_answer(proxy.port, f"GET http://{CLOB}/ HTTP/1.1\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 502 the exchange does not answer for clob.polymarket.com")
        inside = await whole_answer(proxy.host_ports[CLOB], b"GET / HTTP/1.1\r\n\r\n")
        assert inside.startswith(b"HTTP/1.1 502 the exchange does not answer")


async def test_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_module, "CONNECTIONS_MAX", 2)
    async with listening(echo) as exchange, running(tmp_path, exchange) as (proxy, reports):
        held = [await connect(proxy.port, f"{CLOB}:80") for _ in range(2)]
        assert await whole_answer(proxy.port, b"") == b""
        assert reports == ["more than 2 connections at once"]
        for _, writer, _ in held:
            await finish(writer)
        for _ in range(100):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(f"CONNECT {CLOB}:80 HTTP/1.1\r\n\r\n".encode())
            if (await reader.read(12)) == b"HTTP/1.1 200":
                break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("no room again after the others had left")
        await finish(writer)
