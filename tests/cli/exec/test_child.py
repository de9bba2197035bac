"""The environment of the command, and the bundles of authorities in it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest

from tradepit.cli.exec.child import NODE_PRELOAD, PYTHON_PRELOAD, Surroundings, environment_of_child
from tradepit.cli.exec.trust import Bundles, write_bundles
from tradepit.cli.exec.venues import Policy
from tradepit.server.certificates import VENUE_DOMAINS, CertificateAuthority


def child_of(inherited: Mapping[str, str]) -> dict[str, str]:
    around = Surroundings(
        exchange_port=9000,
        proxy_port=4000,
        host_ports={"clob.polymarket.com": 4001},
        policy=Policy(allowed=["rpc.example.com"]),
        certificate=Path("/data/tls/ca.pem"),
        bundles=Bundles(Path("/run/bundle.pem"), Path("/run/extra.pem")),
    )
    return environment_of_child(inherited, around)


def test_both_spellings_of_the_proxy_variables_are_set() -> None:
    child = child_of({})
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        assert child[name] == "http://127.0.0.1:4000"
    assert child["NO_PROXY"] == child["no_proxy"] == "localhost,127.0.0.1,::1"


@pytest.mark.parametrize(
    "name", ["ALL_PROXY", "all_proxy", "grpc_proxy", "no_grpc_proxy", "WSS_PROXY", "socks_proxy", "ftp_proxy"]
)
def test_inherited_proxy_variables_that_would_win_are_removed(name: str) -> None:
    assert name not in child_of({name: "http://elsewhere:3128"})


def test_an_inherited_no_proxy_cannot_exempt_a_venue() -> None:
    child = child_of({"NO_PROXY": "*", "no_proxy": ".polymarket.com", "No_Proxy": "*"})
    assert {value for name, value in child.items() if name.lower() == "no_proxy"} == {
        "localhost,127.0.0.1,::1"
    }


def test_every_trust_variable_names_a_bundle() -> None:
    child = child_of({"SSL_CERT_FILE": "/old.pem"})
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        assert child[name] == "/run/bundle.pem"
    assert child["NODE_EXTRA_CA_CERTS"] == "/run/extra.pem"


def test_what_the_user_preloads_stays_behind_ours() -> None:
    child = child_of({"NODE_OPTIONS": "--max-old-space-size=64", "PYTHONPATH": "/mine:/other"})
    assert child["NODE_OPTIONS"] == f'--require="{NODE_PRELOAD}" --max-old-space-size=64'
    assert child["PYTHONPATH"] == f"{PYTHON_PRELOAD}:/mine:/other"


def test_an_exec_inside_an_exec_adds_nothing_twice() -> None:
    once = child_of({"PATH": "/bin"})
    assert child_of(once) == once


def test_everything_else_is_inherited_and_the_port_is_told() -> None:
    child = child_of({"PATH": "/bin", "POLYMARKET_PRIVATE_KEY": "0x1", "TRADEPIT_PORT": "1"})
    assert (child["PATH"], child["POLYMARKET_PRIVATE_KEY"], child["TRADEPIT_PORT"]) == ("/bin", "0x1", "9000")


def test_the_preloads_are_told_hosts_domains_and_what_is_allowed() -> None:
    settings = json.loads(child_of({})["TRADEPIT_EXEC"])
    assert settings["hosts"] == {"clob.polymarket.com": 4001}
    assert settings["venue_domains"] == list(VENUE_DOMAINS)
    assert settings["allowed"] == ["rpc.example.com"]
    assert settings["ca_certificate"] == "/data/tls/ca.pem"


def test_the_preloads_are_there() -> None:
    assert NODE_PRELOAD.is_file()
    assert (PYTHON_PRELOAD / "sitecustomize.py").is_file()


def test_the_bundle_adds_the_local_authority_to_what_was_trusted_before(tmp_path: Path) -> None:
    ours = CertificateAuthority.open(tmp_path / "ours").certificate
    corporate = CertificateAuthority.open(tmp_path / "corporate").certificate
    extra = CertificateAuthority.open(tmp_path / "extra").certificate
    inherited = {
        "REQUESTS_CA_BUNDLE": str(corporate),
        "SSL_CERT_FILE": str(corporate),
        "NODE_EXTRA_CA_CERTS": str(extra),
        "CURL_CA_BUNDLE": str(tmp_path / "missing.pem"),
    }
    bundles = write_bundles(tmp_path, ours, inherited)
    everything = bundles.everything.read_text()
    for certificate in (ours, corporate, extra):
        assert everything.count(certificate.read_text().strip()) == 1
    assert len(ssl.create_default_context(cafile=str(bundles.everything)).get_ca_certs()) > 50
    assert bundles.extra.read_text().count("BEGIN CERTIFICATE") == 2
    assert corporate.read_text() not in bundles.extra.read_text()
