"""Dates of the operator API: ISO 8601, to the nanosecond in the core's integers."""

from __future__ import annotations

from datetime import UTC, datetime

from tradepit.core.units import NANOSECONDS, TIME_MAX, Timestamp
from tradepit.doors.operator.errors import invalid


def parse_time(text: str, field: str) -> Timestamp:
    """The moment that `text` names; a date without a zone is UTC. Raises `OperatorError`."""
    try:
        date = datetime.fromisoformat(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise invalid(f"{field} must be an ISO 8601 date, for example 2026-12-31T00:00:00Z") from None
    whole = int(date.replace(microsecond=0).timestamp()) * NANOSECONDS
    time = whole + date.microsecond * 1_000
    if not 0 < time <= TIME_MAX:
        raise invalid(f"{field} must lie between 1970 and 2262")
    return time


def format_time(time: Timestamp) -> str:
    """The moment in UTC, to the microsecond where it is no whole second."""
    seconds, rest = divmod(time, NANOSECONDS)
    date = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1_000, tzinfo=None)
    return date.isoformat() + "Z"
