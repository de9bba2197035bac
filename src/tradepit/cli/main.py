"""The `tradepit` command: its sub-commands and how it reports errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

import tradepit
from tradepit.cli.exchange import CliError, PortOption, find_ports
from tradepit.cli.exec.command import CONTEXT_SETTINGS, exec_command
from tradepit.cli.market import deposit, market_app
from tradepit.cli.us import us_app
from tradepit.environment import core_build
from tradepit.server.settings import DEFAULT_HOST, DEFAULT_PROFILE, Mode, ServerSettings

app = typer.Typer(
    name="tradepit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A prediction-market exchange that you run yourself.",
)
app.add_typer(us_app, name="us")
app.add_typer(market_app, name="market")
app.command()(deposit)
app.command("exec", context_settings=dict(CONTEXT_SETTINGS))(exec_command)


@app.command()
def serve(
    data_dir: Annotated[Path, typer.Option(help="Where the exchange keeps everything.")] = Path("data"),
    port: PortOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = DEFAULT_HOST,
    mode: Annotated[
        Mode, typer.Option(help="Sandbox has demo markets, demo money and faults.")
    ] = Mode.SANDBOX,
    profile: Annotated[str, typer.Option(help="Dated behaviour of the CLOB.")] = DEFAULT_PROFILE,
    log_file: Annotated[Path | None, typer.Option(help="Log as JSON lines to this file.")] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    commit_delay_ms: Annotated[
        float, typer.Option(help="Pretend that the disk is slower.", hidden=True)
    ] = 0.0,
) -> None:
    """Start the exchange; Ctrl-C stops it."""
    # The whole exchange: not loaded for commands that only talk to one.
    from tradepit.server import logging
    from tradepit.server.serve import serve as run

    if log_level not in ("debug", "info", "warning", "error"):
        raise CliError("--log-level must be debug, info, warning or error")
    logging.configure(log_level, log_file)
    settings = ServerSettings(
        data_dir=data_dir,
        ports=find_ports(port),
        host=host,
        mode=mode,
        profile=profile,
        log_file=log_file,
        log_level=log_level,
        commit_delay_ms=commit_delay_ms,
    )
    raise typer.Exit(run(settings))


@app.command()
def demo(port: PortOption = None) -> None:
    """Show one order over each venue's door, and their fill; then end.

    Uses the exchange that runs on the port, or starts one for the purpose.
    """
    from tradepit.cli.demo import show

    show(find_ports(port))


@app.command()
def version(as_json: Annotated[bool, typer.Option("--json", help="As a JSON object.")] = False) -> None:
    """Print the version, and whether the core is compiled or pure Python."""
    build = core_build()
    if as_json:
        typer.echo(json.dumps({"version": tradepit.__version__, "build": build}))
    else:
        typer.echo(f"{tradepit.__version__} ({build})")


def main() -> None:
    """Run the command line; an error is one line on stderr and exit code 1."""
    try:
        app()
    except CliError as error:
        print(f"tradepit: {error}", file=sys.stderr)
        sys.exit(1)
