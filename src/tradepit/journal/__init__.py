"""The durable, totally ordered log of commands, and the snapshots that shorten its replay."""

from tradepit.journal.journal import (
    Journal,
    JournalDamaged,
    JournalError,
    JournalFormatError,
    JournalInUse,
    Snapshot,
    read_commands,
)
from tradepit.journal.sqlite import SqliteJournal, SqliteJournalReader

__all__ = [
    "Journal",
    "JournalDamaged",
    "JournalError",
    "JournalFormatError",
    "JournalInUse",
    "Snapshot",
    "SqliteJournal",
    "SqliteJournalReader",
    "read_commands",
]
