import pytest

from tradepit.chain.addresses import ZERO_ADDRESS, checksum_address, parse_address
from tradepit.chain.contracts import OrderVersion
from tradepit.chain.orders import (
    ORDER_V1_TYPE_HASH,
    ORDER_V2_TYPE_HASH,
    OrderTermsV1,
    OrderTermsV2,
    domain_separators,
    order_digest,
    struct_hash,
    struct_hash_v1,
    struct_hash_v2,
)
from tradepit.chain.signatures import recover_signer

ADDRESS = parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
TOKEN = 71321045679252212594626385532706912750332728571942532289631379312455583992563
SALT = 479249096354

V1_ORDER = OrderTermsV1(SALT, ADDRESS, ADDRESS, ZERO_ADDRESS, TOKEN, 50_000_000, 100_000_000, 0, 0, 0, 0, 0)
V2_ORDER = OrderTermsV2(
    SALT, ADDRESS, ADDRESS, TOKEN, 50_000_000, 100_000_000, 0, 0, 1710000000000, bytes(32), bytes(32)
)


def test_the_type_hashes_are_the_contracts() -> None:
    assert ORDER_V1_TYPE_HASH.hex() == "a852566c4e14d00869b6db0220888a9090a13eccdaea03713ff0a3d27bf9767c"
    assert ORDER_V2_TYPE_HASH.hex() == "bb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589"


@pytest.mark.parametrize(
    ("version", "chain_id", "exchange", "separators"),
    [
        (1, 137, "ctf", ["1a573e3617c78403b5b4b892827992f027b03d4eaf570048b8ee8cdd84d151be"]),
        (1, 137, "neg_risk", ["82cb6aa85babb812f4b521a12b10f0cbc68d2b44be7bc02c047004f544adb49f"]),
        (2, 137, "ctf", ["3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2"]),
        (2, 137, "neg_risk", ["9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a"]),
        (3, 137, "v3", ["466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b"]),
        (3, 80002, "v3", ["df8b5fd204134b8d562677d7fc9346884e8f02ef2fd43358239393723e8833e6"]),
        (1, 80002, "ctf", ["44b180a7e548e2d916b5410176db13a07744966f9b6c93c4bccdabebbcdfca93"]),
        (
            1,
            80002,
            "neg_risk",
            [
                "99482d105ff5a1b784f0ecde2173e4bacb02bed0a14e76c5c484649367f8528f",
                "9fa10822e4b86fd1eed68ea1c2628e0ee9a6c523cb2570592768432cfdb09bf1",
            ],
        ),
        (2, 80002, "ctf", ["a440cbd865bc0c6243d7a8df9a8bf48a8827b0a4abbb61c30e96d305423af148"]),
        (2, 80002, "neg_risk", ["1468e39841f0a0e05d3762b235cb7acecabf8cd7b6d3a672965a5d415bf9378e"]),
        (1, 137, "v3", []),
        (2, 80002, "v3", []),
        (3, 137, "ctf", []),
        (2, 1, "ctf", []),
    ],
)
def test_an_order_may_be_signed_for_exactly_the_contracts_of_its_market(
    version: int, chain_id: int, exchange: str, separators: list[str]
) -> None:
    found = domain_separators(OrderVersion(version), chain_id, exchange)
    assert [separator.hex() for separator in found] == separators


