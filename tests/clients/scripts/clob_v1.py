"""A bot on the CLOB's first Python client: every way to place an order, and to take it back."""

import os

from py_clob_client.client import ClobClient
from py_clob_client.clob_types import (
    AssetType,
    BalanceAllowanceParams,
    BookParams,
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderType,
    PostOrdersArgs,
    TradeParams,
)
from show import refusal, show

TOKEN = os.environ["YES_TOKEN"]
CONDITION = os.environ["CONDITION"]

client = ClobClient(
    os.environ["CLOB_URL"], key=os.environ["PRIVATE_KEY"], chain_id=int(os.environ["CHAIN_ID"])
)
made = client.create_or_derive_api_creds()
client.set_api_creds(made)
show("address", client.get_address())
show("derived again", client.derive_api_key() == made)
show("keys", client.get_api_keys())
show("ok", client.get_ok())


def limit(side: str, price: float, size: float, **terms: object) -> object:
    return client.create_order(OrderArgs(token_id=TOKEN, price=price, size=size, side=side, **terms))


def market(side: str, amount: float) -> object:
    return client.create_market_order(MarketOrderArgs(token_id=TOKEN, amount=amount, side=side))


def balance(kind: str, token: str | None = None) -> str:
    return client.get_balance_allowance(BalanceAllowanceParams(asset_type=kind, token_id=token))["balance"]


show("cash", balance(AssetType.COLLATERAL))
show("shares", balance(AssetType.CONDITIONAL, TOKEN))
show("tick", client.get_tick_size(TOKEN))
show("neg risk", client.get_neg_risk(TOKEN))
show("fee rate", client.get_fee_rate_bps(TOKEN))
show("midpoint", client.get_midpoint(TOKEN))
show("price", client.get_price(TOKEN, "BUY"))
show("spreads", client.get_spreads([BookParams(token_id=TOKEN)]))
book = client.get_order_book(TOKEN)
show("book", {"bids": len(book.bids), "asks": len(book.asks), "condition": book.market})
show("market", client.get_market(CONDITION)["condition_id"])

resting = limit("BUY", 0.31, 20)
show("gtc", client.post_order(resting, OrderType.GTC))
show("gtc again", refusal(lambda: client.post_order(resting, OrderType.GTC)))
gtc = client.get_orders(OpenOrderParams(market=CONDITION))
show("open", gtc)
show("order", client.get_order(gtc[0]["id"]))
show("cancel", client.cancel(gtc[0]["id"]))
show("cancel again", client.cancel(gtc[0]["id"]))

show("gtd", client.post_order(limit("BUY", 0.32, 20, expiration="100000000000"), OrderType.GTD))
show("gtd far", client.post_order(limit("SELL", 0.82, 20, expiration="1000000000000"), OrderType.GTD))
show(
    "gtd past",
    refusal(lambda: client.post_order(limit("BUY", 0.32, 20, expiration=1_000_000_000), OrderType.GTD)),
)

show("fok buy", client.post_order(market("BUY", 26), OrderType.FOK))
show("fok sell", client.post_order(market("SELL", 10), OrderType.FOK))
show("fak buy", client.post_order(limit("BUY", 0.6, 10), OrderType.FAK))
show("fok too large", refusal(lambda: client.post_order(limit("BUY", 0.54, 18_000), OrderType.FOK)))
show("post only", refusal(lambda: client.post_order(limit("BUY", 0.6, 10), OrderType.GTC, post_only=True)))
show("too poor", refusal(lambda: client.post_order(limit("BUY", 0.3, 100_000), OrderType.GTC)))

show(
    "batch",
    client.post_orders(
        [
            PostOrdersArgs(order=limit("BUY", 0.21, 10), orderType=OrderType.GTC),
            PostOrdersArgs(order=limit("BUY", 0.22, 10), orderType=OrderType.GTC),
            PostOrdersArgs(order=limit("SELL", 0.9, 10), orderType=OrderType.GTC),
        ]
    ),
)
live = client.get_orders()
show("live", [order["price"] for order in live])
show("cancel two", client.cancel_orders([live[0]["id"], live[1]["id"]]))
show("cancel market", client.cancel_market_orders(market=CONDITION, asset_id=TOKEN))
show("rest one", client.post_order(limit("BUY", 0.2, 10), OrderType.GTC))
show("cancel all", client.cancel_all())
show("left", client.get_orders())
show("trades", client.get_trades(TradeParams(market=CONDITION)))
show("cash after", balance(AssetType.COLLATERAL))
show("shares after", balance(AssetType.CONDITIONAL, TOKEN))
