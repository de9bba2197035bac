"""Rest a bid on the CLOB and leave; run again with LOOK=1, say what became of it."""

import os

from py_clob_client.client import ClobClient
from py_clob_client.clob_types import AssetType, BalanceAllowanceParams, OrderArgs, TradeParams
from show import show

token, condition = os.environ["YES_TOKEN"], os.environ["CONDITION"]
client = ClobClient(os.environ["CLOB_URL"], key=os.environ["PRIVATE_KEY"], chain_id=137)
client.set_api_creds(client.create_or_derive_api_creds())
if not os.environ.get("LOOK"):
    bid = OrderArgs(token_id=token, price=0.42, size=25, side="BUY")
    show("rested", client.post_order(client.create_order(bid)))
show("orders", client.get_orders())
show("trades", client.get_trades(TradeParams(market=condition)))
for name, kind, asset in (("cash", AssetType.COLLATERAL, None), ("shares", AssetType.CONDITIONAL, token)):
    held = client.get_balance_allowance(BalanceAllowanceParams(asset_type=kind, token_id=asset))
    show(name, held["balance"])
