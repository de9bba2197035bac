"""The client side: what a trader needs to sign and send orders, on the venues and here."""

from tradepit.client.wallet import ApiKey, SignedOrder, Wallet

__all__ = ["ApiKey", "SignedOrder", "Wallet"]
