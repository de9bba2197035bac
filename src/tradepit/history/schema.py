"""The tables of history. They hold nothing that the journal does not: a rebuild makes them again.

A sequence names the command that made the row; prices, quantities and cash are the core's integers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
    update,
)

VERSION: Final = 3
"""Raised whenever a table or what is written into it changes; an older history is then built anew."""

_WRITER_CACHE_KIB: Final = 65_536
_WRITER_LOG_PAGES: Final = 8_192
"""Pages in the write-ahead log before they are folded back (32 MiB): what changes often is written once."""

# SQLite gives a row number of its own, and 64 bits, to INTEGER PRIMARY KEY only.
_Big = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()


class OrderStatus(IntEnum):
    """Where an order is in its life. FILLED to REJECTED are final; WAITING is a stop not yet reached.

    An order of a market that settles later is OPEN, and nothing remains of it, until its trades have
    settled.
    """

    OPEN = 0
    DELAYED = 1
    FILLED = 2
    CANCELLED = 3
    EXPIRED = 4
    REJECTED = 5
    WAITING = 6


class TradeState(IntEnum):
    """How far a trade's settlement is. The first and the last are final; a market that does not settle
    later has only CONFIRMED ones, and a FAILED trade is void."""

    CONFIRMED = 0
    MATCHED = 1
    RETRYING = 2
    FAILED = 3


class EntryKind(IntEnum):
    """What moved an account's money or tokens other than a trade."""

    DEPOSIT = 0
    WITHDRAWAL = 1
    SPLIT = 2
    MERGE = 3
    REDEMPTION = 4
    CONVERSION = 5


orders = Table(
    "orders",
    metadata,
    Column("sequence", _Big, primary_key=True, autoincrement=False),
    Column("order_id", LargeBinary, nullable=False),
    Column("market", String, nullable=False),
    Column("account", String, nullable=False),
    Column("client_key", String, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("notional", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("delayed_until", BigInteger, nullable=False),
    # 1 once it was accepted, whatever became of it then; a refused order may come again under its id.
    Column("accepted", SmallInteger, nullable=False),
    Column("terms", LargeBinary, nullable=False),
)
Index("orders_identity", orders.c.order_id, orders.c.market, unique=True)
Index("orders_account", orders.c.account, orders.c.sequence)
_keyed = orders.c.client_key != ""
Index("orders_client_key", orders.c.client_key, sqlite_where=_keyed, postgresql_where=_keyed)

trades = Table(
    "trades",
    metadata,
    Column("number", _Big, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("market", String, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("taker_side", SmallInteger, nullable=False),
    # The orders by their sequence and not by their id: ids are random, and an index over random keys touches
    # another page for each row.
    Column("taker", BigInteger, nullable=False),
    Column("taker_account", String, nullable=False),
    Column("taker_fee", BigInteger, nullable=False),
    Column("maker", BigInteger, nullable=False),
    Column("maker_account", String, nullable=False),
    Column("maker_fee", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index("trades_taker_account", trades.c.taker_account, trades.c.number)
Index("trades_maker_account", trades.c.maker_account, trades.c.number)
Index("trades_taker", trades.c.taker)
Index("trades_maker", trades.c.maker)
Index("trades_market", trades.c.market, trades.c.number)
_unsettled = trades.c.state.in_([int(TradeState.MATCHED), int(TradeState.RETRYING)])
Index("trades_unsettled", trades.c.number, sqlite_where=_unsettled, postgresql_where=_unsettled)

entries = Table(
    "entries",
    metadata,
    Column("sequence", _Big, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("account", String, nullable=False),
    Column("market", String, nullable=False),
    Column("cash", BigInteger, nullable=False),
    Column("yes", BigInteger, nullable=False),
    Column("no", BigInteger, nullable=False),
    Column("reference", String, nullable=False),
)
Index("entries_account", entries.c.account, entries.c.sequence)

# What a projector must know of the past to understand what comes: it reads them when it starts.
deferred_markets = Table("deferred_markets", metadata, Column("market", String, primary_key=True))
"""The markets whose trades settle later."""

event_markets = Table(
    "event_markets",
    metadata,
    Column("event", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("market", String, nullable=False),
)
"""The markets of each event, in its order."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("version", Integer, nullable=False),
    Column("journal", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)


def connect(url: str, *, writer: bool = False) -> Engine:
    """An engine on the database at `url`; SQLite is set up for one writer and many readers.

    The writer gets memory for the pages that it touches again and again.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        if writer:
            event.listen(engine, "connect", _set_up_sqlite_writer)
    return engine


def prepare(engine: Engine) -> None:
    """Make the tables if they are missing, and anew if another release made them."""
    with engine.begin() as connection:
        if inspect(connection).has_table(checkpoint.name):
            version = connection.execute(select(checkpoint.c.version)).scalar()
            if version == VERSION:
                return
        make_anew(connection)


def make_anew(connection: Connection, journal: str = "") -> None:
    """Empty history: drop what there is, and begin before the first command of `journal`."""
    if inspect(connection).has_table(checkpoint.name):
        # First, because in SQLite it is this that opens the transaction in which the tables are made anew.
        connection.execute(delete(checkpoint))
    metadata.drop_all(connection)
    metadata.create_all(connection)
    connection.execute(insert(checkpoint).values(version=VERSION, journal=journal, sequence=0))


def read_checkpoint(connection: Connection) -> tuple[str, int]:
    """The journal that history is of, and the last command whose rows are in it."""
    row = connection.execute(_read_checkpoint).one()
    return str(row[0]), int(row[1])


def move_checkpoint(connection: Connection, journal: str, sequence: int, to: int) -> bool:
    """Move the checkpoint on; False if it is not where the caller believes: somebody else writes too.

    Call it first in a transaction: from then on nobody else can write.
    """
    values = {"of_journal": journal, "was": sequence, "to": to}
    return connection.execute(_move_checkpoint, values).rowcount == 1


_read_checkpoint = select(checkpoint.c.journal, checkpoint.c.sequence)
_move_checkpoint = (
    update(checkpoint)
    .where(checkpoint.c.journal == bindparam("of_journal"), checkpoint.c.sequence == bindparam("was"))
    .values(sequence=bindparam("to"))
)


def _set_up_sqlite(connection: Any, record: object) -> None:
    """No flush at each commit: what a power cut takes, its checkpoint does not claim, and a replay adds."""
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_sqlite_writer(connection: Any, record: object) -> None:
    for pragma in (f"cache_size = -{_WRITER_CACHE_KIB}", f"wal_autocheckpoint = {_WRITER_LOG_PAGES}"):
        connection.execute(f"PRAGMA {pragma}")
