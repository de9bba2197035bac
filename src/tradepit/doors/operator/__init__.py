"""The operator's own API: list and resolve markets, move money, onboard traders, inject faults."""
