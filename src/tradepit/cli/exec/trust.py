"""The bundles of certificate authorities for the child: what it trusted before, and the local authority."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import certifi

BUNDLE_VARIABLES: Final = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
)
"""Each replaces what its readers trust, so each names a whole bundle."""

EXTRA_VARIABLE: Final = "NODE_EXTRA_CA_CERTS"
"""Adds to what Node trusts, so it names the local authority and the inherited extras only."""

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bundles:
    """Paths of PEM files that exist as long as the run."""

    everything: Path
    extra: Path


def write_bundles(directory: Path, certificate: Path, inherited: Mapping[str, str]) -> Bundles:
    """Write both bundles into `directory`. The local authority comes first in each."""
    extras = _existing([inherited.get(EXTRA_VARIABLE)])
    roots = _existing(
        [*(inherited.get(name) for name in BUNDLE_VARIABLES), ssl.get_default_verify_paths().openssl_cafile]
    )
    bundles = Bundles(directory / "bundle.pem", directory / "extra.pem")
    _write(bundles.extra, [certificate, *extras])
    _write(bundles.everything, [certificate, *extras, *roots, Path(certifi.where())])
    return bundles


def _existing(names: Iterable[str | None]) -> list[Path]:
    return [Path(name) for name in names if name and Path(name).is_file()]


def _write(path: Path, sources: Iterable[Path]) -> None:
    # The same root usually stands in several of the sources; a dictionary keeps the first of each, in order.
    certificates: dict[str, None] = {}
    for source in sources:
        certificates.update(dict.fromkeys(_CERTIFICATE.findall(source.read_text(errors="replace"))))
    path.write_text("\n".join([*certificates, ""]))
