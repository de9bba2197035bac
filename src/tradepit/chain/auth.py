"""The message that proves control of a wallet when it asks for an API key (docs/protocol/clob.md, "L1")."""

from __future__ import annotations

from functools import cache
from typing import Final

from tradepit.chain.keccak import keccak256

AUTH_DOMAIN_TYPE_HASH: Final = keccak256(b"EIP712Domain(string name,string version,uint256 chainId)")
CLOB_AUTH_TYPE_HASH: Final = keccak256(
    b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"
)
_MESSAGE_HASH = keccak256(b"This message attests that I control the given wallet")


@cache
def auth_domain_separator(chain_id: int) -> bytes:
    """The domain of L1 authentication; it names no contract."""
    return keccak256(
        AUTH_DOMAIN_TYPE_HASH + keccak256(b"ClobAuthDomain") + keccak256(b"1") + chain_id.to_bytes(32, "big")
    )


def clob_auth_digest(chain_id: int, address: bytes, timestamp: str, nonce: int) -> bytes:
    """What a wallet signs to create or derive an API key; `timestamp` is the header's text as sent."""
    hash_of_struct = keccak256(
        CLOB_AUTH_TYPE_HASH
        + bytes(12)
        + address
        + keccak256(timestamp.encode())
        + nonce.to_bytes(32, "big")
        + _MESSAGE_HASH
    )
    return keccak256(b"\x19\x01" + auth_domain_separator(chain_id) + hash_of_struct)
