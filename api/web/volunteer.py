"""The volunteer's pages: home, statement, vouchers, and the code she shows at the counter."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import NamedTuple
from uuid import UUID

import segno
from litestar import get, post
from litestar.params import FromPath
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.coming import list_coming
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.member_books import has_moved, read_member_books
from api.web.member_pages import list_last_movements, show_statement, show_voucher
from api.web.members import get_own_member, may_here, read_own_member, stars_of
from api.web.movements import by_month
from api.web.places import volunteer_place
from api.web.texts import text
from ledger.clock import now, today
from ledger.database import read_transaction, write_transaction
from ledger.programmes.redemption.codes import IssuedCode, issue_code
from ledger.programmes.redemption.purchases import Purchase, list_purchases
from ledger.programmes.redemption.terms import get_terms
from ledger.programmes.service_records.records import get_service_register

HOME = "/programmes/{programme_id:uuid}/volunteer"
QR_BORDER_MODULES = 2
#: For so long the page of her code says what she paid last.
PAID_SHOWN = timedelta(minutes=10)
#: What her home offers, and which permission it takes.
ACTS = {
    "code": "redemptions.authorise",
    "record": "service_records.propose",
    "convert": "conversions.request",
}


@get(HOME, opt=may("accounts.read"))
async def volunteer_page(request: PageRequest, call: Call) -> Page:
    """Balances, the big button, what is coming, the last movements."""
    place = volunteer_place(call.tenant, call.who.permissions)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member.member_id)
        register = await get_service_register(
            conn, tenant_id=call.tenant_id, member_id=member.member_id
        )
        coming = await list_coming(conn, call.tenant_id, member.member_id, books)
        last = await list_last_movements(conn, request, call, place, member.member_id, books)
    return show(
        request,
        "volunteer/home.html",
        place,
        can={act: may_here(call, permission) for act, permission in ACTS.items()},
        current="nav.home",
        member=member,
        time=books["TB"],
        points=books["SP"],
        party=books["ST"] if member.branch_id is not None or has_moved(books["ST"]) else None,
        stars=stars_of(register.verified_minutes),
        coming=coming,
        months=by_month(last),
    )


@get(HOME + "/statement/{book:str}", opt=may("accounts.read"))
async def statement_page(request: PageRequest, call: Call, book: FromPath[str]) -> Page:
    """One of her books."""
    member = await read_own_member(call)
    place = volunteer_place(call.tenant, call.who.permissions)
    return await show_statement(request, call, place, member.member_id, book)


@get(HOME + "/vouchers/{entry_id:uuid}", opt=may("accounts.read"))
async def voucher_page(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """One entry that touched her accounts."""
    member = await read_own_member(call)
    place = volunteer_place(call.tenant, call.who.permissions)
    owner = text(language_of_page(request), "voucher.your_change")
    return await show_voucher(request, call, place, member.member_id, entry_id, owner)


class ShownCode(NamedTuple):
    """A code on its page, and when it was made by the clock that purchases are dated by."""

    code: IssuedCode
    issued_at: datetime


@get(HOME + "/code", opt=may("redemptions.authorise"))
async def code_page(request: PageRequest, call: Call) -> Page:
    """Before a code is made, or after it was used: what was paid a moment ago."""
    return await _code_page(request, call, None)


@post(HOME + "/code", opt=may("redemptions.authorise"))
async def code_made(request: PageRequest, call: Call) -> Page:
    """A new code; it replaces the one before. It is shown once and cannot be read again."""

    async def issue(conn: AsyncConnection) -> ShownCode:
        member = await get_own_member(conn, call)
        terms = await get_terms(conn, tenant_id=call.tenant_id, on=today())
        code = await issue_code(
            conn,
            tenant_id=call.tenant_id,
            programme_id=call.tenant.public_id,
            member_id=member.member_id,
            keys=call.service.code_keys,
            life_seconds=terms.code_seconds,
        )
        return ShownCode(code, code.expires_at - timedelta(seconds=terms.code_seconds))

    shown = await write_transaction(call.service.engine, issue, tenant_id=call.tenant_id)
    return await _code_page(request, call, shown)


async def _code_page(request: PageRequest, call: Call, shown: ShownCode | None) -> Page:
    code, paid = shown.code if shown is not None else None, None
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member.member_id)
        if shown is None:
            paid = await _find_paid(conn, call, member.member_id)
    return show(
        request,
        "volunteer/code.html",
        volunteer_place(call.tenant, call.who.permissions),
        current="nav.code",
        available=books["SP"].available,
        code=code,
        seconds_left=int((code.expires_at - now()).total_seconds()) if code is not None else 0,
        picture=draw_qr(code.token) if code is not None else None,
        made_at=shown.issued_at if shown is not None else None,
        paid=paid,
    )


async def _find_paid(conn: AsyncConnection, call: Call, member_id: UUID) -> Purchase | None:
    """The member's last purchase, where a merchant has confirmed it a moment ago."""
    last = await list_purchases(conn, tenant_id=call.tenant_id, member_id=member_id, limit=1)
    for one in last:
        if one.captured_at is not None and one.captured_at > now() - PAID_SHOWN:
            return one
    return None


def draw_qr(content: str) -> Markup:
    """A QR picture as SVG for the page itself, without style attributes."""
    drawn = BytesIO()
    segno.make(content, error="m", micro=False).save(
        drawn, kind="svg", border=QR_BORDER_MODULES, xmldecl=False, svgclass="qr", lineclass=None,
        omitsize=True, nl=False,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode("ascii"))  # noqa: S704  # made by the encoder


ROUTES = [volunteer_page, statement_page, voucher_page, code_page, code_made]
