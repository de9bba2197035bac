"""Messages of the user channel: what one outcome did to the orders of the accounts that somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from tradepit.core.units import Quantity, Timestamp
from tradepit.doors.clob.markets import Listing, Markets
from tradepit.doors.clob.wire.books import milliseconds
from tradepit.doors.clob.wire.settling import Settling
from tradepit.doors.clob.wire.views import LogicalTrade, MakerFill, order_body, owner_of
from tradepit.engine.messages import (
    CancelReason,
    ExpireReason,
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
    OrderView,
    OrderWaiting,
    Outcome,
    PlaceOrder,
    Role,
    Trade,
    TradeConfirmed,
    TradeFailed,
    TradeRetried,
)
from tradepit.history.reader import TradeState
from tradepit.identity.wallets import Wallets

_CANCELLED = {
    CancelReason.UNFUNDED: "CANCELED_NOT_ENOUGH_BALANCE",
    CancelReason.MARKET_RESOLVED: "CANCELED_MARKET_RESOLVED",
    CancelReason.MARKET_CLOSED: "CANCELED_MARKET_RESOLVED",
}
_KILLED = "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."


class Tracked(msgspec.Struct):
    """A live order of a watched account."""

    order: PlaceOrder
    accepted_at: Timestamp
    matched: Quantity
    trades: list[str]


class UserFrame(msgspec.Struct):
    """One message for the readers of one account, about one market."""

    account: str
    listing: Listing
    body: dict[str, object]


class UserFrames:
    """Follows the orders of watched accounts, so that each event can be told with its whole order."""

    def __init__(self, markets: Markets, wallets: Wallets) -> None:
        self._markets = markets
        self._wallets = wallets
        self._orders: dict[bytes, Tracked] = {}
        self.settling = Settling()

    def watch(self, views: Sequence[OrderView]) -> None:
        """Take in the open orders of an account that is watched from now on."""
        for view in views:
            self._orders.setdefault(
                view.order.order_id, Tracked(view.order, view.accepted_at, view.filled, [])
            )

    def forget(self, account: str) -> None:
        """Nobody watches this account any more."""
        for order_id in [
            order_id for order_id, kept in self._orders.items() if kept.order.account == account
        ]:
            del self._orders[order_id]

    def frames(self, outcome: Outcome, watched: Callable[[str], bool]) -> Iterator[UserFrame]:
        """The messages of one outcome, in the order of the venue: placements, trades as matched, updates,
        cancellations, and the trades' settlement, which takes no time unless the market settles later."""
        rested = {event.order_id for event in outcome.events if isinstance(event, OrderRested | OrderWaiting)}
        trades: dict[bytes, LogicalTrade] = {}
        accounts: dict[bytes, dict[str, None]] = {}
        updated: dict[bytes, str] = {}
        done: set[bytes] = set()
        changed: list[tuple[LogicalTrade, tuple[str, ...], str]] = []
        ended: list[tuple[Tracked, str]] = []
        placed: list[Tracked] = []
        trade: Trade | None = None
        for event in outcome.events:
            if isinstance(event, OrderAccepted):
                if watched(event.order.account):
                    tracked = Tracked(event.order, event.time, 0, [])
                    self._orders[event.order.order_id] = tracked
                    if event.order.order_id in rested:
                        placed.append(tracked)
            elif isinstance(event, OrderDelayed):
                if (kept := self._orders.get(event.order_id)) is not None:
                    yield from self._order(kept, "PLACEMENT", "DELAYED", outcome.time)
            elif isinstance(event, OrderRested):
                kept = self._orders.get(event.order_id)
                if kept is not None and kept not in placed and event.order_id not in updated:
                    updated[event.order_id] = "LIVE"
            elif isinstance(event, Trade):
                trade = event
            elif isinstance(event, OrderFilled) and trade is not None:
                self._follow_fill(event, trade, trades, accounts, updated)
                if event.done:
                    done.add(event.order_id)
            elif isinstance(event, OrderReplaced):
                self._follow_replace(event, updated)
                if event.done:
                    done.add(event.order.order_id)
            elif isinstance(event, OrderTriggered):
                if (kept := self._orders.get(event.order_id)) is not None:
                    kept.order = replace(kept.order, kind=event.kind, stop_price=0)
            elif isinstance(event, OrderSettled):
                self._orders.pop(event.order_id, None)
            elif isinstance(event, OrderRestored):
                if event.order_id in self._orders:
                    updated[event.order_id] = "LIVE"
            elif isinstance(event, TradeConfirmed | TradeRetried | TradeFailed):
                if isinstance(event, TradeFailed):
                    self._take_back(event, updated)
                # The status is read now: a later event of this outcome may change it again.
                changed += [(one, who, one.status) for one, who in self.settling.follow(event)]
            elif isinstance(event, OrderCancelled):
                self._end(event.order_id, _CANCELLED.get(event.reason, "CANCELED"), ended)
            elif isinstance(event, OrderExpired):
                killed = event.reason is ExpireReason.NOT_FILLABLE
                self._end(event.order_id, _KILLED if killed else "CANCELED_EXPIRED_ORDER", ended)
            elif isinstance(event, OrderRejected):
                # Of a delayed order: it was taken, and found invalid when its delay was over.
                kept = self._orders.get(event.order.order_id)
                if kept is not None and kept.order == event.order:
                    self._end(event.order.order_id, "INVALID", ended)
        for tracked in placed:
            yield from self._order(tracked, "PLACEMENT", "LIVE", outcome.time, matched=0)
        for one, who, status in changed:
            yield from self._trades({b"": one}, {b"": dict.fromkeys(who)}, watched, status, outcome.time)
        yield from self._trades(trades, accounts, watched, "MATCHED", outcome.time)
        for order_id, status in updated.items():
            if (kept := self._orders.get(order_id)) is not None:
                yield from self._order(kept, "UPDATE", status, outcome.time)
                if order_id in done:
                    del self._orders[order_id]
        for tracked, status in ended:
            yield from self._order(tracked, "CANCELLATION", status, outcome.time)
            self._orders.pop(tracked.order.order_id, None)
        later = {taker: trade for taker, trade in trades.items() if trade.listing.defers}
        for trade_of_later in later.values():
            self.settling.add(trade_of_later)
        settled = {taker: trade for taker, trade in trades.items() if taker not in later}
        for status in ("MINED", "CONFIRMED"):
            yield from self._trades(settled, accounts, watched, status, outcome.time)

    def _end(self, order_id: bytes, status: str, ended: list[tuple[Tracked, str]]) -> None:
        if (kept := self._orders.get(order_id)) is not None:
            ended.append((kept, status))

    def _follow_fill(
        self,
        fill: OrderFilled,
        trade: Trade,
        trades: dict[bytes, LogicalTrade],
        accounts: dict[bytes, dict[str, None]],
        updated: dict[bytes, str],
    ) -> None:
        taker = trade.taker_order
        if fill.role is Role.MAKER:
            maker = MakerFill(
                fill.order_id,
                fill.account,
                self._owner(fill.order_id, fill.account),
                fill.side,
                fill.gives,
                fill.price,
                fill.quantity,
                number=trade.number,
            )
            listing = self._markets.by_slug(trade.market)
            if listing is None:
                return
            if listing.defers:
                maker.state = TradeState.MATCHED
            if taker not in trades:
                trades[taker] = LogicalTrade(
                    number=trade.number,
                    listing=listing,
                    time=trade.time,
                    taker_order=taker,
                    taker_account=trade.taker_account,
                    taker_owner=self._owner(taker, trade.taker_account),
                    taker_side=trade.taker_side,
                    taker_gives=fill.gives,  # the taker's own fill follows and says what it gives
                )
                accounts[taker] = {}
            trades[taker].makers.append(maker)
        elif taker in trades:
            trades[taker].taker_gives = fill.gives
            if (kept := self._orders.get(taker)) is not None:
                trades[taker].fee_bps = kept.order.fee_bps
        if taker not in trades:
            return
        accounts[taker][fill.account] = None
        if (kept := self._orders.get(fill.order_id)) is not None:
            kept.matched = fill.filled
            if trades[taker].id not in kept.trades:
                kept.trades.append(trades[taker].id)
            # Where trades settle later no fill is an order's last word, but it is matched all the same.
            whole = fill.done or (trades[taker].listing.defers and not fill.remaining)
            updated[fill.order_id] = "MATCHED" if whole else "LIVE"

    def _follow_replace(self, event: OrderReplaced, updated: dict[bytes, str]) -> None:
        """Its terms are new; the venue has no such message, so its readers are told what is so now."""
        order_id = event.order.order_id
        if (kept := self._orders.get(order_id)) is not None:
            kept.order = event.order
            updated[order_id] = "MATCHED" if event.done else "LIVE"

    def _take_back(self, event: TradeFailed, updated: dict[bytes, str]) -> None:
        """A trade is void: what it matched of its orders is matched no more."""
        known = self.settling.find(event.number)
        if known is None:
            return
        trade, fill = known
        for order_id in (fill.order_id, trade.taker_order):
            if (kept := self._orders.get(order_id)) is not None:
                kept.matched -= fill.quantity
                updated[order_id] = "LIVE"

    def _owner(self, order_id: bytes, account: str) -> str:
        kept = self._orders.get(order_id)
        return owner_of(self._wallets, account, kept.order.credential if kept is not None else "")

    def _trades(
        self,
        trades: dict[bytes, LogicalTrade],
        accounts: dict[bytes, dict[str, None]],
        watched: Callable[[str], bool],
        status: str,
        time: Timestamp,
    ) -> Iterator[UserFrame]:
        for taker, trade in trades.items():
            for account in accounts[taker]:
                if not watched(account):
                    continue
                body = trade.body((account,), status)
                if account == trade.taker_account:
                    body["trade_owner"] = trade.taker_owner
                else:
                    body["trade_owner"] = next(
                        maker.owner for maker in trade.makers if maker.account == account
                    )
                body |= {"event_type": "trade", "type": "TRADE", "timestamp": milliseconds(time)}
                yield UserFrame(account, trade.listing, body)

    def _order(
        self, kept: Tracked, kind: str, status: str, time: Timestamp, matched: Quantity | None = None
    ) -> Iterator[UserFrame]:
        listing = self._markets.by_slug(kept.order.market)
        if listing is None:
            return
        body = order_body(
            kept.order,
            listing,
            self._wallets,
            status=status,
            matched=kept.matched if matched is None else matched,
            created_at=kept.accepted_at,
            trades=kept.trades if matched is None else (),
        )
        body["created_at"] = str(body["created_at"])
        body |= {
            "event_type": "order",
            "type": kind,
            "order_owner": body["owner"],
            "timestamp": milliseconds(time),
        }
        yield UserFrame(kept.order.account, listing, body)
