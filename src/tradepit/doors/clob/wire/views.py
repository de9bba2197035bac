"""The core's YES terms as this door shows them: an order of one token, with its own side and price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tradepit.core.units import NANOSECONDS, ONE, Price, Quantity, Timestamp
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.wire.decimals import (
    BASE_UNITS_PER_LOT,
    decimal_text,
    price_text,
    quantity_text,
    ratio_text,
)
from tradepit.doors.clob.wire.ids import address_of, order_text, stand_in_owner, trade_id, transaction_hash
from tradepit.doors.clob.wire.note import read_note
from tradepit.engine.messages import Gives, OrderView, PlaceOrder, Side
from tradepit.history.reader import TradeState
from tradepit.identity.wallets import Wallets


def own_view(side: Side, gives: Gives) -> tuple[int, str]:
    """Which outcome an order names (0 YES, 1 NO) and whether it is a BUY or a SELL of it.

    A net order of the other venue names YES.
    """
    if gives is Gives.NET:
        return 0, side.name
    buying = gives is Gives.CASH
    outcome = 0 if (side is Side.BUY) == buying else 1
    return outcome, "BUY" if buying else "SELL"


def owner_of(wallets: Wallets, account: str, credential: str = "") -> str:
    """The API key shown as an order's owner."""
    if credential and wallets.by_api_key(credential) is not None:
        return credential
    keys = wallets.of_account(account)
    return keys[0].api_key if keys else stand_in_owner(account)


def original_size(order: PlaceOrder) -> str:
    """An order's size in shares; a market BUY's is what its client asked to receive."""
    if order.budget:
        return decimal_text(read_note(order).shares, 6)
    return quantity_text(order.quantity)


def order_body(
    order: PlaceOrder,
    listing: Listing,
    wallets: Wallets,
    *,
    status: str,
    matched: Quantity,
    created_at: Timestamp,
    trades: Sequence[str],
    price: Price = 0,
) -> dict[str, object]:
    """A row of `/data/orders`. `price`, if any, is the limit of now, which the terms may not name."""
    outcome, side = own_view(order.side, order.gives)
    return {
        "id": order_text(order.order_id),
        "status": status,
        "owner": owner_of(wallets, order.account, order.credential),
        "maker_address": address_of(order.account),
        "market": listing.condition_id,
        "asset_id": listing.tokens[outcome],
        "side": side,
        "original_size": original_size(order),
        "size_matched": quantity_text(matched),
        "price": price_text(listing.price_in(outcome, price or order.price or order.stop_price)),
        "associate_trades": list(trades),
        "outcome": listing.labels[outcome],
        "created_at": created_at // NANOSECONDS,
        "expiration": read_note(order).expiration or "0",
        "order_type": order.time_in_force.name,
    }


def open_order_body(
    view: OrderView, listing: Listing, wallets: Wallets, trades: Sequence[str]
) -> dict[str, object]:
    """A row of `/data/orders` for an order that is open."""
    return order_body(
        view.order,
        listing,
        wallets,
        status="DELAYED" if view.delayed_until else "LIVE",
        matched=view.filled,
        created_at=view.accepted_at,
        trades=trades,
        price=view.price,
    )


@dataclass(slots=True)
class MakerFill:
    """One maker's part of a logical trade; `price` in YES terms, `number` the core's trade."""

    order_id: bytes
    account: str
    owner: str
    side: Side
    gives: Gives
    price: Price
    quantity: Quantity
    fee_bps: int = 0
    number: int = 0
    state: TradeState = TradeState.CONFIRMED


@dataclass(slots=True)
class LogicalTrade:
    """What the venue calls a trade: all fills of one taker order. `number` is the first core trade's.

    `makers` may hold fills that failed; they are shown only if all of them did.
    """

    number: int
    listing: Listing
    time: Timestamp
    taker_order: bytes
    taker_account: str
    taker_owner: str
    taker_side: Side
    taker_gives: Gives
    fee_bps: int = 0
    makers: list[MakerFill] = field(default_factory=list)
    updated_at: Timestamp = 0

    def living(self) -> list[MakerFill]:
        """The fills that did not fail; all of them if they all did."""
        return [maker for maker in self.makers if maker.state is not TradeState.FAILED] or self.makers

    @property
    def status(self) -> str:
        """How far its settlement is: as far as the last of its fills."""
        states = {maker.state for maker in self.living()}
        for state in (TradeState.RETRYING, TradeState.MATCHED, TradeState.CONFIRMED):
            if state in states:
                return state.name
        return TradeState.FAILED.name

    @property
    def id(self) -> str:
        """The trade's UUID."""
        return trade_id(self.number)

    @property
    def transaction_hash(self) -> str:
        """The simulated settlement."""
        return transaction_hash(self.listing.slug, self.number)

    def tokens(self) -> set[str]:
        """All tokens that the trade names, its own and its makers'."""
        outcomes = {own_view(maker.side, maker.gives)[0] for maker in self.makers}
        outcomes.add(own_view(self.taker_side, self.taker_gives)[0])
        return {self.listing.tokens[outcome] for outcome in outcomes}

    def body(self, accounts: Sequence[str], status: str) -> dict[str, object]:
        """A row of `/data/trades` for a reader who acts for `accounts`."""
        listing = self.listing
        outcome, side = own_view(self.taker_side, self.taker_gives)
        makers = self.living()
        lots = sum(maker.quantity for maker in makers)
        notional = sum(listing.price_in(outcome, maker.price) * maker.quantity for maker in makers)
        seconds = str(self.time // NANOSECONDS)
        return {
            "id": self.id,
            "taker_order_id": order_text(self.taker_order),
            "market": listing.condition_id,
            "asset_id": listing.tokens[outcome],
            "side": side,
            "size": quantity_text(lots),
            "fee_rate_bps": str(self.fee_bps),
            "price": ratio_text(notional, lots * ONE),
            "status": status,
            "match_time": seconds,
            "match_time_nano": str(self.time),
            "last_update": str(max(self.time, self.updated_at) // NANOSECONDS),
            "outcome": listing.labels[outcome],
            "bucket_index": 0,
            "owner": self.taker_owner,
            "maker_address": address_of(self.taker_account),
            "transaction_hash": self.transaction_hash,
            "err_msg": None,
            "trader_side": "TAKER" if self.taker_account in accounts else "MAKER",
            "maker_orders": [self._maker_body(maker) for maker in makers],
        }

    def _maker_body(self, maker: MakerFill) -> dict[str, object]:
        outcome, side = own_view(maker.side, maker.gives)
        return {
            "order_id": order_text(maker.order_id),
            "owner": maker.owner,
            "maker_address": address_of(maker.account),
            "matched_amount": quantity_text(maker.quantity),
            "price": price_text(self.listing.price_in(outcome, maker.price)),
            "fee_rate_bps": str(maker.fee_bps),
            "asset_id": self.listing.tokens[outcome],
            "outcome": self.listing.labels[outcome],
            "outcome_index": outcome,
            "side": side,
        }


def base_units(lots: Quantity) -> str:
    """Lots as the millionths of a share that balances are told in."""
    return str(lots * BASE_UNITS_PER_LOT)
