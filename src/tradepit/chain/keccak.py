"""Keccak-256, the hash of the chain (SHA-3 before its final padding; `hashlib.sha3_256` differs)."""

from __future__ import annotations

import sha3

_keccak_256 = sha3.keccak_256


def keccak256(data: bytes) -> bytes:
    """The 32-byte Keccak-256 of `data`; about 2 us for an order's 416 bytes."""
    digest: bytes = _keccak_256(data).digest()
    return digest
