"""Load and `kill -9`, again and again: `make soak`. Whatever a client was told of must survive.

Each cycle starts the exchange on the same data, lets a few traders rest, match and cancel orders, kills
the process without warning in the middle, starts it again, and asks over HTTP for everything that had been
acknowledged: orders, cancels, fills, keys. Every order is then sent once more and must be refused.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.serving import serve
from benchmarks.signed_orders import Trader, register
from tests.support.exchange_process import ExchangeProcess
from tradepit.client import ApiKey, SignedOrder, Wallet

TRADERS: Final = 8
MARKET: Final = "soak"
_FIRST_PAGE: Final = "MA=="
_LAST_PAGE: Final = "LTE="


@dataclass(slots=True)
class Told:
    """What the exchange acknowledged of one order; `asked_to_cancel` may or may not have been heard."""

    order: SignedOrder
    filled: bool
    cancelled: bool = False
    asked_to_cancel: bool = False


@dataclass
class Client:
    """One trader over HTTP, and everything that it has been told."""

    trader: Trader
    seed: int
    told: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wallet: Wallet = self.trader.wallet
        self.key = ApiKey(self.trader.api_key, self.trader.secret, self.trader.passphrase)

    async def call(self, http: httpx.AsyncClient, method: str, path: str, body: Any = None) -> httpx.Response:
        """One signed call."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = self.wallet.l2_headers(self.key, int(time.time()), method, path, content)
        return await http.request(method, path, content=content or None, headers=headers)

    async def post(self, http: httpx.AsyncClient, order: SignedOrder) -> httpx.Response:
        body = {"order": order.body, "owner": self.trader.api_key, "orderType": "GTC"}
        return await self.call(http, "POST", "/order", body)

    async def trade(self, http: httpx.AsyncClient, tokens: tuple[str, str]) -> None:
        """Rest, match and cancel until the exchange is gone."""
        draw = random.Random(self.seed)
        while True:
            cents = draw.randint(40, 56)
            order = self.wallet.sign_order_v2(
                token_id=tokens[self.seed % 2],
                side="BUY",
                maker_amount=cents * 100_000,
                taker_amount=10_000_000,
                salt=draw.getrandbits(50),
                timestamp_ms=int(time.time() * 1_000),
            )
            try:
                reply = await self.post(http, order)
                assert reply.status_code == 200, reply.text
                self.told.append(Told(order, filled=reply.json()["status"] == "matched"))
                if draw.random() < 0.3:
                    await self._cancel_one(http, draw)
            except httpx.TransportError:
                return

    async def _cancel_one(self, http: httpx.AsyncClient, draw: random.Random) -> None:
        told = draw.choice(self.told)
        told.asked_to_cancel = True
        reply = await self.call(http, "DELETE", "/order", {"orderID": told.order.order_id})
        if told.order.order_id in reply.json()["canceled"]:
            told.cancelled = True

    async def _all(self, http: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
        """Every row of a paged list of this trader's."""
        rows: list[dict[str, Any]] = []
        cursor = _FIRST_PAGE
        headers = self.wallet.l2_headers(self.key, int(time.time()), "GET", path)
        while cursor != _LAST_PAGE:
            reply = await http.get(path, params={"next_cursor": cursor}, headers=headers)
            reply.raise_for_status()
            page = reply.json()
            rows += page["data"]
            cursor = page["next_cursor"]
        return rows

    async def verify(self, http: httpx.AsyncClient) -> int:
        """Ask for everything that was acknowledged; returns how many orders that was."""
        live = {row["id"] for row in await self._all(http, "/data/orders")}
        traded: set[str] = set()
        for trade in await self._all(http, "/data/trades"):
            traded |= {trade["taker_order_id"], *(maker["order_id"] for maker in trade["maker_orders"])}
        for told in self.told:
            order = told.order.order_id
            assert order in traded or not told.filled, f"the fill of {order} was lost"
            assert order not in live or not told.cancelled, f"the cancel of {order} was lost"
            assert order in live | traded or told.asked_to_cancel, f"{order} was lost"
            again = await self.post(http, told.order)
            assert again.status_code == 400, f"{order} was taken twice: {again.text}"
            assert "Duplicated" in again.text, again.text
        return len(self.told)


def _tokens(exchange: ExchangeProcess) -> tuple[str, str]:
    url = exchange.url_of(8) + "/v1/markets"
    reply = httpx.get(f"{url}/{MARKET}", timeout=30)
    if reply.status_code == 404:
        reply = httpx.post(url, json={"slug": MARKET, "question": "Does it last?"}, timeout=30)
    reply.raise_for_status()
    market = reply.json()
    return market["yes_token"], market["no_token"]


async def _load_and_kill(exchange: ExchangeProcess, clients: list[Client], seconds: float) -> None:
    tokens = _tokens(exchange)
    async with httpx.AsyncClient(base_url=exchange.url, timeout=30) as http:
        running = [asyncio.create_task(client.trade(http, tokens)) for client in clients]
        await asyncio.sleep(seconds)
        os.kill(exchange.process_id, signal.SIGKILL)
        await asyncio.gather(*running)


async def _verify(exchange: ExchangeProcess, clients: list[Client]) -> int:
    async with httpx.AsyncClient(base_url=exchange.url, timeout=30) as http:
        return sum([await client.verify(http) for client in clients])


def soak(minutes: float, seed: int) -> None:
    """Run cycles for `minutes`; raises AssertionError at the first thing that was lost."""
    draw = random.Random(seed)
    deadline = time.monotonic() + 60 * minutes
    cycle = 0
    with tempfile.TemporaryDirectory(prefix="tradepit-soak-") as folder:
        data = Path(folder) / "data"
        while cycle == 0 or time.monotonic() < deadline:
            cycle += 1
            with serve(data) as exchange:
                traders = [register(exchange.url, number + TRADERS * cycle) for number in range(TRADERS)]
                clients = [
                    Client(trader, seed * 1_000 + cycle * TRADERS + number)
                    for number, trader in enumerate(traders)
                ]
                asyncio.run(_load_and_kill(exchange, clients, draw.uniform(0.2, 3)))
            with serve(data) as exchange:
                count = asyncio.run(_verify(exchange, clients))
            print(f"cycle {cycle}: killed, restarted, {count} acknowledged orders all there", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Load and kill -9, again and again.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    soak(arguments.minutes, arguments.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
