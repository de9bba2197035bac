"""Replays a journal in a process of its own, while the engine goes on.

    python -m tradepit.engine.replay --data-dir DIR --after N --until M     frames of what N+1..M did
    python -m tradepit.engine.replay --data-dir DIR --snapshot              a snapshot as of now

The first is how history catches up; the second is how a running exchange gets its snapshots without
standing still. Both begin at the newest usable snapshot. Frames go to standard output, the log to
standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from tradepit.core.events import Event
from tradepit.core.units import Timestamp
from tradepit.engine.restore import load_snapshot, replay
from tradepit.history.frames import Frame, Recording, encode_frame, keep
from tradepit.journal import JournalError, Snapshot, SqliteJournalReader

_FRAME_COMMANDS: Final = 2_000
_LOWEST_PRIORITY: Final = 19


def command(data_dir: Path) -> list[str]:
    """The command line that replays the journal in `data_dir`; add what it should do."""
    return [sys.executable, "-m", "tradepit.engine.replay", "--data-dir", str(data_dir)]


def snapshot_command(data_dir: Path) -> list[str]:
    """The command line that leaves a snapshot of the journal in `data_dir`, using idle time only."""
    return [*command(data_dir), "--snapshot"]


class FrameWriter:
    """Packs what commands did into frames, from the command after `after` on."""

    def __init__(self, journal: str, after: int, output: BinaryIO) -> None:
        self._journal = journal
        self._written = after
        self._output = output
        self._recordings: list[Recording] = []

    def add(self, sequence: int, time: Timestamp, events: list[Event]) -> None:
        """Take in the next command; those up to `after` are already known and left out."""
        if sequence <= self._written:
            return
        recording = keep(sequence, time, events)
        if recording is not None:
            self._recordings.append(recording)
        if sequence - self._written >= _FRAME_COMMANDS:
            self.flush(sequence)

    def flush(self, last: int) -> None:
        """Write what has been taken in, up to command `last`."""
        if last > self._written:
            frame = Frame(self._journal, self._written + 1, last, self._recordings)
            self._output.write(encode_frame(frame))
            self._output.flush()
            self._recordings = []
            self._written = last


def write_frames(journal: SqliteJournalReader, after: int, until: int, output: BinaryIO) -> None:
    """Write frames of what the commands after `after` did, up to `until`."""
    exchange, sequence = load_snapshot(journal, after)
    writer = FrameWriter(journal.identity, after, output)
    writer.flush(replay(journal, exchange, sequence, until, writer.add))


def make_snapshot(journal: SqliteJournalReader) -> int:
    """Leave a snapshot as of the last record; returns its sequence."""
    last = journal.last_sequence
    exchange, sequence = load_snapshot(journal, last)
    replay(journal, exchange, sequence, last)
    if last > sequence:
        journal.save_snapshot(Snapshot(last, exchange.state_hash(), exchange.snapshot()))
    return last


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tradepit.engine.replay", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="the journal's directory")
    parser.add_argument("--snapshot", action="store_true", help="leave a snapshot and write nothing")
    parser.add_argument("--after", type=int, default=0, help="the last command that is already known")
    parser.add_argument("--until", type=int, default=0, help="the last command to replay")
    options = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        journal = SqliteJournalReader(options.data_dir)
        try:
            if options.snapshot:
                os.nice(_LOWEST_PRIORITY)
                make_snapshot(journal)
            else:
                write_frames(journal, options.after, options.until, sys.stdout.buffer)
        finally:
            journal.close()
    except BrokenPipeError:
        # Who asked is gone; nobody is left to be told.
        os._exit(1)
    except JournalError as error:
        sys.exit(f"replay: {error}")


if __name__ == "__main__":
    main()
