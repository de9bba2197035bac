"""Proto JSON: what is read, and what the two dialects write."""

from __future__ import annotations

from contextlib import suppress
from enum import IntEnum
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from tradepit.doors.us.dialect import Dialect, detect, parse_object, read, render
from tradepit.doors.us.errors import InvalidArgument
from tradepit.doors.us.proto import Instant, Int32, Int64, Message, camel_case
from tradepit.doors.us.requests import InsertOrder, ListInstruments, SearchOrders


class Colour(IntEnum):
    COLOUR_NONE = 0
    COLOUR_RED = 1


class Inner(Message, frozen=True, kw_only=True):
    px: Int64 = 0
    best_px: Int64 = 0


class Sample(Message, frozen=True, kw_only=True):
    name: str = ""
    qty: Int64 = 0
    order_qty: Int64 = 0
    page_size: Int32 = 0
    flag: bool = False
    ratio: float = 0.0
    colour: Colour = Colour.COLOUR_NONE
    some_colours: list[Colour] = []
    created_at: Instant = 0
    inner: Inner | None = None
    many_inner: list[Inner] = []
    attributes: dict[str, str] = {}
    maybe_px: Int64 | UnsetType = UNSET

    ALIASES: ClassVar[dict[str, str]] = {"oldName": "name"}


@pytest.mark.parametrize("name", ["order_qty", "orderQty"])
@pytest.mark.parametrize("value", [50, 50.0, "50", "50.0", "5e1", 5e1, "500e-1"])
def test_an_int64_is_read_in_every_form_and_under_both_names(name: str, value: Any) -> None:
    assert read(Sample, {name: value}).order_qty == 50


@pytest.mark.parametrize(
    "value",
    [
        True,
        [],
        {},
        "",
        " 50",
        "50 ",
        "0x10",
        "5.5",
        5.5,
        1e300,
        "1e99",
        2**63,
        -(2**63) - 1,
        str(2**63),
        "٣",
        10**300,
    ],
)
def test_what_is_no_int64_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgument, match="orderQty: expected a 64-bit integer"):
        read(Sample, {"orderQty": value})


def test_the_ends_of_the_int64_range_are_read() -> None:
    assert read(Sample, {"qty": str(2**63 - 1)}).qty == 2**63 - 1
    assert read(Sample, {"qty": -(2**63)}).qty == -(2**63)


def test_an_int32_is_bounded_to_32_bits() -> None:
    assert read(Sample, {"pageSize": 2**31 - 1}).page_size == 2**31 - 1
    with pytest.raises(InvalidArgument, match="32-bit"):
        read(Sample, {"pageSize": 2**31})


