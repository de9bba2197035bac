"""Read models of what happened: orders, trades and ledger entries, rebuilt from the journal at any time."""
