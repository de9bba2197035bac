"""Sell into a resting bid on the US exchange, and look at what became of the order."""

import os

from show import show
from us_session import Session

symbol = os.environ["SYMBOL"]
session = Session()
show("balance before", session.post("/v1/positions/balance", {}))
order = session.limit(symbol, "SIDE_SELL", int(os.environ["QUANTITY"]), int(os.environ["PRICE"]))
show("placed", order)
search = {"symbols": [symbol], "state_filter": "ORDER_STATE_FILTER_FILLED"}
found = session.post("/v1/report/orders/search", search)["orders"]
show("found", [each for each in found if each["id"] == order["id"]])
show("balance after", session.post("/v1/positions/balance", {}))
