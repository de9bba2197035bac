"""Times on the wire: RFC 3339 texts, calendar dates, and the end of the trading day."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from tradepit.core.units import NANOSECONDS, TIME_MAX, Timestamp

NEW_YORK: Final = ZoneInfo("America/New_York")
ROLL_HOUR: Final = 17
"""The trading day ends at 17:00 in New York (docs/protocol/us.md, "Time in force")."""

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(time: Timestamp) -> str:
    """RFC 3339 in UTC with 0, 3, 6 or 9 decimals, the fewest that are exact, as protobuf prints it."""
    seconds, nanoseconds = divmod(time, NANOSECONDS)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    if nanoseconds == 0:
        return f"{text}Z"
    digits = f"{nanoseconds:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}Z"


def parse_time(text: str) -> Timestamp:
    """The instant that an RFC 3339 text names; raises ValueError.

    What lies outside the exchange's range is clamped into it: an early one to 1 (0 means unset).
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError("expected an RFC 3339 time")
    day, clock, decimals, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    moment = datetime.fromisoformat(f"{day}T{clock}").replace(
        tzinfo=timezone(-offset if sign == "-" else offset)
    )
    since = moment - _EPOCH
    time = (since.days * 86_400 + since.seconds) * NANOSECONDS + int((decimals or "").ljust(9, "0"))
    return min(max(time, 1), TIME_MAX)


def parse_day_or_time(text: str) -> Timestamp:
    """As `parse_time`, and a bare `YYYY-MM-DD` is its midnight in UTC; raises ValueError."""
    return parse_time(text if len(text) > 10 else f"{date.fromisoformat(text).isoformat()}T00:00:00Z")


def utc(time: Timestamp) -> datetime:
    """The instant in UTC, to the microsecond below."""
    return _EPOCH + timedelta(microseconds=time // 1_000)


def day_end(now: Timestamp) -> Timestamp:
    """The first 17:00 in New York after `now`, which is when a DAY order placed now ends."""
    local = utc(now).astimezone(NEW_YORK)
    roll = local.replace(hour=ROLL_HOUR, minute=0, second=0, microsecond=0)
    if roll <= local:
        roll = datetime.combine(local.date() + timedelta(days=1), roll.time(), tzinfo=NEW_YORK)
    return int(roll.timestamp()) * NANOSECONDS


def trade_date(time: Timestamp) -> date:
    """The trading day that `time` falls in: the day in New York, or the next one from 17:00 on."""
    local = utc(time).astimezone(NEW_YORK)
    return local.date() + timedelta(days=1) if local.hour >= ROLL_HOUR else local.date()
