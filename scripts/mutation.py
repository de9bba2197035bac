"""Mutation testing of the core: `make mutation`, and a part of `make soak`.

Draws mutants (scripts/mutants.py) and runs the fast tests against each, every mutant in a forked process
of its own on a copy of the sources, the likeliest tests first, until one fails. A mutant that no test
notices has survived; docs/mutation.md lists these, each with the reason why it may.

Fails if too few are noticed, or if one survives without a reason. `--record` writes docs/mutation.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hypothesis
import hypothesis.stateful
import msgspec
import pytest

from scripts.mutants import CORE, SEED, TARGETS, Mutant, sample
from scripts.mutation_report import REPORT, Outcome, Status, reasons, render, summary

WORK: Final = Path(".mutation")
RESULT: Final = WORK / "result.json"
ENOUGH: Final = 0.85
TEST_SECONDS: Final = 15
"""A test that takes longer hangs: the slowest takes about one second."""
MEMORY_BYTES: Final = 4 * 2**30
KILLED_BY_IMPORT: Final = "(the tests cannot be collected)"


class Watcher:
    """A pytest plugin that remembers the first test that failed."""

    def __init__(self) -> None:
        self.test = ""
        self.hung = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.test:
            self.test = report.nodeid
            self.hung = "from pytest-timeout" in report.longreprtext


@dataclass(slots=True)
class Run:
    """A mutant under test in one of the trees."""

    mutant: Mutant | None
    process: int
    started: float


class Tree:
    """A copy of the sources and the tests, in which one mutant at a time is run."""

    def __init__(self, number: int) -> None:
        self.path = (WORK / f"tree-{number}").resolve()
        self.verdict = self.path / "verdict.json"
        self.run: Run | None = None
        self._sound = ""
        shutil.rmtree(self.path, ignore_errors=True)
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree("src", self.path / "src", ignore=ignore)
        for room in ("core", "property"):
            shutil.copytree(f"tests/{room}", self.path / "tests" / room, ignore=ignore)
        shutil.copy("pyproject.toml", self.path)

    def start(self, mutant: Mutant | None) -> None:
        """Run the tests on the mutant, or on the sources as they are, in a child process."""
        self.verdict.unlink(missing_ok=True)
        if mutant is not None:
            self._sound = (self.path / CORE / f"{mutant.module}.py").read_text()
            self._write(mutant.module, mutant.source)
        process = os.fork()
        if process == 0:
            _child(self, mutant)
        self.run = Run(mutant, process, time.monotonic())

    def poll(self, seconds_max: float) -> Outcome | None:
        """The outcome, once there is one."""
        run = self.run
        assert run is not None
        ended, _ = os.waitpid(run.process, os.WNOHANG)
        seconds = time.monotonic() - run.started
        if not ended and seconds < seconds_max:
            return None
        if not ended:
            os.killpg(run.process, signal.SIGKILL)
            os.waitpid(run.process, 0)
        self.run = None
        if run.mutant is not None:
            self._write(run.mutant.module, self._sound)
        if not ended:
            return Outcome(Status.TIMEOUT, "", seconds)
        if not self.verdict.exists():
            return Outcome(Status.KILLED, "(the interpreter died)", seconds)
        return _outcome({**json.loads(self.verdict.read_text()), "seconds": seconds})

    def _write(self, module: str, source: str) -> None:
        path = self.path / CORE / f"{module}.py"
        path.write_text(source)
        for compiled in (path.parent / "__pycache__").glob(f"{module}.*.pyc"):
            compiled.unlink()


def _child(tree: Tree, mutant: Mutant | None) -> None:
    """Run the tests in the tree, leave a verdict, and end. Never returns."""
    code = 1
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        output = os.open(tree.path / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        root = str(Path.cwd())
        os.chdir(tree.path)
        sys.path[:] = [str(tree.path / "src"), *(entry for entry in sys.path if entry not in ("", root))]
        # The copies are compiled once, by the run without a mutant; a mutant leaves nothing behind.
        sys.dont_write_bytecode = mutant is not None
        hypothesis.settings.register_profile(
            "mutation",
            derandomize=True,
            database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        )
        hypothesis.settings.load_profile("mutation")
        verdict = _verdict(mutant)
        tree.verdict.write_text(json.dumps(verdict))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _verdict(mutant: Mutant | None) -> dict[str, Any]:
    """Run group after group of tests until one fails."""
    for files in _groups(mutant):
        watcher = Watcher()
        options = [
            "-x",
            "-q",
            "--noconftest",
            "-m",
            "not slow",
            "-p",
            "no:cacheprovider",
            "--tb=short",
            "--assert=plain",
        ]
        code = pytest.main([*options, f"--timeout={TEST_SECONDS}", *files], plugins=[watcher])
        if code != pytest.ExitCode.OK:
            status = Status.TIMEOUT if watcher.hung else Status.KILLED
            return {"status": status, "test": watcher.test or KILLED_BY_IMPORT}
    return {"status": Status.SURVIVED, "test": ""}


def _groups(mutant: Mutant | None) -> list[list[str]]:
    """The test modules, likeliest first: the mutant's own, the rest of the unit tests, the properties."""
    unit = sorted(str(path) for path in Path("tests/core").glob("test_*.py"))
    properties = sorted(str(path) for path in Path("tests/property").glob("test_*.py"))
    names = next((target.first for target in TARGETS if mutant and target.module == mutant.module), ())
    first = [f"tests/core/{name}.py" for name in names]
    groups = [first, [path for path in unit if path not in first], properties]
    return [group for group in groups if group]


