"""One WebSocket reader: a bounded queue of frames in front of it, and a writer that empties it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CLOSE_NORMAL = 1000
CLOSE_POLICY = 1008
CLOSE_OVERLOAD = 1013
CLOSE_GOING_AWAY = 1001


class Connection:
    """A reader. Frames are put without waiting; a reader that does not keep up is dropped."""

    def __init__(self, send: Send, queue_max: int) -> None:
        self._send = send
        self._queue_max = queue_max
        self._queue: deque[str] = deque()
        self._wake = asyncio.Event()
        self._close_code = 0

    @property
    def closing(self) -> bool:
        """Whether the connection has been told to end."""
        return self._close_code != 0

    def put(self, frame: str) -> None:
        """Queue a frame; drops the connection when its queue is full."""
        if self._close_code:
            return
        if len(self._queue) >= self._queue_max:
            self._queue.clear()
            self.close(CLOSE_OVERLOAD)
            return
        self._queue.append(frame)
        self._wake.set()

    def close(self, code: int) -> None:
        """End the connection after what is queued."""
        self._close_code = self._close_code or code
        self._wake.set()

    async def write(self) -> None:
        """Send what is queued until the connection ends. The transport's back-pressure fills the queue."""
        while True:
            while self._queue:
                await self._send({"type": "websocket.send", "text": self._queue.popleft()})
            if self._close_code:
                await self._send({"type": "websocket.close", "code": self._close_code})
                return
            self._wake.clear()
            await self._wake.wait()
