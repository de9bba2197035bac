"""How the commands find a running exchange, and how they talk to its operator API."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Final

import httpx
import typer

from tradepit import environment
from tradepit.server.ports import PORT_BASE, InvalidPort, Ports

PORT_VARIABLE: Final = "TRADEPIT_PORT"
_TIMEOUT_SECONDS: Final = 10.0

PortOption = Annotated[
    int | None,
    typer.Option("--port", help=f"Base port of the exchange (${PORT_VARIABLE}, else {PORT_BASE})."),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option("--token-file", help="File with the operator token; needed for a production exchange."),
]


class CliError(Exception):
    """A command cannot do what it was asked; the message is all that the user is shown."""


def find_ports(option: int | None) -> Ports:
    """The ports that `--port` or TRADEPIT_PORT means. Raises `CliError` for a number that is none."""
    text = environment.variable(PORT_VARIABLE)
    try:
        if option is not None:
            return Ports(option)
        return Ports(int(text)) if text else Ports()
    except InvalidPort as error:
        raise CliError(str(error)) from error
    except ValueError as error:
        raise CliError(f"{PORT_VARIABLE} must be a number, not {text!r}") from error


class OperatorApi:
    """The operator API of the exchange on this machine. Every method raises `CliError`."""

    def __init__(self, ports: Ports, token_file: Path | None = None) -> None:
        self.ports = ports
        headers = {}
        if token_file is not None:
            try:
                headers["Authorization"] = f"Bearer {token_file.read_text(encoding='ascii').strip()}"
            except (OSError, UnicodeDecodeError) as error:
                raise CliError(f"cannot read the token in {token_file}: {error}") from error
        # A proxy of the environment knows nothing of this machine's loopback.
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{ports.operator}",
            headers=headers,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> OperatorApi:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, body)

    def is_running(self) -> bool:
        """Whether an exchange answers there."""
        try:
            return self._http.get("/v1/status", timeout=2.0).is_success
        except httpx.HTTPError:
            return False

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise CliError(
                f"no exchange answers on port {self.ports.operator}; start one with "
                f"'tradepit serve --port {self.ports.base}', or name another with --port"
            ) from error
        try:
            content: dict[str, Any] = answer.json()
        except ValueError as error:
            raise CliError(f"port {self.ports.operator} does not speak the operator API") from error
        if not answer.is_success:
            raise CliError(str(content.get("detail", content)))
        return content
