"""Commands with one value gone mad: negative, huge, empty, overlong."""

from __future__ import annotations

import random
from enum import IntEnum
from typing import Any

from tradepit.core.commands import Command, CreateMarket, FeeSchedule, decode_command, encode_command
from tradepit.core.enums import MarketState

INTEGERS = (-(2**63), -(10**12), -1, 0, 1, 7, 9_999, 10_000, 10**12, 10**12 + 1, 10**18, 2**63 - 1, 2**64 - 1)
STRINGS = ("", "x" * 201, "\u00e9\ud7ff", "a\x00b")
BYTES = (b"", b"x" * 65)


def wild(command: Command, rng: random.Random) -> Command:
    """The command with one field, other than its time, replaced by a wild value of the field's type."""
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    name = rng.choice([name for name in fields if name != "now"] or ["now"])
    value = fields[name]
    if value is None:  # a term that a replace leaves as it is
        value = {"client_key": "", "tag": b""}.get(name, 0)
    fields[name] = _wild_value(value, rng, type(command))
    changed = type(command)(**fields)
    return decode_command(encode_command(changed))


def _wild_value(value: Any, rng: random.Random, kind: type[Command]) -> Any:
    match value:
        case bool():
            return not value
        case IntEnum():
            return rng.choice(list(type(value)))
        case int():
            return rng.choice(INTEGERS)
        case str():
            return rng.choice(STRINGS)
        case bytes():
            return rng.choice(BYTES)
        case FeeSchedule():
            return FeeSchedule(*(rng.choice(INTEGERS) for _ in value.__struct_fields__))
        case [str(), *_]:
            return [rng.choice(STRINGS) for _ in range(rng.choice((1, 2, 300)))]
        case [int(), *_]:
            return [rng.choice(INTEGERS) for _ in value]
        case list():
            # An empty list is a schedule; `Convert` is sent with no markets too, and stays as it is.
            if not value and kind is not CreateMarket:
                return value
            return [
                (rng.choice(INTEGERS), rng.choice(list(MarketState))) for _ in range(rng.choice((1, 101)))
            ]
        case dict():
            return {"note": "x" * 40_000}
        case _:
            raise AssertionError(f"no wild value for {value!r}")
