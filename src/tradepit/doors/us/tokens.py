"""Client assertions in, access tokens out: private-key JWT and our own bearer tokens.

An assertion is signed with the client's RSA key and used once; a token is ours, short-lived and holds what
the client may do (docs/protocol/us.md, "Authentication"). No error quotes an assertion or a token.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final

import jwt
import msgspec

from tradepit.core.units import NANOSECONDS, Timestamp
from tradepit.doors.us.errors import TokenError, Unauthenticated
from tradepit.identity.firms import Client, Firms

ASSERTION_LIFETIME_SECONDS_MAX: Final = 300
CLOCK_SKEW_SECONDS: Final = 30
"""How far ahead of ours a client's clock may be."""
JTI_LENGTH_MAX: Final = 128
ASSERTION_LENGTH_MAX: Final = 8_192
_REQUIRED: Final = ("iss", "sub", "aud", "iat", "exp", "jti")
_OWN_ALGORITHM: Final = "HS256"
_TOKENS_REMEMBERED: Final = 4_096


class Assertion(msgspec.Struct, frozen=True):
    """A verified assertion that has yet to be claimed."""

    client: Client
    claim_key: str
    seconds_left: float


class Access(msgspec.Struct, frozen=True):
    """What a valid bearer token says."""

    client: Client
    audience: str
    scopes: frozenset[str]


class _Claims(msgspec.Struct, frozen=True):
    client_id: str
    audience: str
    scopes: frozenset[str]
    expires_at: Timestamp


def bad_assertion(why: str) -> TokenError:
    return TokenError(401, "invalid_client_assertion", f"the client assertion is not acceptable: {why}")


def bad_client() -> TokenError:
    return TokenError(401, "invalid_client", "unknown client, or the assertion is not signed with its key")


def verify_assertion(
    assertion: str, client_id: str, firms: Firms, audiences: Collection[str], now: Timestamp
) -> Assertion:
    """Check an assertion from `client_id` ("" where the request named none); raises `TokenError`.

    The signature is checked before the claims, so that only the client itself learns what it did wrong.
    Cost: one RSA verification.
    """
    if len(assertion) > ASSERTION_LENGTH_MAX:
        raise bad_assertion(f"it is longer than {ASSERTION_LENGTH_MAX} characters")
    try:
        header = jwt.get_unverified_header(assertion)
        unverified = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise bad_assertion("it is not a JWT") from None
    if header.get("alg") != "RS256":
        raise bad_assertion("it must be signed with RS256")
    named = client_id or unverified.get("sub")
    client = firms.client(named) if isinstance(named, str) else None
    if client is None:
        raise bad_client()
    try:
        claims = jwt.decode(assertion, client.public_key, algorithms=["RS256"], options=_SIGNATURE_ONLY)
    except jwt.InvalidSignatureError:
        raise bad_client() from None
    except (jwt.PyJWTError, ValueError):
        raise bad_assertion("it is not a JWT") from None
    left = _check_claims(claims, client.client_id, audiences, now)
    # A jti is the client's own text: hashed where it is long, so that the key stays within bounds.
    jti = str(claims["jti"])
    unique = jti if len(jti) <= 64 and jti.isascii() else _digest(jti)
    return Assertion(client, f"us.jti:{client.client_id}:{unique}", left)


def _check_claims(
    claims: dict[str, Any], client_id: str, audiences: Collection[str], now: Timestamp
) -> float:
    """Seconds until the assertion lapses; raises `TokenError` for the first claim that is wrong."""
    missing = [claim for claim in _REQUIRED if claims.get(claim) in (None, "")]
    if missing:
        raise bad_assertion(f"claim {missing[0]} is missing")
    if claims["iss"] != client_id or claims["sub"] != client_id:
        raise bad_assertion("iss and sub must both be the client id")
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not any(isinstance(audience, str) and audience in audiences for audience in named):
        raise bad_assertion("aud must be the URL of this token endpoint")
    issued, expires = _seconds(claims["iat"]), _seconds(claims["exp"])
    if issued is None or expires is None:
        raise bad_assertion("iat and exp must be numbers of seconds since 1970")
    seconds = now / NANOSECONDS
    if issued > seconds + CLOCK_SKEW_SECONDS:
        raise bad_assertion("iat is in the future: check your clock")
    if expires <= seconds:
        raise bad_assertion("it has expired: check your clock")
    if expires - issued > ASSERTION_LIFETIME_SECONDS_MAX:
        raise bad_assertion(f"exp must be at most {ASSERTION_LIFETIME_SECONDS_MAX} seconds after iat")
    if not isinstance(claims["jti"], str) or len(claims["jti"]) > JTI_LENGTH_MAX:
        raise bad_assertion(f"jti must be a string of at most {JTI_LENGTH_MAX} characters")
    return expires - seconds


def issue_token(
    client: Client, *, audience: str, issuer: str, now: Timestamp, lifetime_seconds: int, key: bytes
) -> str:
    """An access token for all that `client` may do, valid for `lifetime_seconds`."""
    issued = now // NANOSECONDS
    claims = {
        "iss": issuer,
        "sub": f"{client.client_id}@clients",
        "aud": audience,
        "iat": issued,
        "exp": issued + lifetime_seconds,
        "scope": " ".join(sorted(client.scopes)),
        "gty": "client-credentials",
        "azp": client.client_id,
        "firm_id": f"firms/{client.firm}",
    }
    return jwt.encode(claims, key, algorithm=_OWN_ALGORITHM)


def verify_token(token: str, firms: Firms, now: Timestamp, key: bytes) -> Access:
    """What one of our tokens allows; raises `Unauthenticated`.

    A token of a client that was revoked, or was registered anew for less, is worth no more than that.
    """
    claims = _verified(token, key)
    if claims.expires_at <= now:
        raise Unauthenticated("the access token has expired: request a new one")
    client = firms.client(claims.client_id)
    if client is None:
        raise Unauthenticated("the access token's client is not registered any more")
    return Access(client, claims.audience, client.scopes & claims.scopes)


@lru_cache(maxsize=_TOKENS_REMEMBERED)
def _verified(token: str, key: bytes) -> _Claims:
    """The claims of a token that we signed; raises `Unauthenticated`.

    Only what verifies is remembered: a client sends one token with hundreds of orders, and verifying it
    anew took a third of the time of each.
    """
    try:
        claims = jwt.decode(token, key, algorithms=[_OWN_ALGORITHM], options=_SIGNATURE_ONLY)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated("invalid access token") from None
    return _Claims(
        client_id=claims["azp"],
        audience=claims["aud"],
        scopes=frozenset(claims["scope"].split()),
        expires_at=claims["exp"] * NANOSECONDS,
    )


def _digest(text: str) -> str:
    # JSON can spell half a surrogate pair, which plain UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _seconds(value: object) -> float | None:
    """A NumericDate; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if abs(value) > 1e12 or not math.isfinite(value):
        return None
    return float(value)


_SIGNATURE_ONLY: Final[Any] = {
    # Claims are checked against the exchange's own clock, not the library's.
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
