"""What the exchange holds, in a few numbers."""

from __future__ import annotations

import msgspec

from tradepit.core.enums import MarketState
from tradepit.core.state import State
from tradepit.core.units import Cash, Quantity


class Statistics(msgspec.Struct, frozen=True, gc=False):
    """Counts and sums of now. `trades`, `traded` (lots) and `deposited` (deposits less withdrawals) are
    since the beginning, failed trades included; `fees` is what the operator's accounts hold.

    `open_orders` are all open orders, of which `waiting_stops` wait for their price. `escrow` is the cash
    that lies in `unsettled` trades.
    """

    accounts: int
    markets: dict[str, int]
    open_orders: int
    waiting_stops: int
    trades: int
    traded: Quantity
    unsettled: int
    deposited: Cash
    fees: Cash
    escrow: Cash


def take(state: State) -> Statistics:
    """Count. `markets` has every state by its name in lower case.

    O(markets + open orders + unsettled trades).
    """
    markets = {market_state.name.lower(): 0 for market_state in MarketState}
    for market in state.markets.values():
        markets[market.state.name.lower()] += 1
    return Statistics(
        accounts=len(state.accounts),
        markets=markets,
        open_orders=len(state.orders),
        waiting_stops=sum(order.is_waiting for order in state.orders.values()),
        trades=state.trade_number,
        traded=sum(market.traded for market in state.markets.values()),
        unsettled=len(state.escrows),
        deposited=state.deposited,
        fees=sum(market.fees for market in state.markets.values()),
        escrow=sum(escrow.held()[0] for escrow in state.escrows.values()),
    )
