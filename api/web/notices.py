"""Notices to the reader: how many are unread in the head of each page, and the list of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from litestar import Request, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath

from api.gate import CALL, Call, GatedCall
from api.policies import signed_in
from api.web.formatting import Language, format_amount, format_day
from api.web.frame import Page, PageRequest, language_of_page, read_uuid, see, show
from api.web.place_list import list_places, place_of_reader
from api.web.rendering import address_with
from api.web.texts import text
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.consents import consent_purposes
from ledger.foundation.notices import (
    Notice,
    count_unread_notices,
    find_notice,
    list_notices,
    read_notices,
)

HOME = "/account/notices"
LISTED = 30
#: Where ``count_unread`` leaves the number.
UNREAD = "unread_notices"
#: What opens from a notice: ``{tenant}`` is the home of its programme or estate, ``{subject}`` what
#: it is about, ``{office}`` where it is
#: run from. A kind without address opens nothing.
ADDRESSES: Mapping[str, str] = {
    "acted_for": "/account/acts",
    "approval_decided": "{office}/approvals/{subject}",
    "approval_expired": "{office}/approvals/{subject}",
    "approval_waits": "{office}/approvals/{subject}",
    "consent_given": "/account/privacy#consents",
    "consent_withdrawn": "/account/privacy#consents",
    "data_seen": "/account/privacy#looks",
    "data_corrected": "/account/privacy",
    "guardian_waits": "{office}/people/{subject}",
    "password_changed": "/account/security",
    "payment_decided": "{office}/approvals/{subject}",
    "payment_waits": "{office}/approvals/{subject}",
    "redemption_refunded": "{tenant}/volunteer/vouchers/{subject}",
    "service_declined": "{tenant}/volunteer/records",
    "service_verified": "{tenant}/volunteer/records",
    "sign_in_cared_for": "/account/acts",
    "units_expire_in_7_days": "{tenant}/volunteer",
    "units_expire_in_30_days": "{tenant}/volunteer",
    "units_expire_in_90_days": "{tenant}/volunteer",
    "webhook_paused": "{office}/webhooks/{subject}",
}


class NoticeView(NamedTuple):
    """A notice in words."""

    notice: Notice
    words: str
    opens: bool


async def count_unread(
    connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
) -> None:
    """Count what the reader has not read, for the head of the page that she asked for."""
    call: GatedCall | None = connection.scope["state"].get(CALL)  # OPTIONS passes no gate
    if (
        call is None
        or call.caller is None
        or call.caller.person is None
        or not isinstance(connection, Request)
    ):
        return
    async with read_transaction(call.service.engine) as conn:
        person_id = call.caller.person.person_id
        connection.scope["state"][UNREAD] = await count_unread_notices(conn, person_id=person_id)


@get(HOME, opt=signed_in())
async def notices_page(request: PageRequest, call: Call) -> Page:
    """The newest first; what is unread stands out."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine) as conn:
        places = await list_places(conn, call.who.permissions)
        found = await list_notices(
            conn,
            person_id=_reader(call),
            after=read_uuid(request.query_params.get("after")),
            limit=LISTED,
        )
    more = found[-1].notice_id if len(found) == LISTED else None
    return show(
        request,
        "account/notices.html",
        place_of_reader(places),
        notices=[
            NoticeView(one, words_of_notice(one, language), address_of_notice(one) is not None)
            for one in found
        ],
        next_href=address_with(request, after=str(more)) if more else None,
    )


@post(HOME, opt=signed_in())
async def notices_read(call: Call) -> Page:
    """All of them are read."""
    person_id = _reader(call)
    await write_transaction(
        call.service.engine, lambda conn: read_notices(conn, person_id=person_id)
    )
    return see(HOME)


@post(HOME + "/{notice_id:uuid}", opt=signed_in())
async def notice_opened(call: Call, notice_id: FromPath[UUID]) -> Page:
    """One is read; go on to what it is about."""
    person_id = _reader(call)
    async with read_transaction(call.service.engine) as conn:
        notice = await find_notice(conn, person_id=person_id, notice_id=notice_id)
    await write_transaction(
        call.service.engine,
        lambda conn: read_notices(conn, person_id=person_id, notice_id=notice_id),
    )
    return see(address_of_notice(notice) or HOME)


def _reader(call: Call) -> int:
    """The person who reads; a connected system has no notices."""
    if call.who.person is None:
        raise NotFound(kind="person", id="")
    return call.who.person.person_id


def words_of_notice(notice: Notice, language: Language) -> str:
    """What a notice says."""
    facts = notice.facts
    amount = ""
    if facts.amount is not None and facts.unit is not None:
        amount = str(format_amount(facts.amount, facts.unit, language))
    return text(
        language,
        f"notice.{notice.kind}",
        about=_about(notice, language),
        amount=amount,
        day=format_day(facts.day, language) if facts.day else "",
    )


def _about(notice: Notice, language: Language) -> str:
    """What a notice is about: of consents the purpose, of approvals the kind, by its code.

    Older ones of approvals hold its Chinese name.
    """
    about = notice.facts.about
    if notice.kind.startswith("consent_"):
        purpose = consent_purposes()[about]
        return purpose.zh if language == "zh-CN" else purpose.en
    if not notice.kind.startswith("approval_"):
        return about
    kinds = approval_kinds().items()
    named = (kind for code, kind in kinds if about in (code, kind.name_zh))
    return next((kind.name_in(language) for kind in named), about)


def address_of_notice(notice: Notice) -> str | None:
    """Where a notice leads; None: nowhere."""
    pattern = ADDRESSES.get(notice.kind)
    if pattern is None or (notice.tenant_public_id is None and "{tenant}" in pattern):
        return None
    tenant, office = "", "/admin"
    if notice.tenant_public_id is not None:
        tenant = f"/{notice.tenant_form}s/{notice.tenant_public_id}"
        office = f"{tenant}/staff" if notice.tenant_form == "programme" else tenant
    return pattern.format(tenant=tenant, office=office, subject=notice.subject_id)


ROUTES = [notices_page, notices_read, notice_opened]
