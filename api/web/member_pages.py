"""What a member's own pages and her guardian's show alike: statement, vouchers, service records."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.web.evidence import files_home, own_evidence
from api.web.formatting import Language, unit_of_book
from api.web.frame import Page, PageRequest, language_of_page, read_uuid, show
from api.web.member_books import AVAILABLE, MEMBER_BOOKS, PENDING, MemberBook, read_member_books
from api.web.members import list_subjects
from api.web.movements import (
    Month,
    Movement,
    event_name,
    find_plain_name,
    movements,
    plain_event_name,
)
from api.web.rendering import Place, address_with
from api.web.signers import list_signers
from api.web.statement_reading import StatementPart, events_at, open_account, read_statement
from api.web.texts import text
from api.web.vouchers import changes_for, entry_lines, holders_of, voucher_view
from ledger.books.accounts import Account
from ledger.books.entries import get_entry
from ledger.books.statements import get_statement
from ledger.clock import month_of
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.programmes.service_records.records import get_service_register, list_services

LAST_MOVEMENTS = 8
#: A month or two on a phone.
STATEMENT_LINES = 30
RECORDS_LISTED = 30
TONES = {"recorded": "wait", "verified": "wait", "effective": "good", "declined": "bad"}


async def list_last_movements(
    conn: AsyncConnection,
    request: PageRequest,
    call: Call,
    place: Place,
    member_id: UUID,
    books: dict[str, MemberBook],
) -> list[Movement]:
    """The newest movements of all three books together."""
    folder, language = f"{place.home}/vouchers", language_of_page(request)
    subjects = await list_subjects(conn, call.tenant_id, member_id, language)
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
            version=book.version,
        )
        found += movements(statement.lines, book.book_code, folder, language, subjects)
    return sorted(found, key=lambda one: one.moment, reverse=True)[:LAST_MOVEMENTS]


async def show_statement(
    request: PageRequest, call: Call, place: Place, member_id: UUID, book: str
) -> Page:
    """One book's movements by month, the newest first: filters, a picture, files to take away."""
    if book not in MEMBER_BOOKS:
        raise NotFound(kind="book", id=book)
    part, months = None, []
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member_id)
        if (account := books[book].account) is not None:
            language = language_of_page(request)
            opened = await open_account(conn, call, account.public_id)
            events = _choices(account, language)
            part = await read_statement(conn, request, call, opened, events, limit=STATEMENT_LINES)
            subjects = part.subjects
            if subjects is None:
                subjects = await list_subjects(conn, call.tenant_id, member_id, language)
            lines = movements(part.lines, book, f"{place.home}/vouchers", language, subjects)
            months = _by_booked_month(part, lines)
    return show(
        request,
        "volunteer/statement.html",
        place,
        current="nav.statement",
        book=book,
        books=MEMBER_BOOKS,
        unit=unit_of_book(book),
        balance=books[book],
        lots=books[book].lots,
        part=part,
        months=months,
        here=request.url.path,
    )


def _choices(account: Account, language: Language) -> list[tuple[str, str]]:
    """The events a member knows by plain names; by those of the catalogue, where two are alike."""
    plain = {code: name for code in events_at(account) if (name := find_plain_name(code, language))}
    several = {name for name, count in Counter(plain.values()).items() if count > 1}
    return [
        (code, event_name(code, language) if name in several else name)
        for code, name in plain.items()
    ]


def _by_booked_month(part: StatementPart, lines: Iterable[Movement]) -> list[Month]:
    """Movements under the sums of their months, which are those of the books."""
    totals = {one.month: one for one in part.totals}
    pairs = zip(part.lines, lines, strict=True)
    return [
        Month(month, [movement for _, movement in group], totals[month])
        for month, group in groupby(pairs, key=lambda pair: month_of(pair[0].booked_on))
    ]


async def show_voucher(
    request: PageRequest, call: Call, place: Place, member_id: UUID, entry_id: UUID, owner: str
) -> Page:
    """One entry that touched the member's accounts; ``owner`` is what those are called here.

    Raises:
        NotFound: it touched none of them.
    """
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
        if member_id not in holders_of(entry):
            raise NotFound(kind="entry", id=str(entry_id))
        evidence = await own_evidence(conn, call, entry_id)
        signers = await list_signers(conn, call, entry, language, masked=True)
    folder = f"{place.home}/vouchers"
    return show(
        request,
        "voucher.html",
        place,
        back_href=f"{place.home}/statement/{entry.transfers[0].book_code}",
        back_words=text(language, "voucher.back"),
        changes=changes_for(entry, member_id, (AVAILABLE,))
        or changes_for(entry, member_id, (PENDING,)),
        voucher=voucher_view(
            entry, folder, language, plain_event_name(entry.head.event_code, language)
        ),
        signers=signers,
        lines=entry_lines(entry, language, holders={member_id: owner}),
        files=evidence.files,
        withheld=evidence.withheld,
        files_home=files_home(call),
        upload_href=None,
    )


async def show_records(
    request: PageRequest,
    call: Call,
    place: Place,
    member_id: UUID,
    *,
    may_record: bool,
    team_href: str | None = None,
) -> Page:
    """A member's service records, newest first, and the minutes verified in all."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        records = await list_services(
            conn,
            tenant_id=call.tenant_id,
            provider_id=member_id,
            after=read_uuid(request.query_params.get("after")),
            limit=RECORDS_LISTED,
        )
        register = await get_service_register(conn, tenant_id=call.tenant_id, member_id=member_id)
    more = records[-1].record_id if len(records) == RECORDS_LISTED else None
    return show(
        request,
        "volunteer/records.html",
        place,
        current="nav.records",
        may_record=may_record,
        team_href=team_href,
        saved="saved" in request.query_params,
        records=[(record, TONES[record.status]) for record in records],
        verified_minutes=register.verified_minutes,
        next_href=address_with(request, after=str(more), saved=None) if more else None,
    )
