"""EIP-712 hashing of the venue's signed orders, from words built by hand (about 4 us an order).

The digest is what the wallet signs, and it is the order's id. Structs and domains:
docs/protocol/clob.md, "The signed order".
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from tradepit.chain.addresses import parse_address
from tradepit.chain.contracts import EXCHANGE_CONTRACTS, Exchange, OrderVersion
from tradepit.chain.keccak import keccak256

UINT256_MAX: Final = 2**256 - 1

DOMAIN_TYPE_HASH: Final = keccak256(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
ORDER_V1_TYPE_HASH: Final = keccak256(
    b"Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,uint256 makerAmount,"
    b"uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,uint8 side,uint8 signatureType)"
)
ORDER_V2_TYPE_HASH: Final = keccak256(
    b"Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    b"uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
_NAME_HASH = keccak256(b"Polymarket CTF Exchange")
_PADDING = bytes(12)


class OrderTermsV1(NamedTuple):
    """The twelve signed fields of a V1 order. Addresses are 20 bytes, numbers fit in 256 bits."""

    salt: int
    maker: bytes
    signer: bytes
    taker: bytes
    token_id: int
    maker_amount: int
    taker_amount: int
    expiration: int
    nonce: int
    fee_rate_bps: int
    side: int
    signature_type: int


class OrderTermsV2(NamedTuple):
    """The eleven signed fields of a V2 or V3 order; `metadata` and `builder` are 32 bytes."""

    salt: int
    maker: bytes
    signer: bytes
    token_id: int
    maker_amount: int
    taker_amount: int
    side: int
    signature_type: int
    timestamp: int
    metadata: bytes
    builder: bytes


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def struct_hash_v1(order: OrderTermsV1) -> bytes:
    """The hash of a V1 order struct; raises `OverflowError` for a number outside 256 bits."""
    return keccak256(
        b"".join(
            (
                ORDER_V1_TYPE_HASH,
                _word(order.salt),
                _PADDING,
                order.maker,
                _PADDING,
                order.signer,
                _PADDING,
                order.taker,
                _word(order.token_id),
                _word(order.maker_amount),
                _word(order.taker_amount),
                _word(order.expiration),
                _word(order.nonce),
                _word(order.fee_rate_bps),
                _word(order.side),
                _word(order.signature_type),
            )
        )
    )


def struct_hash_v2(order: OrderTermsV2) -> bytes:
    """The hash of a V2 or V3 order struct; raises `OverflowError` for a number outside 256 bits."""
    return keccak256(
        b"".join(
            (
                ORDER_V2_TYPE_HASH,
                _word(order.salt),
                _PADDING,
                order.maker,
                _PADDING,
                order.signer,
                _word(order.token_id),
                _word(order.maker_amount),
                _word(order.taker_amount),
                _word(order.side),
                _word(order.signature_type),
                _word(order.timestamp),
                order.metadata,
                order.builder,
            )
        )
    )


def struct_hash(order: OrderTermsV1 | OrderTermsV2) -> bytes:
    """The hash of either struct."""
    if isinstance(order, OrderTermsV1):
        return struct_hash_v1(order)
    return struct_hash_v2(order)


def domain_separator(version: OrderVersion, chain_id: int, contract: str) -> bytes:
    """The hash that ties a signature to one contract on one chain."""
    return keccak256(
        DOMAIN_TYPE_HASH
        + _NAME_HASH
        + keccak256(str(version.value).encode())
        + _word(chain_id)
        + _PADDING
        + parse_address(contract)
    )


@cache
def domain_separators(version: OrderVersion, chain_id: int, exchange: Exchange) -> tuple[bytes, ...]:
    """The domains under which an order of this struct may be signed for a market of `exchange`.

    Empty where there is none: a V1 order for a V3 market, or an unknown chain.
    """
    contracts = EXCHANGE_CONTRACTS.get((chain_id, version, exchange), ())
    return tuple(domain_separator(version, chain_id, contract) for contract in contracts)


def order_digest(separator: bytes, hash_of_struct: bytes) -> bytes:
    """What the wallet signs, and the order's id."""
    return keccak256(b"\x19\x01" + separator + hash_of_struct)
