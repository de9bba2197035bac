"""The local authority: what it signs is accepted where it should be, and nowhere else."""

from __future__ import annotations

import shutil
import socket
import ssl
import stat
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tradepit.server.certificates import CertificateAuthority, CertificateError, utc_now

HOSTS = ("clob.polymarket.com", "pmx-preprod.us.auth0.com")


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority.open(tmp_path)


def leaf_signed_for(authority: CertificateAuthority, name: str, path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.sign(key.public_key(), [name], utc_now())
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """A server that answers every connection with a small HTTP response."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    wrapped.recv(65536)
                    wrapped.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def shake_hands(port: int, name: str, authority: CertificateAuthority) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        with authority.client_ssl_context().wrap_socket(connection, server_hostname=name):
            pass


def test_the_key_is_readable_by_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    first = CertificateAuthority.open(tmp_path).certificate.read_bytes()
    assert stat.S_IMODE((tmp_path / "tls" / "ca-key.pem").stat().st_mode) == 0o600
    assert CertificateAuthority.open(tmp_path).certificate.read_bytes() == first


def test_processes_that_start_at_once_end_up_with_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: CertificateAuthority.open(tmp_path / "data"), range(8)))
    assert len({authority.certificate.read_bytes() for authority in opened}) == 1
    assert [entry.name for entry in (tmp_path / "data").iterdir()] == ["tls"]


def test_leaf_keys_are_readable_by_their_owner_only(authority: CertificateAuthority) -> None:
    for leaf in (authority.local_leaf(), authority.venue_leaf(HOSTS)):
        assert stat.S_IMODE(leaf.stat().st_mode) == 0o600


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_both_leaves_and_refuses_a_name_outside_the_constraints(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    def verify(leaf: Path, *options: str) -> subprocess.CompletedProcess[str]:
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *options]
        command += ["-CAfile", str(authority.certificate), str(leaf)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert verify(authority.local_leaf(), "-verify_ip", "127.0.0.1").returncode == 0
    assert verify(authority.local_leaf(), "-verify_ip", "::1").returncode == 0
    assert verify(authority.venue_leaf(HOSTS), "-verify_hostname", "clob.polymarket.com").returncode == 0
    for name in ("example.com", "polymarket.com.example.org", "us.auth0.com", "10.0.0.1"):
        foreign = verify(leaf_signed_for(authority, name, tmp_path / "foreign.pem"))
        assert foreign.returncode != 0
        assert "permitted subtree violation" in foreign.stderr + foreign.stdout


def test_requests_accepts_the_local_leaf_by_name_and_by_address(authority: CertificateAuthority) -> None:
    with tls_server(authority.local_ssl_context()) as port:
        for host in ("localhost", "127.0.0.1"):
            answer = requests.get(f"https://{host}:{port}/", verify=str(authority.certificate), timeout=5)
            assert answer.text == "OK"


def test_a_venue_leaf_is_accepted_for_exactly_its_hosts(authority: CertificateAuthority) -> None:
    with tls_server(authority.venue_ssl_context(HOSTS)) as port:
        for host in HOSTS:
            shake_hands(port, host, authority)
        for host in ("gamma-api.polymarket.com", "localhost"):
            with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
                shake_hands(port, host, authority)


def test_a_certificate_for_another_domain_is_refused_although_the_authority_signed_it(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf_signed_for(authority, "example.com", tmp_path / "foreign.pem"))
    with tls_server(context) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
            shake_hands(port, "example.com", authority)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_accepts_the_local_leaf_and_refuses_a_name_outside_the_constraints(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    script = """
    const [port, servername, ca] = process.argv.slice(1);
    const socket = require("tls").connect(
      { port: Number(port), host: "127.0.0.1", servername, ca: require("fs").readFileSync(ca) },
      () => { console.log("accepted"); socket.destroy(); });
    socket.on("error", (error) => console.log(error.message));
    """

    def ask_node(port: int, name: str) -> str:
        command = ["node", "-e", script, str(port), name, str(authority.certificate)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    with tls_server(authority.local_ssl_context()) as port:
        assert ask_node(port, "localhost") == "accepted"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf_signed_for(authority, "example.com", tmp_path / "foreign.pem"))
    with tls_server(context) as port:
        assert ask_node(port, "example.com") == "permitted subtree violation"


def test_a_leaf_is_kept_until_its_second_half_year_and_then_renewed(authority: CertificateAuthority) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    first = authority.local_leaf(start).read_bytes()
    assert authority.local_leaf(start + timedelta(days=100)).read_bytes() == first
    renewed = authority.local_leaf(start + timedelta(days=200)).read_bytes()
    assert renewed != first
    assert x509.load_pem_x509_certificate(renewed).not_valid_after_utc == start + timedelta(days=565)


def test_a_leaf_is_renewed_when_its_hosts_change_or_another_authority_signed_it(tmp_path: Path) -> None:
    authority = CertificateAuthority.open(tmp_path / "one")
    first = authority.venue_leaf(HOSTS).read_bytes()
    assert authority.venue_leaf(HOSTS).read_bytes() == first
    second = authority.venue_leaf((*HOSTS, "data-api.polymarket.com")).read_bytes()
    assert second != first
    other = CertificateAuthority.open(tmp_path / "two")
    shutil.copy(tmp_path / "one" / "tls" / "venues.pem", tmp_path / "two" / "tls" / "venues.pem")
    assert other.venue_leaf((*HOSTS, "data-api.polymarket.com")).read_bytes() != second


def test_a_damaged_or_foreign_key_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    CertificateAuthority.open(tmp_path / "one")
    CertificateAuthority.open(tmp_path / "two")
    key = tmp_path / "one" / "tls" / "ca-key.pem"
    shutil.copy(tmp_path / "two" / "tls" / "ca-key.pem", key)
    with pytest.raises(CertificateError, match="do not belong together"):
        CertificateAuthority.open(tmp_path / "one")
    key.write_text("rubbish")
    with pytest.raises(CertificateError, match="delete that directory"):
        CertificateAuthority.open(tmp_path / "one")


def test_an_expired_authority_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    CertificateAuthority.open(tmp_path, datetime(2000, 1, 1, tzinfo=UTC))
    with pytest.raises(CertificateError, match="has expired"):
        CertificateAuthority.open(tmp_path, datetime(2026, 11, 20, tzinfo=UTC))
