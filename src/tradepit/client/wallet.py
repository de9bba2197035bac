"""A wallet of the CLOB's kind: it signs orders and requests, and never leaves the machine.

Formats: docs/protocol/clob.md, "L1", "L2" and "The signed order".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Literal

from coincurve import PrivateKey

from tradepit.chain.addresses import ZERO_ADDRESS, checksum_address
from tradepit.chain.auth import clob_auth_digest
from tradepit.chain.contracts import Exchange, OrderVersion
from tradepit.chain.keccak import keccak256
from tradepit.chain.orders import (
    OrderTermsV1,
    OrderTermsV2,
    domain_separators,
    order_digest,
    struct_hash,
)

Side = Literal["BUY", "SELL"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What the CLOB gave for a wallet; the secret parts never show in `repr`."""

    api_key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """An order as the CLOB takes it: the JSON object, and its digest, which is the order's id."""

    body: dict[str, str | int]
    order_id: str


class Wallet:
    """One private key on one chain."""

    def __init__(self, private_key: str, chain_id: int = 80_002) -> None:
        self._key = PrivateKey(bytes.fromhex(private_key.removeprefix("0x")))
        self.chain_id = chain_id
        self.address_bytes = keccak256(self._key.public_key.format(compressed=False)[1:])[12:]
        self.address = checksum_address(self.address_bytes)

    def __repr__(self) -> str:
        return f"Wallet({self.address}, chain {self.chain_id})"

    def sign(self, digest: bytes) -> str:
        """The 65-byte signature of a 32-byte digest in hex, low s, v 27 or 28. About 30 us."""
        signature = self._key.sign_recoverable(digest, hasher=None)
        return "0x" + signature[:64].hex() + format(signature[64] + 27, "02x")

    def l1_headers(self, timestamp: int, nonce: int = 0) -> dict[str, str]:
        """Headers that prove control of the wallet, for making or deriving an API key."""
        digest = clob_auth_digest(self.chain_id, self.address_bytes, str(timestamp), nonce)
        return {
            "POLY_ADDRESS": self.address,
            "POLY_SIGNATURE": self.sign(digest),
            "POLY_TIMESTAMP": str(timestamp),
            "POLY_NONCE": str(nonce),
        }

    def l2_headers(
        self, key: ApiKey, timestamp: int, method: str, path: str, body: bytes = b""
    ) -> dict[str, str]:
        """Headers that sign one request with the API key; `path` is without its query."""
        message = f"{timestamp}{method}{path}".encode() + body
        secret = base64.urlsafe_b64decode(key.secret)
        signature = base64.urlsafe_b64encode(hmac.digest(secret, message, hashlib.sha256)).decode()
        return {
            "POLY_ADDRESS": self.address,
            "POLY_SIGNATURE": signature,
            "POLY_TIMESTAMP": str(timestamp),
            "POLY_API_KEY": key.api_key,
            "POLY_PASSPHRASE": key.passphrase,
        }

    def sign_order_v1(
        self,
        *,
        token_id: str,
        side: Side,
        maker_amount: int,
        taker_amount: int,
        salt: int,
        exchange: Exchange = "ctf",
        expiration: int = 0,
        nonce: int = 0,
        fee_rate_bps: int = 0,
    ) -> SignedOrder:
        """A V1 order. Amounts are in millionths (of a dollar, of a share), `expiration` in seconds."""
        terms = OrderTermsV1(
            salt,
            self.address_bytes,
            self.address_bytes,
            ZERO_ADDRESS,
            int(token_id),
            maker_amount,
            taker_amount,
            expiration,
            nonce,
            fee_rate_bps,
            _side_number(side),
            0,
        )
        fields: dict[str, str | int] = {
            "taker": checksum_address(ZERO_ADDRESS),
            "expiration": str(expiration),
            "nonce": str(nonce),
            "feeRateBps": str(fee_rate_bps),
        }
        return self._signed(OrderVersion.V1, exchange, terms, side, fields)

    def sign_order_v2(
        self,
        *,
        token_id: str,
        side: Side,
        maker_amount: int,
        taker_amount: int,
        salt: int,
        timestamp_ms: int,
        exchange: Exchange = "ctf",
        expiration: int = 0,
    ) -> SignedOrder:
        """A V2 order, or a V3 one for a market of the `v3` exchange. `expiration` is not signed."""
        zero = bytes(32)
        terms = OrderTermsV2(
            salt,
            self.address_bytes,
            self.address_bytes,
            int(token_id),
            maker_amount,
            taker_amount,
            _side_number(side),
            0,
            timestamp_ms,
            zero,
            zero,
        )
        version = OrderVersion.V3 if exchange == "v3" else OrderVersion.V2
        fields: dict[str, str | int] = {
            "expiration": str(expiration),
            "timestamp": str(timestamp_ms),
            "metadata": "0x" + zero.hex(),
            "builder": "0x" + zero.hex(),
        }
        return self._signed(version, exchange, terms, side, fields)

    def _signed(
        self,
        version: OrderVersion,
        exchange: Exchange,
        terms: OrderTermsV1 | OrderTermsV2,
        side: Side,
        fields: dict[str, str | int],
    ) -> SignedOrder:
        domain = domain_separators(version, self.chain_id, exchange)[0]
        digest = order_digest(domain, struct_hash(terms))
        body: dict[str, str | int] = {
            "salt": terms.salt,
            "maker": self.address,
            "signer": self.address,
            "tokenId": str(terms.token_id),
            "makerAmount": str(terms.maker_amount),
            "takerAmount": str(terms.taker_amount),
            "side": side,
            "signatureType": 0,
            "signature": self.sign(digest),
        }
        return SignedOrder(body | fields, "0x" + digest.hex())


def _side_number(side: Side) -> int:
    return 0 if side == "BUY" else 1
