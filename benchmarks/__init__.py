"""Every number that the README claims, one command each: `make bench` runs them all."""
