"""What the operator API answers when it does not do what was asked.

Every error has the one documented shape `{"error": CODE, "detail": SENTENCE}` (docs/operator.md, "Errors").
"""

from __future__ import annotations

from typing import Final

from tradepit.doors.operator.amounts import format_cash
from tradepit.engine.messages import CommandRejected, Outcome, Reject

_STATUS: Final = {
    Reject.UNKNOWN_MARKET: 404,
    Reject.UNKNOWN_ORDER: 404,
    Reject.UNKNOWN_CREDENTIAL: 404,
    Reject.UNKNOWN_EVENT: 404,
    Reject.UNKNOWN_TRADE: 404,
    Reject.EVENT_MARKET: 409,
    Reject.ALREADY_EXISTS: 409,
    Reject.ALREADY_RESOLVED: 409,
    Reject.MARKET_NOT_OPEN: 409,
    Reject.INSUFFICIENT_CASH: 422,
    Reject.INSUFFICIENT_TOKENS: 422,
}

_DETAIL: Final = {
    Reject.UNKNOWN_MARKET: "there is no market {subject}; GET /v1/markets lists those that exist",
    Reject.ALREADY_EXISTS: "{subject} exists already",
    Reject.ALREADY_RESOLVED: "{subject} is resolved, and that is final",
    Reject.UNKNOWN_EVENT: "there is no event {subject}",
    Reject.UNKNOWN_TRADE: "no trade {subject} waits for its settlement",
    Reject.EVENT_MARKET: "market {subject} belongs to an event, which is resolved as a whole",
    Reject.RESERVED_ACCOUNT: "{subject} is an event's vault, for which nobody acts",
    Reject.MARKET_NOT_OPEN: "market {subject} is not in a state that allows this",
    Reject.QUANTITY_OFF_STEP: "the quantity is not a multiple of the quantity step of {subject}",
    Reject.QUANTITY_TOO_LARGE: "the quantity is beyond what one command may move",
    Reject.INVALID_VALUE: "a value for {subject} is outside its range",
}


class OperatorError(Exception):
    """A request that is refused; nothing of it was done.

    `code` is for programs, `detail` tells a person what was wrong and what to do. `status` is HTTP's.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def invalid(detail: str) -> OperatorError:
    """The request itself is wrong: a field is missing, of the wrong type, or out of its range."""
    return OperatorError(400, "invalid_request", detail)


def raise_for_refusal(outcome: Outcome) -> None:
    """Raise `OperatorError` if the exchange refused the command."""
    for event in outcome.events:
        if isinstance(event, CommandRejected):
            raise refused(event)


def refused(event: CommandRejected) -> OperatorError:
    """The exchange's refusal in this API's words."""
    match event.reason:
        case Reject.INSUFFICIENT_CASH:
            detail = (
                f"{event.subject} needs {format_cash(event.required)} dollars"
                f" and {format_cash(event.available)} are free"
            )
        case Reject.INSUFFICIENT_TOKENS:
            detail = f"{event.subject} does not hold that many free tokens"
        case reason:
            words = reason.name.lower().replace("_", " ")
            detail = _DETAIL.get(reason, "refused: {words} ({subject})").format(
                subject=event.subject, words=words
            )
    return OperatorError(_STATUS.get(event.reason, 422), event.reason.name.lower(), detail)
