"""Python runs this at its start under `tradepit exec`, because this directory is first on PYTHONPATH.

It installs the redirection and then runs the `sitecustomize` that it hides, if there is one.
"""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path


def _run_hidden_sitecustomize() -> None:
    here = Path(__file__).parent.resolve()
    others = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    importlib.import_module("tradepit_preload").install()
    _run_hidden_sitecustomize()
