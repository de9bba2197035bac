"""The commands, run as a user runs them, against one sandbox exchange."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.exchange_process import ExchangeProcess

Tradepit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeProcess]:
    process = ExchangeProcess(tmp_path_factory.mktemp("exchange") / "data")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def tradepit(tmp_path: Path) -> Tradepit:
    """Run `tradepit` with these arguments in an empty directory; `port` goes into TRADEPIT_PORT."""

    def run(*arguments: str, port: int | str | None = None) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if name != "TRADEPIT_PORT"}
        if port is not None:
            variables["TRADEPIT_PORT"] = str(port)
        return subprocess.run(
            [sys.executable, "-m", "tradepit.cli", *arguments],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
