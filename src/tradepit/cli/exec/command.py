"""`tradepit exec -- COMMAND`: run a program with the venues' hosts built in against a local exchange."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer

from tradepit import environment
from tradepit.cli.exchange import PortOption, find_ports
from tradepit.cli.exec.exchange import ExchangeError, attached
from tradepit.cli.exec.run import leave, run_behind_proxy
from tradepit.cli.exec.venues import Policy
from tradepit.server.certificates import CertificateError

CONTEXT_SETTINGS: Final = {"allow_interspersed_args": False}
"""For `app.command("exec", context_settings=...)`: options after the command are the command's own."""

_FAILED: Final = 1
_NOT_FOUND: Final = 127


def exec_command(
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND", help="The program to run, and its arguments.")
    ],
    port: PortOption = None,
    data_dir: Annotated[
        Path,
        typer.Option("--data-dir", help="Data of the exchange, if it must be started or does not say."),
    ] = Path("data"),
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="HOST", help="Let the program reach this host too; repeatable."),
    ] = None,
) -> None:
    """Run a program so that the venues' hosts lead to the exchange on this machine, and other hosts nowhere.

    Attaches to the exchange on --port, or starts one for as long as the program runs.
    """
    try:
        policy = Policy(allow or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    variables = environment.variables()
    if shutil.which(command[0], path=variables.get("PATH")) is None:
        say(f"{command[0]}: command not found")
        raise typer.Exit(_NOT_FOUND)
    base = find_ports(port).base
    # Until the command runs, a request to end must still stop an exchange that we started.
    signal.signal(signal.SIGTERM, _end)
    try:
        with attached(base, data_dir, variables) as exchange:
            status = asyncio.run(run_behind_proxy(command, exchange, policy, variables, say))
    except (ExchangeError, CertificateError, OSError) as error:
        say(str(error))
        raise typer.Exit(_FAILED) from error
    raise typer.Exit(leave(status))


def say(text: str) -> None:
    """To standard error: standard output is the command's."""
    print(f"tradepit exec: {text.removeprefix('tradepit exec ')}", file=sys.stderr, flush=True)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
