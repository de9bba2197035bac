"""Run every benchmark, print a table, write `benchmarks/results.json`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks import book, core, machine, order_entry

RESULTS: Final = Path(__file__).with_name("results.json")


def measure(console: Console) -> dict[str, Any]:
    """All figures, in the shape of the results file."""
    started = time.monotonic()
    facts = machine.facts()
    console.print("The book, beside two others ...")
    books, books_alone = book.measure()
    console.print("The core ...")
    whole_core = core.measure()
    console.print("Signed orders over HTTP ...")
    entry = order_entry.measure()
    slow = {}
    for delay in order_entry.COMMIT_DELAYS_MS:
        console.print(f"The same, with {delay} ms added to every commit ...")
        slow[f"{delay}_ms"] = order_entry.measure_slow_disk(delay)
    return {
        "book": books,
        "core": whole_core,
        "order_entry": entry,
        "book_by_price_grid": books_alone,
        "order_entry_with_commit_delay": slow,
        "machine": facts,
        "seconds": round(time.monotonic() - started),
    }


def tables(results: dict[str, Any]) -> list[Table]:
    """The results for a reader."""
    rates = Table(title="Messages a second")
    rates.add_column("what")
    rates.add_column("per second", justify="right")
    for name, figure in results["book"].items():
        rates.add_row(f"book: {name}", f"{figure:,}")
    rates.add_row("core: commands", f"{results['core']['commands_per_s']:,}")
    entry = Table(title="Signed, durable POST /order, history and one subscriber on")
    for column in ("added commit delay", "connections", "orders/s", "p50 ms", "p99 ms", "traded at once"):
        entry.add_column(column, justify="right")
    measured = {"none": results["order_entry"], **results["order_entry_with_commit_delay"]}
    for delay, levels in measured.items():
        for connections, figures in levels.items():
            entry.add_row(
                delay.replace("_", " "),
                connections,
                f"{figures['orders_per_s']:,}",
                f"{figures['p50_ms']:.2f}",
                f"{figures['p99_ms']:.2f}",
                f"{figures['matched_share']:.0%}",
            )
    return [rates, entry]


def main() -> None:
    console = Console()
    results = measure(console)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(known | results, indent=2) + "\n")
    for table in tables(results):
        console.print(table)
    facts = results["machine"]
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, flush {facts['disk_flush_us']} us, "
        f"{facts['python']}; {results['seconds']} s in all; written to {RESULTS}"
    )


if __name__ == "__main__":
    main()
