"""How a message of this door is described: a Struct whose field types say their protobuf kind.

One description serves reading (proto JSON's lenient input) and writing (both dialects), see `dialect`.
Field names are snake_case, in the venue's declaration order.
"""

from __future__ import annotations

import types
from enum import Enum, IntEnum, auto
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from tradepit.core.units import Timestamp

Int64: TypeAlias = Annotated[int, "int64"]
"""Printed as a JSON string in the canonical dialect."""
Int32: TypeAlias = Annotated[int, "int32"]
Instant: TypeAlias = Annotated[Timestamp, "timestamp"]
"""Nanoseconds since 1970, RFC 3339 on the wire; 0 is unset and prints as null."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all messages. `ALIASES` are further JSON names that a field is read under."""

    ALIASES: ClassVar[dict[str, str]] = {}


class Kind(Enum):
    STRING = auto()
    BOOL = auto()
    INT32 = auto()
    INT64 = auto()
    DOUBLE = auto()
    TIMESTAMP = auto()
    ENUM = auto()
    MESSAGE = auto()


Shape = Literal["one", "list", "map"]


class Field(NamedTuple):
    """One field: its attribute (snake_case), JSON name (camelCase) and type.

    `type` is the Python class of an enum or message, else None. A map's keys are strings.
    """

    attribute: str
    camel: str
    kind: Kind
    shape: Shape
    type: Any


def camel_case(name: str) -> str:
    """`order_qty` is `orderQty`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


@cache
def fields_of(message: type[Message]) -> tuple[Field, ...]:
    """The fields of a message type, in declaration order; worked out once per type."""
    hints = get_type_hints(message, include_extras=True)
    return tuple(_field(name, hints[name]) for name in message.__struct_fields__)


@cache
def names_of(message: type[Message]) -> dict[str, Field]:
    """Every JSON name that a field of the message type may be read under."""
    by_attribute = {field.attribute: field for field in fields_of(message)}
    names = dict(by_attribute)
    names.update({field.camel: field for field in by_attribute.values()})
    names.update({alias: by_attribute[attribute] for alias, attribute in message.ALIASES.items()})
    return names


def _field(name: str, hint: Any) -> Field:
    shape: Shape = "one"
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part not in (type(None), msgspec.UnsetType))
    if get_origin(hint) is list:
        shape, hint = "list", get_args(hint)[0]
    elif get_origin(hint) is dict:
        shape, hint = "map", get_args(hint)[1]
    kind, python_type = _kind(hint)
    return Field(name, camel_case(name), kind, shape, python_type)


def _kind(hint: Any) -> tuple[Kind, Any]:
    if get_origin(hint) is Annotated:
        return Kind[get_args(hint)[1].upper()], None
    scalar = {str: Kind.STRING, bool: Kind.BOOL, float: Kind.DOUBLE}.get(hint)
    if scalar is not None:
        return scalar, None
    if issubclass(hint, IntEnum):
        return Kind.ENUM, hint
    if issubclass(hint, Message):
        return Kind.MESSAGE, hint
    raise TypeError(f"no protobuf kind for {hint!r}")
