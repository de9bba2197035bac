"""Facts of the chain as pure functions: hashing, signatures, addresses and token ids. No network."""
