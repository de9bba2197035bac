"""Snapshots as files beside the journal, each written under another name and then renamed.

Files, and not rows of the journal's database, so that a large one never stands in the way of a commit.
Layout: magic, version, SHA-256 of the rest, then the MessagePack of a `Snapshot`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from tradepit.journal.journal import JournalError, Snapshot

_MAGIC: Final = b"tradepit-snapshot\n"
_VERSION: Final = b"1\n"
_DIGEST_BYTES: Final = 32
_NAME: Final = re.compile(r"snapshot-(\d{20})\.bin")


class SnapshotFiles:
    """The snapshots of one data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def sequences(self) -> list[int]:
        """The sequences that have a snapshot, newest first."""
        if not self._directory.is_dir():
            return []
        names = (_NAME.fullmatch(path.name) for path in self._directory.iterdir())
        return sorted((int(name[1]) for name in names if name), reverse=True)

    def save(self, snapshot: Snapshot) -> None:
        """Write the snapshot; it appears whole or not at all, and survives a power cut afterwards."""
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._path(snapshot.sequence)
        unfinished = path.with_suffix(".unfinished")
        body = msgspec.msgpack.encode(snapshot)
        try:
            with unfinished.open("wb") as file:
                file.write(_MAGIC + _VERSION + hashlib.sha256(body).digest())
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _sync_directory(self._directory)
        except OSError as error:
            raise JournalError(f"the snapshot {path} could not be written: {error}") from error

    def load(self, sequence: int) -> Snapshot:
        """Read the snapshot at `sequence`; raises `JournalError` if it is missing, damaged or newer."""
        path = self._path(sequence)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise JournalError(f"the snapshot {path} could not be read: {error}") from error
        start = len(_MAGIC) + len(_VERSION)
        if data[: len(_MAGIC)] != _MAGIC:
            raise JournalError(f"{path} is not a snapshot")
        if data[len(_MAGIC) : start] != _VERSION:
            raise JournalError(f"a newer release wrote the snapshot {path}")
        body = data[start + _DIGEST_BYTES :]
        if hashlib.sha256(body).digest() != data[start : start + _DIGEST_BYTES]:
            raise JournalError(f"the snapshot {path} is damaged: its checksum does not fit")
        snapshot = msgspec.msgpack.decode(body, type=Snapshot)
        if snapshot.sequence != sequence:
            raise JournalError(f"the snapshot {path} is of sequence {snapshot.sequence}")
        return snapshot

    def prune(self, keep: Collection[int]) -> None:
        """Delete all snapshots but those at the sequences in `keep`."""
        for sequence in self.sequences():
            if sequence not in keep:
                self._path(sequence).unlink(missing_ok=True)

    def _path(self, sequence: int) -> Path:
        return self._directory / f"snapshot-{sequence:020}.bin"


def _sync_directory(directory: Path) -> None:
    """Make a rename in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
