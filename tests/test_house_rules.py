"""Rules of the house that no linter knows: what the core may not contain, and who owns the machine's
clock, randomness and environment. Who may import whom is checked by import-linter (`make check`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tradepit

PACKAGE = Path(tradepit.__file__).parent
CORE = sorted((PACKAGE / "core").glob("*.py"))
PRELOAD = PACKAGE / "cli" / "exec" / "preload"
"""Runs inside the user's program, not in ours, so `environment.py` is not there to be asked."""

OTHERS = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "environment.py" and not path.is_relative_to(PRELOAD)
)

IMPURE_MODULES = {
    "asyncio", "datetime", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess",
    "threading", "time", "uuid", "zoneinfo",
}  # fmt: skip
MACHINE_CALLS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "monotonic_ns"),
    ("os", "environ"),
    ("os", "getenv"),
    ("os", "urandom"),
    ("uuid", "uuid1"),
    ("uuid", "uuid4"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
MACHINE_MODULES = {"random", "secrets"}


def imported_modules(tree: ast.AST) -> Iterator[str]:
    """The top-level names of every module that the code imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def float_uses(tree: ast.AST) -> Iterator[str]:
    """Everything that makes a float: literals, the name `float`, and true division."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"line {node.lineno}: the literal {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"line {node.lineno}: the name float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield f"line {node.lineno}: a true division"


def machine_uses(tree: ast.AST) -> Iterator[str]:
    """Reads of the machine's clock, randomness or environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in MACHINE_CALLS:
                yield f"line {node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (node.module, alias.name) in MACHINE_CALLS:
                    yield f"line {node.lineno}: from {node.module} import {alias.name}"
    for module in imported_modules(tree):
        if module in MACHINE_MODULES:
            yield f"import of {module}"


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_has_no_floats(path: Path) -> None:
    assert list(float_uses(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_imports_nothing_that_reads_the_world(path: Path) -> None:
    assert IMPURE_MODULES.isdisjoint(imported_modules(ast.parse(path.read_text())))


@pytest.mark.parametrize("path", OTHERS, ids=name)
def test_only_the_environment_reads_clock_randomness_and_variables(path: Path) -> None:
    assert list(machine_uses(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    ["x = 0.5", "x = a / b", "x = float(y)", "a /= 2"],
)
def test_the_float_finder_finds(code: str) -> None:
    assert list(float_uses(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.time()",
        "from time import monotonic",
        "import os\nos.environ['X']",
        "import random",
        "from secrets import token_bytes",
        "from datetime import datetime\ndatetime.now(UTC)",
        "import uuid\nuuid.uuid4()",
    ],
)
def test_the_machine_finder_finds(code: str) -> None:
    assert list(machine_uses(ast.parse(code)))


def test_the_package_shows_its_version_and_nothing_else() -> None:
    assert tradepit.__all__ == ["__version__"]
    assert tradepit.__version__.count(".") == 2


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


ROOT = PACKAGE.parent.parent
SOURCES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "scripts", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".md", ".cjs") and "node_modules" not in path.parts
)
PAGE = re.compile(r"\b(docs/[\w/-]+\.md)(?:,? \"([^\"]+)\")?")


def headings(page: Path) -> set[str]:
    """The headings of a page, without their marks."""
    return {line.lstrip("#").strip() for line in page.read_text().splitlines() if line.startswith("#")}


def broken_references(text: str) -> Iterator[str]:
    """References to pages that do not exist, or to headings that a page does not have."""
    for path, heading in PAGE.findall(" ".join(text.split())):
        page = ROOT / path
        if not page.is_file():
            yield path
        elif heading and heading not in headings(page):
            yield f'{path}, "{heading}"'


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_page_and_heading_that_is_referred_to_exists(path: Path) -> None:
    assert list(broken_references(path.read_text())) == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/index.md"])
def test_every_relative_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
