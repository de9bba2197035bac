"""`tradepit exec`: a program with the venues' hosts built in, run against the local exchange."""
