"""The wallet's signatures are the official clients' (golden vectors of docs/protocol/clob.md)."""

from __future__ import annotations

from typing import Final

from tradepit.client import ApiKey, Wallet

KEY: Final = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
TOKEN: Final = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
SALT: Final = 479_249_096_354


def test_a_private_key_gives_its_address() -> None:
    assert Wallet(KEY).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_the_key_shows_in_no_representation() -> None:
    assert KEY[2:] not in repr(Wallet(KEY))
    assert "secret-text" not in repr(ApiKey("id", "secret-text", "secret-text"))


def test_l1_headers_carry_the_official_signature() -> None:
    headers = Wallet(KEY, 80_002).l1_headers(10_000_000, 23)
    assert headers["POLY_SIGNATURE"] == (
        "0xf62319a987514da40e57e2f4d7529f7bac38f0355bd88bb5adbb3768d80de6c1"
        "682518e0af677d5260366425f4361e7b70c25ae232aff0ab2331e2b164a1aedc1b"
    )


def test_l2_headers_carry_the_official_signature() -> None:
    key = ApiKey("id", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "pass")
    wallet = Wallet(KEY)
    cancel_all = wallet.l2_headers(key, 1_700_000_000, "DELETE", "/cancel-all")
    assert cancel_all["POLY_SIGNATURE"] == "8VUKI2AEYjmyVeNfWGlCKhni-bOTLBi8KuegA7RDrxU="
    cancel = wallet.l2_headers(key, 1_700_000_000, "DELETE", "/order", b'{"orderID":"0x1"}')
    assert cancel["POLY_SIGNATURE"] == "ymfIFmPLTM1hKQeqAqx1qEigB-7zY39yEFyyoV2G9jM="


def test_a_v1_order_has_the_official_hash_and_signature() -> None:
    order = Wallet(KEY, 80_002).sign_order_v1(
        token_id=TOKEN, side="BUY", maker_amount=50_000_000, taker_amount=100_000_000, salt=SALT
    )
    assert order.order_id == "0xc95bbd384add61cf597ef7fcfb41b4e5bd4885e8c1035233495cb75af056aafa"
    assert order.body["signature"] == (
        "0xda83f5b9a579cff41537ef6ef796d5e71cf0a0687e789d3f43bcfd3000c1c860"
        "362ac6ccd5261417f329a7a8edd2920ae3cb6a4cd35ea356ae045a5a33a7d4361b"
    )


def test_a_v2_order_has_the_official_hash_and_signature() -> None:
    order = Wallet(KEY, 137).sign_order_v2(
        token_id=TOKEN,
        side="BUY",
        maker_amount=50_000_000,
        taker_amount=100_000_000,
        salt=SALT,
        timestamp_ms=1_710_000_000_000,
        exchange="neg_risk",
    )
    assert order.order_id == "0x3176a8fa60725431148e57a1aa9b83cbad24d56f6177ba4763ee11bc41323bba"
    assert order.body["signature"] == (
        "0x42f63d7bd7787b4e291eeb97218e548866c8d3ae51c285e2c4163c9ff5a46758"
        "04b858de0904c485164f826a25cb927dcab6a88d33bce898c2233bbfdd2160cc1b"
    )
