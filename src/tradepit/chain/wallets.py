"""Addresses of the contract wallets that belong to a signing key, by CREATE2 (docs/protocol/clob.md)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tradepit.chain.contracts import AMOY, POLYGON, PROXY_FACTORY, SAFE_FACTORY
from tradepit.chain.keccak import keccak256

_PROXY_INIT_CODE_HASH: Final = {
    POLYGON: bytes.fromhex("d21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b"),
    AMOY: bytes.fromhex("442a4567f37708329df46daeaa0cd51382fd3c744c1ade32cf562252eeb67920"),
}
_SAFE_INIT_CODE_HASH: Final = bytes.fromhex(
    "2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf"
)


def create2_address(deployer: bytes, salt: bytes, init_code_hash: bytes) -> bytes:
    """Where a contract lands that `deployer` creates with this salt and code."""
    return keccak256(b"\xff" + deployer + salt + init_code_hash)[12:]


@lru_cache(maxsize=65_536)
def proxy_wallet(signer: bytes, chain_id: int) -> bytes:
    """The proxy wallet of `signer` (signature type 1); raises `KeyError` for an unknown chain."""
    return create2_address(PROXY_FACTORY[chain_id], keccak256(signer), _PROXY_INIT_CODE_HASH[chain_id])


@lru_cache(maxsize=65_536)
def safe_wallet(signer: bytes) -> bytes:
    """The 1-of-1 Safe of `signer` (signature type 2), the same on both chains."""
    return create2_address(SAFE_FACTORY, keccak256(bytes(12) + signer), _SAFE_INIT_CODE_HASH)
