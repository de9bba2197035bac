"""What must be equal in every build: run as a program, it prints the digests of the core that it finds."""

from __future__ import annotations

import json
from hashlib import sha256

from benchmarks.core import replayed
from tests.core.test_commands import GOLDEN as COMMANDS
from tests.core.test_events import GOLDEN as EVENTS
from tests.property.test_determinism import digest_of_streams
from tradepit.core.commands import encode_command
from tradepit.core.events import encode_events
from tradepit.environment import core_build


def digests() -> dict[str, str]:
    """The bytes of every command and event, the events and states of random streams, and the state after
    both workloads."""
    commands = sha256(b"".join(encode_command(command) for command, _ in COMMANDS))
    events = sha256(encode_events([event for event, _ in EVENTS]))
    return {
        "commands": commands.hexdigest(),
        "events": events.hexdigest(),
        "streams": digest_of_streams(),
        **{f"workload 1..{grid}": replayed(grid).state_hash() for grid in (99, 999)},
    }


if __name__ == "__main__":
    print(json.dumps({"build": core_build(), **digests()}))
