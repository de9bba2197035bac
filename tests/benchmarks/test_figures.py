from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import book, core
from benchmarks.workload import EXPECTED, MESSAGES, messages

RESULTS = Path(book.__file__).with_name("results.json")


@pytest.mark.parametrize("grid", EXPECTED)
def test_the_exchange_s_own_book_trades_the_known_totals(grid: int) -> None:
    totals, seconds = book.tradepit_book(list(messages(MESSAGES, grid)))
    assert totals == EXPECTED[grid]
    assert seconds > 0


def test_the_whole_core_trades_the_known_totals_as_it_is_measured() -> None:
    assert core.replay(99, core.commands(99)) > 0


@pytest.mark.parametrize("name", [name for name in book.ENGINES if name != "tradepit"])
def test_the_books_measured_beside_ours_trade_the_same(name: str) -> None:
    stream = list(messages(20_000, 99))
    assert book.ENGINES[name](stream)[0] == book.tradepit_book(stream)[0]


def test_the_published_results_have_the_documented_shape() -> None:
    results = json.loads(RESULTS.read_text())
    assert set(results["book"]) == set(book.ENGINES)
    assert all(figure > 0 for figure in results["book"].values())
    assert results["core"]["commands_per_s"] > 0
    assert list(results["order_entry"]) == ["1", "32", "256"]
    for level in results["order_entry"].values():
        assert {"orders_per_s", "p50_ms", "p99_ms"} <= set(level)
        assert 0 < level["p50_ms"] <= level["p99_ms"]
