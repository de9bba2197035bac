"""`python -m tradepit.cli` is `tradepit`."""

from tradepit.cli.main import main

main()
