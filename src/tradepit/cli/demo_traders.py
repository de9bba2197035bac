"""The two traders of the demo: each speaks its venue's protocol over real sockets, and nothing else."""

from __future__ import annotations

import json
import ssl
import uuid
from typing import Any, Final

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tradepit import environment
from tradepit.chain.contracts import Exchange
from tradepit.cli.exchange import CliError
from tradepit.client import ApiKey, Wallet

_TIMEOUT_SECONDS: Final = 10.0
_ASSERTION_SECONDS: Final = 60
_MILLIONTHS_PER_CENT: Final = 10_000
_MILLIONTHS: Final = 1_000_000
_AUTH_DOMAIN: Final = "pmx-preprod.us.auth0.com"
_AUDIENCE: Final = "https://api.preprod.polymarketexchange.com"


def _seconds() -> int:
    return environment.wall_clock_ns() // 1_000_000_000


def _json(answer: httpx.Response) -> Any:
    if not answer.is_success:
        request = answer.request
        raise CliError(f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text}")
    return answer.json()


class ClobTrader:
    """A new wallet on the CLOB."""

    def __init__(self, url: str) -> None:
        self.wallet = Wallet(environment.random_bytes(32).hex())
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._key = ApiKey("", "", "")

    def close(self) -> None:
        self._http.close()

    def make_api_key(self) -> str:
        """Prove control of the wallet, get an API key; returns its id."""
        answer = _json(self._http.post("/auth/api-key", headers=self.wallet.l1_headers(_seconds())))
        self._key = ApiKey(answer["apiKey"], answer["secret"], answer["passphrase"])
        return self._key.api_key

    def collateral(self) -> Any:
        """The venue's answer about the wallet's cash, in millionths of a dollar."""
        return self._get("/balance-allowance", {"asset_type": "COLLATERAL", "signature_type": "0"})

    def tokens(self, token_id: str) -> Any:
        """The venue's answer about one token, in millionths of a share."""
        asked = {"asset_type": "CONDITIONAL", "token_id": token_id, "signature_type": "0"}
        return self._get("/balance-allowance", asked)

    def sell(self, token_id: str, *, cents: int, shares: int, exchange: Exchange) -> Any:
        """Rest a GTC sell order."""
        order = self.wallet.sign_order_v2(
            token_id=token_id,
            side="SELL",
            maker_amount=shares * _MILLIONTHS,
            taker_amount=shares * cents * _MILLIONTHS_PER_CENT,
            salt=int.from_bytes(environment.random_bytes(6), "big"),
            timestamp_ms=environment.wall_clock_ns() // 1_000_000,
            exchange=exchange,
        )
        return self._send(
            "POST", "/order", {"order": order.body, "owner": self._key.api_key, "orderType": "GTC"}
        )

    def trades(self) -> Any:
        return self._get("/data/trades", {"maker_address": self.wallet.address})

    def order(self, order_id: str) -> Any:
        return self._get(f"/data/order/{order_id}", {})

    def cancel(self, order_id: str) -> Any:
        return self._send("DELETE", "/order", {"orderID": order_id})

    def _get(self, path: str, query: dict[str, str]) -> Any:
        headers = self.wallet.l2_headers(self._key, _seconds(), "GET", path)
        return _json(self._http.get(path, params=query, headers=headers))

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        content = json.dumps(body, separators=(",", ":")).encode()
        headers = self.wallet.l2_headers(self._key, _seconds(), method, path, content)
        headers["Content-Type"] = "application/json"
        return _json(self._http.request(method, path, content=content, headers=headers))


class UsTrader:
    """An onboarded trader on the US exchange, over TLS with the exchange's own authority."""

    def __init__(self, url: str, ca_certificate: str, client_id: str, key: rsa.RSAPrivateKey) -> None:
        self._client_id = client_id
        self._key = key
        self._http = httpx.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=ca_certificate),
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def log_in(self) -> Any:
        """Exchange a signed assertion for an access token; returns the venue's answer without the token."""
        now = _seconds()
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": f"https://{_AUTH_DOMAIN}/oauth/token",
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.UUID(bytes=environment.random_bytes(16), version=4)),
        }
        answer = _json(
            self._http.post(
                "/oauth/token",
                json={
                    "client_id": self._client_id,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": jwt.encode(claims, self._key, algorithm="RS256"),
                    "audience": _AUDIENCE,
                    "grant_type": "client_credentials",
                },
            )
        )
        self._http.headers["Authorization"] = f"Bearer {answer.pop('access_token')}"
        return answer

    def who_am_i(self) -> Any:
        return _json(self._http.get("/v1/whoami"))

    def balance(self) -> Any:
        return self._post("/v1/positions/balance", {})

    def instrument(self, symbol: str) -> Any:
        return self._post("/v1/refdata/instruments", {"symbols": [symbol]})["instruments"][0]

    def buy(self, symbol: str, *, price: int, quantity: int) -> Any:
        """Enter a limit order; price and quantity in the instrument's scales."""
        return self._post(
            "/v1/trading/orders",
            {
                "clordId": str(uuid.UUID(bytes=environment.random_bytes(16), version=4)),
                "symbol": symbol,
                "side": "SIDE_BUY",
                "type": "ORDER_TYPE_LIMIT",
                "timeInForce": "TIME_IN_FORCE_IMMEDIATE_OR_CANCEL",
                "orderQty": str(quantity),
                "price": str(price),
            },
        )

    def find_order(self, symbol: str, order_id: str) -> Any:
        orders = self._post("/v1/report/orders/search", {"symbol": symbol})["order"]
        return next(order for order in orders if order["id"] == order_id)

    def positions(self) -> Any:
        return _json(self._http.get("/v1/positions"))["positions"]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _json(self._http.post(path, json=body))
