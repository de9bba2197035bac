"""What changed over time on the venue, as dated profiles: one table, so that no flag hides elsewhere.

Sources: docs/protocol/clob.md, "Profiles".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One dated behaviour of the venue."""

    version: int
    """What `GET /version` says; clients sign V1 orders for 1 and V2 orders for 2."""
    refusals_in_body: bool
    """Refuse an order with 200 and `success: false` (the first years) and not with 400."""
    detailed_balance_error: bool
    """Say in numbers why the balance is not enough."""
    price_change_per_token: bool
    """Send `price_change` in the schema from before 2025-09-15, one frame a token."""
    batch_max: int
    """Orders in one `POST /orders`."""


PROFILES: Final[dict[str, Profile]] = {
    "clob-2023": Profile(
        version=1,
        refusals_in_body=True,
        detailed_balance_error=False,
        price_change_per_token=True,
        batch_max=15,
    ),
    "clob-2025-09": Profile(
        version=1,
        refusals_in_body=False,
        detailed_balance_error=False,
        price_change_per_token=False,
        batch_max=15,
    ),
    "clob-2026-11": Profile(
        version=2,
        refusals_in_body=False,
        detailed_balance_error=True,
        price_change_per_token=False,
        batch_max=15,
    ),
}
