"""A session with the US exchange, written by hand on requests as its documentation describes the calls."""

import os
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
import requests

TOKEN_HOST = os.environ.get("US_TOKEN_HOST", "pmx-preprod.us.auth0.com")
API = os.environ.get("US_API", "https://api.preprod.polymarketexchange.com")
AUDIENCE = "https://api.preprod.polymarketexchange.com"


class Session:
    """Authenticated calls; every one raises where the exchange refuses."""

    def __init__(self) -> None:
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self._access_token()}"

    def _access_token(self) -> str:
        client = os.environ["US_CLIENT_ID"]
        token_url = f"https://{TOKEN_HOST}/oauth/token"
        now = int(time.time())
        claims = {"iss": client, "sub": client, "aud": token_url, "iat": now, "exp": now + 120}
        claims["jti"] = uuid.uuid4().hex
        key = Path(os.environ["US_KEY"]).read_bytes()
        reply = self.http.post(
            token_url,
            json={
                "grant_type": "client_credentials",
                "client_id": client,
                "audience": AUDIENCE,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": jwt.encode(claims, key, algorithm="RS256"),
            },
            timeout=20,
        )
        reply.raise_for_status()
        return reply.json()["access_token"]

    def get(self, path: str) -> Any:
        reply = self.http.get(API + path, timeout=20)
        reply.raise_for_status()
        return reply.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        reply = self.http.post(API + path, json=body, timeout=20)
        if not reply.ok:
            raise RuntimeError(f"{reply.status_code} {reply.text}")
        return reply.json()

    def limit(self, symbol: str, side: str, quantity: int, price: int) -> dict[str, Any]:
        """Enter a limit order, good till cancelled; returns the order as the exchange answers."""
        terms = {
            "clord_id": uuid.uuid4().hex,
            "symbol": symbol,
            "side": side,
            "type": "ORDER_TYPE_LIMIT",
            "time_in_force": "TIME_IN_FORCE_GOOD_TILL_CANCEL",
            "order_qty": quantity,
            "price": price,
        }
        return self.post("/v1/trading/orders", terms)["order"]
