import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tradepit.core.commands import Tick, encode_command
from tradepit.journal import (
    JournalDamaged,
    JournalError,
    JournalFormatError,
    JournalInUse,
    SqliteJournal,
    SqliteJournalReader,
    read_commands,
)


def ticks(first: int, count: int) -> list[bytes]:
    return [encode_command(Tick(number)) for number in range(first, first + count)]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_what_was_appended_is_read_back_in_order_after_reopening(directory: Path) -> None:
    journal = SqliteJournal(directory)
    journal.append(1, ticks(1, 3))
    journal.append(4, ticks(4, 5_000))
    journal.close()
    journal = SqliteJournal(directory)
    assert journal.last_sequence == 5_003
    assert list(read_commands(journal, 4_999)) == [(number, Tick(number)) for number in range(5_000, 5_004)]
    assert [sequence for sequence, _ in journal.read(0)] == list(range(1, 5_004))
    journal.close()


def test_a_batch_that_does_not_follow_the_last_record_is_refused(directory: Path) -> None:
    journal = SqliteJournal(directory)
    journal.append(1, ticks(1, 2))
    with pytest.raises(JournalError, match="record 4 cannot follow record 2"):
        journal.append(4, ticks(4, 1))
    journal.append(3, ticks(3, 1))
    journal.close()


def test_a_batch_that_fails_half_way_leaves_nothing_of_itself(directory: Path) -> None:
    journal = SqliteJournal(directory)
    unstorable: list[bytes] = [*ticks(1, 2), None]  # type: ignore[list-item]  # NOT NULL fails it
    with pytest.raises(JournalError, match="records 1 to 3 could not be written"):
        journal.append(1, unstorable)
    assert list(journal.read(0)) == []
    journal.append(1, ticks(1, 1))
    journal.close()


def test_a_missing_record_is_named_and_nothing_after_it_is_read(directory: Path) -> None:
    journal = SqliteJournal(directory)
    journal.append(1, ticks(1, 9))
    journal.close()
    with sqlite3.connect(directory / "journal.db") as connection:
        connection.execute("DELETE FROM commands WHERE sequence = 5")
    connection.close()
    journal = SqliteJournal(directory)
    seen = []
    with pytest.raises(JournalDamaged, match=r"record 5 .* is missing") as caught:
        for sequence, _ in journal.read(0):
            seen.append(sequence)
    assert caught.value.sequence == 5
    assert seen == [1, 2, 3, 4]
    journal.close()


@pytest.mark.parametrize("rubbish", [b"", b"\x93\xa4tick", encode_command(Tick(1))[:-1], b'{"now": 1}'])
def test_an_undecodable_record_is_named(directory: Path, rubbish: bytes) -> None:
    journal = SqliteJournal(directory)
    journal.append(1, [*ticks(1, 2), rubbish])
    with pytest.raises(JournalDamaged, match="record 3 is not a command") as caught:
        list(read_commands(journal, 0))
    assert caught.value.sequence == 3
    journal.close()


def test_a_newer_format_is_refused_with_its_number(directory: Path) -> None:
    SqliteJournal(directory).close()
    with sqlite3.connect(directory / "journal.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalFormatError, match="has format 99 and this release reads up to 1"):
        SqliteJournal(directory)
    with pytest.raises(JournalFormatError, match="has format 99"):
        SqliteJournalReader(directory)


@pytest.mark.parametrize("content", ["another application", "no database at all"])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(directory: Path, content: str) -> None:
    directory.mkdir()
    path = directory / "journal.db"
    if content == "another application":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE songs (title TEXT)")
        connection.close()
    else:
        path.write_text("Dear diary, " * 100)
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"journal\.db"):
        SqliteJournal(directory)
    assert path.read_bytes() == before


def test_a_directory_has_one_writer_at_a_time(directory: Path) -> None:
    journal = SqliteJournal(directory)
    opening = f"""
from pathlib import Path
from tradepit.journal import JournalInUse, SqliteJournal
try:
    SqliteJournal(Path({str(directory)!r}))
except JournalInUse as error:
    print(error)
"""
    other = subprocess.run([sys.executable, "-c", opening], capture_output=True, text=True, check=True)
    assert f"the data directory {directory} is in use by another exchange (process " in other.stdout
    assert "--data-dir" in other.stdout
    with pytest.raises(JournalInUse):
        SqliteJournal(directory)
    journal.close()
    SqliteJournal(directory).close()


def test_a_refused_opening_gives_the_lock_back(directory: Path) -> None:
    directory.mkdir()
    (directory / "journal.db").write_text("not a database" * 100)
    for _ in range(2):
        with pytest.raises(JournalFormatError):
            SqliteJournal(directory)


def test_a_reader_sees_what_the_writer_has_committed_since(directory: Path) -> None:
    journal = SqliteJournal(directory)
    journal.append(1, ticks(1, 2))
    reader = SqliteJournalReader(directory)
    assert reader.last_sequence == 2
    journal.append(3, ticks(3, 2))
    assert [sequence for sequence, _ in reader.read(1)] == [2, 3, 4]
    assert reader.identity == journal.identity
    reader.close()
    journal.close()


def test_a_reader_makes_no_journal_where_there_is_none(directory: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal"):
        SqliteJournalReader(directory)
    assert not directory.exists()


def test_every_journal_has_a_name_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    one, other = SqliteJournal(tmp_path / "one"), SqliteJournal(tmp_path / "other")
    names = one.identity, other.identity
    one.close()
    other.close()
    again = SqliteJournal(tmp_path / "one")
    assert again.identity == names[0] != names[1]
    again.close()


def test_commits_are_flushed_to_the_disk(directory: Path) -> None:
    """WAL without synchronous=FULL would keep commits in the system's memory."""
    journal = SqliteJournal(directory)
    connection = journal._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    journal.close()


def test_a_full_disk_refuses_the_batch_and_keeps_what_was_there(directory: Path) -> None:
    journal = SqliteJournal(directory)
    journal.append(1, ticks(1, 10))
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(JournalError, match="full"):
        journal.append(11, ticks(11, 5_000))
    assert journal.last_sequence == 10
    journal.close()
    journal = SqliteJournal(directory)
    assert [sequence for sequence, _ in journal.read(0)] == list(range(1, 11))
    journal.close()
