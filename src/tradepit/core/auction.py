"""Auctions: everything that was collected and crosses trades at one price (docs/core.md, "Auctions")."""

from __future__ import annotations

from tradepit.core.block import Block
from tradepit.core.clearing_price import clearing_price
from tradepit.core.market import Market
from tradepit.core.matching import Step
from tradepit.core.settlement import settle
from tradepit.core.state import State


def uncross(state: State, block: Block, market: Market) -> None:
    """Trade what crosses, all at one price, by price and then time. No fees; own orders may meet.

    In each fill the order that came later is the taker.
    """
    price, quantity = clearing_price(market)
    while quantity:
        bid_level, ask_level = market.book.bids.best(), market.book.asks.best()
        assert bid_level is not None and ask_level is not None, "the auction outran the book"
        bid, ask = bid_level.first, ask_level.first
        assert bid is not None and ask is not None, "an empty level is kept"
        lots = min(bid.remaining, ask.remaining, quantity)
        quantity -= lots
        taker, maker = (bid, ask) if bid.arrival > ask.arrival else (ask, bid)
        done = lots == taker.remaining
        block.touch_level(market, taker.side, taker.price)
        market.book.fill(taker, lots)
        taker.holding.commit(taker.side, taker.gives, taker.price, -lots)
        # The book and the settlement both count the fill out of what remains.
        taker.remaining += lots
        settle(state, block, market, taker, Step(maker, lots, 0, 0), price, done=done)
        if done:
            state.close(taker)
    market.indicative = (0, 0)
