"""The port table."""

from __future__ import annotations

import pytest

from tradepit.server.ports import InvalidPort, Ports


def test_every_door_follows_from_the_base() -> None:
    assert Ports().served() == {
        "clob": 8080,
        "clob_websocket": 8081,
        "us": 8084,
        "us_tls": 8085,
        "operator": 8088,
    }
    assert Ports(9_000).operator == 9_008


@pytest.mark.parametrize("base", [-1, 0, 65_527, 10**9])
def test_a_base_without_room_for_the_doors_is_refused(base: int) -> None:
    with pytest.raises(InvalidPort):
        Ports(base)
