"""Moves bytes between a client's accepted socket and where they belong."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Final, TypeAlias

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

CHUNK_BYTES: Final = 65_536
HANDSHAKE_SECONDS: Final = 10.0
FIRST_BYTE_SECONDS: Final = 60.0
"""How long an open connection may say nothing at all before it is closed."""
HALF_CLOSED_SECONDS: Final = 60.0
LINGER_SECONDS: Final = 2.0

_TLS_HANDSHAKE: Final = b"\x16"


async def starts_with_tls(connection: socket.socket) -> bool:
    """Wait for the first byte, leave it where it is, and say whether a TLS handshake begins with it.

    Raises TimeoutError, and ConnectionError if the client left.
    """
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()

    def on_readable() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(connection, on_readable)
    try:
        await asyncio.wait_for(readable, FIRST_BYTE_SECONDS)
    finally:
        loop.remove_reader(connection)
    first = connection.recv(1, socket.MSG_PEEK)
    if not first:
        raise ConnectionResetError("the client left")
    return first == _TLS_HANDSHAKE


async def open_streams(connection: socket.socket, context: ssl.SSLContext | None) -> Streams:
    """Take over an accepted socket; with a context, as the server of a TLS session."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(CHUNK_BYTES, loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        connection,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_SECONDS if context else None,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def relay(client: Streams, upstream: Streams) -> None:
    """Copy both ways until both ends have said all they have to say, then close both. Adds nothing.

    The upstream's end ends everything; a client may stop sending and still wait for its answer.
    """
    up = asyncio.ensure_future(_copy(client[0], upstream[1]))
    down = asyncio.ensure_future(_copy(upstream[0], client[1]))
    try:
        await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        # TLS knows no half-closed connection: a client that is gone there waits for nothing.
        if not down.done() and client[1].can_write_eof() and upstream[1].can_write_eof():
            await asyncio.wait((down,), timeout=HALF_CLOSED_SECONDS)
    finally:
        up.cancel()
        down.cancel()
        # Both before the first await: a cancellation may arrive at any of them.
        upstream[1].close()
        client[1].close()
        await asyncio.gather(up, down, return_exceptions=True)
        await close(upstream[1])
        await close(client[1])


async def answer_and_close(client: Streams, answer: bytes) -> None:
    """Send a last answer, and listen a moment for the rest of the request: closing on unread bytes
    resets the connection, and the client would never see the answer."""
    reader, writer = client
    try:
        with contextlib.suppress(OSError, TimeoutError):
            writer.write(answer)
            await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                while await reader.read(CHUNK_BYTES):
                    pass
    finally:
        await close(writer)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close, whatever state the other side left it in."""
    with contextlib.suppress(OSError, TimeoutError):
        writer.close()
        async with asyncio.timeout(LINGER_SECONDS):
            await writer.wait_closed()
    writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
