"""Which host leads where under `tradepit exec`: to a port of the exchange, to a clear refusal, or out.

Nothing is open unless it is named here or by `--allow`, and `--allow` never names a venue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final, TypeAlias

from tradepit.server.certificates import VENUE_DOMAINS

HTTP: Final = ("http/1.1",)
GRPC: Final = ("h2",)


@dataclass(frozen=True, slots=True)
class Service:
    """The exchange's side of a venue's host.

    `offset` counts from the base port. `tls`: the exchange itself speaks TLS there. `protocols`: what the
    host's clients may choose by ALPN. A service that is not `served` answers 501.
    """

    offset: int
    tls: bool = False
    protocols: tuple[str, ...] = HTTP
    served: bool = True


SERVICES: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "clob.polymarket.com": Service(0),
        "ws-subscriptions-clob.polymarket.com": Service(1),
        "gamma-api.polymarket.com": Service(2, served=False),
        "data-api.polymarket.com": Service(3, served=False),
        # The token endpoint answers over TLS only, so these four go to the port that has everything.
        "api.preprod.polymarketexchange.com": Service(5, tls=True),
        "api.prod.polymarketexchange.com": Service(5, tls=True),
        "pmx-preprod.us.auth0.com": Service(5, tls=True),
        "pmx-prod.us.auth0.com": Service(5, tls=True),
        "grpc-api.preprod.polymarketexchange.com": Service(6, protocols=GRPC, served=False),
        "grpc-api.prod.polymarketexchange.com": Service(6, protocols=GRPC, served=False),
        "api.polymarket.us": Service(7, served=False),
        "gateway.polymarket.us": Service(7, served=False),
    }
)
"""The hosts of the port table."""

UNSERVED_HOSTS: Final = (
    "clob-staging.polymarket.com",
    "combos-rfq-api.polymarket.com",
    "combos-rfq-gateway-quoter.polymarket.com",
    "relayer-v2.polymarket.com",
    "sports-api.polymarket.com",
    "ws-live-data.polymarket.com",
    "auth.preprod.polymarketexchange.com",
    "api.dev01.polymarketexchange.com",
)
"""Hosts that clients are known to call and that have no port here. They stand in the venue certificate, so
that a client gets as far as reading the 501."""


@dataclass(frozen=True, slots=True)
class Served:
    """Relay to the exchange's port for this host."""

    host: str
    service: Service


@dataclass(frozen=True, slots=True)
class Unserved:
    """A venue's host without a service: 501. `certified`: the venue certificate names it, so TLS can be
    answered; where not, the refusal comes before."""

    host: str
    reason: str
    certified: bool


@dataclass(frozen=True, slots=True)
class Direct:
    """Loopback, or a host that `--allow` names: connect to it as it is."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A host that nobody allowed: 403."""

    host: str
    reason: str


Decision: TypeAlias = Served | Unserved | Direct | Refused


class Policy:
    """Decides about one host and port. Pure: resolves no names, opens nothing."""

    def __init__(self, allowed: Iterable[str] = (), services: Mapping[str, Service] = SERVICES) -> None:
        self.services = services
        self.allowed = frozenset(allowed_host(host) for host in allowed)

    def venue_hosts(self) -> tuple[str, ...]:
        """Every host that the venue certificate must name."""
        return (*self.services, *UNSERVED_HOSTS)

    def decide(self, host: str, port: int) -> Decision:
        host = normal_host(host)
        if is_venue_host(host):
            return self._decide_venue(host, port)
        if is_loopback(host) or host in self.allowed:
            return Direct(host, port)
        return Refused(
            host, f"tradepit exec refuses {host}:{port}, which is no venue; --allow {host} opens it"
        )

    def _decide_venue(self, host: str, port: int) -> Decision:
        service = self.services.get(host)
        certified = host in UNSERVED_HOSTS
        if port not in (80, 443):
            return Unserved(host, f"Tradepit does not serve {host} on port {port}, only on 80 and 443", False)
        if service is not None and service.served:
            return Served(host, service)
        if service is not None:
            # A gRPC client does not read an HTTP/1.1 answer inside the tunnel, but it reports the proxy's.
            certified = service.protocols == HTTP
        return Unserved(host, f"Tradepit does not serve {host}", certified)


def normal_host(host: str) -> str:
    """Lower case, without the brackets of an IPv6 address and the dot of a rooted name."""
    return host.strip().lower().removeprefix("[").removesuffix("]").rstrip(".")


def is_venue_host(host: str) -> bool:
    """Whether this (normal) name is a venue's domain or below one."""
    return any(host == domain or host.endswith("." + domain) for domain in VENUE_DOMAINS)


def is_loopback(host: str) -> bool:
    """Whether this (normal) host is this machine by definition; resolving to it does not count."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def allowed_host(text: str) -> str:
    """What `--allow` may name: one exact host or address. Raises ValueError with the text for the user."""
    host = normal_host(text)
    if is_venue_host(host):
        raise ValueError(
            f"--allow {text}: this is a venue's host, and tradepit exec lets nothing through to a venue"
        )
    try:
        ip_address(host)
    except ValueError:
        if re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", host) is None:
            raise ValueError(
                f"--allow {text}: give one host name or address, without scheme, port, path or wildcard"
            ) from None
    return host
