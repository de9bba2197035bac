"""Sockets."""

from __future__ import annotations

import contextlib
import socket

import pytest

from tradepit.server.listeners import PortTaken, bind, bind_all, listen


def test_a_port_that_is_listened_on_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} is taken"):
            bind("127.0.0.1", port)


def test_of_several_ports_all_are_bound_or_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
        probe.close()
        with pytest.raises(PortTaken):
            bind_all("127.0.0.1", [free, other.getsockname()[1]])
        bind("127.0.0.1", free).close()


def test_of_two_that_bound_the_same_port_only_one_may_listen() -> None:
    with contextlib.closing(bind("127.0.0.1", 0)) as first:
        with contextlib.closing(bind("127.0.0.1", first.getsockname()[1])) as second:
            listen([first])
            with pytest.raises(PortTaken):
                listen([second])


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(PortTaken, match=r"192\.0\.2\.1"):
        bind("192.0.2.1", 0)
