import msgspec
import pytest

from tests.engine.world import START, deposit, listing, order
from tradepit.core.commands import Command, Tick
from tradepit.core.enums import Side
from tradepit.core.events import BalanceChanged, Deposited, OrderAccepted
from tradepit.core.exchange import Exchange
from tradepit.history.frames import RECORDED, Frame, FrameReader, Recording, encode_frame, keep


def some_frames() -> list[Frame]:
    exchange = Exchange()
    commands: list[Command] = [listing(), deposit("alice"), order(1, "alice", Side.BUY)]
    frames = []
    for sequence, command in enumerate(commands, 1):
        recording = keep(sequence, START, exchange.apply(command))
        frames.append(Frame("journal", sequence, sequence, [recording] if recording else []))
    return frames


@pytest.mark.parametrize("size", [1, 3, 7, 100, 10_000])
def test_frames_come_out_as_they_went_in_however_the_bytes_are_cut(size: int) -> None:
    frames = some_frames()
    data = b"".join(encode_frame(frame) for frame in frames)
    reader = FrameReader()
    received = []
    for start in range(0, len(data), size):
        received += reader.feed(data[start : start + size])
    assert received == frames
    assert isinstance(received[2].recordings[0].events[0], OrderAccepted)


def test_only_what_history_keeps_is_sent() -> None:
    exchange = Exchange()
    assert keep(1, START, exchange.apply(Tick(START))) is None
    kept = keep(2, START, exchange.apply(deposit("alice", 3)))
    assert kept == Recording(2, START, [Deposited(START, "alice", 3_000_000, "")])
    assert BalanceChanged not in RECORDED


@pytest.mark.parametrize("rubbish", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02hi", b"\x00\x00\x00\x00"])
def test_a_stream_that_is_not_frames_is_an_error(rubbish: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        FrameReader().feed(rubbish)
