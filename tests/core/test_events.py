"""Events cross process borders and feed projections: their bytes are fixed like those of commands."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from tradepit.core.commands import CreateMarket, PlaceOrder
from tradepit.core.enums import CancelReason, ExpireReason, Gives, MarketState, OrderKind, Reject, Role, Side
from tradepit.core.events import (
    BalanceChanged,
    CancelRejected,
    Claimed,
    CommandRejected,
    Converted,
    CredentialRegistered,
    CredentialRevoked,
    Deposited,
    Event,
    EventCreated,
    EventResolved,
    HeartbeatLapsed,
    HeartbeatTaken,
    IndicativeChanged,
    KillSwitchChanged,
    LevelChanged,
    MarginReliefChanged,
    MarketCreated,
    MarketResolved,
    MarketScheduled,
    MarketStateChanged,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderRestored,
    OrderSettled,
    OrderTriggered,
    OrderWaiting,
    PairsMerged,
    PairsSplit,
    PendingChanged,
    PositionChanged,
    PositionRedeemed,
    ReplaceRejected,
    ResolutionWaiting,
    TickChanged,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
    Withdrawn,
    decode_events,
    encode_events,
)

ORDER = PlaceOrder(1, b"id", "ann", "rain", Side.BUY, Gives.CASH, 5_000)

GOLDEN: list[tuple[Event, str]] = [
    (
        OrderAccepted(1, ORDER),
        "9193ae6f726465722e616363657074656401dc0015ab6f726465722e706c61636501c4026964a3616e6ea4726169"
        "6e0000cd138800000000c20001a00000a0a0c400",
    ),
    (
        OrderRejected(2, ORDER, Reject.INSUFFICIENT_CASH, 3, 2, 1),
        "9197ae6f726465722e72656a656374656402dc0015ab6f726465722e706c61636501c4026964a3616e6ea4726169"
        "6e0000cd138800000000c20001a00000a0a0c4000f030201",
    ),
    (
        OrderDelayed(3, b"id", "ann", "rain", 4),
        "9196ad6f726465722e64656c6179656403c4026964a3616e6ea47261696e04",
    ),
    (
        Trade(4, 1, "rain", 4_000, 100, Side.BUY, b"t", "ann", 17, b"m", "bob", -3, -100),
        "919ea574726164650401a47261696ecd0fa06400c40174a3616e6e11c4016da3626f62fdd09c",
    ),
    (
        OrderFilled(
            5,
            b"id",
            "ann",
            "rain",
            1,
            Role.TAKER,
            Side.BUY,
            Gives.TOKENS,
            4_000,
            100,
            17,
            599_983,
            0,
            -100,
            100,
            0,
            True,
        ),
        "91dc0012ac6f726465722e66696c6c656405c4026964a3616e6ea47261696e01010001cd0fa06411ce000927af00"
        "d09c6400c3",
    ),
    (
        OrderRested(6, b"id", "ann", "rain", Side.SELL, 4_000, 7),
        "9198ac6f726465722e72657374656406c4026964a3616e6ea47261696e01cd0fa007",
    ),
    (
        OrderCancelled(7, b"id", "ann", "rain", 7, CancelReason.UNFUNDED),
        "9197af6f726465722e63616e63656c6c656407c4026964a3616e6ea47261696e0704",
    ),
    (
        OrderExpired(8, b"id", "ann", "rain", 7, ExpireReason.TIME),
        "9197ad6f726465722e6578706972656408c4026964a3616e6ea47261696e0701",
    ),
    (
        LevelChanged(9, "rain", Side.BUY, 4_000, 0),
        "9196a56c6576656c09a47261696e00cd0fa000",
    ),
    (
        BalanceChanged(10, "ann", 2**40),
        "9194a762616c616e63650aa3616e6ecf0000010000000000",
    ),
    (
        PositionChanged(11, "ann", "rain", 100, 0),
        "9196a8706f736974696f6e0ba3616e6ea47261696e6400",
    ),
    (
        CancelRejected(12, b"id", "ann", Reject.UNKNOWN_ORDER),
        "9195af63616e63656c2e72656a65637465640cc4026964a3616e6e12",
    ),
    (
        MarketCreated(13, CreateMarket(1, "rain", 100)),
        "9193ae6d61726b65742e637265617465640d9aad6d61726b65742e63726561746501a47261696e64010000029500"
        "0100000080",
    ),
    (
        MarketStateChanged(14, "rain", MarketState.OPEN),
        "9194ac6d61726b65742e73746174650ea47261696e02",
    ),
    (
        MarketResolved(15, "rain", 3_333),
        "9194af6d61726b65742e7265736f6c7665640fa47261696ecd0d05",
    ),
    (
        Deposited(16, "ann", 5, "faucet"),
        "9195ae636173682e6465706f736974656410a3616e6e05a6666175636574",
    ),
    (
        Withdrawn(17, "ann", 5, ""),
        "9195ae636173682e77697468647261776e11a3616e6e05a0",
    ),
    (
        PairsSplit(18, "ann", "rain", 100),
        "9195aa706169722e73706c697412a3616e6ea47261696e64",
    ),
    (
        PairsMerged(19, "ann", "rain", 100),
        "9195ab706169722e6d657267656413a3616e6ea47261696e64",
    ),
    (
        PositionRedeemed(20, "ann", "rain", 100, 50, 666_650),
        "9197b1706f736974696f6e2e72656465656d656414a3616e6ea47261696e6432ce000a2c1a",
    ),
    (
        CredentialRegistered(21, "key-1", "ann", "clob.key", b"{}"),
        "9196b563726564656e7469616c2e7265676973746572656415a56b65792d31a3616e6ea8636c6f622e6b6579c4027b7d",
    ),
    (
        CredentialRevoked(22, "key-1", "ann", "clob.key"),
        "9195b263726564656e7469616c2e7265766f6b656416a56b65792d31a3616e6ea8636c6f622e6b6579",
    ),
    (
        Claimed(23, "us.jti:1", 24),
        "9194a7636c61696d656417a875732e6a74693a3118",
    ),
    (
        CommandRejected(25, "ann", Reject.INVALID_VALUE, 1, 2),
        "9196a872656a656374656419a3616e6e170102",
    ),
]

"""The first bytes of all. Some kinds have grown fields since, and are written with them."""

NEW: list[tuple[Event, str]] = [
    (
        OrderAccepted(1, ORDER),
        "9193ae6f726465722e616363657074656401dc001aab6f726465722e706c61636501c4026964a3616e6ea4726169"
        "6e0000cd138800000000c20001a00000a0a0c400000000c200",
    ),
    (
        OrderRejected(2, ORDER, Reject.INSUFFICIENT_CASH, 3, 2, 1),
        "9197ae6f726465722e72656a656374656402dc001aab6f726465722e706c61636501c4026964a3616e6ea4726169"
        "6e0000cd138800000000c20001a00000a0a0c400000000c2000f030201",
    ),
    (
        Trade(4, 1, "rain", 4_000, 100, Side.BUY, b"t", "ann", 17, b"m", "bob", -3, -100, 5),
        "919fa574726164650401a47261696ecd0fa06400c40174a3616e6e11c4016da3626f62fdd09c05",
    ),
    (
        OrderWaiting(1, b"id", "ann", "rain", 4_000),
        "9196ad6f726465722e77616974696e6701c4026964a3616e6ea47261696ecd0fa0",
    ),
    (
        OrderTriggered(2, b"id", "ann", "rain", OrderKind.MARKET_TO_LIMIT),
        "9196af6f726465722e74726967676572656402c4026964a3616e6ea47261696e01",
    ),
    (
        OrderReplaced(3, ORDER, 5, 6, True, False),
        "9197ae6f726465722e7265706c6163656403dc001aab6f726465722e706c61636501c4026964a3616e6ea4726169"
        "6e0000cd138800000000c20001a00000a0a0c400000000c2000506c3c2",
    ),
    (
        ReplaceRejected(4, b"id", "ann", Reject.INSUFFICIENT_CASH, 3, 2, 1),
        "9198b07265706c6163652e72656a656374656404c4026964a3616e6e0f030201",
    ),
    (
        TickChanged(5, "rain", 100, 10),
        "9195ab6d61726b65742e7469636b05a47261696e640a",
    ),
    (
        MarketScheduled(6, "rain", 7, MarketState.CLOSED),
        "9195b06d61726b65742e7363686564756c656406a47261696e0705",
    ),
    (
        IndicativeChanged(7, "rain", 5_000, 300),
        "9195b16d61726b65742e696e646963617469766507a47261696ecd1388cd012c",
    ),
    (
        KillSwitchChanged(8, "ann", "", True),
        "9195a46b696c6c08a3616e6ea0c3",
    ),
    (
        HeartbeatTaken(9, "key-1", 10),
        "9194a968656172746265617409a56b65792d310a",
    ),
    (
        HeartbeatLapsed(10, "key-1"),
        "9193b06865617274626561742e6c61707365640aa56b65792d31",
    ),
    (
        EventCreated(11, "race", ["rain", "snow"]),
        "9194ad6576656e742e637265617465640ba47261636592a47261696ea4736e6f77",
    ),
    (
        Converted(12, "ann", "race", ["rain"], 100, 0),
        "9197af6576656e742e636f6e7665727465640ca3616e6ea47261636591a47261696e6400",
    ),
    (
        EventResolved(13, "race", [10_000, 0]),
        "9194ae6576656e742e7265736f6c7665640da47261636592cd271000",
    ),
]
"""What came later, and what grew."""

LATER: list[tuple[Event, str]] = [
    (
        MarketCreated(13, CreateMarket(1, "rain", 100)),
        "9193ae6d61726b65742e637265617465640ddc0012ad6d61726b65742e63726561746501a47261696e6401000002"
        "95000100000080000000000090c2c2",
    ),
    (
        OrderSettled(14, b"id", "ann", "rain", 100),
        "9196ad6f726465722e736574746c65640ec4026964a3616e6ea47261696e64",
    ),
    (
        OrderRestored(15, b"id", "ann", "rain", Side.SELL, 4_000, 7),
        "9198ae6f726465722e726573746f7265640fc4026964a3616e6ea47261696e01cd0fa007",
    ),
    (
        TradeConfirmed(16, 300, "rain"),
        "9194af74726164652e636f6e6669726d656410cd012ca47261696e",
    ),
    (
        TradeRetried(17, 300, "rain"),
        "9194ad74726164652e7265747269656411cd012ca47261696e",
    ),
    (
        TradeFailed(18, 300, "rain", True),
        "9195ac74726164652e6661696c656412cd012ca47261696ec3",
    ),
    (
        PendingChanged(19, "ann", "rain", 5, 100, 0),
        "9197a770656e64696e6713a3616e6ea47261696e056400",
    ),
    (
        ResolutionWaiting(20, "rain", 3_333),
        "9194b96d61726b65742e7265736f6c7574696f6e5f77616974696e6714a47261696ecd0d05",
    ),
    (
        MarginReliefChanged(21, "ann", True),
        "9194a672656c69656615a3616e6ec3",
    ),
]
"""What came with settlement that can fail, and what grew then."""

SHORTER: list[tuple[Event, str]] = [
    (
        MarketCreated(13, CreateMarket(1, "rain", 100)),
        "9193ae6d61726b65742e637265617465640ddc0010ad6d61726b65742e63726561746501a47261696e6401000002"
        "95000100000080000000000090",
    ),
]
"""How a kind that grew twice was written after the first time."""

GROWN = (OrderAccepted, OrderRejected, MarketCreated, Trade)
WRITTEN = [pair for pair in GOLDEN if not isinstance(pair[0], GROWN)] + NEW + LATER


@pytest.mark.parametrize(("event", "data"), WRITTEN)
def test_an_event_is_written_as_it_always_was(event: Event, data: str) -> None:
    assert encode_events([event]).hex() == data


@pytest.mark.parametrize(("event", "data"), GOLDEN + NEW + LATER + SHORTER)
def test_an_event_is_read_from_what_was_written_long_ago(event: Event, data: str) -> None:
    (read,) = decode_events(bytes.fromhex(data))
    assert read == event and type(read) is type(event)


def test_every_event_has_its_golden_bytes() -> None:
    assert {type(event) for event, _ in WRITTEN} == set(get_args(Event))


def test_no_two_events_share_a_tag() -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(Event)]
    assert len(set(tags)) == len(tags)


def test_many_events_keep_their_order() -> None:
    events = [event for event, _ in WRITTEN]
    assert decode_events(encode_events(events)) == events
    assert decode_events(encode_events([])) == []


def test_what_is_no_event_does_not_become_one() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_events(msgspec.msgpack.encode([["tick", 1]]))
