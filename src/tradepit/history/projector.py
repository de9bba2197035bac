"""The projector: a process of its own that reads the event stream and keeps history up to date.

    python -m tradepit.history.projector --url sqlite:///history.db --socket FD --replay COMMAND...

It reads frames from the socket and answers with its checkpoint, eight bytes, after each commit. What
happened before it was started, or while it was not reading, it gets from the replay command, to which it
adds `--after SEQUENCE --until SEQUENCE`. It ends when the socket does.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

import structlog
from sqlalchemy import Engine

from tradepit.history.frames import Frame, FrameReader, Recording
from tradepit.history.projection import Projection
from tradepit.history.schema import connect, make_anew, move_checkpoint, prepare, read_checkpoint

CHECKPOINT_BYTES: Final = 8
_READ_BYTES: Final = 1 << 20
_BUSY_RECORDINGS: Final = 8
_BATCH_RECORDINGS: Final = 2_000
_PAUSE_SECONDS: Final = 0.010
_PAUSES_MAX: Final = 3
"""Under load a batch is left to grow for up to 30 ms: most of what a row costs is its share of the commit."""

_log = structlog.get_logger(__name__)


class ReplayFailed(Exception):
    """The replay command ended without giving what was asked of it; its own output says why."""


class AnotherProjector(Exception):
    """Two projectors wrote to one history: the last of a killed exchange was still finishing.

    Nothing was written twice. Start this one again.
    """


class Projector:
    """Keeps one history database in step with one journal.

    `replay` is the command line that writes frames of past commands to its output.
    """

    def __init__(self, database: Engine, replay: Sequence[str]) -> None:
        self._database = database
        self._replay = list(replay)
        prepare(database)
        with database.connect() as connection:
            self._journal, self.checkpoint = read_checkpoint(connection)
            self._projection = Projection(connection)

    def take(self, frames: Sequence[Frame]) -> None:
        """Write what `frames` say, each exactly once, and what is missing before them."""
        live: list[Recording] = []
        last = self.checkpoint
        for frame in frames:
            if frame.journal != self._journal or frame.last < self.checkpoint:
                if self.checkpoint:
                    _log.warning("history_rebuilt", checkpoint=self.checkpoint, journal_last=frame.last)
                self._begin_anew(frame.journal)
                live, last = [], 0
            if frame.first > last + 1:
                self._write(live, last)
                live = []
                self._catch_up(frame.first - 1)
                last = self.checkpoint
            live += [recording for recording in frame.recordings if recording.sequence > last]
            last = max(last, frame.last)
        self._write(live, last)

    def _begin_anew(self, journal: str) -> None:
        with self._database.begin() as connection:
            make_anew(connection, journal)
            self._projection = Projection(connection)
        self._journal = journal
        self.checkpoint = 0

    def _write(self, recordings: Sequence[Recording], last: int) -> None:
        """Rows and checkpoint in one transaction: a crash leaves both or neither."""
        if last <= self.checkpoint:
            return
        with self._database.begin() as connection:
            if not move_checkpoint(connection, self._journal, self.checkpoint, last):
                raise AnotherProjector("another projector has written to this history; starting over")
            self._projection.write(connection, recordings)
        self.checkpoint = last

    def _catch_up(self, until: int) -> None:
        """Have the commands up to `until` replayed."""
        _log.info("history_catches_up", after=self.checkpoint, until=until)
        command = [*self._replay, "--after", str(self.checkpoint), "--until", str(until)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            reader = FrameReader()
            while data := os.read(process.stdout.fileno(), _READ_BYTES):
                for frame in reader.feed(data):
                    self._write(
                        [recording for recording in frame.recordings if recording.sequence > self.checkpoint],
                        frame.last,
                    )
        if process.returncode or self.checkpoint < until:
            raise ReplayFailed(
                f"the replay of {until} commands ended with code {process.returncode} at {self.checkpoint}"
            )


def receive(connection: socket.socket) -> Iterator[list[Frame]]:
    """All frames that have arrived, again and again, until the other side closes."""
    reader = FrameReader()
    while data := connection.recv(_READ_BYTES):
        frames = reader.feed(data)
        for _ in range(_PAUSES_MAX):
            if not _BUSY_RECORDINGS < _count(frames) < _BATCH_RECORDINGS:
                break
            time.sleep(_PAUSE_SECONDS)
            frames += reader.feed(_arrived(connection))
        if frames:
            yield frames


def _count(frames: Sequence[Frame]) -> int:
    return sum(len(frame.recordings) for frame in frames)


def _arrived(connection: socket.socket) -> bytes:
    """What can be read without waiting; nothing also when the other side has closed."""
    try:
        return connection.recv(_READ_BYTES, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""


def run(projector: Projector, connection: socket.socket) -> None:
    """Follow the stream on `connection` until it ends."""
    for frames in receive(connection):
        projector.take(frames)
        connection.sendall(projector.checkpoint.to_bytes(CHECKPOINT_BYTES, "big"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tradepit.history.projector", description=__doc__)
    parser.add_argument("--url", required=True, help="SQLAlchemy URL of the history database")
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the stream's socket")
    parser.add_argument("--replay", nargs=argparse.REMAINDER, default=[], help="command that replays")
    options = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    database = connect(options.url, writer=True)
    try:
        with socket.socket(fileno=options.socket) as connection:
            run(Projector(database, options.replay), connection)
    except ConnectionError:
        # The engine's process is gone without a word. All that it sent is in; the next one sees to the rest.
        return
    except (AnotherProjector, ReplayFailed) as error:
        sys.exit(f"history: {error}")
    finally:
        database.dispose()


if __name__ == "__main__":
    main()
