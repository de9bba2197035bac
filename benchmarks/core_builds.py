"""The core pure and compiled, on the same machine in the same minutes: `make bench-core`.

Builds the wheel, installs it beside, and runs each section of `benchmarks.core_limits` in both environments
in turn, each time in a process of its own on one processor. Prints a table, and adds `core_builds` to
`benchmarks/results.json`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.__main__ import RESULTS
from benchmarks.core_limits import SECTIONS
from hatch_build import compiled
from tests.support.built_wheel import ROOT, clean, install


def compile_with_loop(workshop: Path) -> Path:
    """The core and the loop around the bare book, compiled together; returns where they are."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    hook = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    shutil.copytree(ROOT / "benchmarks", workshop / "benchmarks")
    compiled(ROOT, hook["interpreted"], workshop, ("benchmarks/bare_book.py",))
    shutil.copy(ROOT / "src/tradepit/environment.py", workshop / "tradepit")
    return workshop


def measure(python: Path | str, section: str, sources: Path | None = None) -> tuple[str, dict[str, Any]]:
    """Which core this Python finds, and its figures."""
    done = subprocess.run(
        [python, "-m", "benchmarks.core_limits", section],
        cwd=sources or ROOT,
        env=clean(PYTHONPATH=str(sources or ROOT / "src")) if python == sys.executable else clean(),
        stdout=subprocess.PIPE,
        check=True,
    )
    told = json.loads(done.stdout)
    return told["build"], told["figures"]


def pin_to_one_processor() -> None:
    """Keep this process, and those it starts, on one processor, where the system can."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def rows(figures: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Every figure under its path, as text."""
    found: dict[str, str] = {}
    for name, figure in figures.items():
        if isinstance(figure, dict):
            found |= rows(figure, f"{prefix}{name}: ")
        else:
            found[prefix + name] = f"{figure:,}"
    return found


def main() -> None:
    console = Console()
    console.print("Building the wheel ...")
    with tempfile.TemporaryDirectory(prefix="tradepit-bench-") as folder:
        installed = install(Path(folder))
        with_loop = compile_with_loop(Path(folder) / "workshop")
        pin_to_one_processor()
        builds: dict[str, dict[str, Any]] = {"pure": {}, "compiled": {}}
        for section in SECTIONS:
            console.print(f"Measuring {section.replace('_', ' ')} ...")
            fast = (sys.executable, with_loop) if section == "bare_book" else (installed.python, None)
            for python, sources in ((sys.executable, None), fast):
                build, figures = measure(python, section, sources)
                builds[build][section] = figures
    if not builds["compiled"]:
        sys.exit(f"The core could not be compiled here:\n{installed.said}")
    results = json.loads(RESULTS.read_text())
    RESULTS.write_text(
        json.dumps(results | {"core_builds": builds | {"machine": machine.facts()}}, indent=2) + "\n"
    )
    table = Table("figure", *builds, title="The core")
    by_build = [rows(figures) for figures in builds.values()]
    for name in by_build[0]:
        table.add_row(name, *(figures[name] for figures in by_build))
    console.print(table)


if __name__ == "__main__":
    main()
