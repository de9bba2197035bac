"""One ASGI app for many ports: the port a request came in on says which door it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class LifespanFailed(Exception):
    """A door could not start or stop; the message is the door's own."""


class PortDispatcher:
    """Hands each request to the app of its port. The doors' lifespans are run by `Lifespans`."""

    def __init__(self, apps: Mapping[int, AsgiApp]) -> None:
        self._apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope["server"][1]](scope, receive, send)


class Lifespans:
    """Starts and stops the apps by the ASGI lifespan protocol, each once, however many ports it has."""

    def __init__(self, apps: Sequence[AsgiApp]) -> None:
        self._running = [_Lifespan(app) for app in dict.fromkeys(apps)]

    async def start(self) -> None:
        """Raises `LifespanFailed`."""
        for lifespan in self._running:
            await lifespan.start()

    async def stop(self) -> None:
        """In the opposite order of the start. Raises `LifespanFailed`."""
        for lifespan in reversed(self._running):
            await lifespan.stop()


class _Lifespan:
    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="lifespan")
        await self._say("startup")

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._say("shutdown")
            await self._task

    async def _say(self, what: str) -> None:
        assert self._task is not None
        await self._to_app.put({"type": f"lifespan.{what}"})
        answer = asyncio.create_task(self._from_app.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            # The app has no lifespan (it raised or returned at once, which the protocol allows).
            answer.cancel()
            return
        message = answer.result()
        if message["type"].endswith(".failed"):
            raise LifespanFailed(message.get("message", ""))

    async def _run(self) -> None:
        scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._app(scope, self._to_app.get, self._from_app.put)
        except Exception:
            # An app without a lifespan may raise on its scope; one with a lifespan has said "failed" before.
            return
