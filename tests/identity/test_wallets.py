import base64
import hmac
import uuid

import pytest

from tradepit.chain.addresses import parse_address
from tradepit.core.events import CredentialRegistered, CredentialRevoked, Event
from tradepit.engine.messages import Outcome
from tradepit.identity.wallets import WalletKey, Wallets

ADDRESS = parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
ZERO_SECRET = base64.urlsafe_b64decode("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")


@pytest.fixture
def wallets() -> Wallets:
    return Wallets(b"m" * 32)


def registered(key: WalletKey) -> CredentialRegistered:
    return CredentialRegistered(1, key.api_key, key.account, "clob.key", key.payload())


def outcome(*events: Event) -> Outcome:
    return Outcome(1, 1, list(events))


def key_with_secret(secret: bytes) -> WalletKey:
    return WalletKey("k", ADDRESS, 137, 0, secret, "p", ("a", "b", "c"))


@pytest.mark.parametrize(
    ("timestamp", "method", "path", "body", "signature"),
    [
        (
            "1000000",
            "test-sign",
            "/orders",
            b'{"hash": "0x123"}',
            "ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvc=",
        ),
        ("1700000000", "DELETE", "/cancel-all", b"", "8VUKI2AEYjmyVeNfWGlCKhni-bOTLBi8KuegA7RDrxU="),
        (
            "1700000000",
            "DELETE",
            "/order",
            b'{"orderID":"0x1"}',
            "ymfIFmPLTM1hKQeqAqx1qEigB-7zY39yEFyyoV2G9jM=",
        ),
    ],
)
def test_a_clients_hmac_is_accepted_in_both_alphabets_and_for_no_other_request(
    timestamp: str, method: str, path: str, body: bytes, signature: str
) -> None:
    key = key_with_secret(ZERO_SECRET)
    assert key.accepts_signature(signature, timestamp, method, path, body)
    assert key.accepts_signature(signature.replace("-", "+").replace("_", "/"), timestamp, method, path, body)
    assert not key.accepts_signature(signature, timestamp, method, path, body + b" ")
    assert not key.accepts_signature(signature, timestamp, method, path + "/", body)
    assert not key.accepts_signature(signature, timestamp + "0", method, path, body)
    assert not key_with_secret(b"x" * 32).accepts_signature(signature, timestamp, method, path, body)


def test_a_body_with_apostrophes_may_be_signed_as_it_is_or_with_quotes_in_their_place() -> None:
    key = key_with_secret(ZERO_SECRET)
    body = b"{'orderID': \"it's\"}"
    for signed in (body, body.replace(b"'", b'"')):
        mac = hmac.digest(ZERO_SECRET, b"1POST/order" + signed, "sha256")
        assert key.accepts_signature(base64.urlsafe_b64encode(mac).decode(), "1", "POST", "/order", body)


@pytest.mark.parametrize("signature", ["", "=", "é", "a" * 10_000])
def test_rubbish_in_place_of_a_signature_is_refused_without_an_error(signature: str) -> None:
    assert not key_with_secret(ZERO_SECRET).accepts_signature(signature, "1", "GET", "/", b"")


def test_credentials_are_a_function_of_master_secret_chain_wallet_and_nonce(wallets: Wallets) -> None:
    key = wallets.derive(ADDRESS, 137, 0)
    assert wallets.derive(ADDRESS, 137, 0) == key
    assert len(base64.urlsafe_b64decode(key.secret_text)) == 32
    assert len(key.passphrase) == 64
    assert str(uuid.UUID(key.api_key)) == key.api_key
    others = [
        wallets.derive(ADDRESS, 80002, 0),
        wallets.derive(ADDRESS, 137, 1),
        wallets.derive(bytes(20), 137, 0),
        Wallets(b"n" * 32).derive(ADDRESS, 137, 0),
    ]
    for other in others:
        assert other.api_key != key.api_key
        assert other.secret != key.secret
        assert other.passphrase != key.passphrase


def test_secrets_do_not_show_in_the_representation_of_a_key(wallets: Wallets) -> None:
    key = wallets.derive(ADDRESS, 137, 0)
    shown = repr(key)
    assert key.api_key in shown
    for secret in (key.passphrase, key.secret_text, repr(key.secret)):
        assert secret not in shown
        assert secret.encode() not in key.payload()


def test_a_registered_key_is_found_until_it_is_revoked(wallets: Wallets) -> None:
    key = wallets.derive(ADDRESS, 80002, 3)
    assert wallets.by_api_key(key.api_key) is None
    wallets.apply(outcome(registered(key)))
    assert wallets.by_api_key(key.api_key) == key
    assert wallets.find(ADDRESS, 80002, 3) == key
    assert wallets.find(ADDRESS, 137, 3) is None
    assert wallets.of_account(key.account) == [key]
    assert wallets.of_account(key.accounts[2]) == [key]
    wallets.apply(outcome(CredentialRevoked(2, key.api_key, key.account, "clob.key")))
    assert wallets.by_api_key(key.api_key) is None
    assert wallets.find(ADDRESS, 80002, 3) is None
    assert wallets.of_account(key.account) == []


def test_revoking_one_of_two_keys_leaves_the_other(wallets: Wallets) -> None:
    first, second = wallets.derive(ADDRESS, 137, 0), wallets.derive(ADDRESS, 137, 1)
    wallets.load([registered(first), registered(second)])
    wallets.apply(outcome(CredentialRevoked(2, first.api_key, first.account, "clob.key")))
    assert wallets.of_account(first.account) == [second]


def test_credentials_of_other_doors_and_unreadable_ones_are_ignored(wallets: Wallets) -> None:
    key = wallets.derive(ADDRESS, 137, 0)
    foreign = Wallets(b"n" * 32).derive(ADDRESS, 137, 0)
    wallets.load(
        [
            CredentialRegistered(1, key.api_key, key.account, "us.client", key.payload()),
            CredentialRegistered(1, key.api_key, key.account, "clob.key", b"{"),
            CredentialRegistered(
                1, key.api_key, key.account, "clob.key", b'{"address":"0x1","chain_id":137,"nonce":0}'
            ),
            CredentialRegistered(
                1, key.api_key, key.account, "clob.key", key.payload().replace(b"137", b"1")
            ),
            registered(foreign),
        ]
    )
    assert wallets.by_api_key(key.api_key) is None
    assert wallets.by_api_key(foreign.api_key) is None


def test_a_short_master_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Wallets(b"short")