@pytest.mark.parametrize(
    "body",
    [
        {"name": 1},
        {"flag": "true"},
        {"flag": 1},
        {"ratio": True},
        {"colour": True},
        {"colour": 1.5},
        {"inner": []},
        {"manyInner": {}},
        {"manyInner": [1]},
        {"attributes": []},
        {"attributes": {"a": 1}},
        {"createdAt": "yesterday"},
        {"createdAt": 5},
        {"someColours": "COLOUR_RED"},
        {"someColours": [None]},
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_its_field(body: dict[str, Any]) -> None:
    (name,) = body
    with pytest.raises(InvalidArgument, match=f"field {name}: expected"):
        read(Sample, body)


def test_unknown_fields_and_nulls_count_as_absent() -> None:
    assert read(Sample, {"whatever": {"deep": [1]}, "name": None, "someColours": None}) == Sample()


def test_an_unknown_enum_name_or_number_falls_to_the_default() -> None:
    assert read(Sample, {"colour": "COLOUR_GREEN"}).colour is Colour.COLOUR_NONE
    assert read(Sample, {"colour": 99}).colour is Colour.COLOUR_NONE
    assert read(Sample, {"colour": 1}).colour is Colour.COLOUR_RED
    assert read(Sample, {"someColours": ["COLOUR_GREEN", "COLOUR_RED"]}).some_colours == [Colour.COLOUR_RED]


def test_one_field_under_two_names_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="orderQty is given twice"):
        read(Sample, {"order_qty": 1, "orderQty": 1})
    with pytest.raises(InvalidArgument, match="name is given twice"):
        read(Sample, {"name": "a", "oldName": "b"})


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_an_empty_body_is_an_empty_message(body: bytes) -> None:
    assert parse_object(body) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":1e999}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidArgument, match="request body"):
        parse_object(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES, st.sampled_from(sorted(Sample.__struct_fields__)))
def test_any_value_is_either_read_or_refused(value: Any, name: str) -> None:
    with suppress(InvalidArgument):
        read(Sample, {name: value})


@pytest.mark.parametrize(
    ("message", "body", "dialect"),
    [
        (InsertOrder, {"clord_id": "x", "symbol": "s"}, Dialect.SNAKE),
        (InsertOrder, {"clordId": "x", "symbol": "s"}, Dialect.CANONICAL),
        (InsertOrder, {"clordId": "x", "order_qty": 1}, Dialect.CANONICAL),
        (InsertOrder, {"symbol": "s", "price": 1}, Dialect.CANONICAL),
        (InsertOrder, {"un_known": 1}, Dialect.CANONICAL),
        (InsertOrder, {}, Dialect.CANONICAL),
        (ListInstruments, {"tradable_filter": "TRADABLE_FILTER_TRADABLE"}, Dialect.SNAKE),
        (SearchOrders, {"symbols": ["a"], "state_filter": "ORDER_STATE_FILTER_OPEN"}, Dialect.SNAKE),
        (SearchOrders, {"symbols": ["a"], "stateFilter": "ORDER_STATE_FILTER_OPEN"}, Dialect.CANONICAL),
    ],
)
def test_the_dialect_is_snake_only_where_the_body_says_so(
    message: type[Message], body: dict[str, Any], dialect: Dialect
) -> None:
    assert detect(message, body) is dialect


def test_canonical_output_prints_everything_in_order_with_int64_as_strings() -> None:
    sample = Sample(qty=5, order_qty=7, created_at=1_500_000_000_000_000_001, inner=Inner(best_px=2))
    assert msgspec.json.encode(render(sample, Dialect.CANONICAL)).decode() == (
        '{"name":"","qty":"5","orderQty":"7","pageSize":0,"flag":false,"ratio":0.0,"colour":"COLOUR_NONE",'
        '"someColours":[],"createdAt":"2017-07-14T02:40:00.000000001Z","inner":{"px":"0","bestPx":"2"},'
        '"manyInner":[],"attributes":{}}'
    )
    assert render(Sample(), Dialect.CANONICAL)["inner"] is None
    assert render(Sample(), Dialect.CANONICAL)["createdAt"] is None


def test_snake_output_has_both_names_and_numbers() -> None:
    rendered = render(Sample(qty=5, order_qty=7, many_inner=[Inner(px=1, best_px=2)]), Dialect.SNAKE)
    assert rendered["qty"] == 5
    assert (rendered["order_qty"], rendered["orderQty"]) == (7, "7")
    inner = {"px": 1, "best_px": 2, "bestPx": "2"}
    assert rendered["many_inner"] == rendered["manyInner"] == [inner]


def test_an_optional_scalar_is_absent_when_unset_and_printed_when_zero() -> None:
    assert "maybePx" not in render(Sample(), Dialect.CANONICAL)
    assert render(Sample(maybe_px=0), Dialect.CANONICAL)["maybePx"] == "0"


def test_what_is_written_is_read_back() -> None:
    sample = Sample(
        name="n", qty=5, colour=Colour.COLOUR_RED, created_at=1_500_000_000_123_000_000, flag=True
    )
    assert read(Sample, render(sample, Dialect.CANONICAL)) == sample


def test_camel_case_is_protobufs() -> None:
    assert camel_case("fractional_qty_scale") == "fractionalQtyScale"
    assert camel_case("symbol") == "symbol"
