"""The `tradepit` command."""
