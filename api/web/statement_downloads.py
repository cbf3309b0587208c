"""The statement of an account to take away: the same filters and sums as its page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.refusals import InvalidParameter
from api.web.account_statement import PATHS
from api.web.formatting import Language
from api.web.frame import PageRequest, language_of_page
from api.web.movements import account_name
from api.web.statement_files import MOST_LINES, Sheet, csv_lines, made_by, workbook
from api.web.statement_filters import Filters, describe_filters, read_filters
from api.web.statement_pdf import FONTS_FOLDER, pdf, pdf_content
from api.web.statement_reading import OpenedAccount, open_account, read_own_subjects
from api.web.texts import text
from ledger.clock import now
from ledger.database import read_transaction
from ledger.journeys.account_statement import (
    FoundLine,
    MonthTotal,
    iter_statement,
    total_statement,
)

_MEDIA_TYPES = {
    "csv": "text/csv",  # whoever sends it adds the charset
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}

#: What a member's own books are called in the name of a file: as she says them.
_OWN_NAMES = {"TB": "shijian", "SP": "jifen", "ST": "xingji"}


class Asked(NamedTuple):
    """A statement that was asked for as a file."""

    opened: OpenedAccount
    filters: Filters
    sheet: Sheet


def _paths(kind: str) -> list[str]:
    return [f"{path}/statement.{kind}" for path in PATHS]


def _headers(asked: Asked, kind: str) -> dict[str, str]:
    account, search = asked.opened.account, asked.filters.search
    name = f"statement-{account.book_code}-{account.account_code}"
    if asked.sheet.is_own:
        name = _OWN_NAMES[account.book_code]
    period = f"{search.booked_from}-{search.booked_to}"
    return {
        "content-disposition": f'attachment; filename="{name}-{period}.{kind}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }


async def _ask(
    conn: AsyncConnection, request: PageRequest, call: GatedCall, account_id: UUID, kind: str
) -> Asked:
    """The account, the filters and the sums, as the page has them.

    Raises:
        NotFound: no account within the caller's reach.
        InvalidParameter: a filter is wrong; a file has no place to say so.
    """
    language = language_of_page(request)
    opened = await open_account(conn, call, account_id)
    subjects = await read_own_subjects(conn, call, opened.account, language)
    filters = read_filters(request, call, opened.account, opened.balance.version, subjects)
    for name, complaint in filters.form.errors.items():
        raise InvalidParameter(parameter=name, reason=complaint)
    totals = await total_statement(
        conn, tenant_id=call.tenant_id, account=opened.account, wanted=filters.search
    )
    return Asked(opened, filters, _sheet(call, opened, filters, subjects, totals, language, kind))


def _sheet(
    call: GatedCall,
    opened: OpenedAccount,
    filters: Filters,
    subjects: Mapping[UUID, str] | None,
    totals: Sequence[MonthTotal],
    language: Language,
    kind: str,
) -> Sheet:
    account = opened.account
    name = account_name(account.book_code, account.account_code, language)
    holder = f" · {opened.holder}" if opened.holder else ""
    count, most = sum(one.lines for one in totals), MOST_LINES[kind]
    is_own = subjects is not None
    described = describe_filters(filters, account.unit_code, language, is_own=is_own)
    if count > most:
        described.append(text(language, "filter.not_all", limit=most, count=count))
    person = call.who.person
    return Sheet(
        title=f"{text(language, f'book.{account.book_code}')}{holder}"
        if is_own
        else f"{account.account_code} {name}{holder}",
        owner=call.tenant.name,
        filters=described,
        made=made_by(person.display_name if person else "—", now(), language),
        unit=account.unit_code,
        lines=count,
        total_in=sum(one.total_in for one in totals),
        total_out=sum(one.total_out for one in totals),
        language=language,
        is_own=is_own,
        subjects=subjects or {},
    )


@get(_paths("csv"), opt=may("accounts.read"))
async def statement_csv(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Stream:
    """Comma-separated, sent as it is read."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        asked = await _ask(conn, request, call, account_id, "csv")

    async def pieces() -> AsyncIterator[bytes]:
        # sums and lines of one snapshot, whatever was posted since the question was looked at
        async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as reading:
            same = await _ask(reading, request, call, account_id, "csv")
            async for piece in csv_lines(same.sheet, _chunks(reading, call, same, "csv")):
                yield piece

    return Stream(pieces, media_type=_MEDIA_TYPES["csv"], headers=_headers(asked, "csv"))


def _chunks(
    conn: AsyncConnection, call: GatedCall, asked: Asked, kind: str
) -> AsyncIterator[Sequence[FoundLine]]:
    return iter_statement(
        conn,
        tenant_id=call.tenant_id,
        account=asked.opened.account,
        wanted=asked.filters.search,
        most=MOST_LINES[kind],
    )


@get(_paths("xlsx"), opt=may("accounts.read"))
async def statement_xlsx(
    request: PageRequest, call: Call, account_id: FromPath[UUID]
) -> Response[bytes]:
    """A workbook with days as days and amounts as numbers."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        asked = await _ask(conn, request, call, account_id, "xlsx")
        content = await workbook(asked.sheet, _chunks(conn, call, asked, "xlsx"))
    return _file(content, asked, "xlsx")


@get(_paths("pdf"), opt=may("accounts.read"))
async def statement_pdf(
    request: PageRequest, call: Call, account_id: FromPath[UUID]
) -> Response[bytes]:
    """A document for reading, printing and signing."""
    fonts = fonts_folder(call)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        asked = await _ask(conn, request, call, account_id, "pdf")
        content = await pdf_content(asked.sheet, _chunks(conn, call, asked, "pdf"), fonts)
    return _file(await pdf(content, fonts), asked, "pdf")


def fonts_folder(call: GatedCall) -> Path:
    """Where an administrator may lay a font for PDFs."""
    return call.service.settings.data_path() / FONTS_FOLDER


def _file(content: bytes, asked: Asked, kind: str) -> Response[Any]:
    return Response(content, media_type=_MEDIA_TYPES[kind], headers=_headers(asked, kind))


ROUTES = [statement_csv, statement_xlsx, statement_pdf]
