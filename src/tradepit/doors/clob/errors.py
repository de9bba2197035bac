"""The venue's refusals, word for word, with their status and, for orders, their old error code.

Texts and sources: docs/protocol/clob.md, "Errors".
"""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """The codes by which the venue once named what may go wrong with an order."""

    MIN_TICK_SIZE = "INVALID_ORDER_MIN_TICK_SIZE"
    MIN_SIZE = "INVALID_ORDER_MIN_SIZE"
    DUPLICATED = "INVALID_ORDER_DUPLICATED"
    NOT_ENOUGH_BALANCE = "INVALID_ORDER_NOT_ENOUGH_BALANCE"
    EXPIRATION = "INVALID_ORDER_EXPIRATION"
    ORDER_ERROR = "INVALID_ORDER_ERROR"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    ORDER_DELAYED = "ORDER_DELAYED"
    DELAYING_ERROR = "DELAYING_ORDER_ERROR"
    FOK_NOT_FILLED = "FOK_ORDER_NOT_FILLED_ERROR"
    MARKET_NOT_READY = "MARKET_NOT_READY"
    POST_ONLY_TYPE = "INVALID_POST_ONLY_ORDER_TYPE"
    POST_ONLY = "INVALID_POST_ONLY_ORDER"


FIRST_TEXTS: dict[Code, str] = {
    Code.MIN_TICK_SIZE: "order is invalid. Price breaks minimum tick size rules",
    Code.MIN_SIZE: "order is invalid. Size lower than the minimum",
    Code.DUPLICATED: (
        "order is invalid. Duplicated. Same order has already been placed, can't be placed again"
    ),
    Code.NOT_ENOUGH_BALANCE: "not enough balance / allowance",
    Code.EXPIRATION: "invalid expiration",
    Code.ORDER_ERROR: "could not insert order",
    Code.EXECUTION_ERROR: "could not run the execution",
    Code.ORDER_DELAYED: "order match delayed due to market conditions",
    Code.DELAYING_ERROR: "error delaying the order",
    Code.FOK_NOT_FILLED: "order couldn't be fully filled, FOK orders are fully filled/killed",
    Code.MARKET_NOT_READY: "the market is not yet ready to process new orders",
}
"""What `errorMsg` said in the venue's first years (profile `clob-2023`), for the codes of that time."""

SUCCESS_IN_SPITE_OF_ERROR = frozenset({Code.ORDER_DELAYED, Code.MARKET_NOT_READY})
"""Codes that came with `success: true` in those years: nothing had gone wrong, only not yet right."""


class ApiError(Exception):
    """A request that is answered with an error: its status, its text, and further members of the body."""

    def __init__(self, status: int, text: str, **extras: object) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.extras = extras


class Refusal(ApiError):
    """An order that is not taken. `code` is its old name, where it had one."""

    def __init__(self, text: str, code: Code | None = None, status: int = 400) -> None:
        super().__init__(status, text)
        self.code = code


INVALID_L1 = "Invalid L1 Request headers"
UNAUTHORIZED = "Unauthorized/Invalid api key"
INVALID_ORDER_PAYLOAD = "Invalid order payload"
INVALID_PAYLOAD = "Invalid payload"
INVALID_TOKEN_ID = "Invalid token id"
INVALID_SIDE = "Invalid side"
INVALID_ORDER_ID = "Invalid orderID"
INVALID_CURSOR = "Invalid next_cursor"
INVALID_MARKET = "Invalid market"
MARKET_NOT_FOUND = "market not found"
NO_ORDERBOOK = "No orderbook exists for the requested token id"
PAYLOAD_TOO_LONG = "Payload exceeds the limit"
NOT_FOUND = "not found"
METHOD_NOT_ALLOWED = "method not allowed"
BODY_TOO_LARGE = "Request entity too large"
NOT_READY = "Service is not ready"
INTERNAL = "Internal server error"
CANCEL_NOT_FOUND = "order can't be found - already canceled or matched"


def invalid_order_payload() -> Refusal:
    """The order is not shaped like one."""
    return Refusal(INVALID_ORDER_PAYLOAD)


def wrong_owner() -> Refusal:
    """`owner` is not the API key that the request came with."""
    return Refusal("the order owner has to be the owner of the API KEY")


def wrong_signer() -> Refusal:
    """`signer` is not the wallet of the API key."""
    return Refusal("the order signer address has to be the address of the API KEY")


