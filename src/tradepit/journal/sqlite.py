"""The journal in one SQLite file: write-ahead log, one transaction a batch, flushed before it returns.

The file format is versioned by `PRAGMA user_version` and described in docs/journal.md.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from tradepit.environment import random_bytes
from tradepit.journal.journal import (
    JournalDamaged,
    JournalError,
    JournalFormatError,
    JournalInUse,
    Snapshot,
)
from tradepit.journal.snapshots import SnapshotFiles

_APPLICATION: Final = 0x54504954
"""Marks the file as ours ("TPIT"), so that `file` and a mistaken path are told apart."""
_VERSION: Final = 1
_READ_ROWS: Final = 4096
_JOURNAL_FILE: Final = "journal.db"

_SCHEMA: Final = (
    "CREATE TABLE identity (name TEXT NOT NULL)",
    "CREATE TABLE commands (sequence INTEGER PRIMARY KEY, data BLOB NOT NULL)",
)


class SqliteJournalReader:
    """Reads a journal, also while an engine in another process writes it. Takes no lock."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _JOURNAL_FILE
        self._snapshots = SnapshotFiles(directory)
        if not self._path.is_file():
            raise JournalError(f"there is no journal in {directory}")
        self._connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
        try:
            _require_version(self._connection, self._path)
            self._identity = _identity(self._connection)
        except sqlite3.Error as error:
            self._connection.close()
            raise _unusable(self._path, error) from error
        except JournalError:
            self._connection.close()
            raise

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def last_sequence(self) -> int:
        return _last_sequence(self._connection)

    def read(self, after: int) -> Iterator[tuple[int, bytes]]:
        return _read(self._connection, self._path, after)

    def snapshots(self) -> list[int]:
        return self._snapshots.sequences()

    def load_snapshot(self, sequence: int) -> Snapshot:
        return self._snapshots.load(sequence)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot that was made by replaying this journal."""
        self._snapshots.save(snapshot)

    def close(self) -> None:
        self._connection.close()


class SqliteJournal:
    """The journal of one engine: opens or makes `directory`, and holds its lock until closed.

    Raises `JournalInUse`, `JournalFormatError` or `JournalError`.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / _JOURNAL_FILE
        self._snapshots = SnapshotFiles(directory)
        self._lock = _lock(directory)
        try:
            # The engine opens the journal on its loop's thread and appends from its writer's.
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            try:
                self._open()
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.Error as error:
            os.close(self._lock)
            raise _unusable(self._path, error) from error
        except BaseException:
            os.close(self._lock)
            raise
        self._closed = False

    def _open(self) -> None:
        connection = self._connection
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO identity VALUES (?)", (random_bytes(16).hex(),))
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
        _require_version(connection, self._path)
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise JournalError(
                f"the file system of {self._path} has no shared memory for a write-ahead log (mode {mode}); "
                "choose a local disk"
            )
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS fsync alone leaves the data in the drive's cache.
        connection.execute("PRAGMA fullfsync = ON")
        self._identity = _identity(connection)
        self._last = _last_sequence(connection)

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def last_sequence(self) -> int:
        return self._last

    def append(self, first: int, records: Sequence[bytes]) -> None:
        if first != self._last + 1:
            raise JournalError(f"record {first} cannot follow record {self._last} in {self._path}")
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO commands VALUES (?, ?)", enumerate(records, first))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise JournalError(
                f"records {first} to {first + len(records) - 1} could not be written to {self._path}: {error}"
            ) from error
        self._last = first + len(records) - 1

    def read(self, after: int) -> Iterator[tuple[int, bytes]]:
        return _read(self._connection, self._path, after)

    def snapshots(self) -> list[int]:
        return self._snapshots.sequences()

    def load_snapshot(self, sequence: int) -> Snapshot:
        return self._snapshots.load(sequence)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshots.save(snapshot)

    def prune_snapshots(self, keep: Collection[int]) -> None:
        self._snapshots.prune(keep)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.close()
            os.close(self._lock)


def _lock(directory: Path) -> int:
    """Take the directory for this process; the system takes it back however the process ends."""
    path = directory / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise JournalInUse(
            f"the data directory {directory} is in use by another exchange (process {holder}); "
            "stop that one first, or choose another with --data-dir"
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def _unusable(path: Path, error: sqlite3.Error) -> JournalError:
    if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
        return JournalFormatError(f"{path} is not a Tradepit journal: {error}")
    return JournalError(f"the journal {path} cannot be used: {error}")


def _require_version(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != _APPLICATION:
        raise JournalFormatError(f"{path} is not a Tradepit journal; choose another directory")
    if version > _VERSION:
        raise JournalFormatError(
            f"{path} has format {version} and this release reads up to {_VERSION}; "
            "start it with the release that wrote it, or a newer one"
        )


def _identity(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT name FROM identity").fetchone()[0])


def _last_sequence(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM commands").fetchone()[0])


def _read(connection: sqlite3.Connection, path: Path, after: int) -> Iterator[tuple[int, bytes]]:
    expected = after + 1
    while True:
        # A query for each chunk: one left open would keep the write-ahead log from being folded back.
        try:
            rows = connection.execute(
                "SELECT sequence, data FROM commands WHERE sequence >= ? ORDER BY sequence LIMIT ?",
                (expected, _READ_ROWS),
            ).fetchall()
        except sqlite3.Error as error:
            raise JournalDamaged(expected, f"record {expected} of {path} cannot be read: {error}") from error
        if not rows:
            return
        for sequence, data in rows:
            if sequence != expected:
                raise JournalDamaged(
                    expected, f"record {expected} of {path} is missing; the next one is {sequence}"
                )
            yield sequence, data
            expected += 1
