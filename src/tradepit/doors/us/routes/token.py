"""`POST /oauth/token`: a client assertion for an access token, in Auth0's shapes."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import post

from tradepit.core.units import NANOSECONDS
from tradepit.doors.us.call import HttpRequest, Reply, json_response, services_of
from tradepit.doors.us.errors import TokenError
from tradepit.doors.us.tokens import bad_assertion, issue_token, verify_assertion
from tradepit.engine.messages import Claim, Claimed

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT_TYPE: Final = "client_credentials"
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", re.ASCII)


@post("/oauth/token", status_code=200)
async def token(request: HttpRequest) -> Reply:
    """Exchange a client assertion, once, for an access token."""
    services = services_of(request)
    settings = services.settings
    parameters = _parameters(await request.body(), request.headers.get("content-type", ""))
    if "grant_type" not in parameters:
        raise TokenError(400, "invalid_request", "missing parameter grant_type")
    if parameters["grant_type"] != GRANT_TYPE:
        raise TokenError(400, "unsupported_grant_type", f"grant_type must be {GRANT_TYPE}")
    for name in ("client_assertion_type", "client_assertion", "audience"):
        if not parameters.get(name):
            raise TokenError(400, "invalid_request", f"missing parameter {name}")
    if parameters["client_assertion_type"] != ASSERTION_TYPE:
        raise TokenError(400, "invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    host = _own_host(request) if settings.trust_host else ""
    now = services.wall_clock()
    assertion = verify_assertion(
        parameters["client_assertion"],
        parameters.get("client_id", ""),
        services.firms,
        _assertion_audiences(settings.auth_domains, host),
        now,
    )
    audience = parameters["audience"]
    granted = {*settings.audiences, *((f"http://{host}", f"https://{host}") if host else ())}
    if audience.rstrip("/") not in {known.rstrip("/") for known in granted}:
        raise TokenError(
            403, "access_denied", "this audience is not served here, or not granted to the client"
        )
    await _claim(request, assertion.claim_key, assertion.seconds_left)
    access_token = issue_token(
        assertion.client,
        audience=audience,
        issuer=f"https://{host or settings.auth_domains[0]}/",
        now=now,
        lifetime_seconds=settings.token_lifetime_seconds,
        key=settings.signing_key,
    )
    content = {
        "access_token": access_token,
        "scope": " ".join(sorted(assertion.client.scopes)),
        "expires_in": settings.token_lifetime_seconds,
        "token_type": "Bearer",
    }
    return json_response(content, headers={"cache-control": "no-store"})


async def _claim(request: HttpRequest, key: str, seconds_left: float) -> None:
    """Use up the assertion's jti, through the journal: it stays used after a restart and on every node."""
    port = services_of(request).port
    now = port.now()
    until = now + int(seconds_left * NANOSECONDS) + NANOSECONDS
    outcome = await port.submit(Claim(now=now, key=key, until=until))
    if not any(isinstance(event, Claimed) and event.key == key for event in outcome.events):
        raise bad_assertion("its jti was used before: make a new assertion for each request")


def _parameters(body: bytes, content_type: str) -> dict[str, str]:
    """The request's parameters, from JSON or a form; raises `TokenError`."""
    values: Any
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        values = dict(parse_qsl(body.decode("latin-1")))
    else:
        try:
            values = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            raise TokenError(400, "invalid_request", "the request body is not valid JSON") from None
    if not isinstance(values, dict):
        raise TokenError(400, "invalid_request", "the request body must be a JSON object")
    parameters = {}
    for name, value in values.items():
        if name in _PARAMETERS:
            if not isinstance(value, str):
                raise TokenError(400, "invalid_request", f"parameter {name} must be a string")
            parameters[name] = value
    return parameters


def _assertion_audiences(auth_domains: tuple[str, ...], host: str) -> set[str]:
    """What an assertion's `aud` may be: a token endpoint or its bare issuer, ours or the venue's."""
    issuers = [f"https://{domain}" for domain in auth_domains]
    if host:
        issuers += [f"https://{host}", f"http://{host}"]
    return {issuer + path for issuer in issuers for path in ("/oauth/token", "/", "")}


def _own_host(request: HttpRequest) -> str:
    host = request.headers.get("host", "")
    return host if _HOST.fullmatch(host) else ""


_PARAMETERS: Final = frozenset(
    {"grant_type", "client_id", "client_assertion", "client_assertion_type", "audience"}
)
HANDLERS: Final = (token,)
