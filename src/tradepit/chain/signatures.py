"""Recoverable ECDSA signatures over secp256k1: who signed a digest (about 33 us)."""

from __future__ import annotations

from typing import Final

from coincurve import PublicKey

from tradepit.chain.keccak import keccak256

SIGNATURE_BYTES: Final = 65

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_HALF_ORDER_BYTES = _HALF_ORDER.to_bytes(32, "big")
_RECOVERY_ID = {0: b"\x00", 1: b"\x01", 27: b"\x00", 28: b"\x01"}


class InvalidSignature(Exception):
    """The bytes are no signature: wrong length, v not 27 or 28 (0 or 1), a high s, or no such point."""


def recover_signer(digest: bytes, signature: bytes) -> bytes:
    """The 20-byte address whose key signed `digest`.

    Raises `InvalidSignature`. High-s signatures are refused: each has a low-s twin for the same key, and
    one order shall have one signature.
    """
    if len(signature) != SIGNATURE_BYTES or signature[32:64] > _HALF_ORDER_BYTES:
        raise InvalidSignature
    recovery_id = _RECOVERY_ID.get(signature[64])
    if recovery_id is None:
        raise InvalidSignature
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + recovery_id, digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception and ValueError for impossible points
        raise InvalidSignature from error
    return keccak256(key.format(compressed=False)[1:])[12:]
