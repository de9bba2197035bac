"""Times as the venue writes them outside of numbers."""

from __future__ import annotations

from datetime import UTC, datetime

from tradepit.core.units import NANOSECONDS, Timestamp

_SECONDS_MAX = 253_402_300_799  # the last second of the year 9999


def iso_time(time: Timestamp) -> str:
    """A time in ISO 8601, in whole seconds."""
    seconds = min(time // NANOSECONDS, _SECONDS_MAX)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