@pytest.mark.parametrize(
    ("version", "chain_id", "exchange", "digest", "signature"),
    [
        (
            1,
            80002,
            "ctf",
            "c95bbd384add61cf597ef7fcfb41b4e5bd4885e8c1035233495cb75af056aafa",
            "da83f5b9a579cff41537ef6ef796d5e71cf0a0687e789d3f43bcfd3000c1c860"
            "362ac6ccd5261417f329a7a8edd2920ae3cb6a4cd35ea356ae045a5a33a7d4361b",
        ),
        (
            1,
            137,
            "ctf",
            "2d4e37d43ce67ac26fd34fbded7ac34fdcba1b2aff632aac52b36483f1d5eeb8",
            "4e4a18de9ac827f073445bb64331b74a5f57feed1b86424cfaa61db51ae0c0de"
            "291110ad3c3541ac576a93bfd35adca6f9e4861ce3d46123e56eeadf3e55fd0c1c",
        ),
        (
            1,
            137,
            "neg_risk",
            "b1d77fd3871ea5e3fff30e907e82b1d19fe9e1bd189db182016c35fa9585d1e5",
            "e15baa30a58ebec55410643d75389c5c30089a836220f0098342b660c2f14055"
            "516841d79c05ff628e10f9f4dd608a5f85cd9413641008f31ad8708d37457eae1b",
        ),
        (
            2,
            80002,
            "ctf",
            "686ae53116b7eddd87e677fdd55dfa838849918ed356717250dd98c884b9e8bf",
            "3aa015de9bd53ba79de617b60cae525a961e81105e94dc4347ecdcf980542aa4"
            "34822eaa721ca6394563ce2aac8356545fea8d924f25c1cab51daf61438d75a31b",
        ),
        (
            2,
            80002,
            "neg_risk",
            "1e3e3b14eec69adb766f9cbf8e4e2884e534e858596215c5451a47c4f1086ed2",
            "de069f8f72a2a5a0a00bd332fabd2eef72eb5b43c49742b79b305244eb02c145"
            "2f14db830633ef5433654ae6bd8628afe329e2c1d1358aa86c984399943bfb961c",
        ),
        (
            2,
            137,
            "ctf",
            "9f1d429298f285dd6b710f9837739d8e1231531711a8e0f832d238537feb0868",
            "6a8e620dbb4ff8cdbd56814b311169093e14dacbb9b7fdf0d559ed7dad3fd18a"
            "7101d0aa37f87e57584f65f318a58b507af1eefb2678a591a09340e8571ac2211b",
        ),
        (
            2,
            137,
            "neg_risk",
            "3176a8fa60725431148e57a1aa9b83cbad24d56f6177ba4763ee11bc41323bba",
            "42f63d7bd7787b4e291eeb97218e548866c8d3ae51c285e2c4163c9ff5a46758"
            "04b858de0904c485164f826a25cb927dcab6a88d33bce898c2233bbfdd2160cc1b",
        ),
    ],
)
def test_the_digest_is_the_clients_and_its_signature_recovers_to_the_wallet(
    version: int, chain_id: int, exchange: str, digest: str, signature: str
) -> None:
    order = V1_ORDER if version == 1 else V2_ORDER
    (separator,) = domain_separators(OrderVersion(version), chain_id, exchange)
    found = order_digest(separator, struct_hash(order))
    assert found.hex() == digest
    assert recover_signer(found, bytes.fromhex(signature)) == ADDRESS


def test_a_v1_order_with_a_fee_hashes_for_both_amoy_contracts() -> None:
    order = V1_ORDER._replace(
        token_id=1234, maker_amount=100_000_000, taker_amount=50_000_000, fee_rate_bps=100
    )
    (ctf,) = domain_separators(OrderVersion.V1, 80002, "ctf")
    _, typescript = domain_separators(OrderVersion.V1, 80002, "neg_risk")
    hashed = struct_hash_v1(order)
    assert order_digest(ctf, hashed).hex() == (
        "02ca1d1aa31103804173ad1acd70066cb6c1258a4be6dada055111f9a7ea4e55"
    )
    assert order_digest(typescript, hashed).hex() == (
        "f15790d3edc4b5aed427b0b543a9206fcf4b1a13dfed016d33bfb313076263b8"
    )


def test_every_v2_field_enters_the_struct_hash_in_its_place() -> None:
    order = OrderTermsV2(
        salt=12345,
        maker=parse_address("0x1234567890123456789012345678901234567890"),
        signer=parse_address("0x2345678901234567890123456789012345678901"),
        token_id=int.from_bytes(bytes(range(1, 33)), "big"),
        maker_amount=1_000_000,
        taker_amount=500_000,
        side=0,
        signature_type=0,
        timestamp=1_700_000_000,
        metadata=0xDEADBEEF.to_bytes(32, "big"),
        builder=0xFEEDFACE.to_bytes(32, "big"),
    )
    assert struct_hash_v2(order).hex() == "08b5c2f163715a48f38ae24e8d1b9ab97bb3d457245b854c1b6cb2a69142742a"


def test_a_number_beyond_256_bits_is_an_overflow() -> None:
    with pytest.raises(OverflowError):
        struct_hash(V1_ORDER._replace(nonce=2**256))
    with pytest.raises(OverflowError):
        struct_hash(V2_ORDER._replace(timestamp=2**256))


def test_addresses_are_shown_with_their_checksum() -> None:
    assert checksum_address(ADDRESS) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.mark.parametrize(
    "text", ["", "0x", "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x" + "g" * 40, "0x" + "1" * 41]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="40 hex digits"):
        parse_address(text)
