import pytest

from tradepit.chain.wallets import proxy_wallet, safe_wallet

SIGNER = (1).to_bytes(20, "big")


def test_the_proxy_of_a_signer_is_where_the_factory_creates_it() -> None:
    assert proxy_wallet(SIGNER, 137).hex() == "7754536ecd85c00b2e0cf9c1aa679340d8550756"
    assert proxy_wallet(SIGNER, 80002) != proxy_wallet(SIGNER, 137)


def test_the_safe_of_a_signer_is_where_the_factory_creates_it() -> None:
    assert safe_wallet(SIGNER).hex() == "766b6851a199bf91ae3fa13b1cfac5187355118f"


def test_a_proxy_on_an_unknown_chain_is_an_error() -> None:
    with pytest.raises(KeyError):
        proxy_wallet(SIGNER, 1)
