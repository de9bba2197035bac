import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.doors.clob.trading import listing
from tradepit.core.enums import MarketState, Side
from tradepit.core.events import LevelChanged
from tradepit.doors.clob.markets import Listing
from tradepit.doors.clob.wire.books import token_book
from tradepit.doors.clob.wire.mirror import BookMirror
from tradepit.engine.messages import BookView

TIME = 1_800_000_000 * 10**9
CHANGES = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 99), st.sampled_from([0, 1, 50, 12_345])), max_size=60
)


@given(before=CHANGES, after=CHANGES)
def test_the_mirrors_book_and_hash_are_those_of_the_book_request(
    before: list[tuple[Side, int, int]], after: list[tuple[Side, int, int]]
) -> None:
    market = Listing(listing(TIME))
    mirror = BookMirror(market)
    levels: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}

    def change(changes: list[tuple[Side, int, int]]) -> None:
        for side, cents, quantity in changes:
            mirror.apply(LevelChanged(TIME, "rain", side, cents * 100, quantity))
            levels[side][cents * 100] = quantity

    change(before)
    mirror.text(0, TIME)  # from here on the texts are kept, and follow each change
    change(after)
    bids = sorted(((price, size) for price, size in levels[Side.BUY].items() if size), reverse=True)
    asks = sorted((price, size) for price, size in levels[Side.SELL].items() if size)
    for outcome in (0, 1):
        book = token_book(market, outcome, bids, asks, TIME)
        frame = json.loads(mirror.text(outcome, TIME).frame())
        assert frame == {"event_type": "book"} | msgspec.to_builtins(book)
        best = mirror.best(outcome)
        assert best == (
            book.bids[-1].price if book.bids else "0",
            book.asks[-1].price if book.asks else "1",
        )


def test_loading_a_book_replaces_what_was_there() -> None:
    market = Listing(listing(TIME))
    mirror = BookMirror(market)
    mirror.apply(LevelChanged(TIME, "rain", Side.BUY, 4_000, 100))
    mirror.text(0, TIME)
    mirror.load(BookView("rain", MarketState.OPEN, [(4_500, 200)], [], 4_200, Side.SELL, 7, TIME))
    frame = json.loads(mirror.text(1, TIME).frame())
    assert frame["asks"] == [{"price": "0.55", "size": "2"}]
    assert frame["last_trade_price"] == "0.58"
