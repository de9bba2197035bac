"""Messages of the market channel, from one outcome's events and the books as they are after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from tradepit.core.units import Timestamp
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.profiles import Profile
from tradepit.doors.clob.wire.books import milliseconds
from tradepit.doors.clob.wire.decimals import price_text, quantity_text
from tradepit.doors.clob.wire.ids import transaction_hash
from tradepit.doors.clob.wire.mirror import BookMirror, BookText
from tradepit.doors.clob.wire.views import own_view
from tradepit.engine.messages import LevelChanged, OrderFilled, Role, Side, TickChanged, Trade

_encoder = msgspec.json.Encoder()


def encode_frame(message: object) -> str:
    """A message as the text of one WebSocket frame."""
    return _encoder.encode(message).decode()


class MarketFrames:
    """What happened in one market during one outcome, and the frames that say so.

    Yields pairs of the tokens whose readers get a frame, and the frame. Each frame is encoded once.
    """

    def __init__(self, listing: Listing, mirror: BookMirror, time: Timestamp, profile: Profile) -> None:
        self._listing = listing
        self._mirror = mirror
        self._time = time
        self._profile = profile
        self.ticks: list[TickChanged] = []
        self.levels: list[LevelChanged] = []
        self.trades: list[tuple[Trade, OrderFilled]] = []

    def follow_fill(self, trade: Trade | None, fill: OrderFilled) -> None:
        """Take in the taker's fill of a trade: it says which token the taker named."""
        if trade is not None and fill.role is Role.TAKER and fill.trade == trade.number:
            self.trades.append((trade, fill))

    def frames(self, wanted: Callable[[str], bool]) -> Iterator[tuple[tuple[str, ...], str]]:
        """The frames for the tokens that somebody reads."""
        listing = self._listing
        outcomes = [outcome for outcome in (0, 1) if wanted(listing.tokens[outcome])]
        if not outcomes:
            return
        for change in self.ticks:
            for outcome in outcomes:
                yield (listing.tokens[outcome],), encode_frame(self._tick_change(outcome, change))
        books = [self._mirror.text(outcome, self._time) for outcome in (0, 1)]
        if self.levels:
            if self._profile.price_change_per_token:
                for outcome in outcomes:
                    yield (listing.tokens[outcome],), encode_frame(self._old_change(outcome, books[outcome]))
            else:
                yield listing.tokens, encode_frame(self._change(books))
        for trade, fill in self.trades:
            token, frame = self._last_trade(trade, fill)
            yield (token,), encode_frame(frame)
        if self.trades:
            for outcome in outcomes:
                yield (listing.tokens[outcome],), books[outcome].frame()

    def _tick_change(self, outcome: int, change: TickChanged) -> dict[str, str]:
        return {
            "event_type": "tick_size_change",
            "asset_id": self._listing.tokens[outcome],
            "market": self._listing.condition_id,
            "old_tick_size": price_text(change.old),
            "new_tick_size": price_text(change.new),
            "timestamp": milliseconds(self._time),
        }

    def _changes(self, outcome: int) -> Iterator[dict[str, str]]:
        for level in self.levels:
            side = level.side if outcome == 0 else Side(1 - level.side)
            yield {
                "price": price_text(self._listing.price_in(outcome, level.price)),
                "size": quantity_text(level.quantity),
                "side": side.name,
            }

    def _change(self, books: list[BookText]) -> dict[str, object]:
        changes: list[dict[str, str]] = []
        best = [self._mirror.best(outcome) for outcome in (0, 1)]
        for pair in zip(self._changes(0), self._changes(1), strict=True):
            for outcome, change in enumerate(pair):
                best_bid, best_ask = best[outcome]
                changes.append(
                    {
                        "asset_id": self._listing.tokens[outcome],
                        **change,
                        "hash": books[outcome].hash,
                        "best_bid": best_bid,
                        "best_ask": best_ask,
                    }
                )
        return {
            "event_type": "price_change",
            "market": self._listing.condition_id,
            "timestamp": milliseconds(self._time),
            "price_changes": changes,
        }

    def _old_change(self, outcome: int, book: BookText) -> dict[str, object]:
        return {
            "event_type": "price_change",
            "asset_id": self._listing.tokens[outcome],
            "market": self._listing.condition_id,
            "timestamp": milliseconds(self._time),
            "hash": book.hash,
            "changes": list(self._changes(outcome)),
        }

    def _last_trade(self, trade: Trade, fill: OrderFilled) -> tuple[str, dict[str, str]]:
        outcome, side = own_view(fill.side, fill.gives)
        token = self._listing.tokens[outcome]
        return token, {
            "event_type": "last_trade_price",
            "asset_id": token,
            "market": self._listing.condition_id,
            "price": price_text(self._listing.price_in(outcome, trade.price)),
            "size": quantity_text(trade.quantity),
            "side": side,
            "fee_rate_bps": "0",
            "timestamp": milliseconds(self._time),
            "transaction_hash": transaction_hash(self._listing.slug, trade.number),
        }
