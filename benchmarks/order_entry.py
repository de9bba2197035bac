"""Signed orders over loopback against a real `tradepit serve`: orders a second, and how long one takes.

Every order is signed by its wallet, authenticated, verified, committed to disk, matched and answered;
the history projector runs, and one WebSocket subscriber hears the market. The load client, the
subscriber and the exchange are processes of their own and share the machine.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.serving import serve
from benchmarks.signed_orders import Trader, register
from tests.support.exchange_process import ExchangeProcess

TRADERS: Final = 64
ORDERS: Final[dict[int, int]] = {1: 1_500, 32: 10_000, 256: 10_000}
"""How many orders one round sends, by number of connections."""

ROUNDS: Final = 3
COMMIT_DELAYS_MS: Final = (1, 5)
DEPOSIT: Final = "1000000"


@dataclass(frozen=True, slots=True)
class Bench:
    """A running exchange, its operator API, and traders with money."""

    exchange: ExchangeProcess
    operator: httpx.AsyncClient
    traders: list[Trader]

    async def post(self, path: str, body: Mapping[str, str]) -> dict[str, str]:
        """One call of the operator API; raises `httpx.HTTPStatusError` where it is refused."""
        reply = await self.operator.post(path, json=body)
        reply.raise_for_status()
        answer: dict[str, str] = reply.json()
        return answer

    async def new_market(self, slug: str) -> tuple[str, str]:
        """An empty market; returns its YES and NO tokens."""
        market = await self.post("/v1/markets", {"slug": slug, "question": f"Does {slug} end?"})
        return market["yes_token"], market["no_token"]

    async def fund(self) -> None:
        """So much money for every trader that no order of a benchmark lacks any."""
        for trader in self.traders:
            account = trader.wallet.address.lower()
            await self.post("/v1/deposits", {"account": account, "amount": DEPOSIT})


@asynccontextmanager
async def _subscriber(exchange: ExchangeProcess, tokens: Sequence[str]) -> AsyncIterator[list[int]]:
    """One reader of the market channel; gives a one-item list with the frames it has read so far."""
    frames = [0]

    async def read() -> None:
        with suppress(ConnectionClosed):
            while True:
                await socket.recv(decode=False)
                frames[0] += 1

    async with connect(f"ws://127.0.0.1:{exchange.port + 1}/ws/market", compression=None) as socket:
        await socket.send(json.dumps({"type": "market", "assets_ids": list(tokens)}))
        reader = asyncio.create_task(read())
        try:
            yield frames
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader


async def _round(bench: Bench, connections: int, seed: int) -> dict[str, float]:
    yes_token, no_token = await bench.new_market(f"benchmark-{connections}-{seed}")
    job = {
        "port": bench.exchange.port,
        "connections": connections,
        "orders": ORDERS[connections],
        "yes_token": yes_token,
        "no_token": no_token,
        "traders": [asdict(trader) for trader in bench.traders],
        "seed": seed,
    }
    async with _subscriber(bench.exchange, [yes_token, no_token]) as frames:
        client = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.load_client",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        )
        output, _ = await client.communicate(json.dumps(job).encode())
        assert client.returncode == 0, "the load client failed"
    result = json.loads(output)
    assert not result["refused"], f"{result['refused']} orders were refused, first {result['refusals']}"
    assert frames[0], "the subscriber heard nothing"
    latencies = sorted(result["latencies"])
    return {
        "orders_per_s": len(latencies) / result["seconds"],
        "p50_ms": 1_000 * latencies[len(latencies) // 2],
        "p99_ms": 1_000 * latencies[len(latencies) * 99 // 100],
        "matched_share": result["matched"] / len(latencies),
    }


def _medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    figures = {name: median(each[name] for each in rounds) for name in rounds[0]}
    return {
        "orders_per_s": round(figures["orders_per_s"]),
        "p50_ms": round(figures["p50_ms"], 3),
        "p99_ms": round(figures["p99_ms"], 3),
        "matched_share": round(figures["matched_share"], 3),
    }


async def _measure(
    data: Path, levels: Sequence[int], rounds: int, arguments: Sequence[str]
) -> dict[str, dict[str, float]]:
    results: dict[int, list[dict[str, float]]] = {level: [] for level in levels}
    with serve(data, *arguments) as exchange:
        traders = [register(exchange.url, number) for number in range(TRADERS)]
        async with httpx.AsyncClient(base_url=exchange.url_of(8), timeout=30) as operator:
            bench = Bench(exchange, operator, traders)
            await bench.fund()
            for number in range(rounds):
                for level in levels:
                    results[level].append(await _round(bench, level, number + 1))
    return {str(level): _medians(each) for level, each in results.items()}


def measure(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """By number of connections; levels take turns, and each figure is the median of the rounds."""
    with tempfile.TemporaryDirectory(prefix="tradepit-benchmark-") as folder:
        return asyncio.run(_measure(Path(folder) / "data", list(ORDERS), rounds, []))


def measure_slow_disk(delay_ms: int) -> dict[str, dict[str, float]]:
    """The same, once, where every commit takes `delay_ms` longer, as on a disk that flushes slowly."""
    with tempfile.TemporaryDirectory(prefix="tradepit-benchmark-") as folder:
        arguments = ["--commit-delay-ms", str(delay_ms)]
        return asyncio.run(_measure(Path(folder) / "data", [32, 256], 1, arguments))
