import pytest

from tradepit.chain.addresses import parse_address
from tradepit.chain.auth import (
    AUTH_DOMAIN_TYPE_HASH,
    CLOB_AUTH_TYPE_HASH,
    auth_domain_separator,
    clob_auth_digest,
)
from tradepit.chain.signatures import recover_signer

ADDRESS = parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")


def test_the_authentication_domain_has_three_fields_and_the_venues_separators() -> None:
    assert AUTH_DOMAIN_TYPE_HASH.hex() == "c2f8787176b8ac6bf7215b4adcc1e069bf4ab82d9ab1df05a57a91d425935b6e"
    assert CLOB_AUTH_TYPE_HASH.hex() == "52578c5c725a28a84fedc8c22aa47947822942f35b4dc350db028e45320e035c"
    assert auth_domain_separator(137).hex() == (
        "cfc66be2a3b30464cb3b588324101f660c9a205fa76e8e5f83ee16a528e1c4cb"
    )
    assert auth_domain_separator(80002).hex() == (
        "a1df8f4e3112eaee2448fbec9ab79f68278407e49d9cf52e3dd3d9692fcac9b6"
    )


@pytest.mark.parametrize(
    ("chain_id", "timestamp", "nonce", "signature"),
    [
        (
            80002,
            "10000000",
            23,
            "f62319a987514da40e57e2f4d7529f7bac38f0355bd88bb5adbb3768d80de6c1"
            "682518e0af677d5260366425f4361e7b70c25ae232aff0ab2331e2b164a1aedc1b",
        ),
        (
            137,
            "1700000000",
            0,
            "659ed4b28ae28e0f038fdf0023c00863c9559caacb9ebc83f44eea87059a099a"
            "36f1e1dee110e7faa1c4f65d17489b2da1333ebef78bbe2116d81207b975052d1c",
        ),
        (
            80002,
            "1700000000",
            0,
            "d5b20a55fe51f11c940c58e655bab4f75f22d5e182b8cc8d61f428940c72f6f0"
            "2025751a47308c46c07fbf48ad31a3e79a06c9d339c7de674368a7253c6c50631b",
        ),
    ],
)
def test_a_clients_l1_signature_recovers_under_its_own_chain_only(
    chain_id: int, timestamp: str, nonce: int, signature: str
) -> None:
    data = bytes.fromhex(signature)
    other = 137 if chain_id == 80002 else 80002
    assert recover_signer(clob_auth_digest(chain_id, ADDRESS, timestamp, nonce), data) == ADDRESS
    assert recover_signer(clob_auth_digest(other, ADDRESS, timestamp, nonce), data) != ADDRESS
