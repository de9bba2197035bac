"""kill -9 of an engine under load: whatever a client was told of is there afterwards."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import tests.engine.trader as trader
from tradepit.core.commands import PlaceOrder
from tradepit.engine.restore import restore
from tradepit.journal import SqliteJournal, read_commands


def acknowledged_before_a_kill(directory: Path, seconds: float, *options: str) -> dict[int, bytes]:
    """Run the trader, kill it after some time under load, and return what it had been told."""
    command = [sys.executable, str(Path(trader.__file__)), str(directory), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        lines.append(process.stdout.readline())
    process.kill()
    lines += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    # The last line may have been cut by the kill.
    whole = [line.split() for line in lines if line.endswith(b"\n")]
    return {int(sequence): bytes.fromhex(order_id.decode()) for sequence, order_id in whole}


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.7])
def test_every_acknowledged_order_survives_a_kill(tmp_path: Path, seconds: float) -> None:
    acknowledged = acknowledged_before_a_kill(tmp_path, seconds)
    assert len(acknowledged) > 20
    journal = SqliteJournal(tmp_path)
    durable = dict(read_commands(journal, 0))
    for sequence, order_id in acknowledged.items():
        command = durable[sequence]
        assert isinstance(command, PlaceOrder)
        assert command.order_id == order_id
    exchange = restore(journal)
    exchange.check()
    known = exchange.state.markets["market"].seen
    assert known.issuperset(acknowledged.values())
    journal.close()
