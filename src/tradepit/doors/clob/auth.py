"""Who sends a request: a wallet by its signature (L1), or an API key by its HMAC (L2).

Rules: docs/protocol/clob.md, "L1" and "L2". What fails never says which part of it was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tradepit.chain.addresses import parse_address
from tradepit.chain.auth import clob_auth_digest
from tradepit.chain.contracts import CHAINS
from tradepit.chain.signatures import InvalidSignature, recover_signer
from tradepit.core.units import NANOSECONDS, Timestamp
from tradepit.doors.clob.errors import INVALID_L1, UNAUTHORIZED, ApiError
from tradepit.identity.wallets import WalletKey, Wallets

_NONCE_MAX: Final = 2**63 - 1
_DIGITS_MAX: Final = 19

Headers = Mapping[bytes, bytes]


class WalletClaim(NamedTuple):
    """A wallet that proved itself, and the chain and nonce that it signed for."""

    address: bytes
    chain_id: int
    nonce: int


def authenticate_wallet(headers: Headers, now: Timestamp, window_s: int) -> WalletClaim:
    """Check L1 headers. The chain is learned here: the signature fits one chain only. Raises `ApiError`."""
    try:
        address = parse_address(_text(headers, b"poly_address"))
        signature = bytes.fromhex(_text(headers, b"poly_signature").removeprefix("0x"))
        timestamp = _text(headers, b"poly_timestamp")
        nonce = _natural(_text(headers, b"poly_nonce") or "0")
        seconds = _natural(timestamp)
    except ValueError:
        raise ApiError(401, INVALID_L1) from None
    if nonce > _NONCE_MAX or abs(now // NANOSECONDS - seconds) > window_s:
        raise ApiError(401, INVALID_L1)
    for chain_id in CHAINS:
        try:
            signer = recover_signer(clob_auth_digest(chain_id, address, timestamp, nonce), signature)
        except InvalidSignature:
            break
        if signer == address:
            return WalletClaim(address, chain_id, nonce)
    raise ApiError(401, INVALID_L1)


def authenticate_key(
    headers: Headers, method: str, path: str, body: bytes, wallets: Wallets, now: Timestamp, window_s: int
) -> WalletKey:
    """Check L2 headers: a live key, of this wallet, signed this request lately. Raises `ApiError`."""
    key = wallets.by_api_key(_text(headers, b"poly_api_key"))
    if key is None:
        raise ApiError(401, UNAUTHORIZED)
    timestamp = _text(headers, b"poly_timestamp")
    try:
        seconds = _natural(timestamp)
    except ValueError:
        raise ApiError(401, UNAUTHORIZED) from None
    if (
        abs(now // NANOSECONDS - seconds) > window_s
        or _text(headers, b"poly_address").lower() != key.account
        or not key.accepts_passphrase(_text(headers, b"poly_passphrase"))
        or not key.accepts_signature(_text(headers, b"poly_signature"), timestamp, method, path, body)
    ):
        raise ApiError(401, UNAUTHORIZED)
    return key


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _natural(text: str) -> int:
    if len(text) > _DIGITS_MAX or not (text.isascii() and text.isdigit()):
        raise ValueError("not a natural number")
    return int(text)
