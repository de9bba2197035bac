"""Orders that are replaced, stops, and conversions in history."""

from tests.engine.world import MARKET, START, deposit, listing, order
from tests.history.ledger import Ledger
from tradepit.core.commands import (
    CancelOrder,
    Convert,
    CreateEvent,
    PlaceOrder,
    ReplaceOrder,
    SetMarketState,
    Split,
    Tick,
)
from tradepit.core.enums import Gives, MarketState, OrderKind, Reject, Side
from tradepit.core.units import ONE
from tradepit.history.queries import find_entries
from tradepit.history.records import EntryFilter
from tradepit.history.schema import EntryKind, OrderStatus


def identity(number: int) -> bytes:
    return number.to_bytes(32, "big")


def stop(number: int, account: str, stop_price: int, quantity: int = 100, price: int = 0) -> PlaceOrder:
    kind = OrderKind.STOP_LIMIT if price else OrderKind.STOP
    return PlaceOrder(
        START,
        identity(number),
        account,
        MARKET,
        Side.BUY,
        Gives.CASH,
        price,
        quantity,
        kind=kind,
        stop_price=stop_price,
    )


def trade_at(ledger: Ledger, number: int, price: int, quantity: int = 10) -> None:
    ledger.do(
        order(number, "bob", Side.SELL, price, quantity),
        order(number + 1, "carol", Side.BUY, price, quantity),
    )


def test_a_replaced_order_has_its_new_terms_and_keeps_its_fills(ledger: Ledger) -> None:
    ledger.do(
        order(1, "alice", Side.BUY, 5_000, 100),
        order(2, "bob", Side.SELL, 5_000, 30),
        ReplaceOrder(START + 5, "alice", identity(1), price=4_900, quantity=200, client_key="mine"),
    )
    record = ledger.record(1)
    assert (record.order.price, record.order.quantity, record.order.client_key) == (4_900, 200, "mine")
    assert (record.status, record.filled, record.remaining) == (OrderStatus.OPEN, 30, 170)
    assert (record.accepted_at, record.updated_at) == (START, START + 5)


def test_an_order_replaced_to_what_is_filled_is_filled(ledger: Ledger) -> None:
    ledger.do(
        order(1, "alice", Side.BUY, 5_000, 100),
        order(2, "bob", Side.SELL, 5_000, 30),
        ReplaceOrder(START + 5, "alice", identity(1), quantity=30),
    )
    record = ledger.record(1)
    assert (record.status, record.filled, record.remaining) == (OrderStatus.FILLED, 30, 0)


def test_a_stop_waits_and_opens_when_its_price_is_reached(ledger: Ledger) -> None:
    ledger.do(stop(1, "alice", 5_500, price=5_600))
    assert ledger.record(1).status is OrderStatus.WAITING
    trade_at(ledger, 10, 5_500)
    record = ledger.record(1)
    assert (record.status, record.remaining) == (OrderStatus.OPEN, 100)
    assert record.order == stop(1, "alice", 5_500, price=5_600), "it is shown as it was asked for"


def test_a_stop_that_cannot_go_off_is_rejected(ledger: Ledger) -> None:
    ledger.do(stop(1, "alice", 5_500))
    trade_at(ledger, 10, 5_500)
    record = ledger.record(1)
    assert (record.status, record.reason) == (OrderStatus.REJECTED, Reject.NO_LIQUIDITY)
    assert record.remaining == 100


def test_a_stop_that_was_rejected_late_keeps_its_row_when_it_is_sent_again(ledger: Ledger) -> None:
    ledger.do(stop(1, "alice", 5_500))
    trade_at(ledger, 10, 5_500)
    before = ledger.record(1)
    ledger.do(SetMarketState(START, MARKET, MarketState.HALTED), stop(1, "alice", 5_500))
    assert ledger.record(1) == before


def test_a_waiting_stop_can_be_replaced_and_cancelled(ledger: Ledger) -> None:
    ledger.do(
        stop(1, "alice", 5_500, price=5_600),
        ReplaceOrder(START, "alice", identity(1), quantity=40, stop_price=5_400),
    )
    record = ledger.record(1)
    assert (record.status, record.remaining, record.order.stop_price) == (OrderStatus.WAITING, 40, 5_400)
    ledger.do(CancelOrder(START, "alice", identity(1)))
    assert ledger.record(1).status is OrderStatus.CANCELLED


def test_an_order_that_is_replaced_into_a_delay_is_delayed_and_then_open(ledger: Ledger) -> None:
    ledger.do(
        listing("slow", delay_ns=5),
        order(1, "alice", Side.BUY, 4_000, 100, market="slow"),
        order(2, "bob", Side.SELL, 5_000, 30, market="slow"),
        ReplaceOrder(START, "alice", identity(1), price=5_000),
    )
    assert ledger.record(1).status is OrderStatus.DELAYED
    ledger.do(Tick(START + 5))
    record = ledger.record(1)
    assert (record.status, record.filled, record.remaining) == (OrderStatus.OPEN, 30, 70)


def test_a_conversion_is_an_entry_for_each_market_and_one_for_the_cash(ledger: Ledger) -> None:
    ledger.do(
        listing("a"),
        listing("b"),
        listing("c"),
        CreateEvent(START, "race", ["a", "b", "c"]),
        deposit("alice"),
        Split(START, "alice", "a", 50),
        Split(START, "alice", "b", 50),
    )
    ledger.restart()
    ledger.do(Convert(START + 9, "alice", "race", ["a", "b"], 40), Convert(START, "alice", "race", ["a"], 10))
    ledger.write()
    found = find_entries(
        ledger.connection,
        EntryFilter(account="alice", kinds=(EntryKind.CONVERSION,), newest_first=False),
    )
    assert [(entry.market, entry.cash, entry.yes, entry.no) for entry in found] == [
        ("a", 0, 0, -40),
        ("b", 0, 0, -40),
        ("c", 0, 40, 0),
        ("", 40 * ONE, 0, 0),
        ("a", 0, 0, -10),
        ("b", 0, 10, 0),
        ("c", 0, 10, 0),
    ]
    assert {entry.reference for entry in found} == {"race"}
