"""Onboarding of US traders: a firm, a user, a public key, and the client id that speaks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradepit.doors.operator.errors import invalid, raise_for_refusal
from tradepit.doors.operator.wire import UserIn, UserOut
from tradepit.engine.messages import ListCredentials, RegisterCredential
from tradepit.engine.port import Port
from tradepit.identity import firms

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CLIENT_ID_LENGTH: Final = 32

Welcome = Callable[[str], Awaitable[None]]
"""Funds an account that is new; does nothing for one that holds something."""


async def onboard(port: Port, user: UserIn, welcome: Welcome | None) -> UserOut:
    """Register `user`'s key and return the client id; `welcome` funds the account if it is new.

    The client id follows from firm, user, key and scopes, so onboarding the same again changes nothing
    and answers the same. Raises `OperatorError`. O(registered clients).
    """
    try:
        profile = _profile(user)
        payload = firms.encode(profile)
    except firms.InvalidFirm as error:
        raise invalid(str(error)) from error
    client_id = _client_id(profile)
    account = firms.account_name(user.firm, user.user)
    known = await port.query(ListCredentials(firms.KIND))
    if all(credential.credential != client_id for credential in known):
        command = RegisterCredential(
            now=port.now(), credential=client_id, account=account, kind=firms.KIND, payload=payload
        )
        raise_for_refusal(await port.submit(command))
    if welcome is not None:
        await welcome(account)
    return UserOut(
        client_id=client_id,
        firm=user.firm,
        user=user.user,
        participant=firms.participant_name(user.firm, user.user),
        account=account,
        scopes=list(profile.scopes),
    )


def _profile(user: UserIn) -> firms.ClientProfile:
    """The profile in its one spelling: of the key, and of the scopes' order."""
    key = firms.load_public_key(user.public_key)
    asked = user.scopes or firms.SCOPES
    known = [scope for scope in firms.SCOPES if scope in asked]
    return firms.ClientProfile(
        firm=user.firm,
        user=user.user,
        public_key=key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        scopes=(*known, *(scope for scope in asked if scope not in known)),
    )


def _client_id(profile: firms.ClientProfile) -> str:
    number = int.from_bytes(hashlib.sha256(msgspec.json.encode(profile)).digest(), "big")
    text = ""
    for _ in range(_CLIENT_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        text += _ALPHABET[digit]
    return text
