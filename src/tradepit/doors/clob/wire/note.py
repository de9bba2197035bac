"""What this door notes on an order for its own later replies: the core carries it and never reads it."""

from __future__ import annotations

import msgspec

from tradepit.engine.messages import PlaceOrder


class Note(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """`expiration` is the client's text ("" for none); `shares` a market BUY's takerAmount, in millionths."""

    expiration: str = ""
    shares: int = 0


_EMPTY = Note()
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Note)


def encode_note(note: Note) -> bytes:
    """The note's bytes; none for an empty one."""
    if note == _EMPTY:
        return b""
    return _encoder.encode(note)


def read_note(order: PlaceOrder) -> Note:
    """The note of an order; an empty one for an order that came in through another door."""
    if not order.tag:
        return _EMPTY
    try:
        return _decoder.decode(order.tag)
    except msgspec.MsgspecError:
        return _EMPTY
