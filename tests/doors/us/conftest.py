"""The US door on a real engine, with history projected in the same process, called through its ASGI app."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from litestar import Litestar

from tradepit.core.commands import CreateMarket, Deposit, FeeSchedule, PlaceOrder, RegisterCredential
from tradepit.core.enums import Gives, Side, TimeInForce
from tradepit.core.units import CASH_PER_DOLLAR, NANOSECONDS
from tradepit.doors.us.app import create_app
from tradepit.doors.us.settings import Settings
from tradepit.engine.clock import ManualClock
from tradepit.engine.engine import Engine
from tradepit.engine.messages import Outcome
from tradepit.history.frames import keep
from tradepit.history.projection import Projection
from tradepit.history.reader import History
from tradepit.history.schema import connect
from tradepit.identity.firms import SCOPES, ClientProfile, Firms, account_name, encode

SYMBOL = "tec-nfl-sbw-2026-02-08-kc"
AUTH_DOMAIN = "pmx-preprod.us.auth0.com"
AUDIENCE = "https://api.preprod.polymarketexchange.com"
SIGNING_KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class World:
    """An exchange with a US door: `http` calls it, `engine` is what is behind it."""

    engine: Engine
    clock: ManualClock
    firms: Firms
    app: Litestar
    http: httpx.AsyncClient
    key: rsa.RSAPrivateKey
    tokens: dict[str, str] = field(default_factory=dict)

    async def market(
        self,
        symbol: str = SYMBOL,
        *,
        tick: int = 100,
        step: int = 100,
        price_scale: str = "10000",
        **more: Any,
    ) -> None:
        metadata = {
            "symbol": symbol,
            "question": f"Does {symbol} win?",
            "description": f"Pays one dollar if {symbol} wins.",
            "price_scale": price_scale,
            "end_date": "2027-02-08T23:00:00Z",
            **more.pop("metadata", {}),
        }
        await self.engine.submit(
            CreateMarket(
                now=self.engine.now(), market=symbol, tick=tick, quantity_step=step, metadata=metadata, **more
            )
        )

    async def client(
        self,
        client_id: str = "client1",
        *,
        firm: str = "Acme-Trading",
        user: str = "trader1",
        scopes: tuple[str, ...] = SCOPES,
        dollars: int = 1_000,
    ) -> str:
        """Register a client of a funded user; returns the user's account."""
        account = account_name(firm, user)
        payload = encode(ClientProfile(firm=firm, user=user, public_key=public_pem(self.key), scopes=scopes))
        await self.engine.submit(
            RegisterCredential(
                now=self.engine.now(),
                credential=client_id,
                account=account,
                kind="us.client",
                payload=payload,
            )
        )
        if dollars:
            await self.engine.submit(
                Deposit(now=self.engine.now(), account=account, amount=dollars * CASH_PER_DOLLAR)
            )
        return account

    def assertion(
        self, client_id: str = "client1", *, key: rsa.RSAPrivateKey | None = None, **changes: Any
    ) -> str:
        """A client assertion; a claim changed to None is left out, `alg` changes the algorithm."""
        now = self.clock.now() // NANOSECONDS
        algorithm = changes.pop("alg", "RS256")
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": f"https://{AUTH_DOMAIN}/oauth/token",
            "iat": now,
            "exp": now + 300,
            "jti": os.urandom(8).hex(),
        }
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        secret: Any = (key or self.key) if algorithm.startswith(("RS", "PS")) else "x" * 64
        return jwt.encode(claims, secret, algorithm=algorithm)

    def token_request(
        self, assertion: str, client_id: str | None = "client1", **changes: Any
    ) -> dict[str, Any]:
        body = {
            "client_id": client_id,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "audience": AUDIENCE,
            "grant_type": "client_credentials",
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    async def token(self, client_id: str = "client1") -> str:
        response = await self.http.post(
            "/oauth/token", json=self.token_request(self.assertion(client_id), client_id)
        )
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    async def call(
        self, method: str, path: str, body: Any = None, *, client: str = "client1", **headers: str
    ) -> httpx.Response:
        """Call the API as `client`, with a token that is fetched once; `x_participant_id=` adds a header."""
        if client not in self.tokens:
            self.tokens[client] = await self.token(client)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("authorization", f"Bearer {self.tokens[client]}")
        content = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        return await self.http.request(method, path, headers=sent, **content)

    async def ok(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        response = await self.call(method, path, body, **more)
        assert response.status_code == 200, response.text
        return response.json()

    async def insert(self, **changes: Any) -> Any:
        """Enter the page's order, with changes, in the snake dialect; returns its `order`."""
        more = {name: changes.pop(name) for name in ("client",) if name in changes}
        reply = await self.ok("POST", "/v1/trading/orders", snake_order(**changes), **more)
        return reply["order"] | {name: reply[name] for name in ("text",) if name in reply}

    async def quote(
        self, side: Side, price: int, lots: int, *, market: str = SYMBOL, name: str = ""
    ) -> Outcome:
        """Rest an order of another door's account, funded for it."""
        account = "0x" + "ab" * 20
        await self.engine.submit(Deposit(now=self.engine.now(), account=account, amount=10_000 * lots))
        return await self.engine.submit(
            PlaceOrder(
                now=self.engine.now(),
                order_id=os.urandom(32),
                account=account,
                market=market,
                side=side,
                gives=Gives.CASH,
                price=price,
                quantity=lots,
                time_in_force=TimeInForce.GTC,
            )
        )


def snake_order(**changes: Any) -> dict[str, Any]:
    order = {
        "clord_id": os.urandom(8).hex(),
        "symbol": SYMBOL,
        "side": "SIDE_BUY",
        "type": "ORDER_TYPE_LIMIT",
        "time_in_force": "TIME_IN_FORCE_GOOD_TILL_CANCEL",
        "order_qty": 10,
        "price": 5000,
    }
    return {name: value for name, value in (order | changes).items() if value is not None}


def canonical_order(**changes: Any) -> dict[str, Any]:
    order = {
        "clordId": os.urandom(8).hex(),
        "symbol": SYMBOL,
        "side": "SIDE_BUY",
        "type": "ORDER_TYPE_LIMIT",
        "timeInForce": "TIME_IN_FORCE_GOOD_TILL_CANCEL",
        "orderQty": "10",
        "price": "5000",
    }
    return {name: value for name, value in (order | changes).items() if value is not None}


US_FEES = FeeSchedule(us_taker_ppm=69_500, us_maker_rebate_ppm=12_500)


@pytest.fixture
def history(engine: Engine, tmp_path: Path) -> Iterator[History]:
    """History that is always up to date: projected by a listener of the engine."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    reached = 0
    history = History(url, progress=lambda: reached)
    database = connect(url)
    with database.connect() as connection:
        projection = Projection(connection)

    def hear(outcome: Outcome) -> None:
        nonlocal reached
        recording = keep(outcome.sequence, outcome.time, outcome.events)
        if recording is not None:
            with database.begin() as connection:
                projection.write(connection, [recording])
        reached = outcome.sequence

    engine.listen(hear)
    yield history
    history.close()
    database.dispose()


def make_settings(**changes: Any) -> Settings:
    return Settings(**({"signing_key": SIGNING_KEY} | changes))


@pytest.fixture
async def world(
    engine: Engine, clock: ManualClock, history: History, private_key: rsa.RSAPrivateKey
) -> AsyncIterator[World]:
    firms = Firms()
    engine.listen(firms.apply)
    app = create_app(engine, firms, history, make_settings(), wall_clock=clock.now)
    async with caller(app) as http:
        yield World(engine, clock, firms, app, http, private_key)


@pytest.fixture
async def market(world: World) -> World:
    """The world with the page's market and one funded client of it."""
    await world.market()
    await world.client()
    return world


def caller(app: Litestar, base_url: str = f"https://{AUTH_DOMAIN}") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base_url)  # type: ignore[arg-type]
