"""Everything that this door refuses with, in the venue's two error shapes.

The API answers as grpc-gateway does, `{"code", "message", "details"}`; the token endpoint as Auth0 does,
`{"error", "error_description"}` (docs/protocol/us.md, "Errors"). No message quotes a credential.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

UNKNOWN_INSTRUMENT: Final = "instrument does not exist"


class Code(IntEnum):
    """The gRPC status codes that this door uses."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


HTTP_STATUS: Final = {
    Code.INVALID_ARGUMENT: 400,
    Code.NOT_FOUND: 404,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.UNAUTHENTICATED: 401,
}


class ApiError(Exception):
    """A refusal in the shape of the API. `status` is given where HTTP has a better one."""

    def __init__(self, code: Code, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = HTTP_STATUS[code] if status is None else status

    def body(self) -> dict[str, object]:
        return {"code": int(self.code), "message": self.message, "details": []}


class InvalidArgument(ApiError):
    """The request itself is wrong: a field is missing or of the wrong type. Nothing was done."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.INVALID_ARGUMENT, message)


class NotFound(ApiError):
    def __init__(self, message: str) -> None:
        super().__init__(Code.NOT_FOUND, message)


class Forbidden(ApiError):
    def __init__(self, message: str) -> None:
        super().__init__(Code.PERMISSION_DENIED, f"permission denied: {message}")


class Unauthenticated(ApiError):
    def __init__(self, message: str) -> None:
        super().__init__(Code.UNAUTHENTICATED, message)


class Unimplemented(ApiError):
    """The venue has it, this exchange does not yet."""

    def __init__(self, what: str) -> None:
        super().__init__(Code.UNIMPLEMENTED, f"{what} is not implemented by this exchange")


class TokenError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict[str, object]:
        return {"error": self.error, "error_description": self.description}


def missing_scope(scope: str) -> Forbidden:
    return Forbidden(f"missing required scope {scope}")
