"""Who may act for which wallet: the API keys of the CLOB door, as a projection of credential events.

A key's id, secret and passphrase are derived from the exchange's master secret, the chain, the wallet
and the nonce. So they need not be stored, every node that knows the master secret computes the same,
and the journal holds nothing that could sign a request. Rules: docs/protocol/clob.md, "API keys".
"""

from __future__ import annotations

import base64
import hmac
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from tradepit.chain.addresses import checksum_address, parse_address
from tradepit.chain.contracts import CHAINS
from tradepit.chain.wallets import proxy_wallet, safe_wallet
from tradepit.core.events import CredentialRegistered, CredentialRevoked, Event

CREDENTIAL_KIND: Final = "clob.key"

_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_QUOTES = bytes.maketrans(b"'", b'"')


class KeyPayload(msgspec.Struct, frozen=True):
    """What the journal keeps of an API key besides its id: whose it is."""

    address: str
    chain_id: int
    nonce: int


class HasEvents(Protocol):
    """What the port tells its listeners, as far as this projection cares."""

    @property
    def events(self) -> Sequence[Event]: ...


@dataclass(frozen=True, slots=True)
class WalletKey:
    """One API key. `secret` is the raw HMAC key; secrets never show in `repr`."""

    api_key: str
    address: bytes
    chain_id: int
    nonce: int
    secret: bytes = field(repr=False)
    passphrase: str = field(repr=False)
    accounts: tuple[str, str, str]
    """The accounts the key acts for, by signature type: the wallet itself, its proxy, its Safe."""

    @property
    def account(self) -> str:
        """The wallet's own account: its lower-case address."""
        return self.accounts[0]

    @property
    def secret_text(self) -> str:
        """The secret as clients hold it: URL-safe base64 with padding."""
        return base64.urlsafe_b64encode(self.secret).decode()

    def payload(self) -> bytes:
        """What to journal when this key is registered."""
        return msgspec.json.encode(KeyPayload(checksum_address(self.address), self.chain_id, self.nonce))

    def accepts_passphrase(self, passphrase: str) -> bool:
        """Whether this is the key's passphrase, in constant time."""
        return hmac.compare_digest(passphrase.encode(), self.passphrase.encode())

    def accepts_secret(self, secret: str) -> bool:
        """Whether this text is the key's secret, in constant time (the user channel sends it)."""
        return hmac.compare_digest(secret.encode(), self.secret_text.encode())

    def accepts_signature(self, signature: str, timestamp: str, method: str, path: str, body: bytes) -> bool:
        """Whether `signature` is this key's HMAC of the request; about 3 us.

        Both base64 alphabets pass. Python clients sign the body with every `'` turned into `"`, so a
        body that fails as it is gets this second chance.
        """
        given = signature.encode("utf-8", "replace").translate(_STANDARD_ALPHABET).rstrip(b"=")
        head = f"{timestamp}{method}{path}".encode("utf-8", "replace")
        if _matches(given, self.secret, head + body):
            return True
        return b"'" in body and _matches(given, self.secret, head + body.translate(_QUOTES))


def _matches(given: bytes, secret: bytes, message: bytes) -> bool:
    mac = base64.b64encode(hmac.digest(secret, message, "sha256")).rstrip(b"=")
    return hmac.compare_digest(given, mac)


class Wallets:
    """All live API keys. Feed it the stored credentials once and every outcome after (`apply`).

    Look-ups are dictionary reads.
    """

    def __init__(self, master_secret: bytes) -> None:
        if len(master_secret) < 32:
            raise ValueError("the master secret must have at least 32 bytes")
        self._master = master_secret
        self._by_api_key: dict[str, WalletKey] = {}
        self._by_wallet: dict[tuple[bytes, int, int], WalletKey] = {}
        self._by_account: dict[str, dict[str, WalletKey]] = {}

    def derive(self, address: bytes, chain_id: int, nonce: int) -> WalletKey:
        """The key of this wallet, chain and nonce, registered or not."""
        subject = f"{CREDENTIAL_KIND}:{chain_id}:{address.hex()}:{nonce}"
        return WalletKey(
            api_key=str(uuid.UUID(bytes=self._secret("id", subject)[:16], version=4)),
            address=address,
            chain_id=chain_id,
            nonce=nonce,
            secret=self._secret("secret", subject),
            passphrase=self._secret("passphrase", subject).hex(),
            accounts=(
                "0x" + address.hex(),
                "0x" + proxy_wallet(address, chain_id).hex(),
                "0x" + safe_wallet(address).hex(),
            ),
        )

    def _secret(self, purpose: str, subject: str) -> bytes:
        return hmac.digest(self._master, f"{purpose}:{subject}".encode(), "sha256")

    def load(self, credentials: Iterable[CredentialRegistered]) -> None:
        """Take in the credentials that the exchange holds at start."""
        for credential in credentials:
            self._register(credential)

    def apply(self, outcome: HasEvents) -> None:
        """Follow one outcome; give this to the port's `listen`."""
        for event in outcome.events:
            if type(event) is CredentialRegistered:
                self._register(event)
            elif type(event) is CredentialRevoked:
                self._revoke(event)

    def _register(self, event: CredentialRegistered) -> None:
        if event.kind != CREDENTIAL_KIND:
            return
        try:
            payload = msgspec.json.decode(event.payload, type=KeyPayload)
            address = parse_address(payload.address)
        except (msgspec.MsgspecError, ValueError):
            return  # not written by this door: nobody can sign with it
        if payload.chain_id not in CHAINS:
            return
        key = self.derive(address, payload.chain_id, payload.nonce)
        if key.api_key != event.credential:
            return  # made under another master secret: its holder must create a new key
        self._by_api_key[key.api_key] = key
        self._by_wallet[(key.address, key.chain_id, key.nonce)] = key
        for account in key.accounts:
            self._by_account.setdefault(account, {})[key.api_key] = key

    def _revoke(self, event: CredentialRevoked) -> None:
        key = self._by_api_key.pop(event.credential, None)
        if key is None:
            return
        del self._by_wallet[(key.address, key.chain_id, key.nonce)]
        for account in key.accounts:
            keys = self._by_account[account]
            del keys[key.api_key]
            if not keys:
                del self._by_account[account]

    def by_api_key(self, api_key: str) -> WalletKey | None:
        """The live key with this id."""
        return self._by_api_key.get(api_key)

    def find(self, address: bytes, chain_id: int, nonce: int) -> WalletKey | None:
        """The live key of this wallet, chain and nonce."""
        return self._by_wallet.get((address, chain_id, nonce))

    def of_account(self, account: str) -> list[WalletKey]:
        """The live keys that may act for an account (a wallet, a proxy or a Safe), oldest first."""
        return list(self._by_account.get(account, {}).values())
