from hypothesis import given
from hypothesis import strategies as st

from tradepit.doors.clob.wire.ids import (
    address_of,
    order_text,
    stand_in_owner,
    trade_id,
    trade_number,
    transaction_hash,
)


@given(number=st.integers(1, 2**59))
def test_a_trade_id_tells_its_number(number: int) -> None:
    assert trade_number(trade_id(number)) == number
    assert trade_number(trade_id(number).upper()) == number


def test_other_uuids_and_rubbish_are_no_trade_ids() -> None:
    for text in ("", "x", "00000000-0000-4000-8000-000000000001", "74726164-0000-4000-8000-000000000001"):
        assert trade_number(text) is None


def test_a_settlement_hash_depends_on_market_and_number_only() -> None:
    assert transaction_hash("rain", 1) == transaction_hash("rain", 1)
    hashes = {transaction_hash(market, number) for market in ("rain", "snow") for number in (1, 2)}
    assert len(hashes) == 4
    assert all(len(text) == 66 for text in hashes)


def test_a_wallet_is_shown_by_its_address_and_others_by_a_made_up_one() -> None:
    wallet = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    assert address_of(wallet) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    firm = address_of("firms/Acme/accounts/trader1")
    assert len(firm) == 42
    assert "Acme" not in firm
    assert stand_in_owner("a") != stand_in_owner("b")


def test_a_short_order_id_is_shown_as_a_hash() -> None:
    digest = bytes(range(32))
    assert order_text(digest) == "0x" + digest.hex()
    assert len(order_text(b"ABCDEFGHIJKLM")) == 66
