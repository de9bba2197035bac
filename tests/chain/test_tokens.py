import pytest

from tradepit.chain.addresses import parse_address
from tradepit.chain.contracts import COLLATERAL_V1, POLYGON
from tradepit.chain.tokens import (
    StructuredId,
    collection_id,
    condition_id,
    is_structured,
    outcome_tokens,
    parse_structured_id,
    structured_condition_id,
    structured_position_id,
)

CONDITION = bytes.fromhex("41771a29f1fa3b5ac743ddcf224017f802bd69152c1a65230ec666abfc22b708")


def test_a_condition_comes_from_its_oracle_and_question() -> None:
    oracle = parse_address("0x6A9D222616C90FcA5754cd1333cFD9b7fb6a4F74")
    question = bytes.fromhex("a23eaa48f1d77a8ed0660f8198198b08ad33cf059ef05d5d87f254325c62b18a")
    assert condition_id(oracle, question) == CONDITION


def test_collections_and_tokens_are_those_of_the_main_network() -> None:
    yes, no = collection_id(CONDITION, 1).hex(), collection_id(CONDITION, 2).hex()
    assert (yes[:8], yes[-6:]) == ("63ecd1f5", "6b1a6b")
    assert (no[:8], no[-6:]) == ("610f95f8", "ed1929")
    assert outcome_tokens(COLLATERAL_V1[POLYGON], CONDITION) == (
        87848146419241057657677458104196204655830537958664996373577118668208015365957,
        11831001752042525186810643219442170205387399550590230096735412415464402686073,
    )


def test_a_structured_id_gives_back_its_parts() -> None:
    parts = StructuredId(2, bytes(range(16)), 7, 0, 3, 1)
    token_id = structured_position_id(parts)
    assert is_structured(token_id)
    assert parse_structured_id(token_id) == parts
    assert structured_condition_id(token_id) == structured_condition_id(
        structured_position_id(parts._replace(outcome_index=0))
    )


def test_an_ordinary_token_id_is_not_structured() -> None:
    token_id, _ = outcome_tokens(COLLATERAL_V1[POLYGON], CONDITION)
    assert not is_structured(token_id)
    with pytest.raises(ValueError, match="structured"):
        parse_structured_id(token_id)


def test_a_part_that_does_not_fit_is_an_overflow() -> None:
    with pytest.raises(OverflowError):
        structured_position_id(StructuredId(1, bytes(16), 2**16, 0, 0, 0))
