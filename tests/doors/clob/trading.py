"""A CLOB door over a real engine, and traders who sign and send orders to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from tradepit.chain.addresses import ZERO_ADDRESS, checksum_address
from tradepit.chain.contracts import EXCHANGE_CONTRACTS, Exchange, OrderVersion
from tradepit.chain.orders import (
    OrderTermsV1,
    OrderTermsV2,
    domain_separator,
    order_digest,
    struct_hash,
)
from tradepit.client import ApiKey, Wallet
from tradepit.core.commands import CreateMarket, Deposit, FeeSchedule, SetMarketState, Split
from tradepit.core.enums import MarketState
from tradepit.core.units import CASH_PER_DOLLAR, LOTS_PER_SHARE, NANOSECONDS
from tradepit.doors.clob.app import ClobApp, create_app
from tradepit.doors.clob.settings import ClobSettings
from tradepit.engine.port import Port
from tradepit.history.reader import History
from tradepit.identity.wallets import Wallets

YES = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
NO = "52114319501245915516055106046884209969926127482827954674443846427813813222426"
CONDITION = "0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1"
ALICE = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
BOB = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
CAROL = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"


def listing(
    now: int,
    slug: str = "rain",
    *,
    yes: str = YES,
    no: str = NO,
    condition: str = CONDITION,
    exchange: Exchange = "ctf",
    tick: int = 100,
    step: int = 1,
    minimum: int = 500,
    delay_ns: int = 0,
    delay_reply: str = "",
    state: MarketState = MarketState.OPEN,
    fees: FeeSchedule | None = None,
) -> CreateMarket:
    """A market with everything that this door needs to know of it."""
    metadata = {
        "question": "Will it rain?",
        "slug": slug,
        "description": "Rain in the yard.",
        "condition_id": condition,
        "question_id": "0x" + "1" * 64,
        "yes_token": yes,
        "no_token": no,
        "yes_label": "Yes",
        "no_label": "No",
        "exchange": exchange,
        "symbol": slug,
        "price_scale": "10000",
        "end_date": "2027-12-31T00:00:00Z",
    }
    if delay_reply:
        metadata["delay_reply"] = delay_reply
    return CreateMarket(
        now,
        slug,
        tick,
        step,
        minimum,
        delay_ns,
        state,
        fees or FeeSchedule(),
        metadata,
    )


class Trader:
    """A wallet with its API key, and shorthand for signed requests."""

    def __init__(self, house: ClobHouse, private_key: str, chain_id: int = 80_002) -> None:
        self.house = house
        self.wallet = Wallet(private_key, chain_id)
        self.account = self.wallet.address.lower()
        self.key: ApiKey
        self._salt = 0

    async def join(self) -> None:
        """Make the API key."""
        response = await self.house.http.post("/auth/api-key", headers=self.wallet.l1_headers(self.now()))
        body = response.json()
        assert response.status_code == 200, body
        self.key = ApiKey(body["apiKey"], body["secret"], body["passphrase"])

    def now(self) -> int:
        """The exchange's time in seconds."""
        return self.house.port.now() // NANOSECONDS

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A request signed with the API key, as the Python clients send it."""
        content = raw if raw is not None else b""
        if body is not None:
            content = json.dumps(body, separators=(",", ":")).encode()
        signed = self.wallet.l2_headers(self.key, self.now(), method, path, content)
        signed["Content-Type"] = "application/json"
        return await self.house.http.request(
            method, path, content=content, params=params, headers=signed | dict(headers or {})
        )

    def order(
        self,
        side: str,
        price: float,
        size: float,
        /,
        *,
        token: str = YES,
        kind: str = "GTC",
        version: int = 2,
        exchange: Exchange = "ctf",
        post_only: bool = False,
        **changes: Any,
    ) -> dict[str, Any]:
        """The body of `POST /order` for a limit order; see `amounts_order`."""
        shares = round(size * 1e6)
        cash = round(price * size * 1e6)
        maker, taker = (cash, shares) if side == "BUY" else (shares, cash)
        return self.amounts_order(
            side,
            maker,
            taker,
            token=token,
            kind=kind,
            version=version,
            exchange=exchange,
            post_only=post_only,
            **changes,
        )

    def amounts_order(
        self,
        side: str,
        maker_amount: int,
        taker_amount: int,
        /,
        *,
        token: str = YES,
        kind: str = "GTC",
        version: int = 2,
        exchange: Exchange = "ctf",
        post_only: bool = False,
        contract: str | None = None,
        chain_id: int | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """The body of `POST /order`, signed after `changes` to the signed fields were made.

        `changes` are names of `OrderTermsV1` or `OrderTermsV2`.
        """
        self._salt += 1
        address = self.wallet.address_bytes
        terms: OrderTermsV1 | OrderTermsV2
        if version == 1:
            terms = OrderTermsV1(
                salt=self._salt,
                maker=address,
                signer=address,
                taker=ZERO_ADDRESS,
                token_id=int(token),
                maker_amount=maker_amount,
                taker_amount=taker_amount,
                expiration=0,
                nonce=0,
                fee_rate_bps=0,
                side=0 if side == "BUY" else 1,
                signature_type=0,
            )
            terms = terms._replace(**changes)
            fields: dict[str, Any] = {
                "taker": checksum_address(terms.taker),
                "expiration": str(terms.expiration),
                "nonce": str(terms.nonce),
                "feeRateBps": str(terms.fee_rate_bps),
            }
        else:
            expiration = changes.pop("expiration", 0)
            terms = OrderTermsV2(
                salt=self._salt,
                maker=address,
                signer=address,
                token_id=int(token),
                maker_amount=maker_amount,
                taker_amount=taker_amount,
                side=0 if side == "BUY" else 1,
                signature_type=0,
                timestamp=self.house.port.now() // 1_000_000,
                metadata=bytes(32),
                builder=bytes(32),
            )
            terms = terms._replace(**changes)
            fields = {
                "expiration": str(expiration),
                "timestamp": str(terms.timestamp),
                "metadata": "0x" + terms.metadata.hex(),
                "builder": "0x" + terms.builder.hex(),
            }
        kind_of_struct = OrderVersion(version)
        chain = chain_id or self.wallet.chain_id
        where = contract or EXCHANGE_CONTRACTS[(chain, kind_of_struct, exchange)][0]
        digest = order_digest(domain_separator(kind_of_struct, chain, where), struct_hash(terms))
        fields |= {
            "salt": terms.salt,
            "maker": checksum_address(terms.maker),
            "signer": checksum_address(terms.signer),
            "tokenId": str(terms.token_id),
            "makerAmount": str(terms.maker_amount),
            "takerAmount": str(terms.taker_amount),
            "side": side,
            "signatureType": terms.signature_type,
            "signature": self.wallet.sign(digest),
        }
        return {
            "order": fields,
            "owner": self.key.api_key,
            "orderType": kind,
            "postOnly": post_only,
            "deferExec": False,
        }

    async def post(self, body: object) -> httpx.Response:
        """`POST /order`."""
        return await self.send("POST", "/order", body)

    async def place(self, side: str, price: float, size: float, /, **options: Any) -> dict[str, Any]:
        """Sign and post a limit order that must be taken; its reply."""
        response = await self.post(self.order(side, price, size, **options))
        reply: dict[str, Any] = response.json()
        assert response.status_code == 200, reply
        assert reply["success"] is True, reply
        return reply

    async def balance(self, token: str = "") -> int:
        """Cash or a token, in millionths."""
        params = {"asset_type": "CONDITIONAL", "token_id": token} if token else {"asset_type": "COLLATERAL"}
        response = await self.send("GET", "/balance-allowance", params=params)
        return int(response.json()["balance"])


class ClobHouse:
    """The door, an HTTP client in front of it, and an operator's hands behind it."""

    def __init__(
        self, port: Port, history: History, settings: ClobSettings | None = None, *, funded: bool = True
    ) -> None:
        self.port = port
        self.funded = funded
        self.welcomed: list[str] = []
        wallets = Wallets(b"m" * 32)
        port.listen(wallets.apply)
        self.wallets = wallets
        self.app: ClobApp = create_app(port, wallets, history, settings, self._welcome)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://clob.test"
        )

    async def _welcome(self, account: str) -> None:
        self.welcomed.append(account)
        if self.funded:
            await self.deposit(account, 10_000)

    async def deposit(self, account: str, dollars: int) -> None:
        await self.port.submit(Deposit(self.port.now(), account, dollars * CASH_PER_DOLLAR))

    async def split(self, account: str, shares: int, market: str = "rain") -> None:
        await self.port.submit(Split(self.port.now(), account, market, shares * LOTS_PER_SHARE))

    async def list_market(self, slug: str = "rain", **terms: Any) -> None:
        await self.port.submit(listing(self.port.now(), slug, **terms))

    async def set_state(self, state: MarketState, market: str = "rain") -> None:
        await self.port.submit(SetMarketState(self.port.now(), market, state))

    async def trader(self, private_key: str = ALICE, chain_id: int = 80_002) -> Trader:
        trader = Trader(self, private_key, chain_id)
        await trader.join()
        return trader

    async def get(self, path: str, **params: str) -> Any:
        response = await self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    async def close(self) -> None:
        await self.http.aclose()
        await self.app.stop()
