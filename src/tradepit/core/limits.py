"""Bounds on everything that a command may carry. Every sum of the core stays below 2**63 under them."""

from __future__ import annotations

from typing import Final

QUANTITY_MAX: Final = 10**12
"""Largest order, split or merge, in lots (ten billion shares)."""

CASH_MAX: Final = 10**18
"""Largest balance of one account and largest single deposit, in micro-dollars (a million million dollars)."""

DEPOSITED_MAX: Final = 2**63 - 1
"""All deposits less all withdrawals, so that no sum of money outgrows 64 bits."""

OPEN_ORDERS_MAX: Final = 10_000
"""Open orders of one account over all markets; bounds what one fill's re-check can cancel."""

RATE_PPM_MAX: Final = 500_000
FEE_EXPONENT_MAX: Final = 4
FEE_BPS_MAX: Final = 1_000
"""Largest V1 fee in basis points that an order may sign (the V1 contract's own cap)."""

ID_BYTES_MAX: Final = 64
NAME_LENGTH_MAX: Final = 200
"""Characters of an account, market or credential id."""

METADATA_BYTES_MAX: Final = 32_768
DELAY_MAX_NS: Final = 3_600 * 10**9
"""Longest market delay."""

TAG_BYTES_MAX: Final = 4_096
"""Largest note that a door may attach to an order."""

PAYLOAD_BYTES_MAX: Final = 16_384
"""Largest payload of a credential (a public key and a few names)."""

BUILDER_BPS_MAX: Final = 100
"""Largest builder's fee of a taker, in basis points of notional."""

TIMERS_PER_MARKET_MAX: Final = 100
"""State changes that one market may have ahead of it."""

EVENT_MARKETS_MAX: Final = 256
"""Markets of one event."""

HEARTBEAT_MAX_NS: Final = 3_600 * 10**9
"""Longest silence that a heartbeat may ask for."""
