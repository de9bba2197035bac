"""A WebSocket client inside the process: speaks ASGI with the application."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tradepit.doors.clob.app import ClobApp
from tradepit.doors.clob.connection import Message


class Stream:
    """One connection. Frames that arrive wait in a queue; `closed` is the code of the server's close."""

    def __init__(self, app: ClobApp, path: str) -> None:
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._frames: asyncio.Queue[Any] = asyncio.Queue()
        self.closed: int | None = None
        self.accepted = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(
            app({"type": "websocket", "path": path, "headers": []}, self._to_app.get, self._send)
        )

    async def _send(self, message: Message) -> None:
        await self.gate.wait()
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.close":
                self.closed = message["code"]
            case _:
                self._frames.put_nowait(message["text"])

    def say(self, frame: object) -> None:
        """Send a frame: text as it is, anything else as JSON."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def text(self) -> str:
        """The next frame as it came."""
        async with asyncio.timeout(5):
            frame: str = await self._frames.get()
            return frame

    async def next(self) -> Any:
        """The next frame, decoded."""
        return json.loads(await self.text())

    async def settle(self) -> None:
        """Let everything that is under way arrive."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def rest(self) -> list[Any]:
        """All frames that have arrived and were not read, decoded."""
        await self.settle()
        frames = []
        while not self._frames.empty():
            frames.append(json.loads(self._frames.get_nowait()))
        return frames

    async def leave(self) -> None:
        """Go away."""
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(5):
            await self._task

    async def ended(self) -> int | None:
        """Wait for the server to end the connection; its close code."""
        async with asyncio.timeout(5):
            await self._task
        return self.closed
