"""From a posted order to the core's: which struct it is, who signed it, what it asks for.

Checks come in the venue's order: payload, owner and signer, market, signed V1 terms, signature, amounts
and price, expiration. What only the book or the ledger knows (duplicates, size, balance, post-only) is
the core's to decide. Rules: docs/protocol/clob.md, "The signed order" and "Amounts".
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from tradepit.chain.addresses import ZERO_ADDRESS, parse_address
from tradepit.chain.contracts import OrderVersion
from tradepit.chain.orders import (
    UINT256_MAX,
    OrderTermsV1,
    OrderTermsV2,
    domain_separators,
    order_digest,
    struct_hash_v1,
    struct_hash_v2,
)
from tradepit.chain.signatures import InvalidSignature, recover_signer
from tradepit.core.units import CASH_PER_DOLLAR, NANOSECONDS, ONE, TIME_MAX, Price, Timestamp
from tradepit.doors.clob import errors
from tradepit.doors.clob.markets import Listing, Markets, TokenPlace
from tradepit.doors.clob.wire.decimals import BASE_UNITS_PER_LOT, cash_text, price_text, ratio_text
from tradepit.doors.clob.wire.note import Note, encode_note
from tradepit.engine.messages import FeePlan, Gives, PlaceOrder, Side, TimeInForce
from tradepit.identity.wallets import WalletKey

_DIGITS_MAX: Final = 78
_INT64_MAX: Final = 2**63 - 1
_AMOUNT_MAX: Final = 10**18
"""Beyond this nobody's balance reaches, and the core's integers are not asked to."""
_ZERO_WORD: Final = bytes(32)
_ZERO_WORD_TEXT: Final = "0x" + "0" * 64
_SIGNATURE_LENGTH: Final = 132
_TIMES: Final = {
    "GTC": TimeInForce.GTC,
    "GTD": TimeInForce.GTD,
    "FOK": TimeInForce.FOK,
    "FAK": TimeInForce.FAK,
}


class SignedOrder(msgspec.Struct, gc=False):
    """The `order` object of all client generations; what a generation does not send stays unset."""

    salt: int | str
    maker: str
    signer: str
    tokenId: str
    makerAmount: str
    takerAmount: str
    side: str
    signatureType: int
    signature: str
    expiration: str | UnsetType = UNSET
    taker: str | UnsetType = UNSET
    nonce: str | UnsetType = UNSET
    feeRateBps: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    metadata: str | UnsetType = UNSET
    builder: str | UnsetType = UNSET


class PostedOrder(msgspec.Struct, gc=False):
    """The body of `POST /order`. `deferExec` is accepted and changes nothing."""

    order: SignedOrder
    owner: str
    orderType: str
    postOnly: bool = False
    deferExec: bool = False


_order_decoder = msgspec.json.Decoder(PostedOrder)
_batch_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def decode_order(body: bytes | msgspec.Raw) -> PostedOrder:
    """The posted order; raises `Refusal` for what is none."""
    try:
        return _order_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise errors.invalid_order_payload() from None


def decode_batch(body: bytes) -> list[msgspec.Raw]:
    """The entries of `POST /orders`, undecoded, so that one bad entry does not spoil the others."""
    try:
        return _batch_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise errors.invalid_order_payload() from None


class _Terms(NamedTuple):
    """What the order says, read and bounded, before any of it is judged."""

    version: OrderVersion
    hashed: bytes
    is_buy: bool
    maker_amount: int
    taker_amount: int
    expiration: int
    expiration_text: str


def read_order(
    posted: PostedOrder, key: WalletKey, markets: Markets, now: Timestamp, expiration_lead_s: int
) -> PlaceOrder:
    """The core's command for a posted order of this API key; raises `Refusal`.

    About 45 us, most of it the recovery of the signer.
    """
    order = posted.order
    time_in_force = _TIMES.get(posted.orderType)
    if time_in_force is None:
        raise errors.invalid_order_payload()
    if posted.owner != key.api_key:
        raise errors.wrong_owner()
    account = _account(order, key)
    place = markets.by_token(order.tokenId)
    if place is None:
        if not order.tokenId.isdigit():
            raise errors.invalid_order_payload()
        raise errors.Refusal(errors.INVALID_TOKEN_ID)
    terms = _read_terms(order, key, account, place)
    digest = _verify(order, terms, key, place.listing)
    if posted.postOnly and time_in_force not in (TimeInForce.GTC, TimeInForce.GTD):
        raise errors.post_only_type()
    price, lots, budget = _read_amounts(terms, place.listing, time_in_force, digest)
    expires_at = _read_expiration(terms, time_in_force, now, expiration_lead_s)
    v1 = terms.version is OrderVersion.V1
    is_no = place.outcome == 1
    return PlaceOrder(
        now=now,
        order_id=digest,
        account=account,
        market=place.listing.slug,
        # BUY NO at q is a sell of YES at 1 - q that gives cash (the four rows of docs/core.md).
        side=Side.BUY if terms.is_buy != is_no else Side.SELL,
        gives=Gives.CASH if terms.is_buy else Gives.TOKENS,
        price=ONE - price if is_no else price,
        quantity=lots,
        budget=budget,
        time_in_force=time_in_force,
        expires_at=expires_at,
        post_only=posted.postOnly,
        fee_plan=FeePlan.CLOB_V1 if v1 else FeePlan.CLOB_V2,
        fee_bps=place.listing.fees.clob_v1_bps if v1 else 0,
        credential=key.api_key,
        tag=encode_note(
            Note(
                expiration="" if terms.expiration_text == "0" else terms.expiration_text,
                shares=terms.taker_amount if budget else 0,
            )
        ),
    )


def _account(order: SignedOrder, key: WalletKey) -> str:
    """The account that gives: the signer's own, its proxy's or its Safe's, by signature type."""
    if order.signer.lower() != key.account:
        _address(order.signer)
        if order.signatureType == 3:
            raise errors.Refusal("no deposit wallet found for owner")
        raise errors.wrong_signer()
    maker = order.maker.lower()
    signature_type = order.signatureType
    if not 0 <= signature_type <= 2:
        raise errors.invalid_order_payload()
    if maker != key.accounts[signature_type]:
        _address(order.maker)
        raise errors.invalid_signature(signature_type)
    return maker


