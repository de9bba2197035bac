"""What mutation testing found: outcomes, their summary, and docs/mutation.md with its reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from scripts.mutants import Mutant

REPORT: Final = Path("docs/mutation.md")
MISSING: Final = "No reason yet."
INTRODUCTION: Final = """\
# Mutation testing of the core

`make mutation` changes the core in one small place at a time (mutmut's operators: `<` for `<=`, `-` for `+`,
a missing argument, `None` for a value) and runs the fast tests of `tests/core` and `tests/property` against
each change. A change that no test notices has survived: either a test is missing, or the change makes no
difference that matters. `make soak` fails if fewer than 85 % are noticed, or if one survives that has no
reason here.

Mutated are {targets} (which functions,
says `scripts/mutants.py`); the sample is drawn by the seed {seed}. A mutant is known by a hash of its
change, so its entry holds for as long as the line reads the same. Hypothesis runs without randomness, so two
runs agree. A mutant that hangs a test counts as noticed.

`python -m scripts.mutation --record` writes this page; the reasons are written by hand, and kept. `--again`
runs only what survived the last time, and what is new since.
"""


class Status(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    TIMEOUT = "timeout"


class Outcome(msgspec.Struct, frozen=True):
    """What became of a mutant: `test` is the first that failed."""

    status: Status
    test: str
    seconds: float


def summary(mutants: Sequence[Mutant], outcomes: Mapping[str, Outcome], seconds: float) -> str:
    """One line for a terminal."""
    counts = Counter(outcome.status for outcome in outcomes.values())
    noticed = counts[Status.KILLED] + counts[Status.TIMEOUT]
    share = noticed / max(1, len(outcomes))
    return (
        f"{len(outcomes)} of {len(mutants)} mutants in {seconds / 60:.1f} minutes: "
        f"{counts[Status.KILLED]} killed, {counts[Status.TIMEOUT]} timed out, "
        f"{counts[Status.SURVIVED]} survived; {share:.1%} noticed"
    )


def reasons(report: str) -> dict[str, str]:
    """The reasons that stand in a report, by key."""
    entries = re.findall(r"^### [^\n]* ([0-9a-f]{8})\n+```diff\n.*?^```\n(.*?)(?=^#|\Z)", report, re.M | re.S)
    return {key: text.strip() for key, text in entries if text.strip() != MISSING}


def render(
    mutants: Sequence[Mutant], outcomes: Mapping[str, Outcome], seed: int, known: Mapping[str, str]
) -> str:
    """The whole report."""
    modules = list(dict.fromkeys(sorted(mutant.module for mutant in mutants)))
    names = ", ".join(f"`{module}`" for module in modules)
    lines = [
        INTRODUCTION.format(seed=seed, targets=names),
        _table(mutants, outcomes, modules),
        "## Survivors\n",
    ]
    ordered = sorted(mutants, key=lambda mutant: (mutant.module, mutant.line, mutant.key))
    for mutant in ordered:
        outcome = outcomes.get(mutant.key)
        if outcome is not None and outcome.status is Status.SURVIVED:
            lines.append(
                f"### `{mutant.module}.{mutant.function}` {mutant.key}\n\n```diff\n{mutant.diff}\n```\n\n"
                f"{known.get(mutant.key, MISSING)}\n"
            )
    return "\n".join(lines)


def _table(mutants: Sequence[Mutant], outcomes: Mapping[str, Outcome], modules: Sequence[str]) -> str:
    rows = [
        "## Result\n",
        "| module | mutants | killed | timed out | survived | noticed |",
        "|---|---|---|---|---|---|",
    ]
    for module in (*modules, "all"):
        found = [
            outcomes[mutant.key].status
            for mutant in mutants
            if mutant.key in outcomes and module in (mutant.module, "all")
        ]
        counts = Counter(found)
        noticed = (len(found) - counts[Status.SURVIVED]) / max(1, len(found))
        rows.append(
            f"| {module} | {len(found)} | {counts[Status.KILLED]} | {counts[Status.TIMEOUT]} "
            f"| {counts[Status.SURVIVED]} | {noticed:.1%} |"
        )
    return "\n".join([*rows, ""])