def _baseline(trees: Sequence[Tree]) -> float:
    """Run the tests on the sources as they are, in all trees at once; returns the seconds it took."""
    for tree in trees:
        tree.start(None)
    slowest = 0.0
    for tree in trees:
        while (outcome := tree.poll(600)) is None:
            time.sleep(0.05)
        if outcome.status is not Status.SURVIVED:
            sys.exit(f"The tests fail without any mutant: {outcome.test}, see {tree.path / 'output.txt'}")
        slowest = max(slowest, outcome.seconds)
    return slowest


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    return Outcome(Status(entry["status"]), entry["test"], entry["seconds"])


def run(mutants: Sequence[Mutant], workers: int, until: float) -> dict[str, Outcome]:
    """The outcomes by key. Stops starting mutants when the monotonic clock reaches `until`."""
    trees = [Tree(number) for number in range(workers)]
    seconds_max = max(30.0, 4 * _baseline(trees))
    waiting = list(reversed(mutants))
    outcomes: dict[str, Outcome] = {}
    while waiting or any(tree.run for tree in trees):
        for tree in trees:
            if tree.run is not None:
                running = tree.run.mutant
                outcome = tree.poll(seconds_max)
                if outcome is not None and running is not None:
                    outcomes[running.key] = outcome
                    _tell(running, outcome, len(outcomes), len(mutants))
            if tree.run is None and waiting and time.monotonic() < until:
                tree.start(waiting.pop())
        if time.monotonic() >= until:
            waiting.clear()
        time.sleep(0.02)
    return outcomes


def _tell(mutant: Mutant, outcome: Outcome, number: int, total: int) -> None:
    if outcome.status is Status.SURVIVED:
        print(f"[{number}/{total}] survived  {mutant.key} {mutant.module}.{mutant.function}:{mutant.line}")
        print("    " + mutant.diff.replace("\n", "\n    "), flush=True)
    elif number % 25 == 0:
        print(f"[{number}/{total}]", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutation testing of the core.")
    parser.add_argument("--sample", type=int, default=500, help="how many mutants")
    parser.add_argument("--seed", type=int, default=SEED, help="which ones")
    parser.add_argument("--workers", type=int, default=2, help="how many at a time")
    parser.add_argument("--minutes", type=float, default=60, help="stop after so long, and fail")
    parser.add_argument("--only", nargs="*", metavar="KEY", help="run these mutants of the sample alone")
    parser.add_argument("--again", action="store_true", help="run the last run's survivors, and what is new")
    parser.add_argument("--record", action="store_true", help=f"write {REPORT}")
    arguments = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    started = time.monotonic()
    mutants = sample(arguments.sample, arguments.seed)
    outcomes: dict[str, Outcome] = {}
    if arguments.again:
        outcomes = {entry["key"]: _outcome(entry) for entry in json.loads(RESULT.read_text())["mutants"]}
        survivors = {key for key, outcome in outcomes.items() if outcome.status is Status.SURVIVED}
        outcomes = {mutant.key: outcomes[mutant.key] for mutant in mutants if mutant.key in outcomes}
        chosen = [mutant for mutant in mutants if mutant.key in survivors or mutant.key not in outcomes]
    elif arguments.only:
        mutants = chosen = [mutant for mutant in mutants if mutant.key in arguments.only]
    else:
        chosen = mutants
    outcomes |= run(chosen, arguments.workers, started + 60 * arguments.minutes)
    print(summary(mutants, outcomes, time.monotonic() - started))
    if arguments.only:
        return 0
    tested = [
        {
            "key": mutant.key,
            "module": mutant.module,
            "function": mutant.function,
            "line": mutant.line,
            "diff": mutant.diff,
            **msgspec.to_builtins(outcomes[mutant.key]),
        }
        for mutant in mutants
        if mutant.key in outcomes
    ]
    RESULT.write_text(json.dumps({"seed": arguments.seed, "mutants": tested}, indent=1))
    print(f"Every mutant's fate is in {RESULT}.")
    known = reasons(REPORT.read_text()) if REPORT.exists() else {}
    if arguments.record:
        REPORT.write_text(render(mutants, outcomes, arguments.seed, known))
    complaints = judge(mutants, outcomes, known)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return bool(complaints)


def judge(mutants: Sequence[Mutant], outcomes: Mapping[str, Outcome], known: Mapping[str, str]) -> list[str]:
    """What is wrong with this outcome, in words; nothing, if all is well."""
    survivors = [key for key, outcome in outcomes.items() if outcome.status is Status.SURVIVED]
    complaints = []
    if len(outcomes) < len(mutants):
        complaints.append(f"Only {len(outcomes)} of {len(mutants)} mutants were run in the time given.")
    if len(survivors) > (1 - ENOUGH) * len(outcomes):
        complaints.append(f"Fewer than {ENOUGH:.0%} were noticed.")
    if unexplained := [key for key in survivors if not known.get(key)]:
        complaints.append(f"Survivors without a reason in {REPORT}: {', '.join(unexplained)}.")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
