"""The operator API's routes: decode, call the service, render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from litestar import MediaType, Response, get, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from tradepit.core.units import ONE
from tradepit.doors.operator import amounts, listings, users
from tradepit.doors.operator.amounts import format_cash, format_quantity
from tradepit.doors.operator.errors import OperatorError, invalid
from tradepit.doors.operator.metrics import CONTENT_TYPE, Metrics
from tradepit.doors.operator.service import OperatorService, account_id
from tradepit.doors.operator.wire import (
    AccountOut,
    EventIn,
    EventOut,
    EventResolveIn,
    FaultsIn,
    FaultsOut,
    KillSwitchIn,
    KillSwitchOut,
    MarketIn,
    MarketOut,
    MarketsOut,
    MoneyIn,
    MoneyOut,
    PairsIn,
    PositionOut,
    ResolveIn,
    ScheduleIn,
    StateIn,
    StatusOut,
    TickIn,
    TradeOut,
    UserIn,
    UserOut,
)
from tradepit.engine.messages import AccountView, MarketState, TradeConfirmed, TradeFailed, TradeRetried
from tradepit.engine.port import FaultStage, Port

FaultSwitch = Callable[[FaultStage, int, str], None]
"""Makes the next n order placements of an account ("" is anyone's) fail at a stage."""

_FAULTS_MAX = 1_000_000


@dataclass(frozen=True)
class OperatorSettings:
    """What the operator API says about the exchange it belongs to."""

    version: str
    mode: str
    profile: str
    data_dir: str = ""
    ca_certificate: str = ""
    ports: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Room:
    """What the routes work with."""

    port: Port
    service: OperatorService
    metrics: Metrics
    settings: OperatorSettings
    welcome: users.Welcome | None
    faults: FaultSwitch | None


def _room(state: State) -> Room:
    room = state.room
    assert isinstance(room, Room)
    return room


@post("/v1/markets", status_code=201)
async def create_market(state: State, data: JSONBody[MarketIn]) -> MarketOut:
    """List a market. Ids that are left out are derived from the slug."""
    return listings.render(await _room(state).service.create_market(data))


@get("/v1/markets")
async def list_markets(state: State) -> MarketsOut:
    """All markets, in order of creation."""
    return MarketsOut([listings.render(view) for view in await _room(state).service.markets()])


@get("/v1/markets/{market:str}")
async def get_market(state: State, market: FromPath[str]) -> MarketOut:
    """One market by slug, symbol or condition id."""
    return listings.render(await _room(state).service.market(market))


@post("/v1/markets/{market:str}/state", status_code=200)
async def set_state(state: State, market: FromPath[str], data: JSONBody[StateIn]) -> MarketOut:
    """Move a market to another state."""
    return listings.render(await _room(state).service.set_state(market, MarketState[data.state.upper()]))


@post("/v1/markets/{market:str}/resolve", status_code=200)
async def resolve(state: State, market: FromPath[str], data: JSONBody[ResolveIn]) -> MarketOut:
    """Pay the holders out; final."""
    if (data.outcome is None) == (data.payout is None):
        raise invalid('give either "outcome" ("YES" or "NO") or "payout" (what a YES share pays, 0 to 1)')
    if data.payout is not None:
        payout = amounts.price(data.payout, "payout")
    else:
        payout = ONE if data.outcome == "YES" else 0
    return listings.render(await _room(state).service.resolve(market, payout))


@post("/v1/markets/{market:str}/tick", status_code=200)
async def set_tick(state: State, market: FromPath[str], data: JSONBody[TickIn]) -> MarketOut:
    """Change a market's tick; orders that rest stay."""
    return listings.render(await _room(state).service.set_tick(market, amounts.price(data.tick, "tick")))


@post("/v1/markets/{market:str}/schedule", status_code=200)
async def schedule(state: State, market: FromPath[str], data: JSONBody[ScheduleIn]) -> MarketOut:
    """Have the clock move a market to a state, besides what is scheduled already."""
    return listings.render(await _room(state).service.schedule(market, data))


@post("/v1/kill-switch", status_code=200)
async def kill_switch(state: State, data: JSONBody[KillSwitchIn]) -> KillSwitchOut:
    """Cancel every open order of an account or of a market and refuse new ones; or lift that."""
    service = _room(state).service
    account, market, canceled = await service.set_kill_switch(data.account, data.market, on=data.on)
    return KillSwitchOut(account=account, market=market, on=data.on, canceled=canceled)


@post("/v1/trades/{number:int}/confirm", status_code=200)
async def confirm_trade(state: State, number: FromPath[int]) -> TradeOut:
    """A trade of a market that settles later has settled."""
    return _trade(await _room(state).service.settle(number, "confirm"))


@post("/v1/trades/{number:int}/retry", status_code=200)
async def retry_trade(state: State, number: FromPath[int]) -> TradeOut:
    """A trade's settlement is tried again."""
    return _trade(await _room(state).service.settle(number, "retry"))


@post("/v1/trades/{number:int}/fail", status_code=200)
async def fail_trade(state: State, number: FromPath[int]) -> TradeOut:
    """A trade's settlement has failed for good: it is void."""
    return _trade(await _room(state).service.settle(number, "fail"))


@post("/v1/events", status_code=201)
async def create_event(state: State, data: JSONBody[EventIn]) -> EventOut:
    """Link markets of which exactly one will resolve YES."""
    view = await _room(state).service.create_event(data.event, data.markets)
    return EventOut(view.event, view.markets, None)


@post("/v1/events/{event:str}/resolve", status_code=200)
async def resolve_event(state: State, event: FromPath[str], data: JSONBody[EventResolveIn]) -> EventOut:
    """Resolve every market of an event; final."""
    if bool(data.winner) == (data.payouts is not None):
        raise invalid('give either "winner" (a market) or "payouts" (what YES pays in each market)')
    payouts = None
    if data.payouts is not None:
        payouts = [amounts.price(payout, "payouts") for payout in data.payouts]
    view, paid = await _room(state).service.resolve_event(event, data.winner, payouts)
    return EventOut(view.event, view.markets, [amounts.format_price(payout) for payout in paid])


@post("/v1/deposits", status_code=201)
async def deposit(state: State, data: JSONBody[MoneyIn]) -> MoneyOut:
    """Bring cash into an account."""
    amount = amounts.cash(data.amount)
    balance, sequence = await _room(state).service.deposit(data.account, amount, data.reference)
    return _money(data.account, amount, balance, sequence)


@post("/v1/withdrawals", status_code=201)
async def withdraw(state: State, data: JSONBody[MoneyIn]) -> MoneyOut:
    """Take free cash out of an account."""
    amount = amounts.cash(data.amount)
    balance, sequence = await _room(state).service.withdraw(data.account, amount, data.reference)
    return _money(data.account, amount, balance, sequence)


@post("/v1/splits", status_code=201)
async def split(state: State, data: JSONBody[PairsIn]) -> AccountOut:
    """Turn cash of an account into YES and NO shares, a dollar a pair."""
    return _account(await _room(state).service.split(data.account, data.market, _pairs(data)))


@post("/v1/merges", status_code=201)
async def merge(state: State, data: JSONBody[PairsIn]) -> AccountOut:
    """Turn YES and NO shares of an account back into cash."""
    return _account(await _room(state).service.merge(data.account, data.market, _pairs(data)))


@get("/v1/accounts/{account:path}")
async def get_account(state: State, account: FromPath[str]) -> AccountOut:
    """An account's cash and positions; zeros for one that is unknown."""
    return _account(await _room(state).service.account(account.strip("/")))


@post("/v1/us/users", status_code=201)
async def onboard_user(state: State, data: JSONBody[UserIn]) -> UserOut:
    """Register a US trader's public key and get the client id; a sandbox also funds a new account."""
    room = _room(state)
    return await users.onboard(room.port, data, room.welcome)


@post("/v1/faults", status_code=201)
async def inject_faults(state: State, data: JSONBody[FaultsIn]) -> FaultsOut:
    """Make the next order placements fail as a broken exchange would; sandbox only."""
    switch = _room(state).faults
    if switch is None:
        raise OperatorError(403, "sandbox_only", "faults are injected in sandbox mode only")
    if not 0 <= data.count <= _FAULTS_MAX:
        raise invalid(f"count must be between 0 and {_FAULTS_MAX}")
    account = account_id(data.account) if data.account else ""
    switch(data.stage, data.count, account)
    return FaultsOut(stage=data.stage, count=data.count, account=account)


@get("/v1/status")
async def get_status(state: State) -> StatusOut:
    """What runs here, and where."""
    room = _room(state)
    view = await room.service.status()
    return StatusOut(
        version=room.settings.version,
        mode=room.settings.mode,
        profile=room.settings.profile,
        sequence=view.sequence,
        time=view.time,
        markets=view.markets,
        accounts=view.accounts,
        open_orders=view.open_orders,
        data_dir=room.settings.data_dir,
        ca_certificate=room.settings.ca_certificate,
        ports=room.settings.ports,
    )


@get("/metrics", media_type=MediaType.TEXT)
async def get_metrics(state: State) -> Response[bytes]:
    """Prometheus metrics."""
    return Response(await _room(state).metrics.render(), headers={"content-type": CONTENT_TYPE})


def _money(account: str, amount: int, balance: int, sequence: int) -> MoneyOut:
    return MoneyOut(
        account=account_id(account),
        amount=format_cash(amount),
        balance=format_cash(balance),
        sequence=sequence,
    )


def _pairs(data: JSONBody[PairsIn]) -> int:
    quantity = amounts.quantity(data.quantity)
    if quantity == 0:
        raise invalid("quantity must be more than 0")
    return quantity


def _account(view: AccountView) -> AccountOut:
    return AccountOut(
        account=view.account,
        cash=format_cash(view.cash),
        free=format_cash(max(0, view.cash - view.largest_required)),
        positions=[
            PositionOut(
                position.market,
                format_quantity(position.yes),
                format_quantity(position.no),
                format_quantity(position.pending_yes),
                format_quantity(position.pending_no),
                format_cash(position.pending_cash),
            )
            for position in view.positions
        ],
        pending_cash=format_cash(view.pending_cash),
    )


def _trade(event: TradeConfirmed | TradeRetried | TradeFailed) -> TradeOut:
    restored = isinstance(event, TradeFailed) and event.restored
    status = {TradeConfirmed: "confirmed", TradeRetried: "retrying", TradeFailed: "failed"}[type(event)]
    return TradeOut(number=event.number, market=event.market, status=status, restored=restored)


ROUTES: list[HTTPRouteHandler] = [
    create_market,
    list_markets,
    get_market,
    set_state,
    resolve,
    set_tick,
    schedule,
    kill_switch,
    confirm_trade,
    retry_trade,
    fail_trade,
    create_event,
    resolve_event,
    deposit,
    withdraw,
    split,
    merge,
    get_account,
    onboard_user,
    inject_faults,
    get_status,
    get_metrics,
]
