"""Ids of conditions and outcome tokens.

A conditional token's id comes from its condition by a point on the curve alt_bn128; a V3 position id
is structured text in 256 bits. Rules: docs/protocol/clob.md, "Token ids".
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from tradepit.chain.keccak import keccak256

_FIELD: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
_ODD_BIT: Final = 1 << 254
_RESERVED_BITS: Final = ((1 << 64) - 1) << 40


def condition_id(oracle: bytes, question_id: bytes, outcomes: int = 2) -> bytes:
    """The condition that `oracle` (20 bytes) decides: question (32 bytes), number of outcomes."""
    return keccak256(oracle + question_id + outcomes.to_bytes(32, "big"))


@lru_cache(maxsize=16_384)
def collection_id(condition: bytes, index_set: int) -> bytes:
    """The collection of the outcomes in `index_set` (1 is YES, 2 is NO); about 0.2 ms, cached."""
    seed = int.from_bytes(keccak256(condition + index_set.to_bytes(32, "big")), "big")
    wants_odd = bool(seed >> 255)
    x = seed % _FIELD
    while True:
        x = (x + 1) % _FIELD
        square = (pow(x, 3, _FIELD) + 3) % _FIELD
        y = pow(square, (_FIELD + 1) // 4, _FIELD)
        if y * y % _FIELD == square:
            break
    if bool(y & 1) != wants_odd:
        y = _FIELD - y
    return (x ^ _ODD_BIT if y & 1 else x).to_bytes(32, "big")


def position_id(collateral: bytes, collection: bytes) -> int:
    """The token id of a collection backed by `collateral` (20 bytes)."""
    return int.from_bytes(keccak256(collateral + collection), "big")


def outcome_tokens(collateral: bytes, condition: bytes) -> tuple[int, int]:
    """The YES and NO token ids of a binary condition."""
    return (
        position_id(collateral, collection_id(condition, 1)),
        position_id(collateral, collection_id(condition, 2)),
    )


class StructuredId(NamedTuple):
    """The parts of a V3 position id. `module` 1 is binary, 2 neg-risk, 3 combinatorial."""

    module: int
    base_hash: bytes
    arity: int
    resolution_chain: int
    condition_index: int
    outcome_index: int


def structured_position_id(parts: StructuredId) -> int:
    """The V3 position id; `base_hash` is 16 bytes. Raises `OverflowError` for a part that does not fit."""
    return int.from_bytes(
        parts.module.to_bytes(1, "big")
        + parts.base_hash
        + parts.arity.to_bytes(2, "big")
        + bytes(8)
        + parts.resolution_chain.to_bytes(2, "big")
        + parts.condition_index.to_bytes(2, "big")
        + parts.outcome_index.to_bytes(1, "big"),
        "big",
    )


def parse_structured_id(token_id: int) -> StructuredId:
    """The parts of a V3 position id; raises `ValueError` if `token_id` is none."""
    if not is_structured(token_id):
        raise ValueError("bits 40 to 103 of a structured position id are zero")
    data = token_id.to_bytes(32, "big")
    return StructuredId(
        module=data[0],
        base_hash=data[1:17],
        arity=int.from_bytes(data[17:19], "big"),
        resolution_chain=int.from_bytes(data[27:29], "big"),
        condition_index=int.from_bytes(data[29:31], "big"),
        outcome_index=data[31],
    )


def is_structured(token_id: int) -> bool:
    """Whether clients take this id for a V3 position id and sign for the V3 exchange."""
    return token_id & _RESERVED_BITS == 0


def structured_condition_id(token_id: int) -> bytes:
    """The 31-byte condition of a V3 position id: the id without its outcome."""
    return token_id.to_bytes(32, "big")[:31]
