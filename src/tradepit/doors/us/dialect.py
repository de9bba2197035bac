"""Proto JSON, in and out: what the venue's gateway reads, and the two ways this door writes.

*Canonical* is the gateway's own output: camelCase, int64 as strings, zeros and nulls printed. *Snake* is
a superset for scripts written against the venue's older pages: every name of several words twice,
snake_case with int64 as numbers and camelCase with strings (docs/protocol/us.md, "JSON").
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum
from typing import Any, Final, TypeVar

import msgspec

from tradepit.doors.us.errors import InvalidArgument
from tradepit.doors.us.proto import Field, Kind, Message, fields_of, names_of
from tradepit.doors.us.times import format_time, parse_time

M = TypeVar("M", bound=Message)

_INT_BITS: Final = {Kind.INT32: 31, Kind.INT64: 63}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_WANTED: Final = {
    Kind.STRING: "a string",
    Kind.BOOL: "true or false",
    Kind.INT32: "a 32-bit integer",
    Kind.INT64: "a 64-bit integer, as a number or a string",
    Kind.DOUBLE: "a number",
    Kind.TIMESTAMP: "an RFC 3339 time",
    Kind.ENUM: "the name or number of an enum value",
    Kind.MESSAGE: "an object",
}


class Dialect(Enum):
    CANONICAL = "canonical"
    SNAKE = "snake"


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request body, an empty body being `{}`; raises `InvalidArgument`."""
    if not body.strip():
        return {}
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError):
        raise InvalidArgument("the request body is not valid JSON") from None
    if not isinstance(value, dict):
        raise InvalidArgument("the request body must be a JSON object")
    return value


def read(message: type[M], body: dict[str, Any]) -> M:
    """The message in a JSON object, read as leniently as protobuf's JSON mapping is.

    Both spellings of a name; unknown names and enum names ignored; null is unset; int64 as number, string
    or integral float. Raises `InvalidArgument` for a wrong type or one field under two names.
    """
    names = names_of(message)
    values: dict[str, Any] = {}
    for name, value in body.items():
        field = names.get(name)
        if field is None or value is None:
            continue
        if field.attribute in values:
            raise InvalidArgument(f"field {field.camel} is given twice, under two names")
        parsed = _read_field(field, value)
        if parsed is not None:
            values[field.attribute] = parsed
    return message(**values)


def detect(message: type[Message], body: dict[str, Any]) -> Dialect:
    """Snake if the body names a known field in snake_case and none in camelCase; else canonical."""
    names = names_of(message)
    known = [name for name in body if name in names]
    snake = any("_" in name for name in known)
    camel = any(not name.islower() and "_" not in name for name in known)
    return Dialect.SNAKE if snake and not camel else Dialect.CANONICAL


def render(message: Message, dialect: Dialect) -> dict[str, Any]:
    """The message as a JSON object, its fields in the venue's order."""
    rendered: dict[str, Any] = {}
    for field in fields_of(type(message)):
        value = getattr(message, field.attribute)
        if value is msgspec.UNSET:
            continue
        both = dialect is Dialect.SNAKE and field.attribute != field.camel
        if both:
            rendered[field.attribute] = _write_field(field, value, dialect, numbers=True)
        numbers = dialect is Dialect.SNAKE and not both
        rendered[field.camel] = _write_field(field, value, dialect, numbers=numbers)
    return rendered


def _read_field(field: Field, value: Any) -> Any:
    match field.shape:
        case "one":
            return _read_scalar(field, value)
        case "list":
            if not isinstance(value, list):
                raise InvalidArgument(f"invalid value for field {field.camel}: expected a list")
            items = [_read_scalar(field, item) for item in value]
            return [item for item in items if item is not None]
        case "map":
            if not isinstance(value, dict):
                raise InvalidArgument(f"invalid value for field {field.camel}: expected an object")
            return {key: _read_scalar(field, item) for key, item in value.items()}


def _read_scalar(field: Field, value: Any) -> Any:
    """The value in Python; None is only an enum name that is not known, which counts as unset."""
    match field.kind:
        case Kind.STRING if isinstance(value, str):
            return value
        case Kind.BOOL if isinstance(value, bool):
            return value
        case Kind.INT32 | Kind.INT64:
            number = _integer(value)
            bound = 1 << _INT_BITS[field.kind]
            if number is not None and -bound <= number < bound:
                return number
        case Kind.DOUBLE if isinstance(value, int | float) and not isinstance(value, bool):
            if abs(value) < 1e300:
                return float(value)
        case Kind.TIMESTAMP if isinstance(value, str):
            try:
                return parse_time(value)
            except (ValueError, OverflowError):
                pass
        case Kind.ENUM:
            enum: type[IntEnum] = field.type
            if isinstance(value, str):
                return enum.__members__.get(value)
            number = _integer(value)
            if number is not None:
                return next((member for member in enum if member == number), None)
        case Kind.MESSAGE if isinstance(value, dict):
            return read(field.type, value)
    raise InvalidArgument(f"invalid value for field {field.camel}: expected {_WANTED[field.kind]}")


def _integer(value: Any) -> int | None:
    """An integer given as a number, an integral float or a string of either; None if it is none."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value) if math.isfinite(value) and value.is_integer() else None
        case str() if _NUMBER.fullmatch(value):
            try:
                number = Decimal(value)
            except InvalidOperation:
                return None
            return int(number) if number == number.to_integral_value() else None
        case _:
            return None


def _write_field(field: Field, value: Any, dialect: Dialect, *, numbers: bool) -> Any:
    match field.shape:
        case "one":
            return _write_scalar(field, value, dialect, numbers=numbers)
        case "list":
            return [_write_scalar(field, item, dialect, numbers=numbers) for item in value]
        case "map":
            return {key: _write_scalar(field, item, dialect, numbers=numbers) for key, item in value.items()}


def _write_scalar(field: Field, value: Any, dialect: Dialect, *, numbers: bool) -> Any:
    match field.kind:
        case Kind.INT64:
            return value if numbers else str(value)
        case Kind.TIMESTAMP:
            return format_time(value) if value else None
        case Kind.ENUM:
            return value.name
        case Kind.MESSAGE:
            return None if value is None else render(value, dialect)
        case _:
            return value
