"""From a market as the operator describes it to the command that lists it.

Ids that the operator leaves out are derived from the slug by the rules of the chain, so that the same
description gives the same market on every machine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from tradepit.chain.addresses import parse_address
from tradepit.chain.contracts import COLLATERAL_V1, NEG_RISK_ADAPTER, POLYGON
from tradepit.chain.keccak import keccak256
from tradepit.chain.tokens import (
    StructuredId,
    condition_id,
    is_structured,
    outcome_tokens,
    structured_position_id,
)
from tradepit.core.units import NANOSECONDS, ONE, Timestamp
from tradepit.doors.operator import amounts
from tradepit.doors.operator.errors import invalid
from tradepit.doors.operator.times import format_time, parse_time
from tradepit.doors.operator.wire import FeesIn, FeesOut, MarketIn, MarketOut, ScheduleIn, ScheduleOut
from tradepit.engine.messages import CreateMarket, FeeSchedule, MarketState, MarketView

_ORACLE: Final = keccak256(b"tradepit operator")[12:]
_WRAPPED_COLLATERAL: Final = parse_address("0x3A3BD7bb9528E159577F7C2e685CC81A765002E2")
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_TOKEN: Final = re.compile(r"[1-9][0-9]{0,77}")
_MODULE_BINARY: Final = 1
_YEAR_NS: Final = 365 * 86_400 * NANOSECONDS
_FIRST_YEAR: Final = 1970
_TEXT_MAX: Final = 4_000
_LABEL_MAX: Final = 100


def listing(market: MarketIn, now: Timestamp) -> CreateMarket:
    """The command that lists `market`; raises `OperatorError` or `AmountError` for a bad description."""
    _check_texts(market)
    tick = amounts.price(market.tick, "tick")
    if not 0 < tick <= ONE // 2 or ONE % tick:
        raise invalid("tick must divide one dollar, for example 0.01, 0.005, 0.001 or 0.0001")
    step = amounts.quantity(market.step, "step")
    if step not in (1, 2, 4, 5, 10, 20, 25, 50, 100):
        raise invalid("step must divide one share, for example 0.01 or 1")
    if market.price_scale < 1 or ONE % market.price_scale or market.price_scale * tick % ONE:
        raise invalid("price_scale must divide 10000 and make the tick a whole number, for example 10000")
    minimum = amounts.quantity(market.minimum, "minimum")
    edge_tick = amounts.price(market.edge_tick, "edge_tick")
    if market.edge and (not 0 < edge_tick < tick or tick % edge_tick):
        raise invalid("edge_tick must be finer than tick and divide it, for example 0.001")
    if market.edge and market.price_scale * edge_tick % ONE:
        raise invalid("price_scale must make edge_tick a whole number, for example 10000")
    if market.restores and not market.deferred:
        raise invalid("restores is for markets whose trades settle later: set deferred too")
    maximum = amounts.quantity(market.maximum, "maximum")
    if maximum and maximum < max(minimum, step):
        raise invalid("maximum must not be below minimum or step")
    lowest = amounts.price(market.lowest_price, "lowest_price")
    highest = amounts.price(market.highest_price, "highest_price")
    if highest and lowest > highest:
        raise invalid("lowest_price must not be above highest_price")
    return CreateMarket(
        now=now,
        market=market.slug,
        tick=tick,
        quantity_step=step,
        minimum_quantity=minimum,
        delay_ns=amounts.nanoseconds(market.delay, "delay"),
        state=MarketState[market.state.upper()],
        fees=_fees(market.fees),
        metadata=_metadata(market, now),
        maximum_quantity=maximum,
        lowest_price=lowest,
        highest_price=highest,
        edge=amounts.price(market.edge, "edge"),
        edge_tick=edge_tick,
        schedule=[change(planned, now) for planned in market.schedule],
        deferred=market.deferred,
        restores=market.restores,
    )


def change(planned: ScheduleIn, now: Timestamp) -> tuple[Timestamp, MarketState]:
    """A scheduled change of state; raises `OperatorError` for a date that is none or has passed."""
    if planned.state == "pending":
        raise invalid("a schedule cannot lead to pending")
    at = parse_time(planned.at, "at")
    if at <= now:
        raise invalid(f"at must lie ahead; now it is {format_time(now)}")
    return at, MarketState[planned.state.upper()]


def _check_texts(market: MarketIn) -> None:
    if not _SLUG.fullmatch(market.slug):
        raise invalid("slug must be 1 to 128 of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit")
    if not market.question.strip():
        raise invalid("question must not be empty")
    if max(len(market.question), len(market.description)) > _TEXT_MAX:
        raise invalid(f"question and description may have {_TEXT_MAX} characters")
    for name, label in (("yes_label", market.yes_label), ("no_label", market.no_label)):
        if not 0 < len(label) <= _LABEL_MAX:
            raise invalid(f"{name} must have 1 to {_LABEL_MAX} characters")
    if market.symbol and not _SLUG.fullmatch(market.symbol):
        raise invalid("symbol must be spelled like a slug")


def _fees(fees: FeesIn) -> FeeSchedule:
    for name, value in (("clob_exponent", fees.clob_exponent), ("clob_v1_bps", fees.clob_v1_bps)):
        if not 0 <= value <= 10_000:
            raise invalid(f"fees.{name} is out of its range")
    return FeeSchedule(
        clob_rate_ppm=amounts.parts_per_million(fees.clob_rate, "fees.clob_rate"),
        clob_exponent=fees.clob_exponent,
        clob_v1_bps=fees.clob_v1_bps,
        us_taker_ppm=amounts.parts_per_million(fees.us_taker_rate, "fees.us_taker_rate"),
        us_maker_rebate_ppm=amounts.parts_per_million(fees.us_maker_rebate_rate, "fees.us_maker_rebate_rate"),
    )


def _hash(value: str, field: str) -> bytes:
    text = value.lower()
    if not _HASH.fullmatch(text):
        raise invalid(f"{field} must be 0x and 64 hex digits")
    return bytes.fromhex(text[2:])


def _metadata(market: MarketIn, now: Timestamp) -> dict[str, str]:
    seed = keccak256(market.slug.encode())
    # The last byte of a neg-risk question id is its index within the event.
    derived_question = seed[:31] + b"\0" if market.exchange == "neg_risk" else seed
    question = _hash(market.question_id, "question_id") if market.question_id else derived_question
    yes, no, condition = _ids(market, seed, question)
    if is_structured(yes) != (market.exchange == "v3") or is_structured(no) != (market.exchange == "v3"):
        raise invalid(
            "a v3 market needs structured position ids (bits 40 to 103 zero); no other may have them"
        )
    if yes == no:
        raise invalid("yes_token and no_token must differ")
    metadata = {
        "question": market.question,
        "slug": market.slug,
        "description": market.description,
        "condition_id": "0x" + condition.hex(),
        "question_id": "0x" + question.hex(),
        "yes_token": str(yes),
        "no_token": str(no),
        "yes_label": market.yes_label,
        "no_label": market.no_label,
        "exchange": market.exchange,
        "symbol": market.symbol or market.slug,
        "price_scale": str(market.price_scale),
        "end_date": _end_date(market.end_date, now),
    }
    if market.delay_reply != "delayed":
        metadata["delay_reply"] = market.delay_reply
    return metadata


def _end_date(text: str, now: Timestamp) -> str:
    """The date in UTC, in one spelling; a date without a zone is UTC. By default midnight in a year."""
    if not text:
        return datetime.fromtimestamp((now + _YEAR_NS) // NANOSECONDS, UTC).strftime("%Y-%m-%dT00:00:00Z")
    try:
        date = datetime.fromisoformat(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise invalid("end_date must be an ISO 8601 date, for example 2026-12-31T00:00:00Z") from None
    if date.year < _FIRST_YEAR:
        raise invalid(f"end_date must not be before {_FIRST_YEAR}")
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


def _ids(market: MarketIn, seed: bytes, question: bytes) -> tuple[int, int, bytes]:
    """The YES and NO tokens and the condition: as given, the rest derived."""
    if market.exchange == "v3":
        parts = StructuredId(_MODULE_BINARY, seed[:16], 1, 0, 0, 0)
        yes, no = structured_position_id(parts), structured_position_id(parts._replace(outcome_index=1))
        condition = _hash(market.condition_id, "condition_id") if market.condition_id else b""
    else:
        oracle, collateral = _ORACLE, COLLATERAL_V1[POLYGON]
        if market.exchange == "neg_risk":
            oracle, collateral = parse_address(NEG_RISK_ADAPTER), _WRAPPED_COLLATERAL
        condition = (
            _hash(market.condition_id, "condition_id")
            if market.condition_id
            else condition_id(oracle, question)
        )
        yes, no = outcome_tokens(collateral, condition)
    yes, no = _token(market.yes_token, "yes_token", yes), _token(market.no_token, "no_token", no)
    # A V3 condition is the position id without its outcome byte; YES has outcome 0.
    return yes, no, condition or yes.to_bytes(32, "big")


def _token(text: str, field: str, derived: int) -> int:
    if not text:
        return derived
    if not _TOKEN.fullmatch(text) or int(text) >= 1 << 256:
        raise invalid(f"{field} must be a decimal number below 2**256")
    return int(text)


def render(view: MarketView) -> MarketOut:
    """A market in this API's words."""
    command, meta = view.listing, view.listing.metadata
    fees = command.fees
    return MarketOut(
        id=command.market,
        slug=meta.get("slug", command.market),
        question=meta.get("question", ""),
        description=meta.get("description", ""),
        state=view.state.name.lower(),
        payout=None if view.payout is None else amounts.format_price(view.payout),
        last_price=amounts.format_price(view.last_price) if view.last_price else None,
        tick=amounts.format_price(view.tick),
        step=amounts.format_quantity(command.quantity_step),
        minimum=amounts.format_quantity(command.minimum_quantity),
        delay=amounts.format_seconds(command.delay_ns),
        fees=FeesOut(
            clob_rate=amounts.format_rate(fees.clob_rate_ppm),
            clob_exponent=fees.clob_exponent,
            clob_v1_bps=fees.clob_v1_bps,
            us_taker_rate=amounts.format_rate(fees.us_taker_ppm),
            us_maker_rebate_rate=amounts.format_rate(fees.us_maker_rebate_ppm),
        ),
        exchange=meta.get("exchange", ""),
        condition_id=meta.get("condition_id", ""),
        question_id=meta.get("question_id", ""),
        yes_token=meta.get("yes_token", ""),
        no_token=meta.get("no_token", ""),
        yes_label=meta.get("yes_label", ""),
        no_label=meta.get("no_label", ""),
        symbol=meta.get("symbol", ""),
        price_scale=int(meta.get("price_scale", "0")),
        end_date=meta.get("end_date", ""),
        pairs=amounts.format_quantity(view.pairs),
        traded=amounts.format_quantity(view.traded),
        maximum=amounts.format_quantity(command.maximum_quantity),
        lowest_price=amounts.format_price(command.lowest_price),
        highest_price=amounts.format_price(command.highest_price),
        edge=amounts.format_price(command.edge),
        edge_tick=amounts.format_price(command.edge_tick),
        deferred=command.deferred,
        restores=command.restores,
        schedule=[ScheduleOut(format_time(at), state.name.lower()) for at, state in view.schedule],
        killed=view.killed,
        event=view.event,
        unsettled_trades=view.unsettled,
        resolves_at=None if view.awaiting is None else amounts.format_price(view.awaiting),
        indicative_price=amounts.format_price(view.indicative[0]) if view.indicative[1] else None,
        indicative_quantity=amounts.format_quantity(view.indicative[1]),
    )
