"""What `tradepit serve` is told: one frozen value, checked once, handed down."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from tradepit.server.ports import Ports

DEFAULT_PROFILE: Final = "clob-2026-11"
DEFAULT_HOST: Final = "127.0.0.1"


class Mode(StrEnum):
    """What the exchange is for. Sandbox: demo markets, demo money, faults. Production: none of these."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


@dataclass(frozen=True)
class ServerSettings:
    """`profile` is the dated venue profile of the CLOB door; `commit_delay_ms`, added to each commit, stands
    in for a slower disk."""

    data_dir: Path
    ports: Ports = field(default_factory=Ports)
    host: str = DEFAULT_HOST
    mode: Mode = Mode.SANDBOX
    profile: str = DEFAULT_PROFILE
    log_file: Path | None = None
    log_level: str = "info"
    commit_delay_ms: float = 0.0

    @property
    def is_sandbox(self) -> bool:
        return self.mode is Mode.SANDBOX
