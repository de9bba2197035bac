"""Numbers of the enumerations are in every journal: members are added at the end, never renumbered."""

from __future__ import annotations

from enum import IntEnum

import pytest

from tradepit.core import enums

GOLDEN: dict[type[IntEnum], list[str]] = {
    enums.Side: ["BUY", "SELL"],
    enums.Gives: ["CASH", "TOKENS", "NET"],
    enums.TimeInForce: ["GTC", "GTD", "FOK", "FAK", "IOC", "DAY"],
    enums.SelfMatch: ["ALLOW", "REJECT_INCOMING", "CANCEL_RESTING", "CANCEL_BOTH"],
    enums.MarketState: [
        "PENDING",
        "PRE_OPEN",
        "OPEN",
        "SUSPENDED",
        "HALTED",
        "CLOSED",
        "RESOLVED",
        "MATCH_AND_CLOSE",
    ],
    enums.FeePlan: ["NONE", "CLOB_V2", "CLOB_V1", "US"],
    enums.OrderKind: ["LIMIT", "MARKET_TO_LIMIT", "STOP", "STOP_LIMIT"],
    enums.Pricing: ["GIVEN", "BEST_OWN", "BEST_OPPOSITE"],
    enums.Role: ["MAKER", "TAKER"],
    enums.Reject: [
        "UNKNOWN_MARKET",
        "MARKET_NOT_OPEN",
        "PRICE_OUT_OF_RANGE",
        "PRICE_OFF_TICK",
        "QUANTITY_OFF_STEP",
        "QUANTITY_TOO_SMALL",
        "QUANTITY_TOO_LARGE",
        "EXPIRY_IN_PAST",
        "CONFLICTING_TERMS",
        "TOO_MANY_OPEN_ORDERS",
        "DUPLICATE_ORDER",
        "DUPLICATE_CLIENT_KEY",
        "POST_ONLY_WOULD_CROSS",
        "SELF_MATCH",
        "INSUFFICIENT_CASH",
        "INSUFFICIENT_TOKENS",
        "BUDGET_TOO_SMALL",
        "UNKNOWN_ORDER",
        "ORDER_DELAYED",
        "ALREADY_EXISTS",
        "ALREADY_CLAIMED",
        "ALREADY_RESOLVED",
        "INVALID_VALUE",
        "UNKNOWN_CREDENTIAL",
        "WRONG_FEE",
        "NO_LIQUIDITY",
        "NOT_AT_LIMIT",
        "KILL_SWITCH",
        "CANNOT_WAIT",
        "EVENT_MARKET",
        "UNKNOWN_EVENT",
        "RESERVED_ACCOUNT",
    ],
    enums.CancelReason: [
        "OWNER",
        "OPERATOR",
        "SELF_MATCH",
        "UNFUNDED",
        "HEARTBEAT",
        "KILL_SWITCH",
        "MARKET_RESOLVED",
        "MARKET_CLOSED",
        "REMAINDER",
    ],
    enums.ExpireReason: ["TIME", "REMAINDER", "NOT_FILLABLE", "MINIMUM_NOT_MET", "MARKET_CLOSED"],
}
FROM_ONE = (enums.Reject, enums.CancelReason, enums.ExpireReason)


@pytest.mark.parametrize("kind", GOLDEN)
def test_numbers_never_change(kind: type[IntEnum]) -> None:
    first = 1 if kind in FROM_ONE else 0
    members = [(member.name, member.value) for member in kind]
    assert members[: len(GOLDEN[kind])] == [(name, first + at) for at, name in enumerate(GOLDEN[kind])]


def test_every_enumeration_is_listed_here() -> None:
    kinds = {
        value
        for value in vars(enums).values()
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
    }
    assert kinds == set(GOLDEN)
