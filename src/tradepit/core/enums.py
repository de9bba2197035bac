"""The vocabulary of the core: every enumeration that commands and events use.

Numbers are part of the journal's format: members are added at the end and never renumbered.
"""

from __future__ import annotations

from enum import IntEnum


class Side(IntEnum):
    """Direction in YES terms. BUY NO at q is a SELL at 1 - q that gives cash."""

    BUY = 0
    SELL = 1


class Gives(IntEnum):
    """What an order hands over when it trades (docs/core.md, "What an order gives").

    `CASH`: a BUY is buying YES, a SELL is buying NO. `TOKENS`: a BUY is selling NO, a SELL is selling
    YES. `NET`: closes the opposite position first and pays cash for the rest.
    """

    CASH = 0
    TOKENS = 1
    NET = 2


class TimeInForce(IntEnum):
    """How long an order lives. `FAK` cancels what did not fill at once, `IOC` expires it."""

    GTC = 0
    GTD = 1
    FOK = 2
    FAK = 3
    IOC = 4
    DAY = 5


class SelfMatch(IntEnum):
    """What happens when an order meets an own order."""

    ALLOW = 0
    REJECT_INCOMING = 1
    CANCEL_RESTING = 2
    CANCEL_BOTH = 3


class MarketState(IntEnum):
    PENDING = 0
    PRE_OPEN = 1
    OPEN = 2
    SUSPENDED = 3
    HALTED = 4
    CLOSED = 5
    RESOLVED = 6
    MATCH_AND_CLOSE = 7


class FeePlan(IntEnum):
    """Which of the market's fee rules an order trades under: that of the door it came through."""

    NONE = 0
    CLOB_V2 = 1
    CLOB_V1 = 2
    US = 3


class OrderKind(IntEnum):
    """`MARKET_TO_LIMIT` takes what it can and rests at the last price; a `STOP` becomes one when the
    last trade reaches its stop price, a `STOP_LIMIT` becomes a `LIMIT`."""

    LIMIT = 0
    MARKET_TO_LIMIT = 1
    STOP = 2
    STOP_LIMIT = 3


class Pricing(IntEnum):
    """Where a limit comes from: the order, the best price of its own side, or of the other side."""

    GIVEN = 0
    BEST_OWN = 1
    BEST_OPPOSITE = 2


class Role(IntEnum):
    MAKER = 0
    TAKER = 1


class Reject(IntEnum):
    """Why a command was refused. A refused command changes nothing."""

    UNKNOWN_MARKET = 1
    MARKET_NOT_OPEN = 2
    PRICE_OUT_OF_RANGE = 3
    PRICE_OFF_TICK = 4
    QUANTITY_OFF_STEP = 5
    QUANTITY_TOO_SMALL = 6
    QUANTITY_TOO_LARGE = 7
    EXPIRY_IN_PAST = 8
    CONFLICTING_TERMS = 9
    TOO_MANY_OPEN_ORDERS = 10
    DUPLICATE_ORDER = 11
    DUPLICATE_CLIENT_KEY = 12
    POST_ONLY_WOULD_CROSS = 13
    SELF_MATCH = 14
    INSUFFICIENT_CASH = 15
    INSUFFICIENT_TOKENS = 16
    BUDGET_TOO_SMALL = 17
    UNKNOWN_ORDER = 18
    ORDER_DELAYED = 19
    ALREADY_EXISTS = 20
    ALREADY_CLAIMED = 21
    ALREADY_RESOLVED = 22
    INVALID_VALUE = 23
    UNKNOWN_CREDENTIAL = 24
    WRONG_FEE = 25
    NO_LIQUIDITY = 26
    """A price was to be taken from the book, or a market order to trade, and there is nobody."""
    NOT_AT_LIMIT = 27
    """A strict limit order would trade at another price than its limit."""
    KILL_SWITCH = 28
    CANNOT_WAIT = 29
    """The market collects orders for an auction, and this one cannot wait for it."""
    EVENT_MARKET = 30
    """The market belongs to an event, which is resolved as a whole."""
    UNKNOWN_EVENT = 31
    RESERVED_ACCOUNT = 32
    """The account is an event's vault, for which nobody acts."""


class CancelReason(IntEnum):
    OWNER = 1
    OPERATOR = 2
    SELF_MATCH = 3
    UNFUNDED = 4
    HEARTBEAT = 5
    KILL_SWITCH = 6
    MARKET_RESOLVED = 7
    MARKET_CLOSED = 8
    REMAINDER = 9
    """A FAK order's unfilled rest."""


class ExpireReason(IntEnum):
    TIME = 1
    REMAINDER = 2
    """An IOC order's unfilled rest."""
    NOT_FILLABLE = 3
    """A FOK order that could not fill whole."""
    MINIMUM_NOT_MET = 4
    MARKET_CLOSED = 5
    """A DAY order, when its market closed."""
