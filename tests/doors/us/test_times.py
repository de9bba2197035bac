"""Times on the wire and the end of the trading day."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.core.units import NANOSECONDS, TIME_MAX
from tradepit.doors.us.times import day_end, format_time, parse_day_or_time, parse_time, trade_date


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * NANOSECONDS


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (1_500_000_000_120_000_000, "2017-07-14T02:40:00.120Z"),
        (1_500_000_000_000_120_000, "2017-07-14T02:40:00.000120Z"),
    ],
)
def test_a_time_is_printed_with_the_fewest_groups_of_decimals(time: int, text: str) -> None:
    assert format_time(time) == text


@given(st.integers(1, TIME_MAX))
def test_every_time_survives_its_text(time: int) -> None:
    assert parse_time(format_time(time)) == time


def test_an_offset_is_counted_back_to_utc() -> None:
    assert parse_time("2027-01-15T12:00:00+02:00") == instant("2027-01-15T10:00:00+00:00")
    assert (
        parse_time("2027-01-15t12:00:00.5-05:30") == instant("2027-01-15T17:30:00+00:00") + NANOSECONDS // 2
    )


def test_times_outside_the_exchanges_range_are_clamped_into_it() -> None:
    assert parse_time("1960-01-01T00:00:00Z") == 1
    assert parse_time("5138-11-16T09:46:39Z") == TIME_MAX


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-01-15",
        "2027-13-15T00:00:00Z",
        "2027-01-15T00:00:00",
        "2027-01-15T25:00:00Z",
        "2027-01-15T00:00:00+99:99",
    ],
)
def test_what_is_no_rfc_3339_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


def test_a_bare_day_is_its_midnight() -> None:
    assert parse_day_or_time("2027-02-08") == instant("2027-02-08T00:00:00+00:00")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2027-01-15T21:59:59+00:00", "2027-01-15T22:00:00+00:00"),
        ("2027-01-15T22:00:00+00:00", "2027-01-16T22:00:00+00:00"),
        # New York goes to summer time in the night between these two.
        ("2027-03-13T23:00:00+00:00", "2027-03-14T21:00:00+00:00"),
        ("2027-11-06T22:00:00+00:00", "2027-11-07T22:00:00+00:00"),
    ],
)
def test_a_day_order_ends_at_five_in_the_afternoon_in_new_york(now: str, end: str) -> None:
    assert day_end(instant(now)) == instant(end)


def test_the_trade_date_rolls_at_five_in_the_afternoon_in_new_york() -> None:
    assert trade_date(instant("2027-01-15T21:59:59+00:00")) == date(2027, 1, 15)
    assert trade_date(instant("2027-01-15T22:00:00+00:00")) == date(2027, 1, 16)
