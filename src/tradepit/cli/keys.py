"""RSA keys of US traders on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tradepit.cli.exchange import CliError

_BITS: Final = 2048


def open_key(path: Path) -> rsa.RSAPrivateKey:
    """The key in `path`; made there, readable by its owner only, if the file does not exist."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return _make(path)
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}") from error
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CliError(f"{path} holds no private key in PEM without a passphrase") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CliError(f"{path} holds a private key that is not RSA")
    return key


def _make(path: Path) -> rsa.RSAPrivateKey:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=_BITS)
    # The form that the venue's own samples parse.
    data = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        raise CliError(f"cannot write {path}: {error.strerror}") from error
    return key


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """The public half, to be registered."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
