"""What `tradepit serve` prints when it is ready: what runs, and what to try next."""

from __future__ import annotations

from pathlib import Path

import tradepit
from tradepit.server.ports import PORT_BASE
from tradepit.server.settings import ServerSettings


def command_name(program: Path, found: str | None, here: Path) -> str:
    """How a user in the folder `here` calls the running `program`, to be pasted into a shell.

    Its bare name where the shell finds this very file (`found`) by it, else its path, the short way.
    """
    if program.name != "tradepit":
        return "python -m tradepit.cli"
    if found is not None and Path(found).resolve() == program.resolve():
        return program.name
    absolute = program.absolute()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


def banner(settings: ServerSettings, ca_certificate: Path, markets: int, command: str) -> str:
    """At most one screen. `command` is how the user calls `tradepit`."""
    ports = settings.ports
    host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else settings.host
    option = "" if ports.base == PORT_BASE else f" --port {ports.base}"
    lines = [
        f"Tradepit {tradepit.__version__} is running: {settings.mode} mode, {markets} markets, "
        f"venue profile {settings.profile}",
        "",
        f"  CLOB REST and WebSocket    http://{host}:{ports.clob}",
        f"  CLOB WebSocket             ws://{host}:{ports.clob_websocket}",
        f"  US exchange                http://{host}:{ports.us}",
        f"  US exchange and tokens     https://{host}:{ports.us_tls}",
        f"  Operator API, metrics      http://{host}:{ports.operator}",
        "",
        f"  data directory             {settings.data_dir.resolve()}",
        f"  CA certificate             {ca_certificate}",
        "",
        "Try next:",
        "",
    ]
    if settings.is_sandbox:
        lines += [
            f"  {command} demo{option}",
            f"  {command} us onboard{option} --firm Acme-Trading --user trader1 --key private_key.pem",
            f"  {command} exec{option} -- python your_bot.py",
        ]
    else:
        token = settings.data_dir.resolve() / "secrets" / "operator-token"
        url = f"http://localhost:{ports.operator}"
        authorization = f'-H "Authorization: Bearer $(cat {token})"'
        lines += [
            f"  curl {url}/v1/status",
            f"  {command} market create{option} --slug rain --question 'Will it rain?' --token-file {token}",
            f"  curl {authorization} {url}/metrics",
        ]
    return "\n".join([*lines, "", "Ctrl-C stops it."])
