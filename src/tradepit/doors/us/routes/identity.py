"""Health, who the caller is, and the users and accounts of its firm."""

from __future__ import annotations

from typing import Final

from litestar import get

from tradepit.doors.us.call import HttpRequest, Reply, begin, json_response
from tradepit.doors.us.enums import FirmType
from tradepit.doors.us.errors import Forbidden
from tradepit.doors.us.requests import Empty, ListAccounts
from tradepit.doors.us.wire import Accounts, Users, WhoAmI
from tradepit.identity.firms import display_name, parse_participant

SCOPE: Final = "read:accounts"


@get("/v1/health")
async def health() -> Reply:
    return json_response({"status": "ok"})


@get(["/v1/whoami", "/v1/accounts/whoami"])
async def who_am_i(request: HttpRequest) -> Reply:
    """The participant that the caller acts as, and its firm."""
    call = begin(request, SCOPE)
    call.query(Empty)
    participant = call.participant(required=False)
    firm, user = parse_participant(participant.name)
    return call.reply(
        WhoAmI(
            user=participant.name,
            user_display_name=display_name(user),
            firm=firm,
            firm_display_name=display_name(firm),
            audience=call.access.audience,
            firm_type=FirmType.FIRM_TYPE_TRADER,
        )
    )


@get(["/v1/users", "/v1/accounts/users"])
async def list_users(request: HttpRequest) -> Reply:
    """The users of the caller's firm."""
    call = begin(request, SCOPE)
    call.query(Empty)
    firm, _ = parse_participant(call.participant().name)
    users = call.services.firms.participants(firm)
    return call.reply(
        Users(
            users=users,
            display_names=[display_name(parse_participant(user)[1]) for user in users],
            firms=[firm] * len(users),
            firms_display_names=[display_name(firm)] * len(users),
        )
    )


@get(["/v1/accounts", "/v1/accounts/accounts"])
async def list_accounts(request: HttpRequest) -> Reply:
    """The trading accounts of one user of the firm, the caller's own unless `user` names another."""
    call = begin(request, SCOPE)
    user = call.query(ListAccounts).user
    participant = call.participant()
    accounts = participant.accounts
    if user:
        firm, _ = parse_participant(participant.name)
        accounts = call.services.firms.accounts(firm, user)
        if not accounts:
            raise Forbidden("unknown user of this firm")
    return call.reply(
        Accounts(
            accounts=accounts,
            display_names=[display_name(account.rpartition("/")[2]) for account in accounts],
        )
    )


HANDLERS: Final = (health, who_am_i, list_users, list_accounts)
