"""Linked markets: an event of which exactly one market resolves YES, and its vault (docs/core.md,
"Neg-risk events")."""

from __future__ import annotations

from typing import Final

from tradepit.core.ledger import Account
from tradepit.core.units import ONE, Cash, Quantity

VAULT_PREFIX: Final = "vault/"


def is_reserved(account: str) -> bool:
    """Whether the name is that of a vault, for which nobody may act."""
    return account.startswith(VAULT_PREFIX)


class LinkedMarkets:
    """One event: its markets in order, its vault, and `sets`, the complete sets of NO in the vault.

    A complete set is one lot of NO of every market. All but one of them pay, so a set is worth
    (markets - 1) x ONE however the event ends, and the vault owes exactly that: its cash is below zero.
    """

    __slots__ = ("is_resolved", "markets", "name", "sets", "vault")

    def __init__(self, name: str, markets: list[str], vault: Account) -> None:
        self.name = name
        self.markets = markets
        self.vault = vault
        self.sets: Quantity = 0
        self.is_resolved = False

    def set_value(self) -> Cash:
        """What one complete set of NO pays at the end."""
        return ONE * (len(self.markets) - 1)

    def check(self) -> None:
        """What the vault owes is what its tokens will pay; raises AssertionError. O(markets)."""
        assert self.vault.cash == -self.set_value() * self.sets, f"the vault of {self.name} is off"
        assert self.vault.open_orders == 0, "a vault trades"
        for market in self.markets:
            holding = self.vault.holdings.get(market)
            held = (0, 0) if holding is None else (holding.yes, holding.no)
            assert held == (0, self.sets), f"the vault of {self.name} holds no complete sets"
