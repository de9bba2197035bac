"""The certificate authority of one installation, and the certificates it signs.

Everything lives in `DATA_DIRECTORY/tls`: `ca.pem` (give this to clients), `ca-key.pem` (0600, never leaves),
and one file per leaf with its key and certificate. The authority is name-constrained: even whoever steals
its key can sign for nothing but the venues' domains and this machine.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tradepit import environment

VENUE_DOMAINS: Final = (
    "polymarket.com",
    "polymarket.us",
    "polymarketexchange.com",
    "pmx-preprod.us.auth0.com",
    "pmx-prod.us.auth0.com",
)
"""The venues' domains: each stands for itself and every name below it."""

LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")

_LOCAL_NETWORKS: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_CA_LIFETIME: Final = timedelta(days=20 * 365)
_LEAF_LIFETIME: Final = timedelta(days=365)
_LEAF_RENEWAL: Final = timedelta(days=180)
"""A leaf with less time left is replaced at the next start, so a process may run half a year without one."""
_CLOCK_SKEW: Final = timedelta(days=1)


class CertificateError(Exception):
    """The local authority cannot be used. The text names the directory and what to do about it."""


def utc_now() -> datetime:
    """The machine's clock as certificates want it."""
    return datetime.fromtimestamp(environment.wall_clock_ns() // 10**9, UTC)


class CertificateAuthority:
    """Signs for local names and for the venues' hosts. Made by `open`; several processes may open it at once.

    `certificate` is the path of the PEM that clients must trust.
    """

    def __init__(
        self, directory: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> None:
        self._directory = directory
        self._key = key
        self._x509 = certificate
        self.certificate: Path = directory / "ca.pem"

    @classmethod
    def open(cls, data_directory: Path, now: datetime | None = None) -> CertificateAuthority:
        """The authority of this data directory, made now if this is its first use.

        Raises `CertificateError` where it is unreadable, damaged or expired. Costs a few milliseconds.
        """
        now = now or utc_now()
        directory = data_directory / "tls"
        if not directory.exists():
            _create(directory, now)
        try:
            key = serialization.load_pem_private_key((directory / "ca-key.pem").read_bytes(), password=None)
            certificate = x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise CertificateError(
                f"The local certificate authority in {directory} cannot be read ({error}). Run as the "
                "user that owns it, or delete that directory to have a new one made."
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise CertificateError(
                f"The key and the certificate in {directory} do not belong together. Delete that "
                "directory to have new ones made."
            )
        if certificate.not_valid_after_utc <= now:
            raise CertificateError(
                f"The local certificate authority in {directory} has expired. Delete that directory to "
                "have a new one made."
            )
        return cls(directory, key, certificate)

    def local_leaf(self, now: datetime | None = None) -> Path:
        """PEM file (key, then certificate) for `LOCAL_NAMES`; a new one if the old one is near its end."""
        return self._leaf("local", LOCAL_NAMES, now or utc_now())

    def venue_leaf(self, hosts: Sequence[str], now: datetime | None = None) -> Path:
        """PEM file for exactly these venue hosts; a new one if it is near its end or the hosts changed."""
        return self._leaf("venues", tuple(hosts), now or utc_now())

    def local_ssl_context(self) -> ssl.SSLContext:
        """What a TLS server for local names needs."""
        return _server_context(self.local_leaf())

    def venue_ssl_context(self, hosts: Sequence[str]) -> ssl.SSLContext:
        """What a TLS server that answers for these venue hosts needs."""
        return _server_context(self.venue_leaf(hosts))

    def client_ssl_context(self) -> ssl.SSLContext:
        """For a client that talks to this installation only: no other authority is trusted."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def sign(
        self, public_key: ec.EllipticCurvePublicKey, names: Sequence[str], now: datetime
    ) -> x509.Certificate:
        """A server certificate for these names. Whether anybody accepts it is up to the name constraints."""
        authority_id = self._x509.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        return (
            _builder("Tradepit server", self._x509.subject, public_key, now)
            .not_valid_after(min(now + _LEAF_LIFETIME, self._x509.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False
            )
            .add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    def _leaf(self, stem: str, names: Sequence[str], now: datetime) -> Path:
        path = self._directory / f"{stem}.pem"
        if not self._is_current(path, names, now):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = self.sign(key.public_key(), names, now)
            _replace_file(path, _key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _is_current(self, path: Path, names: Sequence[str], now: datetime) -> bool:
        try:
            content = path.read_bytes()
            certificate = x509.load_pem_x509_certificate(content)
            key = serialization.load_pem_private_key(content, password=None)
            certificate.verify_directly_issued_by(self._x509)
            extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False
        return (
            key.public_key() == certificate.public_key()
            and list(extension.value) == [_general_name(name) for name in names]
            and certificate.not_valid_before_utc <= now
            and certificate.not_valid_after_utc - now > _LEAF_RENEWAL
        )


def _create(directory: Path, now: datetime) -> None:
    """Make the authority beside its place and rename it there whole: of two that start at once, one wins."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("Tradepit local authority")
    certificate = (
        _builder("Tradepit local authority", subject, key.public_key(), now)
        .not_valid_after(now + _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(_name_constraints(), critical=True)
        .sign(key, hashes.SHA256())
    )
    draft = Path(tempfile.mkdtemp(prefix=".tls-", dir=directory.parent))
    try:
        _replace_file(draft / "ca-key.pem", _key_pem(key))
        _replace_file(draft / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
        draft.chmod(0o755)
        # A rename onto a directory that another process has filled meanwhile fails: theirs stays.
        draft.rename(directory)
    except OSError as error:
        if not directory.exists():
            raise CertificateError(f"Cannot write the local certificates to {directory}: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write the file beside its place, with its mode from the first byte on, then put it there at once."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _builder(
    common_name: str, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tradepit"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _name_constraints() -> x509.NameConstraints:
    names: list[x509.GeneralName] = [x509.DNSName(domain) for domain in (*VENUE_DOMAINS, "localhost")]
    names.extend(x509.IPAddress(network) for network in _LOCAL_NETWORKS)
    return x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=None)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        address: IPv4Address | IPv6Address = ip_address(name)
    except ValueError:
        return x509.DNSName(name)
    return x509.IPAddress(address)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _server_context(leaf: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(leaf)
    return context
