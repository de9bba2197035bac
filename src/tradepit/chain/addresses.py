"""Addresses: 20 bytes inside, `0x` and 40 hex digits outside (EIP-55 checksummed where shown)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tradepit.chain.keccak import keccak256

ZERO_ADDRESS: Final = bytes(20)

_PATTERN = re.compile(r"0[xX][0-9a-fA-F]{40}\Z")


def parse_address(text: str) -> bytes:
    """The 20 bytes of `0x...`, in any letter case; raises `ValueError` for anything else."""
    if _PATTERN.match(text) is None:
        raise ValueError("an address is 0x and 40 hex digits")
    return bytes.fromhex(text[2:])


@lru_cache(maxsize=65_536)
def checksum_address(address: bytes) -> str:
    """The EIP-55 spelling: a letter is upper case where the hash of the lower-case text has a high digit."""
    text = address.hex()
    digits = keccak256(text.encode()).hex()[:40]
    return "0x" + "".join(
        letter.upper() if digit >= "8" else letter for letter, digit in zip(text, digits, strict=True)
    )
