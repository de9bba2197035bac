"""One call of the API: who calls, for whom, in which dialect, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from tradepit.core.units import Timestamp
from tradepit.doors.us.dialect import Dialect, detect, parse_object, read, render
from tradepit.doors.us.errors import Forbidden, InvalidArgument, Unauthenticated, missing_scope
from tradepit.doors.us.listings import Listing, Listings
from tradepit.doors.us.positions import CostBases
from tradepit.doors.us.proto import Kind, Message, names_of
from tradepit.doors.us.settings import Settings
from tradepit.doors.us.tokens import Access, verify_token
from tradepit.doors.us.wire import Nothing
from tradepit.engine.messages import GetStatus
from tradepit.engine.port import Port
from tradepit.history.reader import History
from tradepit.identity.firms import Firms, InvalidFirm, parse_participant

M = TypeVar("M", bound=Message)
HttpRequest: TypeAlias = Request[Any, Any, State]
Reply: TypeAlias = Response[bytes]

JSON: Final = "application/json"
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes of this door work with. `wall_clock` dates tokens, the port's clock all else."""

    port: Port
    firms: Firms
    history: History
    settings: Settings
    listings: Listings
    cost_bases: CostBases
    wall_clock: Callable[[], Timestamp]
    random_bytes: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Participant:
    """The user on whose behalf a call is made. `accounts` are its own, the default first."""

    name: str
    accounts: list[str]

    def account(self, name: str) -> str:
        """The trading account `name`, "" for the default; raises `Forbidden` if it is not the user's."""
        if not name:
            return self.accounts[0]
        if name not in self.accounts:
            raise Forbidden("this is not a trading account of the participant")
        return name


class Call:
    """A call whose token has been verified and has the scope that the route asks for."""

    def __init__(self, request: HttpRequest, services: Services, access: Access) -> None:
        self.services = services
        self.access = access
        self.dialect = Dialect.CANONICAL
        self._request = request

    async def body(self, message: type[M]) -> M:
        """The request body as `message`; also settles the dialect of the answer. Raises `InvalidArgument`."""
        content = parse_object(await self._request.body())
        self.dialect = self._dialect(detect(message, content))
        return read(message, content)

    def query(self, message: type[M]) -> M:
        """The query parameters as `message`; raises `InvalidArgument`."""
        self.dialect = self._dialect(Dialect.CANONICAL)
        names = names_of(message)
        content: dict[str, Any] = {}
        for name, text in parse_qsl(self._request.scope["query_string"].decode("latin-1")):
            # `asOfDate.year=2026` is a part of the field `asOfDate`.
            name = name.partition(".")[0]
            field = names.get(name)
            if field is None:
                continue
            value: Any = _TRUTH.get(text, text) if field.kind is Kind.BOOL else text
            if field.shape == "list":
                content.setdefault(name, []).append(value)
            else:
                content[name] = value
        return read(message, content)

    def participant(self, on_behalf_of: str = "", *, required: bool = True) -> Participant:
        """The user for whom the call is made, or else the client's own; raises `Forbidden`.

        A client may act for every user of its firm, and for nobody else. The header names one, and the
        body (`on_behalf_of`) may name another; not `required` excuses the call from the strict mode.
        """
        named = self._request.headers.get("x-participant-id", "")
        if not named and required and self.services.settings.require_participant:
            raise Forbidden("missing x-participant-id header: send firms/<firm>/users/<user>")
        participant = self._participant(named or self.access.client.participant)
        return self._participant(on_behalf_of) if on_behalf_of else participant

    def _participant(self, name: str) -> Participant:
        firm = self.access.client.firm
        try:
            named_firm, _ = parse_participant(name)
        except InvalidFirm as invalid:
            raise Forbidden(f"invalid participant: {invalid}") from None
        if named_firm != firm:
            raise Forbidden("cross-firm request: the participant is not of the token's firm")
        accounts = self.services.firms.accounts(firm, name)
        if not accounts:
            raise Forbidden("unknown participant")
        return Participant(name, accounts)

    async def listing(self, symbol: str) -> Listing | None:
        """The instrument called `symbol`, None if there is none."""
        await self.services.listings.load()
        return self.services.listings.find(symbol)

    async def synchronise(self) -> None:
        """Wait until history shows everything that was acknowledged before this call."""
        status = await self.services.port.query(GetStatus())
        await self.services.history.synchronise(status.sequence)

    def reply(self, message: Message = Nothing()) -> Reply:  # noqa: B008 (a frozen message without fields)
        return json_response(render(message, self.dialect))

    def _dialect(self, detected: Dialect) -> Dialect:
        chosen = self._request.headers.get("x-json-dialect", "").lower()
        if not chosen:
            configured = self.services.settings.dialect
            return detected if configured == "auto" else Dialect(configured)
        try:
            return Dialect(chosen)
        except ValueError:
            raise InvalidArgument("X-JSON-Dialect must be canonical or snake") from None


def services_of(request: HttpRequest) -> Services:
    services: Services = request.app.state.services
    return services


def begin(request: HttpRequest, scope: str) -> Call:
    """Verify the caller's token and its scope; raises `Unauthenticated` or `Forbidden`."""
    services = services_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("missing bearer token")
    access = verify_token(token.strip(), services.firms, services.wall_clock(), services.settings.signing_key)
    if scope not in access.scopes:
        raise missing_scope(scope)
    return Call(request, services, access)


def json_response(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Response(msgspec.json.encode(content), media_type=JSON, status_code=status, headers=headers)
