"""The markets that a sandbox begins with, and where the house maker quotes them.

They are chosen so that the venues' published examples run as printed: the quickstart of the US exchange
(first market) and the examples of the CLOB clients (those with given token ids).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tradepit.core.units import LOTS_PER_SHARE, Price, Quantity
from tradepit.doors.operator.service import OperatorService
from tradepit.doors.operator.wire import MarketIn
from tradepit.engine.messages import MarketView


@dataclass(frozen=True)
class Ladder:
    """A two-sided quote in YES terms: `levels` prices a side, `spacing` apart, `quantity` lots at each."""

    bid: Price
    ask: Price
    spacing: Price = 100
    levels: int = 5
    quantity: Quantity = 5_000 * LOTS_PER_SHARE

    def bids(self) -> list[Price]:
        """Best first."""
        return [self.bid - self.spacing * level for level in range(self.levels)]

    def asks(self) -> list[Price]:
        """Best first."""
        return [self.ask + self.spacing * level for level in range(self.levels)]


@dataclass(frozen=True)
class DemoMarket:
    listing: MarketIn
    ladder: Ladder


DEMO_MARKETS: Final[tuple[DemoMarket, ...]] = (
    DemoMarket(
        MarketIn(
            slug="tec-nfl-sbw-2026-02-08-kc",
            question="Will the Kansas City Chiefs win the Super Bowl on 8 February 2026?",
            description="Kansas City Chiefs to win the Super Bowl",
            tick=Decimal("0.01"),
            step=Decimal(1),
            minimum=Decimal(1),
        ),
        # A buy at 0.50, the first order of the US quickstart, rests below the quotes.
        Ladder(bid=5_500, ask=5_700),
    ),
    DemoMarket(
        MarketIn(
            slug="clob-client-example",
            question="Will the example of the official CLOB clients trade today?",
            description="The market whose tokens the examples of the official CLOB clients name",
            tick=Decimal("0.0001"),
            condition_id="0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1",
            yes_token="71321045679252212594626385532706912750332728571942532289631379312455583992563",
            no_token="52114319501245915516055106046884209969926127482827954674443846427813813222426",
        ),
        # The examples rest a buy at 0.50 and a sell at 0.60, and trade at the market both ways.
        Ladder(bid=5_100, ask=5_300),
    ),
    DemoMarket(
        MarketIn(
            slug="clob-v2-reader-example",
            question="Will the reading examples of the V2 client find a book?",
            description="The market whose books the examples of the V2 client read",
            yes_token="78433024518676680431174478322854148606578065650008220678402966840627347604025",
            no_token="50346565575310273995396997144874891836871065259829083228393044602519086496922",
        ),
        Ladder(bid=3_300, ask=3_500),
    ),
    DemoMarket(
        MarketIn(
            slug="clob-price-example",
            question="Will the price examples of the CLOB clients find a spread?",
            description="A market whose YES token the reading examples of the CLOB clients name",
            yes_token="34097058504275310827233323421517291090691602969494795225921954353603704046623",
        ),
        Ladder(bid=6_200, ask=6_400),
    ),
    DemoMarket(
        MarketIn(
            slug="clob-builder-example",
            question="Will the builder examples of the CLOB clients be attributed?",
            description="A market whose YES token the builder examples of the CLOB clients name",
            yes_token="104173557214744537570424345347209544585775842950109756851652855913015295701992",
        ),
        Ladder(bid=4_400, ask=4_600),
    ),
    DemoMarket(
        MarketIn(
            slug="clob-quote-example",
            question="Will the quote examples of the CLOB clients be answered?",
            description="A market whose YES token the quote examples of the CLOB clients name",
            yes_token="102200530570339469387764365697342150521708074903735836831685780223982723092914",
        ),
        Ladder(bid=2_700, ask=2_900),
    ),
    DemoMarket(
        MarketIn(
            slug="position-id-example",
            question="Will orders for structured position ids be signed for the V3 exchange?",
            description="A market with V3 position ids",
            exchange="v3",
        ),
        Ladder(bid=4_900, ask=5_200),
    ),
    DemoMarket(
        MarketIn(
            slug="neg-risk-example",
            question="Will orders of this market be signed for the negative-risk exchange?",
            description="A market that the negative-risk exchange settles",
            exchange="neg_risk",
        ),
        Ladder(bid=1_800, ask=2_000),
    ),
    DemoMarket(
        MarketIn(
            slug="fine-tick-example",
            question="Will the favourite win?",
            description="A market near certainty, with a tick of a tenth of a cent",
            tick=Decimal("0.001"),
        ),
        Ladder(bid=9_640, ask=9_660, spacing=20),
    ),
    DemoMarket(
        MarketIn(
            slug="aec-nfl-ne-den-2027-01-24",
            question="Will New England beat Denver on 24 January 2027?",
            description="New England at Denver, money line",
            tick=Decimal("0.005"),
            step=Decimal(1),
            minimum=Decimal(1),
            price_scale=1_000,
            yes_label="New England",
            no_label="Denver",
        ),
        Ladder(bid=4_700, ask=4_800, spacing=50),
    ),
)


async def list_demo_markets(
    service: OperatorService, markets: Sequence[DemoMarket] = DEMO_MARKETS
) -> list[MarketView]:
    """Create those of `markets` that do not exist yet; the views of all of them, in order."""
    existing = {view.listing.market: view for view in await service.markets()}
    return [
        existing.get(market.listing.slug) or await service.create_market(market.listing) for market in markets
    ]
