"""Where hosts lead: decisions without a socket."""

from __future__ import annotations

import pytest

from tradepit.cli.exec.venues import (
    GRPC,
    SERVICES,
    UNSERVED_HOSTS,
    Decision,
    Direct,
    Policy,
    Refused,
    Served,
    Service,
    Unserved,
    is_venue_host,
)


@pytest.mark.parametrize(
    ("host", "offset"),
    [
        ("clob.polymarket.com", 0),
        ("CLOB.Polymarket.com.", 0),
        ("ws-subscriptions-clob.polymarket.com", 1),
        ("api.prod.polymarketexchange.com", 5),
        ("pmx-prod.us.auth0.com", 5),
    ],
)
@pytest.mark.parametrize("port", [80, 443])
def test_a_served_host_leads_to_its_port(host: str, offset: int, port: int) -> None:
    decision = Policy().decide(host, port)
    assert isinstance(decision, Served)
    assert decision.service.offset == offset


@pytest.mark.parametrize("host", UNSERVED_HOSTS)
def test_a_known_host_without_a_service_is_answered_501_under_its_own_certificate(host: str) -> None:
    assert Policy().decide(host, 443) == Unserved(host, f"Tradepit does not serve {host}", certified=True)


@pytest.mark.parametrize(
    "host", ["polymarket.com", "x.y.polymarket.us", "docs.polymarketexchange.com", "a.pmx-prod.us.auth0.com"]
)
def test_any_other_name_of_a_venue_is_answered_501_before_tls(host: str) -> None:
    assert Policy().decide(host, 443) == Unserved(host, f"Tradepit does not serve {host}", certified=False)


def test_an_unserved_grpc_host_is_answered_before_tls_because_its_clients_read_no_http_1() -> None:
    services = {"grpc-api.prod.polymarketexchange.com": Service(6, protocols=GRPC, served=False)}
    decision = Policy(services=services).decide("grpc-api.prod.polymarketexchange.com", 443)
    assert isinstance(decision, Unserved) and not decision.certified


def test_a_served_host_on_an_odd_port_is_not_served() -> None:
    decision = Policy().decide("clob.polymarket.com", 8443)
    assert isinstance(decision, Unserved) and "8443" in decision.reason


@pytest.mark.parametrize(
    "host", ["localhost", "db.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_loopback_is_direct(host: str) -> None:
    assert isinstance(Policy().decide(host, 5432), Direct)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "notpolymarket.com",
        "polymarket.com.example.org",
        "us.auth0.com",
        "10.0.0.1",
        "::",
        "localhost.example.org",
        "",
    ],
)
def test_any_other_host_is_refused_by_name_with_the_way_to_allow_it(host: str) -> None:
    decision = Policy().decide(host, 443)
    assert isinstance(decision, Refused)
    assert f"{host}:443" in decision.reason and f"--allow {host}" in decision.reason


def test_an_allowed_host_is_direct_and_nothing_beside_it() -> None:
    policy = Policy(allowed=["RPC.Example.com", "10.0.0.1"])
    assert policy.decide("rpc.example.com", 8545) == Direct("rpc.example.com", 8545)
    assert policy.decide("10.0.0.1", 80) == Direct("10.0.0.1", 80)
    other: list[Decision] = [policy.decide(host, 80) for host in ("x.rpc.example.com", "example.com")]
    assert all(isinstance(decision, Refused) for decision in other)


@pytest.mark.parametrize(
    "host",
    [
        "polymarket.com",
        "clob.polymarket.com",
        "Polymarket.COM.",
        "new.polymarket.us",
        "pmx-prod.us.auth0.com",
    ],
)
def test_allow_never_opens_a_venue(host: str) -> None:
    with pytest.raises(ValueError, match="venue"):
        Policy(allowed=[host])


@pytest.mark.parametrize("text", ["https://example.com", "example.com:443", "*.example.com", "a/b", "", " "])
def test_allow_takes_one_exact_host(text: str) -> None:
    with pytest.raises(ValueError, match="one host name or address"):
        Policy(allowed=[text])


def test_every_host_of_the_table_is_a_venues_and_stands_once_in_the_certificate() -> None:
    hosts = Policy().venue_hosts()
    assert len(set(hosts)) == len(hosts)
    assert all(is_venue_host(host) for host in hosts)
    assert set(SERVICES) <= set(hosts)
