"""The wheel as a user would get it, installed into an environment of its own. No network is needed.

The environment borrows everything but Tradepit from the one that runs, so that the two differ in nothing
else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel in it, and what the build said."""

    python: Path
    wheel: Path
    said: str

    def run(self, *arguments: str, **variables: str) -> str:
        """What Python prints when run in the project's folder with these arguments and variables."""
        return _output([self.python, *arguments], variables)

    def tradepit(self, *arguments: str) -> str:
        """What the command that the wheel installs prints."""
        return _output([self.python.with_name("tradepit"), *arguments], {})


def _output(command: list[str | Path], variables: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=clean(**variables), capture_output=True, text=True)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def clean(**variables: str) -> dict[str, str]:
    """This process's environment without what would lead Python back to the sources."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRADEPIT"))}
    return kept | variables


def install(folder: Path, **variables: str) -> Installed:
    """Build the wheel under these environment variables and install it under `folder`. Compiled, it takes
    half a minute."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder / "dist"],
        cwd=ROOT,
        env=clean(**variables),
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, f"no wheel:\n{built.stdout}\n{built.stderr}"
    (wheel,) = (folder / "dist").glob("*.whl")
    home = folder / "environment"
    venv.create(home, symlinks=True)  # no pip: the wheel comes from outside
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True, env=clean())
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(python, wheel, built.stderr)
