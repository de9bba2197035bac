from pathlib import Path

import pytest

from tradepit.journal import JournalError, Snapshot, SqliteJournal
from tradepit.journal.snapshots import SnapshotFiles


@pytest.fixture
def files(tmp_path: Path) -> SnapshotFiles:
    return SnapshotFiles(tmp_path)


def test_a_snapshot_comes_back_as_it_was_saved(files: SnapshotFiles) -> None:
    snapshot = Snapshot(17, "abc", bytes(range(256)) * 100)
    files.save(snapshot)
    assert files.load(17) == snapshot


def test_snapshots_are_listed_newest_first_and_pruned_to_those_to_keep(files: SnapshotFiles) -> None:
    for sequence in (5, 100, 7, 9_000):
        files.save(Snapshot(sequence, "", b""))
    assert files.sequences() == [9_000, 100, 7, 5]
    files.prune({100, 5, 6})
    assert files.sequences() == [100, 5]


def test_an_unfinished_snapshot_is_not_there(files: SnapshotFiles, tmp_path: Path) -> None:
    (tmp_path / "snapshot-00000000000000000009.unfinished").write_bytes(b"half")
    assert files.sequences() == []


def test_saving_a_snapshot_again_replaces_it(files: SnapshotFiles) -> None:
    files.save(Snapshot(3, "", b"first"))
    files.save(Snapshot(3, "", b"second"))
    assert files.load(3).data == b"second"


@pytest.mark.parametrize("place", [0, 18, 25, 60, -1])
def test_a_flipped_bit_is_noticed_wherever_it_is(files: SnapshotFiles, tmp_path: Path, place: int) -> None:
    files.save(Snapshot(3, "hash", b"state" * 100))
    (path,) = tmp_path.glob("*.bin")
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalError, match=r"damaged|not a snapshot|newer release"):
        files.load(3)


def test_a_missing_snapshot_is_an_error_that_names_the_file(files: SnapshotFiles) -> None:
    with pytest.raises(JournalError, match=r"snapshot-00000000000000000004\.bin"):
        files.load(4)


def test_snapshots_stand_beside_their_journal(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    journal.save_snapshot(Snapshot(1, "", b"x"))
    journal.save_snapshot(Snapshot(2, "", b"y"))
    journal.prune_snapshots([2])
    journal.close()
    journal = SqliteJournal(tmp_path)
    assert journal.snapshots() == [2]
    assert journal.load_snapshot(2).data == b"y"
    journal.close()