def _address(text: str) -> bytes:
    try:
        return parse_address(text)
    except ValueError:
        raise errors.invalid_order_payload() from None


def _number(text: str | UnsetType) -> int:
    """A uint256 in decimal digits."""
    if text is UNSET or len(text) > _DIGITS_MAX or not (text.isascii() and text.isdigit()):
        raise errors.invalid_order_payload()
    value = int(text)
    if value > UINT256_MAX:
        raise errors.invalid_order_payload()
    return value


def _v1_number(field: str, text: str | UnsetType) -> int:
    """A number of a V1 order, refused in the words of the venue's parser."""
    shown = "" if text is UNSET else text[:_DIGITS_MAX]
    if text is UNSET or len(text) > _DIGITS_MAX or not (text.isascii() and text.isdigit()):
        raise errors.version_of_payload_field(field, shown)
    value = int(text)
    if value > _INT64_MAX:
        raise errors.version_of_payload_field(field, shown)
    return value


def _salt(salt: int | str) -> int:
    if isinstance(salt, str):
        return _number(salt)
    if not 0 <= salt <= UINT256_MAX:
        raise errors.invalid_order_payload()
    return salt


def _word(text: str | UnsetType) -> bytes:
    """A bytes32; clients also write an empty one as empty text."""
    if text == _ZERO_WORD_TEXT or text == "":
        return _ZERO_WORD
    if text is UNSET or len(text) != 66 or text[:2] not in ("0x", "0X"):
        raise errors.invalid_order_payload()
    try:
        word = bytes.fromhex(text[2:])
    except ValueError:
        raise errors.invalid_order_payload() from None
    if len(word) != 32:
        raise errors.invalid_order_payload()
    return word


def _read_terms(order: SignedOrder, key: WalletKey, account: str, place: TokenPlace) -> _Terms:
    if order.side == "BUY":
        is_buy = True
    elif order.side == "SELL":
        is_buy = False
    else:
        raise errors.invalid_order_payload()
    salt = _salt(order.salt)
    maker_amount = _number(order.makerAmount)
    taker_amount = _number(order.takerAmount)
    maker = key.address if order.signatureType == 0 else bytes.fromhex(account[2:])
    expiration_text = order.expiration
    if order.timestamp is UNSET:
        fee = _v1_number("fee rate bps", order.feeRateBps)
        nonce = _v1_number("nonce", order.nonce)
        expiration = _v1_number("expiration", expiration_text)
        if order.taker is UNSET or _address(order.taker) != ZERO_ADDRESS:
            raise errors.invalid_order_payload()
        if nonce != 0:
            raise errors.invalid_nonce()
        if fee != place.listing.fees.clob_v1_bps:
            raise errors.invalid_fee_rate(fee, place.listing.fees.clob_v1_bps)
        version = OrderVersion.V1
        hashed = struct_hash_v1(
            OrderTermsV1(
                salt,
                maker,
                key.address,
                ZERO_ADDRESS,
                place.number,
                maker_amount,
                taker_amount,
                expiration,
                nonce,
                fee,
                0 if is_buy else 1,
                order.signatureType,
            )
        )
    else:
        expiration = 0 if expiration_text is UNSET else _number(expiration_text)
        version = OrderVersion.V3 if place.listing.exchange == "v3" else OrderVersion.V2
        hashed = struct_hash_v2(
            OrderTermsV2(
                salt,
                maker,
                key.address,
                place.number,
                maker_amount,
                taker_amount,
                0 if is_buy else 1,
                order.signatureType,
                _number(order.timestamp),
                _word(order.metadata),
                _word(order.builder),
            )
        )
    return _Terms(
        version,
        hashed,
        is_buy,
        maker_amount,
        taker_amount,
        expiration,
        "0" if expiration_text is UNSET else expiration_text,
    )


