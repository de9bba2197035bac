"""Past trades from history: the core's trades put together into the venue's, one for each taker order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from tradepit.core.units import Timestamp
from tradepit.doors.clob.door import Door
from tradepit.doors.clob.wire.ids import trade_number
from tradepit.doors.clob.wire.views import LogicalTrade, MakerFill, order_body, owner_of
from tradepit.engine.messages import GetAccount, GetStatus
from tradepit.history.reader import (
    HistoryBehind,
    OrderFilter,
    OrderStatus,
    TradeFilter,
    TradeRecord,
    TradeState,
)
from tradepit.identity.wallets import WalletKey

_log = structlog.get_logger(__name__)
_UNSETTLED_MAX: Final = 10_000
_FILLS_MAX: Final = 1_000
"""Fills of one taker order that its trade lists."""

_STATUSES = {
    # It is not among the open orders: all of it has traded, and its settlement is on the way.
    OrderStatus.OPEN: "MATCHED",
    OrderStatus.WAITING: "LIVE",
    OrderStatus.DELAYED: "DELAYED",
    OrderStatus.FILLED: "MATCHED",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.EXPIRED: "CANCELED_EXPIRED_ORDER",
    OrderStatus.REJECTED: "INVALID",
}


async def _catch_up(door: Door) -> None:
    """A reader sees what was acknowledged to it before it asked."""
    status = await door.port.query(GetStatus())
    await door.history.synchronise(status.sequence)


async def logical_trades(
    door: Door,
    key: WalletKey,
    *,
    trade: str,
    condition_id: str,
    asset_id: str,
    maker_address: str,
    since: Timestamp,
    until: Timestamp,
    after: int,
    limit: int,
) -> tuple[list[LogicalTrade], int]:
    """One page of the key's trades, newest first, and the cursor behind it (0 at the end).

    `limit` counts fills; a trade is always whole. One query for the page and one for each trade.
    """
    market = ""
    if condition_id:
        listing = door.markets.by_condition(condition_id)
        if listing is None:
            return [], 0
        market = listing.slug
    number = 0
    if trade:
        number = trade_number(trade) or 0
        if not number:
            return [], 0
    await _catch_up(door)
    fills: dict[int, TradeRecord] = {}
    full = False
    for account in await _accounts(door, key, maker_address):
        found = await door.history.trades(
            TradeFilter(
                account=account,
                market=market,
                number=number,
                since=since,
                until=until,
                after=after,
                limit=limit,
            )
        )
        full = full or len(found) == limit
        fills |= {record.number: record for record in found}
    trades: dict[tuple[bytes, int], LogicalTrade] = {}
    for record in sorted(fills.values(), key=lambda record: -record.number)[:limit]:
        # An order that comes back after a failed settlement, or with a new price, may take more than once.
        key_of_trade = (record.taker.order_id, record.sequence)
        if key_of_trade not in trades:
            whole = await _whole(door, record)
            if whole is not None:
                trades[key_of_trade] = whole
    page = list(trades.values())
    next_cursor = page[-1].number if page and full and not number else 0
    return [one for one in page if not asset_id or asset_id in one.tokens()], next_cursor


async def remember_unsettled(door: Door) -> None:
    """Tell the feed of the trades that were matched before it began, so that it can tell how they end.

    One query, and one for each trade. Where history is behind, their readers hear of them by asking only.
    """
    try:
        await _catch_up(door)
    except HistoryBehind as behind:
        _log.warning("unsettled_trades_not_loaded", reason=str(behind))
        return
    pending = (TradeState.MATCHED, TradeState.RETRYING)
    found = await door.history.trades(TradeFilter(states=pending, limit=_UNSETTLED_MAX))
    for record in {(record.taker.order_id, record.sequence): record for record in found}.values():
        whole = await _whole(door, record)
        if whole is not None:
            door.feed.remember(whole)


async def _accounts(door: Door, key: WalletKey, maker_address: str) -> list[str]:
    """The key's accounts that may have traded: its wallet, and the derived ones that are in use."""
    wanted = [account for account in key.accounts if not maker_address or account == maker_address]
    return [
        account
        for account in wanted
        if account == key.account or (await door.port.query(GetAccount(account))).known
    ]


async def _whole(door: Door, record: TradeRecord) -> LogicalTrade | None:
    """All fills that the record's taker order made with it."""
    fills = await door.history.trades(
        TradeFilter(taker_order=record.taker.order_id, newest_first=False, limit=_FILLS_MAX)
    )
    return _put_together(door, [fill for fill in fills if fill.sequence == record.sequence])


def _put_together(door: Door, fills: Sequence[TradeRecord]) -> LogicalTrade | None:
    first = fills[0]
    listing = door.markets.by_slug(first.market)
    if listing is None:
        return None
    return LogicalTrade(
        number=first.number,
        listing=listing,
        time=first.time,
        taker_order=first.taker.order_id,
        taker_account=first.taker.account,
        taker_owner=owner_of(door.wallets, first.taker.account, first.taker.credential),
        taker_side=first.taker.side,
        taker_gives=first.taker.gives,
        fee_bps=first.taker.fee_bps,
        makers=[
            MakerFill(
                order_id=fill.maker.order_id,
                account=fill.maker.account,
                owner=owner_of(door.wallets, fill.maker.account, fill.maker.credential),
                side=fill.maker.side,
                gives=fill.maker.gives,
                price=fill.price,
                quantity=fill.quantity,
                fee_bps=fill.maker.fee_bps,
                number=fill.number,
                state=fill.state,
            )
            for fill in fills
        ],
        updated_at=max(fill.updated_at for fill in fills),
    )


async def associated_trades(door: Door, order_id: bytes) -> list[str]:
    """Ids of the latest trades that an order took part in, oldest first."""
    await _catch_up(door)
    fills = await door.history.trades(TradeFilter(order_id=order_id))
    ids: dict[tuple[bytes, int], str] = {}
    for record in reversed(fills):
        key_of_trade = (record.taker.order_id, record.sequence)
        if key_of_trade not in ids and (whole := await _whole(door, record)) is not None:
            ids[key_of_trade] = whole.id
    return list(ids.values())


async def closed_order(door: Door, key: WalletKey, order_id: bytes) -> dict[str, object] | None:
    """The last state of a finished order of this key; None for another's or an unknown one."""
    await _catch_up(door)
    found = await door.history.orders(OrderFilter(order_id=order_id, limit=1))
    if not found or found[0].order.account not in key.accounts:
        return None
    record = found[0]
    listing = door.markets.by_slug(record.order.market)
    if listing is None:
        return None
    return order_body(
        record.order,
        listing,
        door.wallets,
        status=_STATUSES[record.status],
        matched=record.filled,
        created_at=record.accepted_at,
        trades=await associated_trades(door, order_id) if record.filled else (),
    )
