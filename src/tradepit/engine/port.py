"""The one narrow way between a door and the exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias, TypeVar

from tradepit.core.units import Timestamp
from tradepit.engine.messages import Command, Outcome, Question

A = TypeVar("A")

Listener: TypeAlias = Callable[[Outcome], None]
FaultStage: TypeAlias = Literal["insert", "execute", "delay"]


class Unavailable(Exception):
    """The exchange takes no commands now: it is stopping, or a fault stopped its intake.

    Nothing of the command was done. Answer in your venue's words for "try again later".
    """


class SystemFault(Exception):
    """A part of the exchange failed while it worked on one order, and nothing of the order was done.

    The sandbox injects these so that a bot's error handling can be tested; `stage` says which part.
    """

    def __init__(self, stage: FaultStage) -> None:
        super().__init__(stage)
        self.stage = stage


class Port(Protocol):
    """What a door knows of the exchange: submit commands, ask questions, hear events.

    Today the port is a call in the same event loop; it may be a socket to another process tomorrow.
    Everything that crosses it is a message of `tradepit.engine.messages`.
    """

    def now(self) -> Timestamp:
        """The exchange's clock, for the `now` of a command."""

    async def submit(self, command: Command) -> Outcome:
        """Journal the command, apply it, and return what it did, after it is durable.

        Raises `Unavailable` or `SystemFault`. Cancelling the waiting task does not take the command back.
        """

    async def submit_many(self, commands: Sequence[Command]) -> list[Outcome]:
        """Submit in this order; the commands stand next to each other in the journal."""

    async def query(self, question: Question[A]) -> A:
        """Answer from the core's state, which includes every command acknowledged before the call."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every later outcome, in order, on the event loop, and before the
        command's submitter is answered. Returns the function that ends it.

        A listener must be quick and must not raise: it projects, or puts into a queue of its own.
        """
