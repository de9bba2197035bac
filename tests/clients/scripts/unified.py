"""A bot on the venue's unified SDK, which knows no other hosts than the venue's."""

import os

from eth_account import Account
from polymarket import SecureClient
from show import show

TOKEN = os.environ["YES_TOKEN"]
POSITION = os.environ["POSITION"]
KEY = os.environ["PRIVATE_KEY"]


def accepted(response: object) -> dict[str, object]:
    if not response.ok:
        return {"ok": False, "code": response.code, "message": response.message}
    return {
        "ok": True,
        "id": response.order_id,
        "status": response.status,
        "making": str(response.making_amount),
        "taking": str(response.taking_amount),
    }


with SecureClient.create(private_key=KEY, wallet=Account.from_key(KEY).address) as client:
    show("cash", str(client.get_balance_allowance(asset_type="COLLATERAL").balance))
    for name, asset in (("token", TOKEN), ("position", POSITION)):
        book = client.get_order_book(asset_id=asset)
        show(f"{name} book", {"bids": len(book.bids), "asks": len(book.asks)})
        resting = client.place_limit_order(asset_id=asset, price="0.31", size="20", side="BUY")
        show(f"{name} limit", accepted(resting))
        show(f"{name} open", [order.id for page in client.list_open_orders() for order in page.items])
        show(f"{name} cancel", list(client.cancel_order(order_id=resting.order_id).canceled))
        bought = client.place_market_order(asset_id=asset, side="BUY", amount="10", order_type="FOK")
        show(f"{name} market buy", accepted(bought))
        sold = client.place_market_order(asset_id=asset, side="SELL", shares="5", order_type="FOK")
        show(f"{name} market sell", accepted(sold))
    show("trades", sum(len(page.items) for page in client.list_account_trades()))
