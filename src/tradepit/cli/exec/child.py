"""The environment of the command that `tradepit exec` runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tradepit.cli.exec.trust import BUNDLE_VARIABLES, EXTRA_VARIABLE, Bundles
from tradepit.cli.exec.venues import Policy
from tradepit.server.certificates import VENUE_DOMAINS

NO_PROXY: Final = "localhost,127.0.0.1,::1"

_PRELOADS: Final = Path(__file__).parent / "preload"
PYTHON_PRELOAD: Final = _PRELOADS / "python"
NODE_PRELOAD: Final = _PRELOADS / "node" / "preload.cjs"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the child's environment points at."""

    exchange_port: int
    proxy_port: int
    host_ports: Mapping[str, int]
    policy: Policy
    certificate: Path
    bundles: Bundles


def environment_of_child(inherited: Mapping[str, str], around: Surroundings) -> dict[str, str]:
    """The inherited environment, with every way to a venue bent to the exchange. Pure."""
    # Also grpc_proxy, no_grpc_proxy, wss_proxy and their like: their readers prefer them to the general ones.
    variables = {name: value for name, value in inherited.items() if not name.lower().endswith("_proxy")}
    proxy = f"http://127.0.0.1:{around.proxy_port}"
    for name, value in (("http_proxy", proxy), ("https_proxy", proxy), ("no_proxy", NO_PROXY)):
        variables[name] = variables[name.upper()] = value
    for name in BUNDLE_VARIABLES:
        variables[name] = str(around.bundles.everything)
    variables[EXTRA_VARIABLE] = str(around.bundles.extra)
    variables["NODE_OPTIONS"] = _first(
        f'--require="{NODE_PRELOAD}"', inherited.get("NODE_OPTIONS", ""), separator=" "
    )
    variables["PYTHONPATH"] = _first(
        str(PYTHON_PRELOAD), inherited.get("PYTHONPATH", ""), separator=os.pathsep
    )
    variables["TRADEPIT_PORT"] = str(around.exchange_port)
    variables["TRADEPIT_EXEC"] = _settings(around)
    return variables


def _settings(around: Surroundings) -> str:
    """What the preloads read."""
    return json.dumps(
        {
            "mode": "proxy",
            "hosts": dict(around.host_ports),
            "venue_domains": list(VENUE_DOMAINS),
            "allowed": sorted(around.policy.allowed),
            "ca_certificate": str(around.certificate),
            "bundle": str(around.bundles.everything),
        },
        separators=(",", ":"),
    )


def _first(word: str, rest: str, *, separator: str) -> str:
    """`word` before `rest`, once: one exec may run inside another."""
    kept = [other for other in rest.split(separator) if other and other != word]
    return separator.join([word, *kept])
