"""API keys: made and derived by wallets (L1), listed and deleted by keys (L2)."""

from __future__ import annotations

from litestar import Response, delete, get, post

from tradepit.doors.clob import errors
from tradepit.doors.clob.auth import WalletClaim
from tradepit.doors.clob.routes.requests import ClobRequest, authenticate, door_of, reply
from tradepit.engine.messages import CommandRejected, RegisterCredential, RevokeCredential
from tradepit.identity.wallets import CREDENTIAL_KIND, WalletKey


def _claim(request: ClobRequest) -> WalletClaim:
    return door_of(request).authenticate_wallet(dict(request.scope["headers"]))


def _credentials(key: WalletKey) -> dict[str, str]:
    return {"apiKey": key.api_key, "secret": key.secret_text, "passphrase": key.passphrase}


@post("/auth/api-key", status_code=200)
async def create_api_key(request: ClobRequest) -> Response[bytes]:
    """Make the key of a wallet, chain and nonce; 400 if it lives already. A wallet's first key funds it."""
    door = door_of(request)
    key = door.wallets.derive(*_claim(request))
    outcome = await door.port.submit(
        RegisterCredential(door.now(), key.api_key, key.account, CREDENTIAL_KIND, key.payload())
    )
    if any(isinstance(event, CommandRejected) for event in outcome.events):
        raise errors.ApiError(400, "Could not create api key")
    if door.wallets.of_account(key.account)[:1] == [key]:
        await door.welcome_first_key(key.account)
    return reply(_credentials(key))


@get("/auth/derive-api-key")
async def derive_api_key(request: ClobRequest) -> Response[bytes]:
    """The key that this wallet made before, with its secrets."""
    key = door_of(request).wallets.find(*_claim(request))
    if key is None:
        raise errors.ApiError(400, "Could not derive api key!")
    return reply(_credentials(key))


@get("/auth/api-keys")
async def list_api_keys(request: ClobRequest) -> Response[bytes]:
    """Ids of all keys of the wallet."""
    key = await authenticate(request)
    keys = door_of(request).wallets.of_account(key.account)
    return reply({"apiKeys": [one.api_key for one in keys if one.address == key.address]})


@delete("/auth/api-key", status_code=200)
async def delete_api_key(request: ClobRequest) -> Response[bytes]:
    """End the key that signed the request. Its orders stay."""
    door = door_of(request)
    key = await authenticate(request)
    await door.port.submit(RevokeCredential(door.now(), key.api_key))
    return reply("OK")


@get("/auth/ban-status/closed-only")
async def closed_only(request: ClobRequest) -> Response[bytes]:
    """Nobody is in closed-only mode here."""
    await authenticate(request)
    return reply({"closed_only": False})


HANDLERS = [create_api_key, derive_api_key, list_api_keys, delete_api_key, closed_only]
