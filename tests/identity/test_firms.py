"""The projection of US exchange clients: what is registered may act, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tradepit.core.events import CredentialRegistered, CredentialRevoked, Event
from tradepit.identity import firms
from tradepit.identity.firms import ClientProfile, Firms, InvalidFirm


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def public_pem(private_key: rsa.RSAPrivateKey) -> str:
    return private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True)
class Outcome:
    """As much of a command's outcome as a projection needs."""

    events: list[Event]


def apply(directory: Firms, event: Event) -> None:
    directory.apply(Outcome([event]))


def registered(
    client_id: str, firm: str, user: str, pem: str, *, kind: str = "us.client"
) -> CredentialRegistered:
    payload = firms.encode(ClientProfile(firm=firm, user=user, public_key=pem))
    account = firms.account_name(firm, user)
    return CredentialRegistered(time=1, credential=client_id, account=account, kind=kind, payload=payload)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Acme-Trading", "Acme Trading"),
        ("trader1", "Trader 1"),
        ("trader-1", "Trader 1"),
        ("desk_north.two", "Desk North Two"),
        ("ACME", "ACME"),
        ("h2o", "H2o"),
        ("bot42b", "Bot42b"),
        ("7seas", "7seas"),
    ],
)
def test_a_display_name_is_the_name_in_words(name: str, shown: str) -> None:
    assert firms.display_name(name) == shown


@pytest.mark.parametrize("name", ["", "-x", "a/b", "a b", "é", "a" * 61, "x\n", "../x"])
def test_a_name_that_could_break_a_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidFirm, match="invalid name"):
        firms.check_name(name)


def test_a_profile_survives_its_payload(public_pem: str) -> None:
    profile = ClientProfile(
        firm="Acme-Trading", user="trader1", public_key=public_pem, scopes=("read:orders",)
    )
    assert firms.decode(firms.encode(profile)) == profile


def test_a_private_key_is_refused_and_not_quoted(private_key: rsa.RSAPrivateKey) -> None:
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(InvalidFirm) as refusal:
        firms.encode(ClientProfile(firm="Acme", user="a", public_key=pem))
    assert "private key" in str(refusal.value)
    assert pem.splitlines()[1] not in str(refusal.value)


def test_a_key_that_is_not_rsa_or_too_short_is_refused() -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    for key in (elliptic, short):
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        with pytest.raises(InvalidFirm, match="2048"):
            firms.load_public_key(pem)
    with pytest.raises(InvalidFirm, match="PEM"):
        firms.load_public_key("rubbish")


def test_an_unknown_scope_is_refused(public_pem: str) -> None:
    with pytest.raises(InvalidFirm, match="unknown scope 'write:money'"):
        firms.encode(ClientProfile(firm="Acme", user="a", public_key=public_pem, scopes=("write:money",)))


def test_a_registered_client_is_found_with_all_that_it_may_do(public_pem: str) -> None:
    directory = Firms()
    directory.load([registered("id1", "Acme-Trading", "trader1", public_pem)])
    client = directory.client("id1")
    assert client is not None
    assert client.participant == "firms/Acme-Trading/users/trader1"
    assert client.account == "firms/Acme-Trading/accounts/trader1"
    assert client.scopes == frozenset(firms.SCOPES)
    assert directory.participants("Acme-Trading") == ["firms/Acme-Trading/users/trader1"]


def test_two_clients_of_one_user_share_the_account_and_outlive_each_other(public_pem: str) -> None:
    directory = Firms()
    participant = "firms/Acme/users/a"
    for client_id in ("old", "new"):
        apply(directory, registered(client_id, "Acme", "a", public_pem))
    assert directory.accounts("Acme", participant) == ["firms/Acme/accounts/a"]
    apply(
        directory,
        CredentialRevoked(time=2, credential="old", account="firms/Acme/accounts/a", kind="us.client"),
    )
    assert directory.client("old") is None
    assert directory.accounts("Acme", participant) == ["firms/Acme/accounts/a"]
    apply(
        directory,
        CredentialRevoked(time=3, credential="new", account="firms/Acme/accounts/a", kind="us.client"),
    )
    assert directory.participants("Acme") == []
    assert directory.accounts("Acme", participant) == []


def test_credentials_of_other_kinds_and_unreadable_payloads_give_nobody_access(public_pem: str) -> None:
    directory = Firms()
    directory.load([registered("id1", "Acme", "a", public_pem, kind="clob.key")])
    for payload in (
        b"",
        b"\xff",
        b"[]",
        b'{"firm":"A","user":"../b","public_key":"x"}',
        b'{"firm":"A","user":"b","public_key":"x"}',
    ):
        apply(
            directory,
            CredentialRegistered(time=1, credential="id2", account="x", kind="us.client", payload=payload),
        )
    assert directory.client("id1") is None
    assert directory.client("id2") is None


@pytest.mark.parametrize(
    "text", ["", "firms/a", "firms//users/b", "firms/a/users/b/c", "users/b", "firms/a/accounts/b"]
)
def test_a_participant_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidFirm):
        firms.parse_participant(text)
