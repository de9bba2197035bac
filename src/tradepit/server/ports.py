"""Which door listens where: every port follows from one base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PORT_BASE: Final = 8080
_LAST_OFFSET: Final = 9
_BASE_RANGE: Final = range(1, 65_536 - _LAST_OFFSET)


class InvalidPort(ValueError):
    """The base leaves no room for the doors; choose one between 1 and 65526."""


@dataclass(frozen=True)
class Ports:
    """The ports of one exchange, relative to `base`."""

    base: int = PORT_BASE

    def __post_init__(self) -> None:
        if self.base not in _BASE_RANGE:
            raise InvalidPort(f"the base port must be between 1 and {_BASE_RANGE[-1]}, not {self.base}")

    @property
    def clob(self) -> int:
        return self.base

    @property
    def clob_websocket(self) -> int:
        return self.base + 1

    @property
    def us(self) -> int:
        return self.base + 4

    @property
    def us_tls(self) -> int:
        return self.base + 5

    @property
    def operator(self) -> int:
        return self.base + 8

    def served(self) -> dict[str, int]:
        """The doors that are open, by name."""
        return {
            "clob": self.clob,
            "clob_websocket": self.clob_websocket,
            "us": self.us,
            "us_tls": self.us_tls,
            "operator": self.operator,
        }
