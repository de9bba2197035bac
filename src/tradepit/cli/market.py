"""`tradepit market` and `tradepit deposit`: the operator's everyday verbs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tradepit.cli.exchange import CliError, OperatorApi, PortOption, TokenFileOption, find_ports

market_app = typer.Typer(no_args_is_help=True, help="List, create and resolve markets.")


@market_app.command("list")
def list_markets(port: PortOption = None, token_file: TokenFileOption = None) -> None:
    """Print all markets: id, state, question."""
    with OperatorApi(find_ports(port), token_file) as api:
        for market in api.get("/v1/markets")["markets"]:
            typer.echo(f"{market['id']}\t{market['state']}\t{market['question']}")


@market_app.command()
def create(
    slug: Annotated[str, typer.Option(help="The market's id: a-z, 0-9, '.', '_', '-'.")],
    question: Annotated[str, typer.Option(help="What it is about.")],
    tick: Annotated[str, typer.Option(help="Price step in dollars.")] = "0.01",
    step: Annotated[str, typer.Option(help="Quantity step in shares.")] = "0.01",
    minimum: Annotated[str, typer.Option(help="Smallest order in shares.")] = "5",
    exchange: Annotated[str, typer.Option(help="ctf, neg_risk or v3.")] = "ctf",
    port: PortOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """List a market; its condition and token ids are derived from the slug."""
    body = {
        "slug": slug,
        "question": question,
        "tick": tick,
        "step": step,
        "minimum": minimum,
        "exchange": exchange,
    }
    with OperatorApi(find_ports(port), token_file) as api:
        market = api.post("/v1/markets", body)
    for field in ("id", "state", "condition_id", "yes_token", "no_token", "symbol"):
        typer.echo(f"{field:<13}{market[field]}")


@market_app.command()
def resolve(
    market: Annotated[str, typer.Argument(help="The market's id, symbol or condition id.")],
    outcome: Annotated[str | None, typer.Option(help="YES or NO.")] = None,
    payout: Annotated[str | None, typer.Option(help="What a YES share pays, 0 to 1.")] = None,
    port: PortOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Pay the holders out; this is final."""
    body: dict[str, Any] = {}
    if outcome is not None:
        body["outcome"] = outcome.upper()
    if payout is not None:
        body["payout"] = payout
    if len(body) != 1:
        raise CliError("give either --outcome YES or NO, or --payout")
    with OperatorApi(find_ports(port), token_file) as api:
        answer = api.post(f"/v1/markets/{market}/resolve", body)
    typer.echo(f"{answer['id']} is resolved: a YES share pays {answer['payout']}")


def deposit(
    account: Annotated[str, typer.Argument(help="A wallet, or firms/FIRM/accounts/USER.")],
    amount: Annotated[str, typer.Argument(help="Dollars.")],
    port: PortOption = None,
    token_file: TokenFileOption = None,
) -> None:
    """Bring cash into an account."""
    with OperatorApi(find_ports(port), token_file) as api:
        answer = api.post("/v1/deposits", {"account": account, "amount": amount})
    typer.echo(f"{answer['account']} now has {answer['balance']} dollars")
