"""What an operator may set about the CLOB door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tradepit.doors.clob.profiles import PROFILES, Profile

DEFAULT_PROFILE: Final = "clob-2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClobSettings:
    """Switches of the CLOB door; the defaults are the venue's behaviour today.

    `profile` names a dated behaviour of the venue (`tradepit.doors.clob.profiles`). Raises `ValueError`
    for an unknown one.
    """

    profile: str = DEFAULT_PROFILE
    timestamp_window_s: int = 300
    """How far from the exchange's clock the timestamp of a signed request may be, either way."""
    expiration_lead_s: int = 60
    """Least distance of a GTD order's expiration from now."""
    batch_success_on_error: bool = False
    """Say `success: true` for refused entries of a batch, as the venue was seen to do."""
    buy_price_is_best_ask: bool = False
    """Make `/price?side=BUY` the lowest ask (the newest documentation) and not the highest bid."""
    show_closed_orders: bool = False
    """Answer `/data/order/{id}` of a finished order with its last state and not with null."""
    body_bytes_max: int = 1_048_576
    connections_max: int = 10_000
    """WebSocket connections at once."""
    connection_queue_max: int = 4_096
    """Frames that may wait for one slow reader before it is dropped."""
    connection_tokens_max: int = 5_000
    """Tokens (or markets) that one WebSocket connection may follow."""

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ValueError(f"unknown profile {self.profile!r}: choose one of {', '.join(PROFILES)}")

    @property
    def behaviour(self) -> Profile:
        """The profile's row."""
        return PROFILES[self.profile]
