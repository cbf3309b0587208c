"""What stays open of a bank account as of a day: breaks with their age, the 余额调节表."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from api.gate import Call
from api.policies import may
from api.refusals import InvalidParameter
from api.sensible_dates import REASON
from api.web.audit import open_items
from api.web.bank_frame import HOME, entry_href, get_view, show_account
from api.web.books import asked_day, form_of_day
from api.web.frame import Page, PageRequest, language_of_page, read_version
from api.web.rendering import address_with
from ledger.database import read_transaction
from reconciliation.adjustment_statement import (
    AdjustmentGroup,
    AdjustmentStatement,
    adjustment_statement,
)
from reconciliation.adjustment_workbook import adjustment_workbook
from reconciliation.bank_accounts import get_bank_account
from reconciliation.breaks import BAND_ENDS, Break, age_band, line_id_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTED_BREAKS = 50
BANDS = [age_band(0), *(age_band(end + 1) for end in BAND_ENDS)]
_BAND_TONES = dict(zip(BANDS, ("", "wait", "wait", "bad"), strict=True))


@get(HOME + "/breaks", opt=may("bank_statements.read"))
async def breaks_page(request: PageRequest, call: Call, bank_account_id: FromPath[UUID]) -> Page:
    """What only one side has at the end of a day, oldest first, summed by age."""
    as_of = asked_day(request, "as_of")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id, as_of=as_of)
    form = form_of_day(request, "as_of", bank.as_of)
    statement = None if form.errors else bank.statement
    found = sorted(open_items(statement), key=_age_first) if statement else []
    start = read_version(request.query_params.get("from")) or 0
    listed = found[start : start + LISTED_BREAKS]
    end = start + len(listed)
    return show_account(
        request,
        call,
        "auditor/breaks.html",
        bank,
        status=422 if form.errors else 200,
        form=form,
        ages=ages(found),
        total=len(found),
        first=start + 1,
        last=end,
        breaks=[
            (one, line_id_of(one), entry_href(one, call), _BAND_TONES[one.band]) for one in listed
        ],
        first_href=address_with(request, **{"from": None}) if start else None,
        next_href=address_with(request, **{"from": str(end)}) if end < len(found) else None,
    )


def _age_first(one: Break) -> tuple[Any, ...]:
    return one.on, one.kind, one.amount_fen, one.note, line_id_of(one)


def ages(found: Sequence[Break]) -> list[tuple[str, int, int]]:
    """Count and size of the breaks of each age band, in fen, whichever way they went."""
    sizes: dict[str, list[int]] = {band: [] for band in BANDS}
    for one in found:
        sizes[one.band].append(abs(one.amount_fen))
    return [(band, len(amounts), sum(amounts)) for band, amounts in sizes.items()]


@get(HOME + "/adjustment", opt=may("adjustment_statements.read"))
async def adjustment_page(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID]
) -> Page:
    """The 余额调节表 as of a day; by default the last day the statements cover."""
    as_of = asked_day(request, "as_of")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id, as_of=as_of)
    form = form_of_day(request, "as_of", bank.as_of)
    # A sheet of another day than the one asked for could be printed and signed by mistake.
    statement = None if form.errors else bank.statement
    return show_account(
        request,
        call,
        "auditor/adjustment.html",
        bank,
        status=422 if form.errors else 200,
        form=form,
        statement=statement,
        sides=sides_of(statement, call) if statement else [],
    )


def sides_of(statement: AdjustmentStatement, call: Call) -> list[dict[str, Any]]:
    """The two columns of the sheet, each from its balance to the adjusted one."""
    return [
        {
            "name": "book",
            "on": statement.as_of,
            "balance": statement.book_balance_fen,
            "parts": _parts(statement.bank_in_not_booked, statement.bank_out_not_booked, call),
            "adjusted": statement.adjusted_book_fen,
        },
        {
            "name": "bank",
            "on": statement.bank_balance_on(),
            "balance": statement.bank_balance_fen,
            "parts": _parts(
                statement.booked_in_not_at_bank, statement.booked_out_not_at_bank, call
            ),
            "adjusted": statement.adjusted_bank_fen,
        },
    ]


def _parts(plus: AdjustmentGroup, minus: AdjustmentGroup, call: Call) -> list[dict[str, Any]]:
    return [
        {
            "sign": sign,
            "kind": group.kind,
            "total": group.total_fen,
            "entries": [(one, entry_href(one, call)) for one in group.items],
        }
        for sign, group in (("plus", plus), ("minus", minus))
    ]


@get(HOME + "/adjustment.xlsx", opt=may("adjustment_statements.read"))
async def adjustment_file(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID]
) -> Response[bytes]:
    """The same sheet as a workbook, as of the same day.

    Raises:
        InvalidParameter: the day is none; a workbook has no place to say so.
    """
    as_of = asked_day(request, "as_of")
    if as_of is None and request.query_params.get("as_of"):
        raise InvalidParameter(parameter="as_of", reason=REASON)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        account = await get_bank_account(
            conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id
        )
        statement = await adjustment_statement(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            as_of=as_of or account.covered_to,
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


ROUTES = [breaks_page, adjustment_page, adjustment_file]
