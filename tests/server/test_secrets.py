"""The secrets of an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradepit.server.secrets import SecretsError, open_secrets


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = open_secrets(tmp_path, production=False)
    again = open_secrets(tmp_path, production=True)
    assert first == again
    assert len(first.master) == 32
    assert len(first.operator_token) == 64
    for path in (tmp_path / "secrets").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_two_installations_share_nothing(tmp_path: Path) -> None:
    one = open_secrets(tmp_path / "one", production=False)
    two = open_secrets(tmp_path / "two", production=False)
    assert one.master != two.master
    assert one.operator_token != two.operator_token
    assert one.us_token_key != two.us_token_key


def test_the_us_token_key_follows_from_the_master_secret_and_tells_nothing_of_it(tmp_path: Path) -> None:
    secrets = open_secrets(tmp_path, production=False)
    assert secrets.us_token_key == open_secrets(tmp_path, production=False).us_token_key
    assert secrets.us_token_key != secrets.master
    assert len(secrets.us_token_key) >= 32


def test_secrets_do_not_show_in_repr(tmp_path: Path) -> None:
    secrets = open_secrets(tmp_path, production=False)
    assert secrets.operator_token not in repr(secrets)
    assert repr(secrets.master) not in repr(secrets)


@pytest.mark.parametrize("content", [b"", b"zz", b"\xff" * 64, b"ab" * 31, b"ab" * 33])
def test_a_damaged_master_secret_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    open_secrets(tmp_path, production=False)
    master = tmp_path / "secrets" / "master"
    master.write_bytes(content)
    with pytest.raises(SecretsError, match="64 hex digits"):
        open_secrets(tmp_path, production=False)
    assert master.read_bytes() == content


def test_a_short_operator_token_is_refused(tmp_path: Path) -> None:
    open_secrets(tmp_path, production=False)
    (tmp_path / "secrets" / "operator-token").write_text("letmein")
    with pytest.raises(SecretsError, match="too short"):
        open_secrets(tmp_path, production=False)


def test_production_refuses_a_guessable_secret(tmp_path: Path) -> None:
    open_secrets(tmp_path, production=False)
    (tmp_path / "secrets" / "master").write_text("0123" * 16)
    open_secrets(tmp_path, production=False)
    with pytest.raises(SecretsError, match="test secret"):
        open_secrets(tmp_path, production=True)
