"""Keeps wallets whose private keys everybody knows out of a production exchange."""

from __future__ import annotations

from typing import Final

import msgspec

from tradepit.sandbox.wallets import TEST_WALLETS
from tradepit.server.dispatch import AsgiApp, Receive, Scope, Send

REFUSED: Final = frozenset(TEST_WALLETS)
_HEADER: Final = b"poly_address"
_BODY: Final = msgspec.json.encode(
    {"error": "the private key of this wallet is public: a production exchange refuses it"}
)


class PublicKeyGate:
    """Answers 401 to every request in the name of such a wallet; the rest goes to `app`."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(
            name.lower() == _HEADER and value.decode("latin-1").strip().lower() in REFUSED
            for name, value in scope["headers"]
        ):
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": _BODY, "more_body": False})
            return
        await self._app(scope, receive, send)
