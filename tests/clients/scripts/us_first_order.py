"""A first order on the US exchange: who am I, what is there, what have I, place, look, cancel."""

from show import refusal, show
from us_session import Session

session = Session()
show("who", session.get("/v1/whoami"))
listed = session.post(
    "/v1/refdata/instruments", {"page_size": 3, "tradable_filter": "TRADABLE_FILTER_TRADABLE"}
)["instruments"]
show(
    "instruments",
    [{name: each.get(name) for name in ("symbol", "price_scale", "description")} for each in listed],
)
show("balance", session.post("/v1/positions/balance", {}))

symbol = listed[0]["symbol"]
order = session.limit(symbol, "SIDE_BUY", 10, 50 * listed[0]["price_scale"] // 100)
show("placed", order)


def is_open() -> bool:
    search = {"symbols": [symbol], "state_filter": "ORDER_STATE_FILTER_OPEN"}
    found = session.post("/v1/report/orders/search", search)["orders"]
    return order["id"] in [each["id"] for each in found]


show("open before", is_open())
show("cancelled", session.post("/v1/trading/orders/cancel", {"order_id": order["id"]}))
show("open after", is_open())
show("unknown", refusal(lambda: session.post("/v1/trading/orders/cancel", {"order_id": "0000000000000"})))
