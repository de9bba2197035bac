"""A way to run a script under an official client's own environment, and to read what it shows.

The clients live in environments of their own (`make clients` makes them), because their dependencies
contradict ours; so a test runs a script as a bot's author would, and reads what it prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.exchange_process import ExchangeProcess

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = Path(__file__).parent / "scripts"
ENVIRONMENTS = ROOT / ".venv-clients"
SCRIPT_SECONDS = 90
COMMAND = Path(sys.executable).with_name("tradepit")


@dataclass(frozen=True, slots=True)
class Market:
    """What a script needs to know of a market."""

    slug: str
    condition: str
    yes_token: str
    no_token: str


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator API of the exchange under test."""

    url: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        reply = httpx.request(method, self.url + path, json=body, timeout=30, trust_env=False)
        reply.raise_for_status()
        return reply.json()

    def market(self, slug: str) -> Market:
        """A market that exists."""
        return self._market(self.call("GET", f"/v1/markets/{slug}"))

    def new_market(self, **terms: str) -> Market:
        """A market with an empty book."""
        return self._market(self.call("POST", "/v1/markets", {"question": "Is this a test?", **terms}))

    @staticmethod
    def _market(shown: Mapping[str, str]) -> Market:
        return Market(shown["slug"], shown["condition_id"], shown["yes_token"], shown["no_token"])


class ScriptFailed(AssertionError):
    """A command ended with another status than 0, or could not start; the message holds its output."""


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    """Run to the end, with no variable of ours but PATH and HOME, and return what it printed.

    Raises `ScriptFailed` where the exit status is not 0.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        command,
        env={**inherited, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SCRIPT_SECONDS,
    )
    if done.returncode:
        raise ScriptFailed(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def under_exec(exchange: ExchangeProcess, command: Sequence[str]) -> list[str]:
    """The command as `tradepit exec` runs it, attached to the exchange under test."""
    return [str(COMMAND), "exec", "--port", str(exchange.port), "--", *command]


def client_python(client: str) -> str:
    """The interpreter of one client's environment."""
    python = ENVIRONMENTS / client / "bin" / "python"
    if not python.exists():
        raise ScriptFailed(f"there is no environment for the {client} client: run make clients")
    return str(python)


@dataclass(frozen=True, slots=True)
class Bot:
    """A new wallet, and scripts that act with it."""

    exchange: ExchangeProcess
    private_key: str
    folder: Path

    def steps(
        self, client: str, script: str, market: Market, *, wrapped: bool = False, **variables: str
    ) -> dict[str, Any]:
        """Run a script of ours with one official client; returns what it showed, by step."""
        command = [client_python(client), str(SCRIPTS / script)]
        environment = {
            "PRIVATE_KEY": self.private_key,
            "YES_TOKEN": market.yes_token,
            "CONDITION": market.condition,
            **variables,
        }
        if wrapped:
            command = under_exec(self.exchange, command)
        else:
            environment["CLOB_URL"] = f"http://localhost:{self.exchange.port}"
        return read_steps(run(command, environment, self.folder))


def read_steps(output: str) -> dict[str, Any]:
    """The steps that a script showed: its lines that are JSON objects of one key."""
    steps: dict[str, Any] = {}
    for line in output.splitlines():
        if line.startswith('{"'):
            steps.update(json.loads(line))
    return steps


@dataclass(frozen=True, slots=True)
class Trader:
    """A trader of the US exchange: the client id and the key that onboarding gave."""

    client_id: str
    key: Path
    user: str

    def environment(self) -> dict[str, str]:
        return {"US_CLIENT_ID": self.client_id, "US_KEY": str(self.key)}


def onboard(exchange: ExchangeProcess, folder: Path, firm: str, user: str) -> Trader:
    """Onboard a trader with the command that the README names."""
    key = folder / "private_key.pem"
    command = [str(COMMAND), "us", "onboard", "--firm", firm, "--user", user, "--key", str(key), "--json"]
    output = run([*command, "--port", str(exchange.port)], {}, folder)
    return Trader(json.loads(output)["client_id"], key, user)


def authority(exchange: ExchangeProcess, operator: Operator) -> str:
    """The path of the local authority's certificate, as the operator API tells it."""
    return str(operator.call("GET", "/v1/status")["ca_certificate"])
