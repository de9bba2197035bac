"""A prediction-market exchange that you run yourself.

Clients written for Polymarket and for Polymarket US trade on it unmodified, in one order book. Start it
with `tradepit serve`; see README.md. The package's rooms and who may import whom: CONTRIBUTING.md.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
