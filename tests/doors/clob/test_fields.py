"""Every field of the order object, missing, of the wrong type and of a wrong value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors.clob.trading import BOB, CAROL, NO, YES, ClobHouse, Trader
from tradepit.chain.addresses import checksum_address, parse_address
from tradepit.chain.wallets import proxy_wallet, safe_wallet
from tradepit.client import Wallet
from tradepit.core.commands import FeeSchedule
from tradepit.doors.clob.settings import ClobSettings

PAYLOAD = "Invalid order payload"
SIGNATURE = "invalid signature"
SIGNER = "the order signer address has to be the address of the API KEY"
OTHER = checksum_address(Wallet(CAROL).address_bytes)

V1_MISSING = {
    "salt": PAYLOAD,
    "maker": PAYLOAD,
    "signer": PAYLOAD,
    "taker": PAYLOAD,
    "tokenId": PAYLOAD,
    "makerAmount": PAYLOAD,
    "takerAmount": PAYLOAD,
    "expiration": "error parsing expiration () to int64",
    "nonce": "error parsing nonce () to int64",
    "feeRateBps": "error parsing fee rate bps () to int64",
    "side": PAYLOAD,
    "signatureType": PAYLOAD,
    "signature": PAYLOAD,
}
WRONG_TYPES: dict[str, list[Any]] = {
    "salt": [None, True, 1.5, [], "abc", "-1", -1, 2**256, "9" * 79],
    "maker": [None, 1, [], "0x", "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"],
    "signer": [None, 1, {}, "nobody"],
    "taker": [None, 0, "", "0x0"],
    "tokenId": [None, 1, [], "abc", "", "1e5"],
    "makerAmount": [None, 1, "", "1.5", "-1", "0x10", "9" * 79],
    "takerAmount": [None, 1, "", "1.5", "-1", "\u0663", "9" * 79],
    "side": [None, 0, "buy", "HOLD", ""],
    "signatureType": [None, "0", 1.5, 9, -1, 2**70],
    "signature": [None, 1, []],
}
PARSED = {"expiration": "expiration", "nonce": "nonce", "feeRateBps": "fee rate bps"}


async def refused(trader: Trader, body: object) -> str:
    """The text of a refusal that must come, and must leave no order behind."""
    response = await trader.post(body)
    assert response.status_code == 400, response.text
    rows = (await trader.send("GET", "/data/orders")).json()["data"]
    assert rows == []
    text = response.json()["error"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("field", V1_MISSING)
async def test_a_v1_order_without_one_of_its_fields_is_refused(alice: Trader, field: str) -> None:
    body = alice.order("BUY", 0.5, 100, version=1)
    del body["order"][field]
    assert await refused(alice, body) == V1_MISSING[field]


@pytest.mark.parametrize("field", ["salt", "maker", "signer", "tokenId", "makerAmount", "takerAmount"])
@pytest.mark.parametrize("version", [1, 2])
async def test_a_field_of_the_wrong_type_is_refused(alice: Trader, version: int, field: str) -> None:
    for value in WRONG_TYPES[field]:
        body = alice.order("BUY", 0.5, 100, version=version)
        body["order"][field] = value
        assert await refused(alice, body) == PAYLOAD, value


@pytest.mark.parametrize("field", ["side", "signatureType", "signature", "taker"])
async def test_an_enumeration_or_signature_of_the_wrong_type_is_refused(alice: Trader, field: str) -> None:
    for value in WRONG_TYPES[field]:
        body = alice.order("BUY", 0.5, 100, version=1)
        body["order"][field] = value
        assert await refused(alice, body) == PAYLOAD, value


@pytest.mark.parametrize("field", PARSED)
async def test_a_v1_number_that_is_none_is_refused_in_the_parsers_words(alice: Trader, field: str) -> None:
    body = alice.order("BUY", 0.5, 100, version=1)
    for text in ("", "abc", "1.5", "-1", "9223372036854775808", "9" * 78):
        body["order"][field] = text
        assert await refused(alice, body) == f"error parsing {PARSED[field]} ({text}) to int64"
    not_texts: tuple[object, ...] = (None, 0, [])
    for value in not_texts:
        body["order"][field] = value
        assert await refused(alice, body) == PAYLOAD


async def test_salt_may_be_a_number_or_a_numeric_string(alice: Trader) -> None:
    for turn in (int, str):
        body = alice.order("BUY", 0.4, 100, version=1)
        body["order"]["salt"] = turn(body["order"]["salt"])
        response = await alice.post(body)
        assert response.json()["status"] == "live"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("salt", 424242, SIGNATURE),
        ("maker", OTHER, SIGNATURE),
        ("signer", OTHER, SIGNER),
        ("taker", OTHER, PAYLOAD),
        ("tokenId", NO, SIGNATURE),
        ("tokenId", "12345", "Invalid token id"),
        ("makerAmount", "49000000", SIGNATURE),
        ("takerAmount", "101000000", SIGNATURE),
        ("expiration", "4000000000", SIGNATURE),
        ("nonce", "1", "invalid nonce"),
        ("feeRateBps", "10", "invalid fee rate (10), current market's taker fee: 0"),
        ("side", "SELL", SIGNATURE),
        ("signatureType", 1, "invalid POLY_PROXY signature"),
        ("signatureType", 2, SIGNATURE),
        ("signature", "0x" + "00" * 65, SIGNATURE),
        ("signature", "0x" + "zz" * 65, SIGNATURE),
        ("signature", "0x", SIGNATURE),
        ("signature", "", SIGNATURE),
    ],
)
async def test_a_v1_field_that_was_changed_after_signing_is_found(
    alice: Trader, field: str, value: object, text: str
) -> None:
    body = alice.order("BUY", 0.5, 100, version=1)
    body["order"][field] = value
    assert await refused(alice, body) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"taker": parse_address(OTHER)}, PAYLOAD),
        ({"maker": parse_address(OTHER)}, SIGNATURE),
        ({"signer": parse_address(OTHER)}, SIGNER),
        ({"nonce": 1}, "invalid nonce"),
        ({"fee_rate_bps": 100}, "invalid fee rate (100), current market's taker fee: 0"),
        ({"expiration": 1_700_000_000}, "invalid expiration"),
        ({"side": 1}, SIGNATURE),
        ({"maker_amount": 0}, "invalid price, price must be greater than 0 and less than 1"),
        ({"taker_amount": 0}, "invalid price, price must be greater than 0 and less than 1"),
        ({"taker_amount": 50_000_000}, "invalid price, price must be greater than 0 and less than 1"),
        ({"maker_amount": 2**255, "taker_amount": 2**256 - 1}, None),
        ({"maker_amount": 10**30, "taker_amount": 2 * 10**30}, "not enough balance / allowance"),
    ],
)
async def test_a_wrong_value_is_refused_even_when_it_was_signed(
    alice: Trader, changes: dict[str, Any], text: str | None
) -> None:
    found = await refused(alice, alice.order("BUY", 0.5, 100, version=1, **changes))
    if text is None:
        assert found.startswith("invalid amounts")
    else:
        assert found == text


async def test_an_expiration_on_a_gtc_order_of_v1_is_carried_and_ignored(
    house: ClobHouse, alice: Trader
) -> None:
    expiration = alice.now() + 30
    reply = await alice.place("BUY", 0.4, 100, version=1, expiration=expiration)
    assert reply["status"] == "live"
    row = (await alice.send("GET", f"/data/order/{reply['orderID']}")).json()
    assert row["expiration"] == str(expiration)


async def test_an_expiration_on_a_gtc_order_of_v2_is_refused(alice: Trader) -> None:
    body = alice.order("BUY", 0.4, 100, expiration=alice.now() + 3600)
    assert await refused(alice, body) == "invalid expiration"


@pytest.mark.parametrize("kind", ["FOK", "FAK"])
@pytest.mark.parametrize("version", [1, 2])
async def test_an_expiration_on_a_market_order_is_refused(alice: Trader, kind: str, version: int) -> None:
    body = alice.order("BUY", 0.5, 100, kind=kind, version=version, expiration=alice.now() + 3600)
    assert await refused(alice, body) == "invalid expiration"


async def test_a_v1_order_signs_the_fee_of_its_market(house: ClobHouse, alice: Trader) -> None:
    await house.list_market(
        "taxed", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64, fees=FeeSchedule(clob_v1_bps=200)
    )
    body = alice.order("BUY", 0.4, 100, token="9" * 70, version=1)
    assert await refused(alice, body) == "invalid fee rate (0), current market's taker fee: 200"
    reply = await alice.place("BUY", 0.4, 100, token="9" * 70, version=1, fee_rate_bps=200)
    assert reply["status"] == "live"


@pytest.mark.parametrize("field", ["timestamp", "metadata", "builder", "expiration"])
async def test_a_v2_order_without_one_of_its_own_fields(alice: Trader, field: str) -> None:
    body = alice.order("BUY", 0.4, 100)
    del body["order"][field]
    response = await alice.post(body)
    match field:
        case "expiration":  # not signed, and no expiration is none
            assert response.json()["status"] == "live"
        case "timestamp":  # without it the order is read as a V1 order
            assert response.json()["error"] == "error parsing fee rate bps () to int64"
        case _:
            assert response.json()["error"] == PAYLOAD


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("timestamp", "abc", PAYLOAD),
        ("timestamp", 1, PAYLOAD),
        ("timestamp", "1", SIGNATURE),
        ("metadata", "0x01", PAYLOAD),
        ("metadata", "0x" + "zz" * 32, PAYLOAD),
        ("metadata", "0x" + "01" * 32, SIGNATURE),
        ("builder", None, PAYLOAD),
        ("builder", "0x" + "0 " * 32, PAYLOAD),
        ("builder", "0x" + "01" * 32, SIGNATURE),
        ("expiration", "soon", PAYLOAD),
        ("expiration", 0, PAYLOAD),
    ],
)
async def test_a_wrong_v2_field_is_refused(alice: Trader, field: str, value: object, text: str) -> None:
    body = alice.order("BUY", 0.5, 100)
    body["order"][field] = value
    assert await refused(alice, body) == text


async def test_empty_metadata_means_zero(alice: Trader) -> None:
    body = alice.order("BUY", 0.4, 100)
    body["order"]["metadata"] = ""
    assert (await alice.post(body)).json()["status"] == "live"


async def test_a_taker_in_a_v2_order_is_ignored(alice: Trader) -> None:
    body = alice.order("BUY", 0.4, 100)
    body["order"]["taker"] = OTHER
    assert (await alice.post(body)).json()["status"] == "live"


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        ("owner", None, PAYLOAD),
        ("owner", "someone", "the order owner has to be the owner of the API KEY"),
        ("orderType", None, PAYLOAD),
        ("orderType", "DAY", PAYLOAD),
        ("orderType", "", PAYLOAD),
        ("postOnly", "yes", PAYLOAD),
        ("deferExec", 1, PAYLOAD),
        ("order", None, PAYLOAD),
        ("order", [], PAYLOAD),
    ],
)
async def test_a_wrong_member_beside_the_order_is_refused(
    alice: Trader, member: str, value: object, text: str
) -> None:
    body = alice.order("BUY", 0.5, 100)
    body[member] = value
    assert await refused(alice, body) == text


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("exchange", ["ctf", "neg_risk"])
async def test_an_order_signed_for_another_contract_or_chain_is_refused(
    house: ClobHouse, alice: Trader, version: int, exchange: Any
) -> None:
    await house.list_market(
        "linked", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64, exchange="neg_risk"
    )
    token, other = (YES, "neg_risk") if exchange == "ctf" else ("9" * 70, "ctf")
    right = alice.order("BUY", 0.4, 100, token=token, version=version, exchange=exchange)
    wrong_contract: Any = other
    for body in (
        alice.order("BUY", 0.5, 100, token=token, version=version, exchange=wrong_contract),
        alice.order("BUY", 0.5, 100, token=token, version=version, exchange=exchange, chain_id=137),
    ):
        assert await refused(alice, body) == SIGNATURE
    assert (await alice.post(right)).json()["status"] == "live"


async def test_both_v1_neg_risk_contracts_of_amoy_are_accepted(house: ClobHouse, alice: Trader) -> None:
    await house.list_market(
        "linked", yes="9" * 70, no="8" * 70, condition="0x" + "2" * 64, exchange="neg_risk"
    )
    for contract in (
        "0xd91E80cF2E7be2e162c6513ceD06f1dD0dA35296",
        "0xC5d563A36AE78145C45a50134d48A1215220f80a",
    ):
        reply = await alice.place(
            "BUY", 0.4, 100, token="9" * 70, version=1, exchange="neg_risk", contract=contract
        )
        assert reply["status"] == "live"


async def test_a_position_id_market_takes_v3_orders_only(house: ClobHouse, alice: Trader) -> None:
    token = 1 << 248 | 77 << 120
    await house.list_market(
        "position", yes=str(token), no=str(token | 1), condition="0x" + "3" * 62, exchange="v3"
    )
    assert await refused(alice, alice.order("BUY", 0.5, 100, token=str(token))) == SIGNATURE
    assert await refused(alice, alice.order("BUY", 0.5, 100, token=str(token), version=1)) == SIGNATURE
    reply = await alice.place("BUY", 0.5, 100, token=str(token), version=3, exchange="v3")
    assert reply["status"] == "live"


async def test_a_signature_with_a_high_s_is_refused(alice: Trader) -> None:
    order_of_curve = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    body = alice.order("BUY", 0.5, 100)
    signature = bytes.fromhex(body["order"]["signature"][2:])
    high = order_of_curve - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + high.to_bytes(32, "big") + bytes([27 + 28 - signature[64]])
    body["order"]["signature"] = "0x" + twin.hex()
    assert await refused(alice, body) == SIGNATURE


async def test_another_wallets_order_cannot_be_sent_with_ones_own_key(
    house: ClobHouse, alice: Trader
) -> None:
    bob = await house.trader(BOB)
    body = bob.order("BUY", 0.5, 100)
    assert await refused(alice, body) == "the order owner has to be the owner of the API KEY"
    body["owner"] = alice.key.api_key
    assert await refused(alice, body) == SIGNER


async def test_a_proxy_or_safe_trades_for_its_own_account(house: ClobHouse, alice: Trader) -> None:
    address = alice.wallet.address_bytes
    for signature_type, maker in ((1, proxy_wallet(address, 80_002)), (2, safe_wallet(address))):
        reply = await alice.place("BUY", 0.4, 100, signature_type=signature_type, maker=maker)
        assert reply["status"] == "live"
        assert house.welcomed[-1] == "0x" + maker.hex()
        row = (await alice.send("GET", f"/data/order/{reply['orderID']}")).json()
        assert row["maker_address"] == checksum_address(maker)
        cancelled = (await alice.send("DELETE", "/order", {"orderID": reply["orderID"]})).json()
        assert cancelled["canceled"] == [reply["orderID"]]


async def test_a_deposit_wallet_is_refused_clearly(alice: Trader) -> None:
    wallet = parse_address(OTHER)
    body = alice.order("BUY", 0.5, 100, signature_type=3, maker=wallet, signer=wallet)
    assert await refused(alice, body) == "no deposit wallet found for owner"


async def test_the_venues_first_years_answer_such_errors_with_400_too(open_house: Any) -> None:
    house = await open_house(ClobSettings(profile="clob-2023"))
    await house.list_market()
    alice = await house.trader()
    assert await refused(alice, alice.order("BUY", 0.5, 100, version=1, nonce=3)) == "invalid nonce"
