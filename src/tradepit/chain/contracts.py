"""Where the venue's contracts live on Polygon (137) and on its test network Amoy (80002).

Addresses only enter the EIP-712 domain of an order and the answers about allowances; nothing here
calls a chain. Source: docs/protocol/clob.md, "Contracts".
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Literal, TypeAlias

from tradepit.chain.addresses import parse_address

Exchange: TypeAlias = Literal["ctf", "neg_risk", "v3"]
"""Which contract settles a market; every market names one in its metadata."""

POLYGON: Final = 137
AMOY: Final = 80_002
CHAINS: Final = (POLYGON, AMOY)


class OrderVersion(IntEnum):
    """Which order struct was signed; the number is also the version of its EIP-712 domain."""

    V1 = 1
    V2 = 2
    V3 = 3


_V2_EXCHANGE = "0xE111180000d2663C0091e4f400237545B87B996B"
_V2_NEG_RISK_EXCHANGE = "0xe2222d279d744050d28e00520010520000310F59"
_V1_NEG_RISK_EXCHANGE = "0xC5d563A36AE78145C45a50134d48A1215220f80a"
NEG_RISK_ADAPTER: Final = "0xd91E80cF2E7be2e162c6513ceD06f1dD0dA35296"

EXCHANGE_CONTRACTS: Final[dict[tuple[int, OrderVersion, Exchange], tuple[str, ...]]] = {
    (POLYGON, OrderVersion.V1, "ctf"): ("0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E",),
    (POLYGON, OrderVersion.V1, "neg_risk"): (_V1_NEG_RISK_EXCHANGE,),
    (POLYGON, OrderVersion.V2, "ctf"): (_V2_EXCHANGE,),
    (POLYGON, OrderVersion.V2, "neg_risk"): (_V2_NEG_RISK_EXCHANGE,),
    (POLYGON, OrderVersion.V3, "v3"): ("0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",),
    (AMOY, OrderVersion.V1, "ctf"): ("0xdFE02Eb6733538f8Ea35D585af8DE5958AD99E40",),
    # The Python and TypeScript V1 clients disagree about this contract, so both are accepted.
    (AMOY, OrderVersion.V1, "neg_risk"): (NEG_RISK_ADAPTER, _V1_NEG_RISK_EXCHANGE),
    (AMOY, OrderVersion.V2, "ctf"): (_V2_EXCHANGE,),
    (AMOY, OrderVersion.V2, "neg_risk"): (_V2_NEG_RISK_EXCHANGE,),
    (AMOY, OrderVersion.V3, "v3"): ("0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",),
}
"""The contracts an order may be signed for, per chain, struct and the market's exchange."""

COLLATERAL_V1: Final = {
    POLYGON: parse_address("0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174"),
    AMOY: parse_address("0x9c4e1703476e875070ee25b56a58b008cfb8fa78"),
}
PROXY_FACTORY: Final = {
    POLYGON: parse_address("0xaB45c5A4B0c941a2F231C04C3f49182e1A254052"),
    AMOY: parse_address("0xEcA1c266193F03d28517a500007738adfb7754d8"),
}
SAFE_FACTORY: Final = parse_address("0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b")


def spender_contracts(chain_id: int) -> tuple[str, ...]:
    """Every contract that a wallet of this chain approves to move its funds, without repeats."""
    exchanges = (
        contract
        for (chain, _, _), contracts in EXCHANGE_CONTRACTS.items()
        if chain == chain_id
        for contract in contracts
    )
    return tuple(dict.fromkeys((*exchanges, NEG_RISK_ADAPTER)))
