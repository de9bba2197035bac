"""Bringing the exchange back from its journal: the newest usable snapshot, then the records after it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tradepit.core.events import Event
from tradepit.core.exchange import Exchange
from tradepit.core.units import Timestamp
from tradepit.journal import JournalDamaged
from tradepit.journal.journal import JournalReader, read_commands

_log = structlog.get_logger(__name__)


def restore(journal: JournalReader) -> Exchange:
    """The exchange as of the journal's last record.

    Raises `JournalDamaged` for a record that is missing, unreadable, or that the core fails on.
    """
    exchange, sequence = load_snapshot(journal, journal.last_sequence)
    replay(journal, exchange, sequence)
    return exchange


def load_snapshot(journal: JournalReader, latest: int) -> tuple[Exchange, int]:
    """The state of the newest usable snapshot not after `latest`, and its sequence.

    Without any it is an empty exchange and 0.
    A snapshot that is damaged, from another release, or whose state does not have the hash it was saved
    with is passed over with a warning: the journal holds all that it did.
    """
    for sequence in journal.snapshots():
        if sequence > latest:
            continue
        try:
            snapshot = journal.load_snapshot(sequence)
            exchange = Exchange.restore(snapshot.data)
        # Whatever is wrong with a snapshot, an older one or the journal itself will do.
        except Exception as error:
            _log.warning("snapshot_unusable", sequence=sequence, error=str(error))
            continue
        if exchange.state_hash() == snapshot.state_hash:
            return exchange, sequence
        _log.warning("snapshot_unusable", sequence=sequence, error="the restored state has another hash")
    return Exchange(), 0


def replay(
    journal: JournalReader,
    exchange: Exchange,
    after: int,
    until: int | None = None,
    tell: Callable[[int, Timestamp, list[Event]], None] | None = None,
) -> int:
    """Apply the records after `after`, up to `until`, and `tell` what each did.

    Returns the number of the last one applied.
    """
    last = after
    for sequence, command in read_commands(journal, after):
        if until is not None and sequence > until:
            break
        try:
            events = exchange.apply(command)
        except Exception as error:
            raise JournalDamaged(
                sequence, f"the core failed on the journal's record {sequence}: {error!r}"
            ) from error
        last = sequence
        if tell is not None:
            tell(sequence, exchange.time, events)
    return last
