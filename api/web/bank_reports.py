"""What became of a bank account's lines: matches, breaks with their age, the 余额调节表."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.audit import AccountView, view_account
from api.web.books import asked_day
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, empty_form, language_of_page, read_uuid, show
from api.web.movements import event_name
from api.web.places import audit_place, books_home
from api.web.rendering import address_with
from ledger.clock import today
from ledger.database import fetch_all, load_sql, read_transaction
from reconciliation.adjustment_statement import (
    AdjustmentGroup,
    AdjustmentStatement,
    adjustment_statement,
)
from reconciliation.adjustment_workbook import adjustment_workbook
from reconciliation.bank_accounts import get_bank_account
from reconciliation.breaks import BAND_ENDS, Break, age_band, list_breaks
from reconciliation.matches import StoredMatch, list_matches
from reconciliation.runs import NoStatementYet
from reconciliation.wording import explain_evidence

HOME = "/estates/{estate_id:uuid}/bank-accounts/{bank_account_id:uuid}"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTED_MATCHES = 30
BANDS = [age_band(0), *(age_band(end + 1) for end in BAND_ENDS)]
_BAND_TONES = dict(zip(BANDS, ("", "wait", "wait", "bad"), strict=True))
_BOOK = "TR"
_CAPTIONS = load_sql("api.web", "list_entry_captions")
_LINES = load_sql("api.web", "list_lines_by_id")


async def get_view(conn: AsyncConnection, call: Call, bank_account_id: UUID) -> AccountView:
    """The account of a page, with its status.

    Raises:
        NotFound: not an account of this estate.
    """
    account = await get_bank_account(
        conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id
    )
    return await view_account(conn, call.tenant, account)


def show_account(
    request: PageRequest,
    call: Call,
    template: str,
    bank: AccountView,
    *,
    status: int = 200,
    **context: Any,
) -> Page:
    """A page of one bank account."""
    place = audit_place(call.who.permissions, call.tenant)
    return show(request, template, place, status=status, bank=bank, **context)


@get(HOME + "/matches", opt=may("bank_statements.read"))
async def matches_page(request: PageRequest, call: Call, bank_account_id: FromPath[UUID]) -> Page:
    """Bank on the left, vouchers on the right, the reason between."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        matches = await list_matches(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            before=read_uuid(request.query_params.get("before")),
            limit=LISTED_MATCHES,
        )
        lines = await fetch_all(
            conn, _LINES, call.tenant_id, [i for one in matches for i in one.statement_line_ids]
        )
        entries = await fetch_all(
            conn,
            _CAPTIONS,
            call.tenant_id,
            [entry_id for one in matches for entry_id in one.entry_ids],
            _BOOK,
        )
    bank_side = {line.statement_line_id: line for line in lines}
    book_side = {entry.entry_id: entry for entry in entries}
    language = language_of_page(request)
    more = matches[-1].match_id if len(matches) == LISTED_MATCHES else None
    return show_account(
        request,
        call,
        "auditor/matches.html",
        bank,
        matches=[
            _match_row(one, bank_side, book_side, books_home(call.tenant), language)
            for one in matches
        ],
        next_href=address_with(request, before=str(more)) if more else None,
    )


def _match_row(
    match: StoredMatch,
    bank_side: dict[UUID, Any],
    book_side: dict[UUID, Any],
    home: str,
    language: Language,
) -> dict[str, Any]:
    entries = [book_side[entry_id] for entry_id in match.entry_ids]
    return {
        "match": match,
        "lines": [bank_side[line_id] for line_id in match.statement_line_ids],
        "entries": [
            (f"{home}/entries/{entry.entry_id}", entry_caption(entry, language), entry.booked_on)
            for entry in entries
        ],
        "evidence": [explain_evidence(language, note) for note in match.evidence],
    }


def entry_caption(entry: Any, language: Language) -> str:
    """What a voucher is called in a list: number, event, memo."""
    number = f"记-{entry.number}" if entry.number else ""
    parts = (number, event_name(entry.event_code, language), entry.memo or "")
    return " ".join(part for part in parts if part)


@get(HOME + "/breaks", opt=may("bank_statements.read"))
async def breaks_page(request: PageRequest, call: Call, bank_account_id: FromPath[UUID]) -> Page:
    """What only one side has, oldest first, summed by age."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        try:
            found = await list_breaks(
                conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id
            )
        except NoStatementYet:
            found = []
    home = books_home(call.tenant)
    return show_account(
        request,
        call,
        "auditor/breaks.html",
        bank,
        ages=ages(found),
        breaks=[(one, entry_href(one, home), _BAND_TONES[one.band]) for one in found],
    )


def ages(found: Sequence[Break]) -> list[tuple[str, int, int]]:
    """Count and size of the breaks of each age band, in fen, whichever way they went."""
    by_band = {
        band: [abs(one.amount_fen) for one in items]
        for band, items in groupby(sorted(found, key=_band_place), key=lambda one: one.band)
    }
    return [(band, len(by_band.get(band, ())), sum(by_band.get(band, ()))) for band in BANDS]


def _band_place(one: Break) -> int:
    return BANDS.index(one.band)


def entry_href(one: Break, home: str) -> str | None:
    """The voucher of a break on the book side."""
    return f"{home}/entries/{one.entry_id}" if one.entry_id is not None else None


@get(HOME + "/adjustment", opt=may("adjustment_statements.read"))
async def adjustment_page(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID]
) -> Page:
    """The 余额调节表 as of a day; by default the last day the statements cover."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        as_of = asked_day(request, "as_of") or bank.account.covered_to or today()
        try:
            statement = await adjustment_statement(
                conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id, as_of=as_of
            )
        except NoStatementYet:
            statement = None
    home = books_home(call.tenant)
    return show_account(
        request,
        call,
        "auditor/adjustment.html",
        bank,
        form=empty_form(request, as_of=as_of.isoformat()),
        statement=statement,
        sides=sides_of(statement, home) if statement else [],
    )


def sides_of(statement: AdjustmentStatement, home: str) -> list[dict[str, Any]]:
    """The two columns of the sheet, each from its balance to the adjusted one."""
    return [
        {
            "name": "book",
            "balance": statement.book_balance_fen,
            "parts": _parts(statement.bank_in_not_booked, statement.bank_out_not_booked, home),
            "adjusted": statement.adjusted_book_fen,
        },
        {
            "name": "bank",
            "balance": statement.bank_balance_fen,
            "parts": _parts(
                statement.booked_in_not_at_bank, statement.booked_out_not_at_bank, home
            ),
            "adjusted": statement.adjusted_bank_fen,
        },
    ]


def _parts(plus: AdjustmentGroup, minus: AdjustmentGroup, home: str) -> list[dict[str, Any]]:
    return [
        {
            "sign": sign,
            "kind": group.kind,
            "total": group.total_fen,
            "entries": [(one, entry_href(one, home)) for one in group.items],
        }
        for sign, group in ((1, plus), (-1, minus))
    ]


@get(HOME + "/adjustment.xlsx", opt=may("adjustment_statements.read"))
async def adjustment_file(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID]
) -> Response[bytes]:
    """The same sheet as a workbook."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        statement = await adjustment_statement(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            as_of=asked_day(request, "as_of"),
        )
    name = f"reconciliation-{statement.account_no_last4}-{statement.as_of.isoformat()}.xlsx"
    return Response(
        adjustment_workbook(statement, language_of_page(request)),
        media_type=XLSX,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


ROUTES = [matches_page, breaks_page, adjustment_page, adjustment_file]
