"""`tradepit us`: traders of the US exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tradepit.cli.exchange import OperatorApi, PortOption, TokenFileOption, find_ports
from tradepit.cli.keys import open_key, public_pem

us_app = typer.Typer(no_args_is_help=True, help="Traders of the US exchange.")


@us_app.callback()
def us() -> None:
    """Traders of the US exchange."""


@us_app.command()
def onboard(
    firm: Annotated[str, typer.Option(help="Name of the firm, for example Acme-Trading.")],
    user: Annotated[str, typer.Option(help="Name of the trader, for example trader1.")],
    key: Annotated[Path, typer.Option(help="The trader's RSA private key; made if it is not there.")],
    port: PortOption = None,
    as_json: Annotated[bool, typer.Option("--json", help='Print {"client_id": "..."} only.')] = False,
    token_file: TokenFileOption = None,
) -> None:
    """Register a trader's key with the running exchange and print the client id.

    A sandbox also funds a new account with demo money.
    """
    is_new = not key.exists()
    with OperatorApi(find_ports(port), token_file) as api:
        # Before the key is made: no key without an exchange to register it with.
        api.get("/v1/status")
        answer = api.post(
            "/v1/us/users", {"firm": firm, "user": user, "public_key": public_pem(open_key(key))}
        )
        if as_json:
            typer.echo(json.dumps({"client_id": answer["client_id"]}))
            return
        cash = api.get(f"/v1/accounts/{answer['account']}")["cash"]
    typer.echo(f"client id    {answer['client_id']}")
    typer.echo(f"participant  {answer['participant']}")
    typer.echo(f"account      {answer['account']}, {cash} dollars")
    typer.echo(f"private key  {key}{' (made now)' if is_new else ''}")
