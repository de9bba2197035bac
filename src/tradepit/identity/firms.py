"""Firms, their users and their API clients on the US exchange: who may act for which account.

The truth is the journal: `us.client` credentials, each the public half of a client's key with what it
may do. `Firms` is the projection of these events that the doors ask. Names follow the venue's scheme,
`firms/<firm>/users/<user>` and `firms/<firm>/accounts/<account>` (docs/protocol/us.md, "Identity").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tradepit.core.events import CredentialRegistered, CredentialRevoked, Event

KIND: Final = "us.client"
"""The kind of these credentials in the journal."""

SCOPES: Final = (
    "read:marketdata",
    "read:l2marketdata",
    "read:instruments",
    "read:orders",
    "write:orders",
    "read:reports",
    "read:positions",
    "read:dropcopy",
    "read:accounts",
    "read:funding",
    "write:funding",
)
"""Everything that a client can be allowed to do; a new client gets all of it unless told otherwise."""

RSA_BITS_MIN: Final = 2048

# 60 characters, so that a participant and a client order id together stay within the core's 200.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)
_USER = re.compile(r"firms/([^/]+)/users/([^/]+)")
_SEPARATORS = re.compile(r"[._-]+")
_TRAILING_NUMBER = re.compile(r"(?<=[A-Za-z])(?=[0-9]+$)")


class InvalidFirm(ValueError):
    """A firm, user, key or scope cannot be registered; the message says what is expected instead."""


class ClientProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of a client. `public_key` is a PEM SubjectPublicKeyInfo; never a private key."""

    firm: str
    user: str
    public_key: str
    scopes: tuple[str, ...] = SCOPES


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """An API client that is registered now, with its key ready to verify with."""

    client_id: str
    firm: str
    user: str
    account: str
    scopes: frozenset[str]
    public_key: RSAPublicKey

    @property
    def participant(self) -> str:
        return participant_name(self.firm, self.user)


def check_name(name: str) -> str:
    """`name` itself, if a firm or a user may be called so; raises `InvalidFirm`."""
    if _NAME.fullmatch(name) is None:
        raise InvalidFirm(
            f"invalid name {name[:80]!r}: use 1 to 60 of letters, digits, '.', '_' and '-',"
            " and begin with a letter or digit"
        )
    return name


def participant_name(firm: str, user: str) -> str:
    return f"firms/{firm}/users/{user}"


def account_name(firm: str, account: str) -> str:
    return f"firms/{firm}/accounts/{account}"


def parse_participant(participant: str) -> tuple[str, str]:
    """Firm and user of `firms/<firm>/users/<user>`; raises `InvalidFirm` for anything else."""
    found = _USER.fullmatch(participant)
    if found is None:
        raise InvalidFirm("expected firms/<firm>/users/<user>")
    return check_name(found[1]), check_name(found[2])


def display_name(name: str) -> str:
    """A name for people: `Acme-Trading` is "Acme Trading", `trader1` is "Trader 1"."""
    words = [word for word in _SEPARATORS.split(name) if word]
    spaced = (_TRAILING_NUMBER.sub(" ", word) for word in words)
    return " ".join(word[:1].upper() + word[1:] for word in spaced) or name


def load_public_key(pem: str) -> RSAPublicKey:
    """The RSA key in `pem`; raises `InvalidFirm`, which never quotes the input: it may be a private key."""
    if "PRIVATE KEY" in pem:
        raise InvalidFirm("this is a private key: register its public half, and keep the private one secret")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidFirm("expected an RSA public key in PEM form (BEGIN PUBLIC KEY)") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS_MIN:
        raise InvalidFirm(f"expected an RSA public key of at least {RSA_BITS_MIN} bits")
    return key


def encode(profile: ClientProfile) -> bytes:
    """The credential payload for `profile`, after checking all of it; raises `InvalidFirm`."""
    check_name(profile.firm)
    check_name(profile.user)
    load_public_key(profile.public_key)
    unknown = [scope for scope in profile.scopes if scope not in SCOPES]
    if unknown:
        raise InvalidFirm(f"unknown scope {unknown[0][:80]!r}: expected some of {', '.join(SCOPES)}")
    return msgspec.json.encode(profile)


def decode(payload: bytes) -> ClientProfile:
    """The profile in a credential's payload; raises `InvalidFirm`."""
    try:
        profile = msgspec.json.decode(payload, type=ClientProfile)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidFirm("this credential's payload is not a client profile") from None
    check_name(profile.firm)
    check_name(profile.user)
    return profile


class HasEvents(Protocol):
    """What a projection needs of a command's outcome."""

    @property
    def events(self) -> Sequence[Event]: ...


class Firms:
    """All clients that are registered now, by client id and by firm.

    `load` the credentials of the start, then `apply` every later outcome, in order; look-ups are O(1).
    A credential with a payload that is no profile is left out: nobody can act under it.
    """

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._accounts: dict[str, dict[str, dict[str, str]]] = {}

    def load(self, credentials: Iterable[CredentialRegistered]) -> None:
        """Take in the credentials that were live at the start; those of other kinds are ignored."""
        for credential in credentials:
            if credential.kind == KIND:
                self._register(credential)

    def apply(self, outcome: HasEvents) -> None:
        """Take in what one command did; a listener of the port."""
        for event in outcome.events:
            if isinstance(event, CredentialRegistered) and event.kind == KIND:
                self._register(event)
            elif isinstance(event, CredentialRevoked) and event.kind == KIND:
                self._revoke(event.credential)

    def client(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)

    def participants(self, firm: str) -> list[str]:
        """The firm's users with a live client, first registered first."""
        return list(self._accounts.get(firm, ()))

    def accounts(self, firm: str, participant: str) -> list[str]:
        """The trading accounts of one of the firm's users, the default first; none for an unknown one."""
        by_client = self._accounts.get(firm, {}).get(participant, {})
        return list(dict.fromkeys(by_client.values()))

    def _register(self, event: CredentialRegistered) -> None:
        try:
            profile = decode(event.payload)
            key = load_public_key(profile.public_key)
        except InvalidFirm:
            return
        client = Client(
            client_id=event.credential,
            firm=profile.firm,
            user=profile.user,
            account=event.account,
            scopes=frozenset(profile.scopes),
            public_key=key,
        )
        self._revoke(event.credential)
        self._clients[client.client_id] = client
        users = self._accounts.setdefault(client.firm, {})
        users.setdefault(client.participant, {})[client.client_id] = client.account

    def _revoke(self, client_id: str) -> None:
        client = self._clients.pop(client_id, None)
        if client is None:
            return
        users = self._accounts[client.firm]
        del users[client.participant][client_id]
        if not users[client.participant]:
            del users[client.participant]
        if not users:
            del self._accounts[client.firm]
