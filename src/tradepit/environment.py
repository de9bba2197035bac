"""The one module that touches the clock, randomness and environment variables of the machine.

Everything else takes them as arguments, so that tests and replays decide them.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from typing import Literal


def wall_clock_ns() -> int:
    """Nanoseconds since 1970 in UTC, as the machine believes."""
    return time.time_ns()


def monotonic_ns() -> int:
    """Nanoseconds of a clock that never jumps; only differences mean anything.

    On Linux it also counts while the machine sleeps: waking up is no jump of the wall clock.
    """
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    else:
        return time.monotonic_ns()


def random_bytes(count: int) -> bytes:
    """`count` bytes that nobody can guess."""
    return secrets.token_bytes(count)


def variable(name: str) -> str | None:
    """The environment variable `name`, or None where it is unset or empty."""
    return os.environ.get(name) or None


def variables() -> dict[str, str]:
    """Every environment variable, for the environment of a process that we start."""
    return dict(os.environ)


def core_build() -> Literal["compiled", "pure"]:
    """Which core this installation runs: extension modules made by mypyc, or the Python sources.

    Both do the same (docs/determinism.md, "Builds").
    """
    spec = find_spec("tradepit.core.exchange")
    origin = spec.origin if spec is not None else None
    return "compiled" if origin is not None and origin.endswith(tuple(EXTENSION_SUFFIXES)) else "pure"
