"""A real `tradepit serve` for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.exchange_process import ExchangeProcess


@contextmanager
def serve(data: Path, *arguments: str) -> Iterator[ExchangeProcess]:
    """Start the exchange on free ports with its data in `data`; stop it at the end as Ctrl-C would."""
    exchange = ExchangeProcess(data, *arguments)
    exchange.start()
    try:
        yield exchange
    finally:
        exchange.stop()
