"""The volunteer's pages: home, statement, vouchers, and the code she shows at the counter."""

from io import BytesIO
from uuid import UUID

import segno
from litestar import get, post
from litestar.params import FromPath
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.coming import list_coming
from api.web.formatting import unit_of_book
from api.web.frame import Page, PageRequest, language_of_page, read_version, show
from api.web.member_books import (
    AVAILABLE,
    MEMBER_BOOKS,
    PENDING,
    MemberBook,
    read_member_books,
)
from api.web.members import get_own_member, list_subjects, stars_of
from api.web.movements import Movement, by_month, movements, plain_event_name
from api.web.places import volunteer_home, volunteer_place
from api.web.rendering import address_with
from api.web.texts import text
from api.web.vouchers import changes_for, entry_lines, holders_of, voucher_view
from ledger.books.entries import get_entry
from ledger.books.statements import get_statement
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.organisations import Member
from ledger.programmes.redemption.codes import CodeKeys, IssuedCode, issue_code
from ledger.programmes.redemption.terms import get_terms
from ledger.programmes.service_records.records import get_service_register

HOME = "/programmes/{programme_id:uuid}/volunteer"
LAST_MOVEMENTS = 8
STATEMENT_LINES = 30
QR_BORDER_MODULES = 2


@get(HOME, opt=may("accounts.read"))
async def volunteer_page(request: PageRequest, call: Call) -> Page:
    """Balances, the big button, what is coming, the last movements."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member.member_id)
        register = await get_service_register(
            conn, tenant_id=call.tenant_id, member_id=member.member_id
        )
        coming = await list_coming(conn, call.tenant_id, member.member_id, books)
        last = await _last_movements(conn, request, call, member, books)
    return show(
        request,
        "volunteer/home.html",
        volunteer_place(call.tenant, call.who.permissions),
        current="nav.home",
        member=member,
        time=books["TB"],
        points=books["SP"],
        party=books["ST"] if member.branch_id is not None else None,
        stars=stars_of(register.verified_minutes),
        coming=coming,
        months=by_month(last),
    )


async def _last_movements(
    conn: AsyncConnection,
    request: PageRequest,
    call: Call,
    member: Member,
    books: dict[str, MemberBook],
) -> list[Movement]:
    """The newest movements of all three books together."""
    subjects = await list_subjects(conn, call.tenant_id, member.member_id)
    folder = f"{volunteer_home(call.tenant)}/vouchers"
    found: list[Movement] = []
    for book in books.values():
        if book.account is None:
            continue
        statement = await get_statement(
            conn,
            tenant_id=call.tenant_id,
            account=book.account,
            latest_first=True,
            limit=LAST_MOVEMENTS,
        )
        language = language_of_page(request)
        found += movements(statement.lines, book.book_code, folder, language, subjects)
    return sorted(found, key=lambda one: one.moment, reverse=True)[:LAST_MOVEMENTS]


@get(HOME + "/statement/{book:str}", opt=may("accounts.read"))
async def statement_page(request: PageRequest, call: Call, book: FromPath[str]) -> Page:
    """One book's movements, newest first, page by page."""
    if book not in MEMBER_BOOKS:
        raise NotFound(kind="book", id=book)
    start = read_version(request.query_params.get("before"))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member.member_id)
        found, next_version = [], None
        if (account := books[book].account) is not None:
            statement = await get_statement(
                conn,
                tenant_id=call.tenant_id,
                account=account,
                from_version=start,
                latest_first=True,
                limit=STATEMENT_LINES,
            )
            folder = f"{volunteer_home(call.tenant)}/vouchers"
            subjects = await list_subjects(conn, call.tenant_id, member.member_id)
            found = movements(statement.lines, book, folder, language_of_page(request), subjects)
            next_version = statement.next_version
    return show(
        request,
        "volunteer/statement.html",
        volunteer_place(call.tenant, call.who.permissions),
        current="nav.statement",
        book=book,
        books=MEMBER_BOOKS,
        unit=unit_of_book(book),
        balance=books[book],
        lots=books[book].lots,
        months=by_month(found),
        first_href=address_with(request, before=None) if start is not None else None,
        next_href=address_with(request, before=str(next_version)) if next_version else None,
    )


@get(HOME + "/vouchers/{entry_id:uuid}", opt=may("accounts.read"))
async def voucher_page(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """One entry that touched her accounts."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
    if member.member_id not in holders_of(entry):
        raise NotFound(kind="entry", id=str(entry_id))
    home = volunteer_home(call.tenant)
    mine = {member.member_id: text(language, "voucher.your_change")}
    return show(
        request,
        "voucher.html",
        volunteer_place(call.tenant, call.who.permissions),
        back_href=f"{home}/statement/{entry.transfers[0].book_code}",
        back_words=text(language, "voucher.back"),
        changes=changes_for(entry, member.member_id, (AVAILABLE,))
        or changes_for(entry, member.member_id, (PENDING,)),
        voucher=voucher_view(
            entry, f"{home}/vouchers", language, plain_event_name(entry.head.event_code, language)
        ),
        lines=entry_lines(entry, language, holders=mine),
    )


@get(HOME + "/code", opt=may("redemptions.authorise"))
async def code_page(request: PageRequest, call: Call) -> Page:
    """Before a code is made."""
    return await _code_page(request, call, None)


@post(HOME + "/code", opt=may("redemptions.authorise"))
async def code_made(request: PageRequest, call: Call) -> Page:
    """A new code; it replaces the one before. It is shown once and cannot be read again."""
    keys = CodeKeys(call.service.settings.secret_key)

    async def issue(conn: AsyncConnection) -> IssuedCode:
        member = await get_own_member(conn, call)
        terms = await get_terms(conn, tenant_id=call.tenant_id, on=today())
        return await issue_code(
            conn,
            tenant_id=call.tenant_id,
            programme_id=call.tenant.public_id,
            member_id=member.member_id,
            keys=keys,
            life_seconds=terms.code_seconds,
        )

    code = await write_transaction(call.service.engine, issue, tenant_id=call.tenant_id)
    return await _code_page(request, call, code)


async def _code_page(request: PageRequest, call: Call, code: IssuedCode | None) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member.member_id)
    return show(
        request,
        "volunteer/code.html",
        volunteer_place(call.tenant, call.who.permissions),
        current="nav.code",
        available=books["SP"].available,
        code=code,
        picture=draw_qr(code.token) if code is not None else None,
    )


def draw_qr(content: str) -> Markup:
    """A QR picture as SVG for the page itself, without style attributes."""
    drawn = BytesIO()
    segno.make(content, error="m", micro=False).save(
        drawn, kind="svg", border=QR_BORDER_MODULES, xmldecl=False, svgclass="qr", lineclass=None,
        omitsize=True, nl=False,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode("ascii"))  # noqa: S704  # made by the encoder


ROUTES = [volunteer_page, statement_page, voucher_page, code_page, code_made]
