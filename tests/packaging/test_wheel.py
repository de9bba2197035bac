"""The wheel: compiled where a C compiler is, pure Python where not, and the same exchange either way."""

from __future__ import annotations

import ast
import json
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.packaging.same_everywhere import digests
from tests.support.built_wheel import ROOT, Installed, install

CORE = ROOT / "src/tradepit/core"

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc here")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="module")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built where no compiler is: on the path there is only Python."""
    bare = tmp_path_factory.mktemp("bare")
    (bare / "python").symlink_to(sys.executable)
    return install(tmp_path_factory.mktemp("pure"), PATH=str(bare), CC="")


@needs_compiler
@pytest.mark.slow
@pytest.mark.timeout(600)
class TestCompiled:
    def test_the_version_says_that_it_is_compiled(self, compiled: Installed) -> None:
        assert compiled.tradepit("version").strip().endswith("(compiled)")
        assert json.loads(compiled.tradepit("version", "--json"))["build"] == "compiled"
        assert "the core is compiled" in compiled.said

    def test_every_module_is_compiled_but_the_named_ones(self, compiled: Installed) -> None:
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        (installed,) = compiled.python.parents[1].glob("lib/python*/site-packages/tradepit/core")
        extensions = {path.name.removesuffix(suffix) for path in installed.glob("*.so")}
        assert extensions == {path.stem for path in CORE.glob("*.py")} - {"__init__", *interpreted()}

    def test_the_sources_folder_keeps_no_extension_module(self, compiled: Installed) -> None:
        assert not list(ROOT.glob("src/**/*.so")) and not list(ROOT.glob("*.so"))

    @pytest.mark.parametrize("hash_seed", ["0", "4242"])
    def test_every_byte_is_that_of_the_interpreted_core(self, compiled: Installed, hash_seed: str) -> None:
        told = compiled.run("-m", "tests.packaging.same_everywhere", PYTHONHASHSEED=hash_seed)
        assert json.loads(told) == {"build": "compiled", **digests()}

    def test_the_core_s_own_tests_pass(self, compiled: Installed) -> None:
        compiled.run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/core")


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestPure:
    def test_a_machine_without_a_compiler_gets_the_pure_core_and_is_told(self, pure: Installed) -> None:
        assert "the core stays pure Python: no C compiler" in pure.said
        assert pure.wheel.name.endswith("-py3-none-any.whl")
        assert json.loads(pure.tradepit("version", "--json"))["build"] == "pure"
        told = json.loads(pure.run("-m", "tests.packaging.same_everywhere", PYTHONHASHSEED="7"))
        assert told == {"build": "pure", **digests()}


def interpreted() -> list[str]:
    """The modules that pyproject.toml keeps from mypyc."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    names: list[str] = tables["wheel"]["hooks"]["custom"]["interpreted"]
    return names


def defines_structs_or_enumerations(path: Path) -> bool:
    """Whether a class of the module derives from one that mypyc would spoil."""
    bases = {
        ast.unparse(base)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    return bool(bases & {"msgspec.Struct", "Struct", "IntEnum", "Enum"})


def test_exactly_the_modules_that_mypyc_would_spoil_are_named() -> None:
    spoiled = {path.stem for path in CORE.glob("*.py") if defines_structs_or_enumerations(path)}
    assert spoiled == set(interpreted())
