"""`tradepit demo`: one order over each venue's door, and their fill, shown in each venue's own words."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from tradepit import environment
from tradepit.cli.demo_traders import ClobTrader, UsTrader
from tradepit.cli.exchange import CliError, OperatorApi
from tradepit.cli.exec.exchange import ExchangeError, attached
from tradepit.cli.keys import public_pem
from tradepit.server.listeners import PortTaken, bind, bind_all
from tradepit.server.ports import InvalidPort, Ports

_SYMBOL: Final = "tec-nfl-sbw-2026-02-08-kc"
_CENTS: Final = 56
_OFFERED: Final = 100
_BOUGHT: Final = 40
_ATTEMPTS: Final = 50


def show(ports: Ports) -> None:
    """Tell the whole story once. Raises `CliError`."""
    console = Console(highlight=False)
    with _exchange(ports, console) as running, OperatorApi(running) as operator:
        status = operator.get("/v1/status")
        if status["mode"] != "sandbox":
            raise CliError("the demo needs a sandbox: a production exchange gives no demo money")
        market = operator.get(f"/v1/markets/{_SYMBOL}")
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        name = f"trader{int.from_bytes(environment.random_bytes(3), 'big')}"
        onboarded = operator.post(
            "/v1/us/users", {"firm": "Demo-Trading", "user": name, "public_key": public_pem(key)}
        )
        with (
            contextlib.closing(ClobTrader(f"http://127.0.0.1:{running.clob}")) as alice,
            contextlib.closing(
                UsTrader(
                    f"https://localhost:{running.us_tls}",
                    status["ca_certificate"],
                    onboarded["client_id"],
                    key,
                )
            ) as bob,
        ):
            _tell(console, alice, bob, market)


def _tell(console: Console, alice: ClobTrader, bob: UsTrader, market: dict[str, Any]) -> None:
    console.print(f"\n[bold]{market['question']}[/bold]")
    yes = market["yes_token"]

    console.print(Rule("1  A wallet joins over the CLOB door", align="left"))
    api_key = alice.make_api_key()
    before = alice.collateral(), alice.tokens(yes)
    _fields(console, {"address": alice.wallet.address, "apiKey": api_key})

    console.print(Rule("2  A trader logs in over the US door", align="left"))
    token = bob.log_in()
    who = bob.who_am_i()
    bob_before = bob.balance()
    _fields(
        console,
        {
            "user": who["user"],
            "firm": who["firmDisplayName"],
            "token": _pick(token, "token_type", "expires_in"),
        },
    )

    console.print(
        Rule(f"3  CLOB: the wallet offers {_OFFERED} YES at 0.{_CENTS}, signed, and it rests", align="left")
    )
    placed = alice.sell(yes, cents=_CENTS, shares=_OFFERED, exchange=market["exchange"])
    _fields(console, {name: placed[name] for name in ("success", "orderID", "status")})

    console.print(Rule(f"4  US: the trader buys {_BOUGHT} of it", align="left"))
    instrument = bob.instrument(_SYMBOL)
    price = _CENTS * int(instrument["priceScale"]) // 100
    quantity = _BOUGHT * int(instrument["fractionalQtyScale"])
    order_id = bob.buy(_SYMBOL, price=price, quantity=quantity)["orderId"]
    filled = bob.find_order(_SYMBOL, order_id)
    shown = ("id", "side", "state", "orderQty", "cumQty", "leavesQty", "price")
    _fields(console, {name: filled[name] for name in shown})

    console.print(Rule("5  The same fill, as each venue tells it", align="left"))
    rested = alice.order(placed["orderID"])
    trade = alice.trades()["data"][0]
    _fields(
        console,
        {
            "CLOB order": _pick(rested, "status", "original_size", "size_matched"),
            "CLOB trade": _pick(trade, "status", "price", "trader_side"),
            "US order": _pick(filled, "state", "cumQty", "avgPx"),
            "US position": _pick(bob.positions()[0], "symbol", "netPosition", "cost"),
        },
    )
    after = alice.collateral(), alice.tokens(yes)
    table = Table("", "before", "after", box=None, header_style="dim")
    for label, index in (("CLOB collateral balance", 0), ("CLOB YES token balance", 1)):
        table.add_row(label, before[index]["balance"], after[index]["balance"])
    bob_after = bob.balance()
    table.add_row("US buyingPower", bob_before["buyingPower"], bob_after["buyingPower"])
    console.print(table)
    _check(before, after, bob_before, bob_after)

    cancelled = alice.cancel(placed["orderID"])
    console.print(Rule("6  CLOB: the wallet cancels the rest", align="left"))
    _fields(console, {"canceled": ", ".join(cancelled["canceled"])})
    console.print("\nOne book, two venues: the order of one filled the order of the other.\n")


def _check(before: Any, after: Any, bob_before: Any, bob_after: Any) -> None:
    """The story is only told if it is true: what one side lost, the other has got."""
    paid = _BOUGHT * _CENTS * 10_000
    sold = _BOUGHT * 1_000_000
    cash = int(after[0]["balance"]) - int(before[0]["balance"])
    tokens = int(before[1]["balance"]) - int(after[1]["balance"])
    spent = _micro(bob_before["buyingPower"]) - _micro(bob_after["buyingPower"])
    if (cash, tokens, spent) != (paid, sold, paid):
        raise CliError(
            "the two orders did not meet as told: someone else trades at this price; run the demo again"
        )


def _micro(text: str) -> int:
    """Decimal dollars to micro-dollars, exactly."""
    whole, _, rest = text.partition(".")
    return int(whole) * 1_000_000 + int(rest.ljust(6, "0")[:6] or "0")


def _pick(answer: dict[str, Any], *names: str) -> str:
    return ", ".join(f"{name} {answer[name]}" for name in names)


def _fields(console: Console, fields: dict[str, Any]) -> None:
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        console.print(f"   [dim]{name:<{width}}[/dim]  {value}", soft_wrap=True)


@contextlib.contextmanager
def _exchange(ports: Ports, console: Console) -> Iterator[Ports]:
    """The exchange that runs on `ports`, or one on free ports that ends with the demo."""
    with OperatorApi(ports) as api:
        runs = api.is_running()
    if runs:
        console.print(f"Using the exchange on port {ports.base}.")
        yield ports
        return
    free = _free_ports()
    console.print("No exchange is running: starting one for the demo.")
    with tempfile.TemporaryDirectory(prefix="tradepit-demo-") as folder:
        try:
            with attached(free.base, Path(folder) / "data", environment.variables()):
                yield free
        except ExchangeError as error:
            raise CliError(str(error)) from error


def _free_ports() -> Ports:
    """A base whose ports are all free now."""
    for _ in range(_ATTEMPTS):
        with contextlib.closing(bind("127.0.0.1", 0)) as sock:
            base = sock.getsockname()[1]
        try:
            ports = Ports(base)
            for taken in bind_all("127.0.0.1", list(ports.served().values())):
                taken.close()
        except (InvalidPort, PortTaken):
            continue
        return ports
    raise CliError("found no free ports for an exchange; start one with 'tradepit serve'")
