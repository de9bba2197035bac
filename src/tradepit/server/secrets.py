"""The secrets of one installation: made once, kept in the data directory, readable by their owner only.

| file | what |
|---|---|
| `secrets/master` | the secret that CLOB credentials and the US token key are derived from, in hex |
| `secrets/operator-token` | the bearer token of the operator API |
"""

from __future__ import annotations

import hmac
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tradepit import environment

_MASTER_BYTES: Final = 32
_TOKEN_BYTES: Final = 32
_FOLDER: Final = "secrets"


class SecretsError(Exception):
    """A secret of the data directory cannot be used; the text names the file and says what to do."""


@dataclass(frozen=True)
class Secrets:
    """None of them shows in `repr`."""

    master: bytes = field(repr=False)
    operator_token: str = field(repr=False)

    @property
    def us_token_key(self) -> bytes:
        """What signs the access tokens of the US exchange (HMAC); the same on every node and restart."""
        return hmac.digest(self.master, b"us access tokens", "sha256")


def open_secrets(data_dir: Path, *, production: bool) -> Secrets:
    """The installation's secrets, made now if this is the first use. Raises `SecretsError`.

    Production refuses a master secret that anybody could guess, and a file that others may read.
    """
    folder = data_dir / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    master_path = folder / "master"
    master = _master(_read_or_make(master_path, _new_master), master_path)
    if production:
        for path in sorted(folder.iterdir()):
            _refuse_readable_by_others(path)
        if len(set(master)) < _MASTER_BYTES // 4:
            raise SecretsError(f"{master_path} holds a test secret; delete it to have a random one made")
    token = _read_or_make(folder / "operator-token", _new_token).decode("ascii", "replace").strip()
    if len(token) < _TOKEN_BYTES:
        raise SecretsError(f"{folder / 'operator-token'} is too short; delete it to have one made")
    return Secrets(master=master, operator_token=token)


def _master(text: bytes, path: Path) -> bytes:
    try:
        master = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        master = b""
    if len(master) != _MASTER_BYTES:
        raise SecretsError(
            f"{path} must hold {2 * _MASTER_BYTES} hex digits; restore it from a backup, "
            "or delete it: every CLOB API key then has to be made anew"
        )
    return master


def _new_master() -> bytes:
    return environment.random_bytes(_MASTER_BYTES).hex().encode()


def _new_token() -> bytes:
    return environment.random_bytes(_TOKEN_BYTES).hex().encode()


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's content; a new file appears whole and with its mode, or not at all."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SecretsError(
            f"{path} cannot be read ({error.strerror}); run as the user that owns it"
        ) from error
    content = make()
    # mkstemp makes it readable by its owner only.
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return content


def _refuse_readable_by_others(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretsError(f"{path} can be read by others; run: chmod 600 {path}")
