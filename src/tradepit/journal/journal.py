"""What the engine asks of a journal, whatever keeps it (docs/journal.md).

A journal is a sequence of records, numbered from 1 without gaps; each is one encoded command. Beside
them stand snapshots: the exchange's state after a given record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import msgspec

from tradepit.core.commands import Command, decode_command


class JournalError(Exception):
    """The journal cannot be used as it stands; the message names the place and says what to do."""


class JournalInUse(JournalError):
    """Another engine holds this data directory. Stop it, or choose another directory."""


class JournalFormatError(JournalError):
    """The file is no journal, or a newer release wrote it. Use that release, or another directory."""


class JournalDamaged(JournalError):
    """A record is missing or unreadable. Nothing after it is applied; restore the file from a backup.

    `sequence` is the record's number.
    """

    def __init__(self, sequence: int, message: str) -> None:
        super().__init__(message)
        self.sequence = sequence


class Snapshot(msgspec.Struct, frozen=True):
    """The exchange's state after record `sequence`; `state_hash` is what a restored core must show."""

    sequence: int
    state_hash: str
    data: bytes


class JournalReader(Protocol):
    """What a replay needs of a journal."""

    @property
    def identity(self) -> str:
        """A name that no other journal has, given when it was made."""

    @property
    def last_sequence(self) -> int:
        """The number of the last durable record; 0 while there is none."""

    def read(self, after: int) -> Iterator[tuple[int, bytes]]:
        """The records after `after`, in order; raises `JournalDamaged` at a gap."""

    def snapshots(self) -> list[int]:
        """The sequences that have a snapshot, newest first."""

    def load_snapshot(self, sequence: int) -> Snapshot:
        """The snapshot at `sequence`; raises `JournalError` if it is missing or damaged."""


class Journal(JournalReader, Protocol):
    """A journal that an engine writes. One thread at a time may append; snapshots may come from another."""

    def append(self, first: int, records: Sequence[bytes]) -> None:
        """Make `records` durable as number `first` and following: all of them, or none.

        Returns when they would survive a power cut. Raises `JournalError` if that cannot be promised, or
        if `first` is not the next number.
        """

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; afterwards it is there whole, whatever happened meanwhile."""

    def prune_snapshots(self, keep: Collection[int]) -> None:
        """Delete all snapshots but those at the sequences in `keep`."""

    def close(self) -> None:
        """Release the files and the lock; harmless when repeated."""


def read_commands(journal: JournalReader, after: int) -> Iterator[tuple[int, Command]]:
    """The commands after record `after`; raises `JournalDamaged` at a gap or an undecodable record."""
    for sequence, data in journal.read(after):
        try:
            command = decode_command(data)
        except msgspec.DecodeError as error:
            raise JournalDamaged(
                sequence, f"the journal's record {sequence} is not a command of this release: {error}"
            ) from error
        yield sequence, command
