"""Orders signed in advance as complete HTTP requests, so that a load client only has to send bytes."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from tradepit.chain.contracts import POLYGON
from tradepit.chain.keccak import keccak256
from tradepit.client import ApiKey, Wallet

SHARES: Final = 10
"""Size of every order; with prices near a half that is five dollars."""

_CENT: Final = 10_000
_SHARE: Final = 1_000_000
_PATH: Final = "/order"


@dataclass(frozen=True, slots=True)
class Trader:
    """A wallet's private key (hex, of these benchmarks only) and the API key the exchange gave it."""

    private_key: str
    api_key: str
    secret: str
    passphrase: str

    @property
    def wallet(self) -> Wallet:
        return Wallet(self.private_key, POLYGON)


def register(clob_url: str, number: int) -> Trader:
    """Make trader `number` (always the same key) and its API key at the exchange."""
    private_key = keccak256(b"benchmark wallet" + number.to_bytes(4, "big")).hex()
    headers = Wallet(private_key, POLYGON).l1_headers(int(time.time()))
    reply = httpx.post(f"{clob_url}/auth/api-key", headers=headers, timeout=30)
    reply.raise_for_status()
    credentials = reply.json()
    return Trader(private_key, credentials["apiKey"], credentials["secret"], credentials["passphrase"])


def signed_requests(
    traders: Sequence[Trader], yes_token: str, no_token: str, count: int, seed: int
) -> Iterator[bytes]:
    """`count` complete HTTP requests, each a signed V2 limit order of ten shares.

    Even traders buy YES, odd ones NO, in turn, at prices scattered around 0.48, so that some orders
    trade at once, some wait and trade later, and nobody meets himself.
    """
    draw = random.Random(seed)
    wallets = [trader.wallet for trader in traders]
    keys = [ApiKey(trader.api_key, trader.secret, trader.passphrase) for trader in traders]
    for number in range(count):
        position = number % len(traders)
        cents = min(90, max(10, round(draw.gauss(48, 3))))
        now_ms = time.time_ns() // 1_000_000
        order = wallets[position].sign_order_v2(
            token_id=no_token if position % 2 else yes_token,
            side="BUY",
            maker_amount=cents * _CENT * SHARES,
            taker_amount=SHARES * _SHARE,
            salt=seed * 1_000_000 + number,
            timestamp_ms=now_ms,
        )
        body = json.dumps(
            {
                "order": order.body,
                "owner": keys[position].api_key,
                "orderType": "GTC",
                "deferExec": False,
                "postOnly": False,
            },
            separators=(",", ":"),
        ).encode()
        headers = wallets[position].l2_headers(keys[position], now_ms // 1_000, "POST", _PATH, body)
        head = [f"POST {_PATH} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        head += [f"Content-Length: {len(body)}", "", ""]
        yield "\r\n".join(head).encode() + body
