"""Sends signed orders over some connections and times the answers; a process of its own.

Reads one JSON object from standard input (see `Job`), signs everything first, then sends: each
connection has one request under way and takes the next from the common queue when its answer is
complete. Prints one JSON object with the latencies. Talks HTTP by hand: a general client would be
slower than the exchange it measures.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Final, cast

import uvloop

from benchmarks.signed_orders import Trader, signed_requests

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(frozen=True, slots=True)
class Job:
    """What to send where: `orders` orders for one market over `connections` connections."""

    port: int
    connections: int
    orders: int
    yes_token: str
    no_token: str
    traders: list[Trader]
    seed: int

    @classmethod
    def from_json(cls, text: str) -> Job:
        fields: dict[str, Any] = json.loads(text)
        fields["traders"] = [Trader(**trader) for trader in fields["traders"]]
        return cls(**fields)


class Tally:
    """What came back: seconds for each order, how many traded at once, and the first refusals."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.matched = 0
        self.refusals: list[str] = []

    def count(self, status: bytes, body: bytes, seconds: float) -> None:
        self.seconds.append(seconds)
        if status != b"200" or b'"success":true' not in body.replace(b" ", b""):
            self.refusals.append(f"{status.decode()} {body.decode(errors='replace')}")
        elif b'"matched"' in body:
            self.matched += 1


class Connection(asyncio.Protocol):
    """One keep-alive connection: sends the next request when the last is answered."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._tally = tally
        self._done = done
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface, but not the base class.
        self._transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        """Send the next request, or finish where none is left."""
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            return
        self._sent_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        found = head.find(_LENGTH)
        assert found >= 0, "an answer came without its length"
        stop = head.find(b"\r\n", found)
        length = int(head[found + len(_LENGTH) : stop if stop >= 0 else None])
        start = end + len(_HEAD_END)
        if len(self._buffer) < start + length:
            return
        body = self._buffer[start : start + length]
        self._buffer = self._buffer[start + length :]
        self._tally.count(head[9:12], body, perf_counter() - self._sent_at)
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the exchange closed a connection"))


async def run(job: Job) -> dict[str, Any]:
    """Do the job; returns the seconds it took, the latencies, and what was refused."""
    requests = list(signed_requests(job.traders, job.yes_token, job.no_token, job.orders, job.seed))
    queue = iter(requests)
    tally = Tally()
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []
    finished: list[asyncio.Future[None]] = []
    for _ in range(job.connections):
        done: asyncio.Future[None] = loop.create_future()
        _, connection = await loop.create_connection(
            partial(Connection, queue, tally, done), "127.0.0.1", job.port
        )
        connections.append(connection)
        finished.append(done)
    started = perf_counter()
    for connection in connections:
        connection.send_next()
    await asyncio.gather(*finished)
    return {
        "seconds": perf_counter() - started,
        "latencies": tally.seconds,
        "matched": tally.matched,
        "refused": len(tally.refusals),
        "refusals": tally.refusals[:3],
    }


if __name__ == "__main__":
    json.dump(uvloop.run(run(Job.from_json(sys.stdin.read()))), sys.stdout)
