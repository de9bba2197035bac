"""Exchanges in processes of their own, ended whatever the test does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.exchange_process import ExchangeProcess

Launch = Callable[..., ExchangeProcess]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start an exchange with these arguments, on a directory of `tmp_path`."""
    launched: list[ExchangeProcess] = []

    def start(*arguments: str, folder: str = "data") -> ExchangeProcess:
        process = ExchangeProcess(tmp_path / folder, *arguments)
        launched.append(process)
        process.start()
        return process

    yield start
    for process in launched:
        process.kill()
