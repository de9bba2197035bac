"""An account in the venue's terms: cash with margin for shorts, where the core holds NO tokens.

Selling q at p short gives the seller p x q and binds 1.00 x q as margin; the core instead takes
(1 - p) x q and gives q NO. So with n lots of NO held, the venue's balance is cash + ONE x n, its margin
requirement ONE x n, and buying power, their difference, is the core's cash (docs/protocol/us.md,
"Balances").
"""

from __future__ import annotations

from tradepit.core.units import ONE, Timestamp
from tradepit.doors.us.texts import dollars
from tradepit.doors.us.wire import Balance
from tradepit.engine.messages import AccountView


def balance_of(account: AccountView, time: Timestamp) -> Balance:
    """The account's balance; `open_orders` adds up what the open orders of each instrument need at worst."""
    margin = ONE * sum(position.no for position in account.positions)
    buying_power = dollars(account.cash)
    return Balance(
        balance=dollars(account.cash + margin),
        capital_requirement=dollars(margin),
        excess_capital=buying_power,
        buying_power=buying_power,
        securities={},
        total_security_notional_value="0.00",
        total_security_available_value="0.00",
        open_orders=dollars(sum(position.required for position in account.positions)),
        alternate_capital_requirement_currency="",
        alternate_capital_requirement="0.00",
        unsettled_funds="0.00",
        margin_requirement=dollars(margin),
        update_time=time,
    )