def invalid_signature(signature_type: int = 0) -> Refusal:
    """Another key signed, for another contract or chain, or the bytes are no signature."""
    return Refusal("invalid POLY_PROXY signature" if signature_type == 1 else "invalid signature")


def invalid_nonce() -> Refusal:
    """A V1 order's nonce is not the maker's; nobody's was ever raised here, so it is 0."""
    return Refusal("invalid nonce")


def invalid_expiration() -> Refusal:
    """The expiration lies too near, or the order's type has none."""
    return Refusal("invalid expiration", Code.EXPIRATION)


def invalid_fee_rate(given: int, expected: int) -> Refusal:
    """A V1 order must sign the market's fee."""
    return Refusal(f"invalid fee rate ({given}), current market's taker fee: {expected}")


def invalid_price() -> Refusal:
    """The amounts imply a price that no share can have."""
    return Refusal("invalid price, price must be greater than 0 and less than 1")


def invalid_limit_amounts(*, buying: bool, size_decimals: int, cash_decimals: int) -> Refusal:
    """An amount has more decimals than the market's tick and lot allow."""
    if buying:
        return Refusal(
            f"invalid amounts, the buy orders maker amount supports a max accuracy of {cash_decimals} "
            f"decimals, taker amount a max of {size_decimals} decimals"
        )
    return Refusal(
        f"invalid amounts, the sell orders maker amount supports a max accuracy of {size_decimals} "
        f"decimals, taker amount a max of {cash_decimals} decimals"
    )


def invalid_market_buy_amounts(share_decimals: int) -> Refusal:
    """A market buy spends whole cents."""
    return Refusal(
        "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, "
        f"taker amount a max of {share_decimals} decimals"
    )


def marketable_buy_too_small(amount: str) -> Refusal:
    """A market buy below one dollar, or one that buys nothing."""
    return Refusal(f"invalid amount for a marketable BUY order (${amount}), min size: $1")


def off_tick(order: str, price: str, tick: str) -> Refusal:
    """The exact price is no multiple of the tick."""
    return Refusal(
        f"order {order} is invalid. Price ({price}) breaks minimum tick size rule: {tick}", Code.MIN_TICK_SIZE
    )


def too_small(order: str, size: str, minimum: str) -> Refusal:
    """An order that may rest is below the market's minimum size."""
    return Refusal(
        f"order {order} is invalid. Size ({size}) lower than the minimum: {minimum}", Code.MIN_SIZE
    )


def duplicated(order: str) -> Refusal:
    """The same signed order was placed before."""
    return Refusal(f"order {order} is invalid. Duplicated.", Code.DUPLICATED)


def not_enough_balance(detail: str = "") -> Refusal:
    """The account cannot pay for the order and its other orders in the market."""
    return Refusal("not enough balance / allowance" + detail, Code.NOT_ENOUGH_BALANCE)


def crosses_own_order(order: str) -> Refusal:
    """The order would trade with one of its own account."""
    return Refusal(f"order {order} crosses the book")


def post_only_crosses() -> Refusal:
    """A post-only order that would trade at once."""
    return Refusal("invalid post-only order: order crosses book", Code.POST_ONLY)


def post_only_type() -> Refusal:
    """Post-only on an order that never rests."""
    return Refusal("invalid post-only order: only GTC and GTD order types are allowed", Code.POST_ONLY_TYPE)


def fok_not_filled() -> Refusal:
    """A FOK order that the book cannot fill whole."""
    return Refusal(
        "order couldn't be fully filled. FOK orders are fully filled or killed.", Code.FOK_NOT_FILLED
    )


def fak_not_filled() -> Refusal:
    """A FAK order that met nobody."""
    return Refusal(
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match "
        "is found."
    )


def market_not_ready() -> Refusal:
    """The market takes no orders now."""
    return Refusal("the market is not yet ready to process new orders", Code.MARKET_NOT_READY)


def system_error(stage: str) -> Refusal:
    """A part of the exchange failed on this order; nothing of it was done."""
    match stage:
        case "insert":
            code = Code.ORDER_ERROR
        case "execute":
            code = Code.EXECUTION_ERROR
        case "delay":
            code = Code.DELAYING_ERROR
        case _:
            raise ValueError(f"unknown stage {stage!r}")
    return Refusal(FIRST_TEXTS[code], code)


def version_of_payload_field(field: str, text: str) -> Refusal:
    """A number field of a V1 order that is missing or no number, in the venue's parser's words."""
    return Refusal(f"error parsing {field} ({text}) to int64")
