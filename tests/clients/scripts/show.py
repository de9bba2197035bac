"""How the scripts here tell their test what they saw: one JSON object to a line."""

import json
from collections.abc import Callable
from typing import Any


def show(step: str, value: Any) -> None:
    """Print what a step gave."""
    print(json.dumps({step: value}), flush=True)


def refusal(call: Callable[[], Any]) -> str:
    """The text of the client's error; an AssertionError where the call succeeds."""
    try:
        answer = call()
    except Exception as error:
        return str(error)
    raise AssertionError(f"was not refused: {answer}")
