"""An instrument in the venue's words, and the filters of the instrument list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from tradepit.core.units import ONE
from tradepit.doors.us.enums import InstrumentState, TradableFilter
from tradepit.doors.us.errors import InvalidArgument, Unimplemented
from tradepit.doors.us.listings import Listing
from tradepit.doors.us.requests import ListInstruments
from tradepit.doors.us.times import parse_day_or_time, utc
from tradepit.doors.us.wire import Date, EventAttributes, Instrument, PriceLimit, TimeOfDay
from tradepit.engine.messages import MarketState

CLEARING_HOUSE: Final = "QCC"
CURRENCY: Final = "USD"

STATES: Final = {
    MarketState.PENDING: InstrumentState.INSTRUMENT_STATE_PENDING,
    MarketState.PRE_OPEN: InstrumentState.INSTRUMENT_STATE_PREOPEN,
    MarketState.OPEN: InstrumentState.INSTRUMENT_STATE_OPEN,
    MarketState.SUSPENDED: InstrumentState.INSTRUMENT_STATE_SUSPENDED,
    MarketState.HALTED: InstrumentState.INSTRUMENT_STATE_HALTED,
    MarketState.CLOSED: InstrumentState.INSTRUMENT_STATE_CLOSED,
    MarketState.RESOLVED: InstrumentState.INSTRUMENT_STATE_TERMINATED,
}
"""A resolved market has paid its positions and has no book: the venue's TERMINATED."""

_LISTED_ELSEWHERE: Final = ("description", "question", "delay_reply")


def state_of(listing: Listing) -> InstrumentState:
    return STATES[listing.state]


def is_tradable(listing: Listing) -> bool:
    """Whether orders may be entered now."""
    return listing.state in (MarketState.OPEN, MarketState.PRE_OPEN)


def instrument(listing: Listing) -> Instrument:
    """The instrument as the venue's reference data shows it."""
    market, scale, metadata = listing.market, listing.scale, listing.metadata
    smallest = max(market.minimum_quantity, market.quantity_step)
    expiry = _expiry(listing)
    return Instrument(
        symbol=listing.symbol,
        tick_size=listing.tick / ONE,
        base_currency=CURRENCY,
        multiplier=1.0,
        minimum_trade_qty=-(-smallest // scale.lots(1)),
        start_date=date_of(market.now),
        expiration_date=date_of(expiry) if expiry else None,
        termination_date=None,
        trading_schedule=[],
        description=metadata.get("description") or metadata.get("question") or listing.symbol,
        clearing_house=CLEARING_HOUSE,
        minimum_unaffiliated_firms=0,
        non_tradable=not is_tradable(listing),
        json_attributes="",
        product_id=metadata.get("product_id", ""),
        price_limit=PriceLimit(
            low=scale.wire_price(listing.tick),
            high=scale.wire_price(ONE - listing.tick),
            low_set=True,
            high_set=True,
        ),
        order_size_limit=None,
        expiration_time=_time_of(expiry) if expiry else None,
        trade_settlement_period=0,
        state=state_of(listing),
        price_scale=scale.price,
        fractional_qty_scale=scale.quantity,
        settlement_currency=CURRENCY,
        settlement_price_scale=scale.price,
        metadata={key: value for key, value in metadata.items() if key not in _LISTED_ELSEWHERE},
        event_attributes=EventAttributes(
            question=metadata.get("question", ""),
            payout_value="1",
            evaluation_type="",
            event_id=metadata.get("event_id", ""),
            event_display_name=metadata.get("event_display_name", ""),
            strike_value=metadata.get("outcome_strike", ""),
            strike_unit="",
            calculation_method="",
            position_accountability_value="",
            time_specifier=None,
            event_outcome=(
                "EVENT_OUTCOME_MUTUALLY_EXCLUSIVE"
                if metadata.get("exchange") == "neg_risk"
                else "EVENT_OUTCOME_INDEPENDENT"
            ),
        ),
        create_time=market.now,
        update_time=market.now,
    )


def matching(request: ListInstruments) -> Callable[[Listing], bool]:
    """Whether a listing passes every filter of the request.

    Raises `InvalidArgument` for a bound that is no date, `Unimplemented` for a filter we do not have.
    """
    if request.filter is not None and (request.filter.where_clause or request.filter.field_filters):
        raise Unimplemented("the generic instrument filter")
    symbols, states = frozenset(request.symbols), frozenset(request.states)
    wanted = {
        "product_id": request.product_id,
        "event_series": request.event_series,
        "market_category": request.market_category,
        "market_type": request.market_type,
        "game_id": request.game_id,
        "clearing_sym": request.clearing_sym,
        "event_category": request.event_category,
    }
    metadata = {key: value for key, value in wanted.items() if value}
    start_low, start_high = _bound(request.start_time_gte), _bound(request.start_time_lte)
    end_low, end_high = _bound(request.end_time_gte), _bound(request.end_time_lte)

    def passes(listing: Listing) -> bool:
        return (
            (not symbols or listing.symbol in symbols)
            and (not states or state_of(listing) in states)
            and _passes_tradable(listing, request.tradable_filter)
            and all(listing.metadata.get(key) == value for key, value in metadata.items())
            and _within(listing.market.now, start_low, start_high)
            and _within(_expiry(listing), end_low, end_high)
        )

    return passes


def date_of(time: int) -> Date:
    """The calendar day in UTC."""
    day: date = utc(time).date()
    return Date(year=day.year, month=day.month, day=day.day)


def _time_of(time: int) -> TimeOfDay:
    moment = utc(time)
    return TimeOfDay(hours=moment.hour, minutes=moment.minute, seconds=moment.second)


def _expiry(listing: Listing) -> int:
    """When the market ends, 0 where its metadata does not say in a way that can be read."""
    text = listing.metadata.get("end_date", "")
    try:
        return parse_day_or_time(text) if text else 0
    except ValueError:
        return 0


def _passes_tradable(listing: Listing, wanted: TradableFilter) -> bool:
    match wanted:
        case TradableFilter.TRADABLE_FILTER_ALL:
            return True
        case TradableFilter.TRADABLE_FILTER_TRADABLE:
            return is_tradable(listing)
        case TradableFilter.TRADABLE_FILTER_NON_TRADABLE:
            return not is_tradable(listing)


def _bound(text: str) -> int:
    """A filter's bound as an instant; 0 for none."""
    if not text:
        return 0
    try:
        return parse_day_or_time(text)
    except ValueError:
        raise InvalidArgument("a time filter must be YYYY-MM-DD or an RFC 3339 time") from None


def _within(time: int, low: int, high: int) -> bool:
    """Whether low <= time <= high; a bound of 0 does not bind, and an unknown time passes no bound."""
    if not low and not high:
        return True
    return time > 0 and time >= low and (not high or time <= high)
