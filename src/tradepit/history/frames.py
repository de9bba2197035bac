"""The event stream as bytes: what the engine's side sends to the projector, and a replay writes too.

A frame is a length of four bytes, big-endian, and the MessagePack of a `Frame`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tradepit.core.events import (
    Converted,
    Deposited,
    Event,
    EventCreated,
    MarketCreated,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderRestored,
    OrderSettled,
    OrderTriggered,
    OrderWaiting,
    PairsMerged,
    PairsSplit,
    PositionRedeemed,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
    Withdrawn,
)
from tradepit.core.units import Timestamp

LENGTH_BYTES: Final = 4
FRAME_BYTES_MAX: Final = 1 << 30

RECORDED: Final[frozenset[type[Event]]] = frozenset(
    {
        OrderAccepted,
        OrderRejected,
        OrderDelayed,
        OrderWaiting,
        OrderTriggered,
        OrderRested,
        OrderReplaced,
        Trade,
        OrderFilled,
        TradeConfirmed,
        TradeRetried,
        TradeFailed,
        OrderSettled,
        OrderRestored,
        OrderCancelled,
        OrderExpired,
        Deposited,
        Withdrawn,
        PairsSplit,
        PairsMerged,
        PositionRedeemed,
        Converted,
        MarketCreated,
        EventCreated,
    }
)
"""The events that history keeps; the others never leave the engine's process for it."""


class Recording(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What history keeps of one command."""

    sequence: int
    time: Timestamp
    events: list[Event]


class Frame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What commands `first` to `last` did; commands that left nothing to keep have no recording.

    `first` may be `last` + 1: then the frame only says how far the exchange is. A reader that finds
    `first` beyond what it expects has missed the commands between, and gets them by replay.
    """

    journal: str
    first: int
    last: int
    recordings: list[Recording]


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


def keep(sequence: int, time: Timestamp, events: list[Event]) -> Recording | None:
    """What history keeps of a command's events; None if it is nothing."""
    kept = [event for event in events if type(event) in RECORDED]
    return Recording(sequence, time, kept) if kept else None


def encode_frame(frame: Frame) -> bytes:
    """The frame as it goes over a pipe."""
    body = _encoder.encode(frame)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class FrameReader:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes; raises `msgspec.DecodeError` for what is no frame."""
        buffer = self._buffer
        buffer += data
        frames: list[Frame] = []
        start = 0
        while len(buffer) - start >= LENGTH_BYTES:
            body = start + LENGTH_BYTES
            length = int.from_bytes(buffer[start:body], "big")
            if length > FRAME_BYTES_MAX:
                raise msgspec.DecodeError(f"a frame of {length} bytes")
            if len(buffer) - body < length:
                break
            with memoryview(buffer) as view, view[body : body + length] as part:
                frames.append(_decoder.decode(part))
            start = body + length
        del buffer[:start]
        return frames
