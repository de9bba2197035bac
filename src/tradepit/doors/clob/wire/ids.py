"""Names that this door makes: trade ids, simulated transaction hashes, and faces for foreign accounts."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Final

from tradepit.chain.addresses import checksum_address, parse_address
from tradepit.chain.keccak import keccak256

_TRADE_MARK: Final = 0x74726164  # "trad": tells our trade ids from other UUIDs


def trade_id(number: int) -> str:
    """The UUID of the logical trade whose first core trade is `number`; it can be read back."""
    return str(uuid.UUID(int=(_TRADE_MARK << 96) | (0x8 << 76) | (0x8 << 60) | number))


def trade_number(text: str) -> int | None:
    """The core trade that a trade id begins with; None for what is no trade id of ours."""
    try:
        value = uuid.UUID(text).int
    except ValueError:
        return None
    number = value & ((1 << 60) - 1)
    return number if trade_id(number) == str(uuid.UUID(int=value)) else None


def transaction_hash(market: str, number: int) -> str:
    """The hash of a settlement that never went to a chain: Keccak of the market and the trade's number."""
    return "0x" + keccak256(market.encode() + b"/" + number.to_bytes(8, "big")).hex()


@lru_cache(maxsize=16_384)
def address_of(account: str) -> str:
    """How an account is shown: a wallet by its checksummed address.

    A trader of another door has no wallet and gets an address that says nothing about its name.
    """
    try:
        return checksum_address(parse_address(account))
    except ValueError:
        return checksum_address(keccak256(b"account/" + account.encode())[12:])


@lru_cache(maxsize=16_384)
def stand_in_owner(account: str) -> str:
    """The API key shown for an account that has none: a UUID that opens nothing."""
    return str(uuid.UUID(bytes=keccak256(b"owner/" + account.encode())[:16], version=4))


def order_text(order_id: bytes) -> str:
    """An order's id as this door shows it: a digest in hex.

    An order of another door has a shorter id of its own, and is shown by the hash of that.
    """
    return "0x" + (order_id if len(order_id) == 32 else keccak256(b"order/" + order_id)).hex()
