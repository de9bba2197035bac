"""One app for many ports, and the doors' lifespans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tradepit.server.dispatch import LifespanFailed, Lifespans, PortDispatcher

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Recorder:
    """An app that notes its lifespan, and may fail it."""

    def __init__(self, notes: list[str], name: str, *, fails: str = "") -> None:
        self.notes, self.name, self.fails = notes, name, fails

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            self.notes.append(f"{self.name} {scope['path']}")
            return
        for what in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{what}"
            self.notes.append(f"{self.name} {what}")
            if self.fails == what:
                await send({"type": f"lifespan.{what}.failed", "message": f"{self.name} is broken"})
                return
            await send({"type": f"lifespan.{what}.complete"})


async def no_lifespan(scope: Any, receive: Receive, send: Send) -> None:
    raise TypeError(scope["type"])


async def nothing() -> Any:
    raise AssertionError("not called")


async def test_the_port_of_a_request_chooses_the_app() -> None:
    notes: list[str] = []
    dispatch = PortDispatcher({1: Recorder(notes, "one"), 2: Recorder(notes, "two")})
    for port in (2, 1):
        await dispatch({"type": "http", "path": "/", "server": ("127.0.0.1", port)}, nothing, no_send)
    assert notes == ["two /", "one /"]


async def no_send(message: Any) -> None:
    raise AssertionError("not called")


async def test_apps_start_once_in_order_and_stop_in_the_opposite_one() -> None:
    notes: list[str] = []
    one, two = Recorder(notes, "one"), Recorder(notes, "two")
    lifespans = Lifespans([one, no_lifespan, two, one])
    await lifespans.start()
    await lifespans.stop()
    await lifespans.stop()
    assert notes == ["one startup", "two startup", "two shutdown", "one shutdown"]


@pytest.mark.parametrize("what", ["startup", "shutdown"])
async def test_an_app_that_fails_is_heard(what: str) -> None:
    lifespans = Lifespans([Recorder([], "one", fails=what)])
    with pytest.raises(LifespanFailed, match="one is broken"):
        await lifespans.start()
        await lifespans.stop()


async def test_stopping_what_never_started_is_harmless() -> None:
    notes: list[str] = []
    await Lifespans([Recorder(notes, "one")]).stop()
    assert notes == []
