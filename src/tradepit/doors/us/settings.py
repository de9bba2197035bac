"""What can be chosen about this door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

VENUE_AUTH_DOMAINS: Final = ("pmx-preprod.us.auth0.com", "pmx-prod.us.auth0.com")
VENUE_BASE_URLS: Final = (
    "https://api.preprod.polymarketexchange.com",
    "https://api.prod.polymarketexchange.com",
)
SIGNING_KEY_BYTES_MIN: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of the US door.

    `signing_key` signs our access tokens (HMAC-SHA256): at least 32 secret bytes, the same on every node
    and across restarts. `auth_domains` and `audiences` are what an assertion's `aud` and a request's
    `audience` may name; with `trust_host` the host that the request itself came to counts too.
    `require_participant` refuses account-scoped calls without `x-participant-id`, as the venue does; else
    the client's own user is meant. `day_orders_expire` False keeps DAY orders past 17:00 in New York, as
    the venue has been seen to. `dialect` decides for requests that do not say ("auto": by their body).
    """

    signing_key: bytes = field(repr=False)
    auth_domains: tuple[str, ...] = VENUE_AUTH_DOMAINS
    audiences: tuple[str, ...] = VENUE_BASE_URLS
    trust_host: bool = True
    token_lifetime_seconds: int = 180
    require_participant: bool = False
    dialect: Literal["auto", "canonical", "snake"] = "auto"
    day_orders_expire: bool = True
    body_bytes_max: int = 1 << 20

    def __post_init__(self) -> None:
        if len(self.signing_key) < SIGNING_KEY_BYTES_MIN:
            raise ValueError(f"signing_key must have at least {SIGNING_KEY_BYTES_MIN} bytes")
