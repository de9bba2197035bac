"""kill -9 under load: everything that a client was told of is still there after a restart."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import msgspec
import pytest

from tests.support.exchange_process import ExchangeProcess
from tradepit.client import ApiKey, SignedOrder, Wallet

TOKENS: Final = (
    "71321045679252212594626385532706912750332728571942532289631379312455583992563",
    "52114319501245915516055106046884209969926127482827954674443846427813813222426",
)
MILLION: Final = 1_000_000


@dataclass
class Trader:
    """A wallet that writes down what it was told, and nothing else."""

    wallet: Wallet
    client: httpx.AsyncClient
    key: ApiKey | None = None
    start_cash: int = 0
    start_tokens: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, SignedOrder] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    cancelling: str = ""
    """The cancel whose answer is not there yet: it may or may not have been done."""
    trades: set[str] = field(default_factory=set)
    salt: int = 0

    async def call(self, method: str, path: str, body: object = None, query: str = "") -> httpx.Response:
        content = b"" if body is None else msgspec.json.encode(body)
        assert self.key is not None
        now = int((await self.client.get("/time")).json())
        headers = self.wallet.l2_headers(self.key, now, method, path, content)
        return await self.client.request(method, path + query, content=content, headers=headers)

    async def open_account(self) -> None:
        now = int((await self.client.get("/time")).json())
        reply = await self.client.post("/auth/api-key", headers=self.wallet.l1_headers(now))
        assert reply.status_code == 200, reply.text
        told = reply.json()
        self.key = ApiKey(told["apiKey"], told["secret"], told["passphrase"])
        self.start_cash = await self.balance()
        self.start_tokens = {token: await self.balance(token) for token in TOKENS}

    async def balance(self, token: str = "") -> int:
        query = f"?asset_type=CONDITIONAL&token_id={token}" if token else "?asset_type=COLLATERAL"
        reply = await self.call("GET", "/balance-allowance", query=query + "&signature_type=0")
        assert reply.status_code == 200, reply.text
        return int(reply.json()["balance"])

    def order(self, rng: random.Random) -> SignedOrder:
        """10 to 30 shares of either token, near the middle, so that some rest and some trade."""
        self.salt += 1
        side: Literal["BUY", "SELL"] = "BUY" if rng.random() < 0.5 else "SELL"
        shares = rng.randrange(10, 30) * MILLION
        cash = shares * rng.randrange(45, 60) // 100
        maker, taker = (cash, shares) if side == "BUY" else (shares, cash)
        return self.wallet.sign_order_v2(
            token_id=rng.choice(TOKENS),
            side=side,
            maker_amount=maker,
            taker_amount=taker,
            salt=self.salt,
            timestamp_ms=1_790_000_000_000 + self.salt,
        )

    def body(self, order: SignedOrder) -> dict[str, object]:
        assert self.key is not None
        return {"order": order.body, "owner": self.key.api_key, "orderType": "GTC"}

    async def trade_until_the_exchange_dies(self, rng: random.Random) -> None:
        try:
            while True:
                order = self.order(rng)
                reply = await self.call("POST", "/order", self.body(order))
                if reply.status_code == 200:
                    told = reply.json()
                    assert told["orderID"] == order.order_id
                    self.acknowledged[order.order_id] = order
                    self.trades.update(told.get("tradeIDs") or ())
                if self.acknowledged and rng.random() < 0.3:
                    victim = rng.choice(list(self.acknowledged))
                    self.cancelling = victim
                    reply = await self.call("DELETE", "/order", {"orderID": victim})
                    if reply.status_code == 200:
                        self.cancelled.update(reply.json()["canceled"])
                    self.cancelling = ""
        except httpx.TransportError:
            return

    async def pages(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = "MA=="
        while cursor != "LTE=":
            page = (await self.call("GET", path, query=f"?next_cursor={cursor}")).json()
            rows += page["data"]
            cursor = page["next_cursor"]
        return rows


def _flows(trader: Trader, trades: list[dict[str, Any]]) -> tuple[int, dict[str, int]]:
    """What the trades moved in and out of the trader's account: cash and tokens, in millionths."""
    cash = Decimal(0)
    tokens: dict[str, Decimal] = defaultdict(Decimal)

    def move(side: str, token: str, size: Decimal, price: Decimal) -> None:
        nonlocal cash
        sign = 1 if side == "BUY" else -1
        cash -= sign * size * price
        tokens[token] += sign * size

    for trade in trades:
        for maker in trade["maker_orders"]:
            size, price = Decimal(maker["matched_amount"]), Decimal(maker["price"])
            if maker["maker_address"].lower() == trader.wallet.address.lower():
                move(maker["side"], maker["asset_id"], size, price)
            if trade["maker_address"].lower() == trader.wallet.address.lower():
                own_price = price if maker["asset_id"] == trade["asset_id"] else 1 - price
                move(trade["side"], trade["asset_id"], size, own_price)
    return int(cash * MILLION), {token: int(size * MILLION) for token, size in tokens.items()}


async def _check_what_was_told(trader: Trader) -> None:
    assert trader.key is not None
    open_orders = {row["id"]: row for row in await trader.pages("/data/orders")}
    trades = await trader.pages("/data/trades")
    traded = {trade["taker_order_id"] for trade in trades}
    traded |= {maker["order_id"] for trade in trades for maker in trade["maker_orders"]}
    if trader.cancelling and trader.cancelling not in open_orders:
        trader.cancelled.add(trader.cancelling)
    trader.cancelling = ""
    for order_id in trader.acknowledged.keys() - trader.cancelled:
        assert order_id in open_orders or order_id in traded, f"{order_id} is lost"
    assert not trader.cancelled & open_orders.keys(), "a cancelled order is open again"
    assert trader.trades <= {trade["id"] for trade in trades}, "a fill is lost"
    for order_id in list(trader.acknowledged)[-20:]:
        again = await trader.call("POST", "/order", trader.body(trader.acknowledged[order_id]))
        assert again.status_code == 400, "an acknowledged order was taken a second time"
        assert again.json()["error"] == f"order {order_id} is invalid. Duplicated."
    cash, tokens = _flows(trader, trades)
    assert await trader.balance() == trader.start_cash + cash
    for token in TOKENS:
        assert await trader.balance(token) == trader.start_tokens[token] + tokens.get(token, 0)


@pytest.mark.timeout(180)
async def test_everything_a_client_was_told_survives_kill_nine_under_load(tmp_path: Path) -> None:
    rng = random.Random(5)
    exchange = ExchangeProcess(tmp_path / "data")
    exchange.start()
    try:
        async with httpx.AsyncClient(base_url=exchange.url, timeout=10) as client:
            traders = [Trader(Wallet(f"{number:064x}"), client) for number in range(1001, 1005)]
            for trader in traders:
                await trader.open_account()
            for _ in range(3):
                seeds = [random.Random(rng.random()) for _ in traders]
                load = asyncio.gather(
                    *(
                        trader.trade_until_the_exchange_dies(seed)
                        for trader, seed in zip(traders, seeds, strict=True)
                    )
                )
                await asyncio.sleep(rng.uniform(0.8, 2.0))
                exchange.kill()
                await load
                exchange.start()
                for trader in traders:
                    await _check_what_was_told(trader)
            assert sum(len(trader.acknowledged) for trader in traders) > 100
            assert any(trader.trades for trader in traders)
            assert any(trader.cancelled for trader in traders)
    finally:
        exchange.kill()
