"""The journal's format is for ever: these bytes were written once and must be readable, and be written,
by every later version. A failure here means that old journals would be lost; the bytes never change."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from tradepit.core.commands import (
    CancelOrder,
    CancelOrders,
    Claim,
    Command,
    ConfirmTrade,
    Convert,
    CreateEvent,
    CreateMarket,
    Deposit,
    FailTrade,
    FeeSchedule,
    Heartbeat,
    Merge,
    PlaceOrder,
    RegisterCredential,
    ReplaceOrder,
    ResolveEvent,
    ResolveMarket,
    RetryTrade,
    RevokeCredential,
    ScheduleMarket,
    SetKillSwitch,
    SetMarginRelief,
    SetMarketState,
    SetTick,
    Split,
    Tick,
    Withdraw,
    decode_command,
    encode_command,
)
from tradepit.core.enums import (
    FeePlan,
    Gives,
    MarketState,
    OrderKind,
    Pricing,
    SelfMatch,
    Side,
    TimeInForce,
)

GOLDEN: list[tuple[Command, str]] = [
    (
        CreateMarket(1, "rain", 100),
        "9aad6d61726b65742e63726561746501a47261696e640100000295000100000080",
    ),
    (
        CreateMarket(
            1, "rain", 25, 10, 50, 3_000, MarketState.PENDING, FeeSchedule(1, 2, 3, 4, 5), {"slug": "rain"}
        ),
        "9aad6d61726b65742e63726561746501a47261696e190a32cd0bb80095010203040581a4736c7567a47261696e",
    ),
    (
        SetMarketState(2, "rain", MarketState.HALTED),
        "94ac6d61726b65742e737461746502a47261696e04",
    ),
    (
        ResolveMarket(3, "rain", 10_000),
        "94ae6d61726b65742e7265736f6c766503a47261696ecd2710",
    ),
    (
        Deposit(4, "ann", 10**18),
        "95ac636173682e6465706f73697404a3616e6ecf0de0b6b3a7640000a0",
    ),
    (
        Deposit(4, "ann", 1, "faucet"),
        "95ac636173682e6465706f73697404a3616e6e01a6666175636574",
    ),
    (
        Withdraw(5, "ann", 7, "wire"),
        "95ad636173682e776974686472617705a3616e6e07a477697265",
    ),
    (
        Split(6, "ann", "rain", 100),
        "95aa706169722e73706c697406a3616e6ea47261696e64",
    ),
    (
        Merge(7, "ann", "rain", 100),
        "95aa706169722e6d6572676507a3616e6ea47261696e64",
    ),
    (
        PlaceOrder(1, b"id", "ann", "rain", Side.BUY, Gives.CASH, 5_000),
        "dc0015ab6f726465722e706c61636501c4026964a3616e6ea47261696e0000cd138800000000c20001a00000a0a0c400",
    ),
    (
        PlaceOrder(
            1_700_000_000_000_000_001,
            b"\x01\x02",
            "0xabc",
            "rain",
            Side.SELL,
            Gives.NET,
            9_999,
            10**12,
            10**18,
            TimeInForce.GTD,
            2**63 - 1,
            True,
            5,
            SelfMatch.CANCEL_BOTH,
            "desk",
            FeePlan.US,
            1_000,
            "ann/1",
            "key-1",
            b"tag",
        ),
        "dc0015ab6f726465722e706c616365cf17979cfe362a0001c4020102a53078616263a47261696e0102cd270fcf00"
        "0000e8d4a51000cf0de0b6b3a764000001cf7fffffffffffffffc30503a46465736b03cd03e8a5616e6e2f31a56b"
        "65792d31c403746167",
    ),
    (
        CancelOrder(8, "ann", b"id"),
        "94ac6f726465722e63616e63656c08a3616e6ec4026964",
    ),
    (
        CancelOrders(9, "ann"),
        "95b16f726465722e63616e63656c5f6d616e7909a3616e6ea000",
    ),
    (
        CancelOrders(9, "ann", "rain", 2),
        "95b16f726465722e63616e63656c5f6d616e7909a3616e6ea47261696e02",
    ),
    (
        Tick(10),
        "92a47469636b0a",
    ),
    (
        RegisterCredential(11, "key-1", "ann", "clob.key", b"{}"),
        "96b363726564656e7469616c2e72656769737465720ba56b65792d31a3616e6ea8636c6f622e6b6579c4027b7d",
    ),
    (
        RevokeCredential(12, "key-1"),
        "93b163726564656e7469616c2e7265766f6b650ca56b65792d31",
    ),
    (
        Claim(13, "us.jti:1", 14),
        "94a5636c61696d0da875732e6a74693a310e",
    ),
]

"""The first bytes of all. Some kinds have grown fields since, and are written with them."""

NEW: list[tuple[Command, str]] = [
    (
        PlaceOrder(1, b"id", "ann", "rain", Side.BUY, Gives.CASH, 5_000),
        "dc001aab6f726465722e706c61636501c4026964a3616e6ea47261696e0000cd138800000000c20001a00000a0a0"
        "c400000000c200",
    ),
    (
        PlaceOrder(
            1,
            b"id",
            "ann",
            "rain",
            Side.SELL,
            Gives.NET,
            0,
            100,
            time_in_force=TimeInForce.DAY,
            kind=OrderKind.STOP_LIMIT,
            stop_price=4_000,
            pricing=Pricing.BEST_OPPOSITE,
            strict=True,
            builder_bps=50,
        ),
        "dc001aab6f726465722e706c61636501c4026964a3616e6ea47261696e01020064000500c20001a00000a0a0c400"
        "03cd0fa002c332",
    ),
    (
        ReplaceOrder(1, "ann", b"id"),
        "9aad6f726465722e7265706c61636501a3616e6ec4026964c0c0c0c0c0c0",
    ),
    (
        ReplaceOrder(1, "ann", b"id", 5_000, 200, 4_000, 9, "ann/2", b"tag"),
        "9aad6f726465722e7265706c61636501a3616e6ec4026964cd1388ccc8cd0fa009a5616e6e2f32c403746167",
    ),
    (
        SetTick(2, "rain", 10),
        "94ab6d61726b65742e7469636b02a47261696e0a",
    ),
    (
        ScheduleMarket(3, "rain", 4, MarketState.MATCH_AND_CLOSE),
        "95af6d61726b65742e7363686564756c6503a47261696e0407",
    ),
    (
        SetKillSwitch(5, "ann"),
        "95a46b696c6c05a3616e6ea0c3",
    ),
    (
        SetKillSwitch(5, "", "rain", on=False),
        "95a46b696c6c05a0a47261696ec2",
    ),
    (
        Heartbeat(6, "key-1", 10**10),
        "94a968656172746265617406a56b65792d31cf00000002540be400",
    ),
    (
        CreateEvent(7, "race", ["rain", "snow"]),
        "94ac6576656e742e63726561746507a47261636592a47261696ea4736e6f77",
    ),
    (
        Convert(8, "ann", "race", ["rain"], 100),
        "96ad6576656e742e636f6e7665727408a3616e6ea47261636591a47261696e64",
    ),
    (
        ResolveEvent(9, "race", [10_000, 0]),
        "94ad6576656e742e7265736f6c766509a47261636592cd271000",
    ),
]
"""What came later, and what grew."""

LATER: list[tuple[Command, str]] = [
    (
        CreateMarket(1, "rain", 100),
        "dc0012ad6d61726b65742e63726561746501a47261696e640100000295000100000080000000000090c2c2",
    ),
    (
        CreateMarket(1, "rain", 100, deferred=True, restores=True),
        "dc0012ad6d61726b65742e63726561746501a47261696e640100000295000100000080000000000090c3c3",
    ),
    (
        ConfirmTrade(10, 300),
        "93ad74726164652e636f6e6669726d0acd012c",
    ),
    (
        RetryTrade(11, 300),
        "93ab74726164652e72657472790bcd012c",
    ),
    (
        FailTrade(12, 2**40),
        "93aa74726164652e6661696c0ccf0000010000000000",
    ),
    (
        SetMarginRelief(13, "ann"),
        "94a672656c6965660da3616e6ec3",
    ),
    (
        SetMarginRelief(14, "ann", on=False),
        "94a672656c6965660ea3616e6ec2",
    ),
]
"""What came with settlement that can fail, and what grew then."""

SHORTER: list[tuple[Command, str]] = [
    (
        CreateMarket(1, "rain", 100),
        "dc0010ad6d61726b65742e63726561746501a47261696e640100000295000100000080000000000090",
    ),
    (
        CreateMarket(
            1,
            "rain",
            25,
            10,
            50,
            3_000,
            MarketState.PENDING,
            FeeSchedule(1, 2, 3, 4, 5),
            {"slug": "rain"},
            1_000,
            100,
            9_900,
            400,
            5,
            [(7, MarketState.PRE_OPEN), (9, MarketState.OPEN)],
        ),
        "dc0010ad6d61726b65742e63726561746501a47261696e190a32cd0bb80095010203040581a4736c7567a4726169"
        "6ecd03e864cd26accd01900592920701920902",
    ),
]
"""How a kind that grew twice was written after the first time."""

GROWN = (CreateMarket, PlaceOrder)
WRITTEN = [pair for pair in GOLDEN if not isinstance(pair[0], GROWN)] + NEW + LATER


@pytest.mark.parametrize(("command", "data"), WRITTEN)
def test_a_command_is_written_as_it_always_was(command: Command, data: str) -> None:
    assert encode_command(command).hex() == data


@pytest.mark.parametrize(("command", "data"), GOLDEN + NEW + LATER + SHORTER)
def test_a_command_is_read_from_what_was_written_long_ago(command: Command, data: str) -> None:
    read = decode_command(bytes.fromhex(data))
    assert read == command and type(read) is type(command)


def test_every_command_has_its_golden_bytes() -> None:
    assert {type(command) for command, _ in WRITTEN} == set(get_args(Command))


def test_no_two_commands_share_a_tag() -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(Command)]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("kind", get_args(Command))
def test_only_trailing_fields_have_defaults_so_that_old_records_stay_readable(kind: Any) -> None:
    required = [field.required for field in msgspec.structs.fields(kind)]
    assert required == sorted(required, reverse=True)


def test_a_record_from_before_a_field_was_added_reads_as_its_default() -> None:
    record = ["order.place", 1, b"id", "ann", "rain", 0, 0, 5_000]
    short = decode_command(msgspec.msgpack.encode(record))
    assert short == PlaceOrder(1, b"id", "ann", "rain", Side.BUY, Gives.CASH, 5_000)


@pytest.mark.parametrize(
    "record",
    [
        [],
        ["no.such.tag", 1],
        ["tick"],
        ["tick", "soon"],
        ["tick", 1.5],
        ["cash.deposit", 1, "ann", None],
        ["order.place", 1, b"id", "ann", "rain", 2, 0, 5_000],
        {"type": "tick", "now": 1},
        17,
    ],
)
def test_what_is_no_command_does_not_become_one(record: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_command(msgspec.msgpack.encode(record))


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", encode_command(Tick(1))[:-1], encode_command(Tick(1)) + b"\x00"]
)
def test_broken_bytes_are_no_command(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_command(data)
