from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.engine.world import opening
from tests.history.ledger import Ledger
from tradepit.history.schema import connect, prepare


@pytest.fixture
def connection() -> Iterator[Connection]:
    database = connect("sqlite://")
    prepare(database)
    with database.connect() as connection:
        yield connection
    database.dispose()


@pytest.fixture(params=[1, 1_000], ids=["in several batches", "in one batch"])
def ledger(connection: Connection, request: pytest.FixtureRequest) -> Ledger:
    ledger = Ledger(connection, batch=request.param)
    ledger.do(*opening(["alice", "bob", "carol"]))
    return ledger