def _verify(order: SignedOrder, terms: _Terms, key: WalletKey, listing: Listing) -> bytes:
    """The order's digest under the one contract for which its wallet signed it."""
    text = order.signature
    if len(text) != _SIGNATURE_LENGTH or not text.startswith("0x"):
        raise errors.invalid_signature(order.signatureType)
    try:
        signature = bytes.fromhex(text[2:])
    except ValueError:
        raise errors.invalid_signature(order.signatureType) from None
    for separator in domain_separators(terms.version, key.chain_id, listing.exchange):
        digest = order_digest(separator, terms.hashed)
        try:
            if recover_signer(digest, signature) == key.address:
                return digest
        except InvalidSignature:
            break
    raise errors.invalid_signature(order.signatureType)


def _read_amounts(
    terms: _Terms, listing: Listing, time_in_force: TimeInForce, digest: bytes
) -> tuple[Price, int, int]:
    """The price of the order's own token, its lots, and its budget (one of the last two is 0)."""
    if terms.is_buy:
        cash, shares = terms.maker_amount, terms.taker_amount
    else:
        cash, shares = terms.taker_amount, terms.maker_amount
    if not 0 < cash < shares:
        raise errors.invalid_price()
    rests = time_in_force in (TimeInForce.GTC, TimeInForce.GTD)
    if terms.is_buy and not rests:
        return _market_buy(cash, shares, listing, digest)
    if shares % (BASE_UNITS_PER_LOT * listing.step) or cash % 10 ** (6 - listing.cash_decimals):
        raise errors.invalid_limit_amounts(
            buying=terms.is_buy,
            size_decimals=listing.size_decimals,
            cash_decimals=listing.cash_decimals,
        )
    lots = shares // BASE_UNITS_PER_LOT
    if shares > _AMOUNT_MAX:
        raise errors.not_enough_balance()
    tick = listing.tick
    if rests:
        price, remainder = divmod(cash * ONE, shares)
        if remainder or price % tick:
            raise _off_tick(cash, shares, listing, digest)
    else:
        # A SELL crosses a bid at or above its exact price: on the grid, at or above its ceiling.
        price = -(-cash * ONE // (shares * tick)) * tick
        if price >= ONE:
            raise _off_tick(cash, shares, listing, digest)
    return price, lots, 0


def _market_buy(cash: int, shares: int, listing: Listing, digest: bytes) -> tuple[Price, int, int]:
    """A FOK or FAK BUY: spends `cash` at no worse than the exact price, on the grid its floor."""
    if cash % BASE_UNITS_PER_LOT or shares % 10 ** (6 - listing.cash_decimals):
        raise errors.invalid_market_buy_amounts(listing.cash_decimals)
    if cash < CASH_PER_DOLLAR:
        raise errors.marketable_buy_too_small(cash_text(cash))
    if cash > _AMOUNT_MAX:
        raise errors.not_enough_balance()
    price = cash * ONE // (shares * listing.tick) * listing.tick
    if price == 0:
        raise _off_tick(cash, shares, listing, digest)
    return price, 0, cash


def _off_tick(cash: int, shares: int, listing: Listing, digest: bytes) -> errors.Refusal:
    return errors.off_tick("0x" + digest.hex(), ratio_text(cash, shares), price_text(listing.tick))


def _read_expiration(
    terms: _Terms, time_in_force: TimeInForce, now: Timestamp, expiration_lead_s: int
) -> Timestamp:
    """When the core lets the order go: a minute before what was signed; 0 for never."""
    expiration = terms.expiration
    now_s = now // NANOSECONDS
    if time_in_force is TimeInForce.GTD:
        if expiration < now_s + expiration_lead_s:
            raise errors.invalid_expiration()
        # At the very edge the signed moment has come already: such an order is taken, and lives a second.
        return min(max((expiration - 60) * NANOSECONDS, now + NANOSECONDS), TIME_MAX)
    if expiration == 0:
        return 0
    # Old clients let users sign an expiration on a GTC order, which the venue ignores unless it is past.
    if time_in_force is TimeInForce.GTC and terms.version is OrderVersion.V1 and expiration >= now_s:
        return 0
    raise errors.invalid_expiration()
