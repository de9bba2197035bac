"""The mutants of the core: which there are, and which of them a sample holds.

A mutant is a module of the core with one small change, made by mutmut's operators: another comparison,
a missing argument, a `+` for a `-`. The sample is drawn by hash, not by position, so a change to one
function leaves the mutants of all others in the sample, or out of it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from textwrap import dedent
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
    Target("book", ("test_self_checks", "test_book", "test_matching")),
    Target("ledger", ("test_self_checks", "test_ledger", "test_block", "test_trading")),
    Target("fees", ("test_fees",)),
    Target("block", ("test_block", "test_trading", "test_clearing", "test_auction")),
    Target("matching", ("test_matching", "test_trading", "test_fees")),
    Target(
        "trading",
        ("test_ledger", "test_refusals", "test_trading", "test_pricing"),
        ("Entry.__init__", "Entry._match", "Entry._shortfall", "Entry._cost"),
    ),
    Target("settlement", ("test_ledger", "test_block", "test_matching")),
)
"""Book, ledger, fees, and funding: the re-check of a block, the walk's cost, a new order's check, a fill."""


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


@cache
def mutants_of(target: Target) -> tuple[Mutant, ...]:
    """Every mutant of one target, in the order of its lines. A change that means nothing is left out."""
    path = CORE / f"{target.module}.py"
    source = path.read_text()
    seen = set()
    repeated: Counter[str] = Counter()
    found = []
    for function, start, before, after in _changes(path, source):
        if target.functions and function not in target.functions:
            continue
        meaning = _meaning(after)
        if (function, meaning) in seen or meaning == _meaning(before):
            continue
        seen.add((function, meaning))
        line, diff = _difference(before, after)
        name = f"{target.module}.{function}\n{diff}"
        repeated[name] += 1
        key = sha256(f"{name}\n{repeated[name]}".encode()).hexdigest()[:8]
        changed = source[:start] + after + source[start + len(before) :]
        found.append(Mutant(key, target.module, function, source.count("\n", 0, start) + line, diff, changed))
    return tuple(found)


def _changes(path: Path, source: str) -> Iterator[tuple[str, int, str, str]]:
    """Every mutation inside a function or method: its name, where its text begins in the source, and the
    text before and after."""
    module, mutations, _, _ = create_mutations(str(path), source)
    by_function = group_by_top_level_node(mutations)
    for statement in module.body:
        text = module.code_for_node(statement)
        start = source.index(text)
        if isinstance(statement, libcst.FunctionDef):
            for mutation in by_function.get(statement, ()):
                changed = deep_replace(statement, mutation.original_node, mutation.mutated_node)
                yield statement.name.value, start, text, module.code_for_node(_node(changed))
        elif isinstance(statement, libcst.ClassDef):
            for method in statement.body.body:
                if not isinstance(method, libcst.FunctionDef):
                    continue
                before = _text_in_class(module, statement, method)
                name = f"{statement.name.value}.{method.name.value}"
                for mutation in by_function.get(method, ()):
                    changed = deep_replace(method, mutation.original_node, mutation.mutated_node)
                    after = _text_in_class(module, statement, _node(changed))
                    yield name, source.index(before, start), before, after


def _text_in_class(module: libcst.Module, owner: libcst.ClassDef, method: libcst.CSTNode) -> str:
    """The method's text, indented: that of a class with nothing else in it, but its first line."""
    alone = owner.with_changes(body=owner.body.with_changes(body=[method], footer=[]), leading_lines=[])
    return module.code_for_node(alone).partition("\n")[2]


def _node(changed: object) -> libcst.CSTNode:
    assert isinstance(changed, libcst.CSTNode), "a mutation replaces, it never removes"
    return changed


@cache
def _meaning(source: str) -> str:
    return ast.dump(ast.parse(dedent(source)))


def _difference(before: str, after: str) -> tuple[int, str]:
    """The number of the first line that changes, and the lines that differ, with `-` and `+`."""
    old, new = before.splitlines(), after.splitlines()
    same = next(count for count, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    end = 0
    while end < min(len(old), len(new)) - same and old[-1 - end] == new[-1 - end]:
        end += 1
    gone = [f"-{line}" for line in old[same : len(old) - end]]
    come = [f"+{line}" for line in new[same : len(new) - end]]
    return same + 1, "\n".join([*gone, *come])
