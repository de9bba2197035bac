"""The same bot on the CLOB's second Python client, which signs the newer order."""

import os
import time

from py_clob_client_v2 import (
    AssetType,
    BalanceAllowanceParams,
    ClobClient,
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderPayload,
    OrderType,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.clob_types import OrderMarketCancelParams
from show import refusal, show

TOKEN = os.environ["YES_TOKEN"]
CONDITION = os.environ["CONDITION"]

client = ClobClient(os.environ["CLOB_URL"], int(os.environ["CHAIN_ID"]), key=os.environ["PRIVATE_KEY"])
client.set_api_creds(client.create_or_derive_api_key())
show("address", client.get_address())
show("ok", client.get_ok())
show("version", client.get_version())


def limit(side: str, price: float, size: float, **terms: object) -> OrderArgs:
    return OrderArgs(token_id=TOKEN, price=price, size=size, side=side, **terms)


def balance(kind: str, token: str | None = None) -> str:
    return client.get_balance_allowance(BalanceAllowanceParams(asset_type=kind, token_id=token))["balance"]


show("cash", balance(AssetType.COLLATERAL))
show("shares", balance(AssetType.CONDITIONAL, TOKEN))
show("market", client.get_clob_market_info(CONDITION)["t"])

resting = client.create_order(limit("BUY", 0.31, 20))
show("gtc", client.post_order(resting, OrderType.GTC))
show("gtc again", refusal(lambda: client.post_order(resting, OrderType.GTC)))
gtc = client.get_open_orders(OpenOrderParams(market=CONDITION))
show("open", gtc)
show("order", client.get_order(gtc[0]["id"]))
show("cancel", client.cancel_order(OrderPayload(orderID=gtc[0]["id"])))

soon = int(time.time()) + 300
show("gtd", client.create_and_post_order(limit("BUY", 0.32, 20, expiration=soon), order_type=OrderType.GTD))
far = limit("SELL", 0.82, 20, expiration=100_000_000_000)
show("gtd far", client.create_and_post_order(far, order_type=OrderType.GTD))

buy = MarketOrderArgs(token_id=TOKEN, amount=26, side="BUY")
show("fok buy", client.create_and_post_market_order(buy, order_type=OrderType.FOK))
sell = MarketOrderArgs(token_id=TOKEN, amount=10, side="SELL")
show("fok sell", client.create_and_post_market_order(sell, order_type=OrderType.FOK))
fak = MarketOrderArgs(token_id=TOKEN, amount=5.3, side="BUY", price=0.6, order_type=OrderType.FAK)
show("fak buy", client.create_and_post_market_order(fak, order_type=OrderType.FAK))
show("post only", refusal(lambda: client.create_and_post_order(limit("BUY", 0.6, 10), post_only=True)))

show(
    "batch",
    client.post_orders(
        [
            PostOrdersV2Args(order=client.create_order(limit("BUY", 0.21, 10)), orderType=OrderType.GTC),
            PostOrdersV2Args(order=client.create_order(limit("BUY", 0.22, 10)), orderType=OrderType.GTC),
        ]
    ),
)
live = client.get_open_orders()
show("live", [order["price"] for order in live])
show("cancel two", client.cancel_orders([live[0]["id"], live[1]["id"]]))
show("cancel market", client.cancel_market_orders(OrderMarketCancelParams(market=CONDITION)))
show("rest one", client.create_and_post_order(limit("BUY", 0.2, 10)))
show("cancel all", client.cancel_all())
show("left", client.get_open_orders())
show("trades", client.get_trades(TradeParams(market=CONDITION)))
show("cash after", balance(AssetType.COLLATERAL))
show("shares after", balance(AssetType.CONDITIONAL, TOKEN))

position = os.environ["POSITION"]
v3 = OrderArgs(position_id=position, price=0.3, size=10, side="BUY")
show("v3", client.create_and_post_order(v3))
