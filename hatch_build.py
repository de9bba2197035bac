"""Compiles the core with mypyc when a wheel is built, so that `pip install` gives the fast exchange.

Every module of `tradepit.core` is compiled but those that pyproject.toml names. Where that cannot be
done (no C compiler, no mypyc, an error of either), the wheel is the pure Python one, which does the same
more slowly, and one line says why. `tradepit version` says which build runs. An editable install is
never compiled, and neither is anything under `TRADEPIT_PURE=1`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup

# With debug information off, and every warning of the C compiler left to those who work on mypyc.
setup(
    name="tradepit-core",
    packages=[],
    ext_modules=mypycify(
        ["--strict", *sys.argv.pop().split()], opt_level="3", debug_level="0", group_name="tradepit_core"
    ),
)
"""


class NotCompiled(Exception):
    """The wheel will be pure Python; the message says why."""


def compiler() -> str | None:
    """The C compiler that setuptools would call, if it is there."""
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    return shutil.which(command.split()[0])


def check_wanted() -> None:
    """Raise `NotCompiled` where there is no use in trying."""
    if os.environ.get("TRADEPIT_PURE") == "1":
        raise NotCompiled("TRADEPIT_PURE is 1")
    if sys.implementation.name != "cpython":
        raise NotCompiled(f"mypyc is for CPython, and this is {sys.implementation.name}")
    if compiler() is None:
        raise NotCompiled("no C compiler here (gcc)")


def compiled(
    root: Path, interpreted: list[str], workshop: Path, also: tuple[str, ...] = ()
) -> dict[str, str]:
    """Compile in `workshop`, a copy, so that the sources' folder never sees an extension module.

    `also` are more modules to compile with the core, which are in the workshop already. Returns where each
    extension module is and where it belongs in the wheel. Raises `NotCompiled`.
    """
    check_wanted()
    missing = [name for name in ("mypyc", "setuptools") if find_spec(name) is None]
    if missing:
        raise NotCompiled(f"{' and '.join(missing)} not installed")
    package = workshop / "tradepit"
    shutil.copytree(
        root / "src/tradepit/core", package / "core", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(root / "src/tradepit/__init__.py", package)
    (package / "py.typed").touch()
    (workshop / "setup.py").write_text(SETUP)
    modules = [
        f"tradepit/core/{path.name}"
        for path in sorted((package / "core").glob("*.py"))
        if path.stem not in ("__init__", *interpreted)
    ]
    modules += also
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace", " ".join(modules)],
        cwd=workshop,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        errors = [line for line in done.stdout.splitlines() if "error" in line.lower()]
        raise NotCompiled(errors[0].strip() if errors else "mypyc failed")
    made = [
        *workshop.glob("*__mypyc.*.*"),
        *(package / "core").glob("*.so"),
        *(package / "core").glob("*.pyd"),
    ]
    return {str(path): path.relative_to(workshop).as_posix() for path in made}


class CompiledCore(BuildHookInterface[Any]):
    """The hook that pyproject.toml names for wheels."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What compiling needs, and nothing where nothing will be compiled."""
        try:
            check_wanted()
        except NotCompiled:
            return []
        return list(self.config["needs"])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the wheel is only the link of an editable install."""
        if version == "editable":
            return
        self._workshop = tempfile.TemporaryDirectory(prefix="tradepit-core-")
        try:
            extensions = compiled(Path(self.root), self.config["interpreted"], Path(self._workshop.name))
        except NotCompiled as reason:
            print(f"tradepit: the core stays pure Python: {reason}", file=sys.stderr)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update(extensions)
        print(f"tradepit: the core is compiled ({len(extensions)} extension modules)", file=sys.stderr)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Throw the workshop away."""
        if version != "editable":
            self._workshop.cleanup()
