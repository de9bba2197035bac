"""The mutants of the core: which there are, and which of them a sample holds.

A mutant is a module of the core with one small change, made by mutmut's operators: another comparison,
a missing argument, a `+` for a `-`. The sample is drawn by hash, not by position, so a change to one
function leaves the mutants of all others in the sample, or out of it.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import libcst
from mutmut.mutation.file_mutation import create_mutations, deep_replace, group_by_top_level_node

CORE: Final = Path("src/tradepit/core")
SEED: Final = 20_261_120


@dataclass(frozen=True, slots=True)
class Target:
    """A module to mutate, whole or only the functions named, and the test modules to ask first."""

    module: str
    first: tuple[str, ...]
    functions: tuple[str, ...] = ()


TARGETS: Final = (
    Target("book", ("test_book", "test_matching")),
    Target("ledger", ("test_ledger", "test_block", "test_trading")),
    Target("fees", ("test_fees",)),
    Target("block", ("test_block", "test_trading", "test_clearing")),
    Target("matching", ("test_matching", "test_trading", "test_fees")),
    Target("trading", ("test_trading", "test_refusals"), ("_shortfall", "_own_price")),
)
"""Book, ledger, fees, and funding: the re-check of a block, the walk's cost, and the check of a new order."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. `key` names it for as long as the change reads the same; `source` is the whole module."""

    key: str
    module: str
    function: str
    line: int
    diff: str
    source: str


def sample(count: int, seed: int = SEED) -> list[Mutant]:
    """`count` mutants of all targets (all of them, if there are fewer), the same ones for the same seed."""
    everything = [mutant for target in TARGETS for mutant in mutants_of(target)]
    return sorted(everything, key=lambda mutant: _rank(mutant, seed))[:count]


def _rank(mutant: Mutant, seed: int) -> bytes:
    return sha256(f"{seed}:{mutant.key}".encode()).digest()


def mutants_of(target: Target) -> list[Mutant]:
    """Every mutant of one target, in the order of its lines. A change that means nothing is left out."""
    path = CORE / f"{target.module}.py"
    source = path.read_text()
    seen = {_meaning(source)}
    repeated: Counter[str] = Counter()
    found = []
    for function, changed in _changes(path, source):
        if target.functions and function not in target.functions:
            continue
        meaning = _meaning(changed)
        if meaning in seen:
            continue
        seen.add(meaning)
        line, diff = _difference(source, changed)
        name = f"{target.module}.{function}\n{diff}"
        repeated[name] += 1
        key = sha256(f"{name}\n{repeated[name]}".encode()).hexdigest()[:8]
        found.append(Mutant(key, target.module, function, line, diff, changed))
    return found


def _changes(path: Path, source: str) -> Iterator[tuple[str, str]]:
    """(function, changed source) of every mutation inside a function or method."""
    module, mutations, _, _ = create_mutations(str(path), source)
    by_function = group_by_top_level_node(mutations)
    for statement in module.body:
        if isinstance(statement, libcst.FunctionDef):
            functions = {statement.name.value: statement}
        elif isinstance(statement, libcst.ClassDef):
            functions = {
                f"{statement.name.value}.{method.name.value}": method
                for method in statement.body.body
                if isinstance(method, libcst.FunctionDef)
            }
        else:
            continue
        text = module.code_for_node(statement)
        for name, function in functions.items():
            for mutation in by_function.get(function, ()):
                changed = deep_replace(statement, mutation.original_node, mutation.mutated_node)
                assert isinstance(changed, libcst.CSTNode)
                yield name, source.replace(text, module.code_for_node(changed), 1)


def _meaning(source: str) -> str:
    return ast.dump(ast.parse(source))


def _difference(before: str, after: str) -> tuple[int, str]:
    """The first changed line's number, and the lines that differ, with `-` and `+`."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
    first = int(lines[2].split()[1].lstrip("-").split(",")[0])
    return first, "\n".join(line for line in lines[3:] if not line.startswith("@@"))
