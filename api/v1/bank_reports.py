"""What became of a bank account's lines: what only one side has, and the 余额调节表."""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.params import QueryParameter

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.policies import may
from api.problems import language_of
from api.v1.bank_forms import AdjustmentView, BreakPage, BreakView
from api.v1.forms import ESTATES, CursorText, PageSize, PathId, view
from ledger.clock import today
from ledger.database import read_transaction
from reconciliation.adjustment_statement import adjustment_statement
from reconciliation.adjustment_workbook import adjustment_workbook
from reconciliation.breaks import Break, list_breaks

_ACCOUNT = ESTATES + "/bank-accounts/{bank_account_id:uuid}"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AsOf = Annotated[date | None, QueryParameter(description="End of this day; absent: today.")]


class _BreakFilter(msgspec.Struct, frozen=True):
    as_of: date | None = None


_BREAKS: CursorKind[_BreakFilter, tuple[date, UUID]] = CursorKind(_BreakFilter, tuple[date, UUID])


@get(
    _ACCOUNT + "/breaks",
    opt=may("bank_statements.read"),
    summary="List what only one side has",
    tags=["bank"],
)
async def list_all_breaks(
    call: Call,
    bank_account_id: PathId,
    as_of: AsOf = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> BreakPage:
    """未达账项 with their age, oldest first; all pages are as of the day of the first."""
    wanted, after = _BREAKS.read(cursor, _BreakFilter(as_of), call.route)
    day = wanted.as_of or today()
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_breaks(
            conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id, as_of=day
        )
    rest = sorted((one for one in found if after is None or _place_of(one) > after), key=_place_of)
    following = _place_of(rest[limit - 1]) if len(rest) > limit else None
    return BreakPage(
        [view(BreakView, one) for one in rest[:limit]],
        None if following is None else _BREAKS.write(_BreakFilter(day), following, call.route),
    )


def _place_of(one: Break) -> tuple[date, UUID]:
    """The day and the line, of whichever side it is."""
    line_id = one.statement_line_id or one.entry_id
    assert line_id is not None, "a break is of one side"
    return one.on, line_id


@get(
    _ACCOUNT + "/adjustment-statement",
    opt=may("adjustment_statements.read"),
    summary="Read the 余额调节表",
    tags=["bank"],
)
async def read_adjustment(
    call: Call, bank_account_id: PathId, as_of: AsOf = None
) -> AdjustmentView:
    """Both balances brought to one figure, or the difference shown; it posts nothing."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await adjustment_statement(
            conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id, as_of=as_of
        )
    return view(AdjustmentView, found)


@get(
    _ACCOUNT + "/adjustment-statement.xlsx",
    opt=may("adjustment_statements.read"),
    summary="Download the 余额调节表",
    tags=["bank"],
    media_type=XLSX,
)
async def download_adjustment(
    call: Call,
    request: Request,  # type: ignore[type-arg]
    bank_account_id: PathId,
    as_of: AsOf = None,
) -> Response[bytes]:
    """The same as a workbook, one A4 page."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await adjustment_statement(
            conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id, as_of=as_of
        )
    language = language_of(request.headers.get("accept-language"))
    content = await asyncio.to_thread(adjustment_workbook, found, language)
    name = f"adjustment-{found.account_no_last4}-{found.as_of.isoformat()}.xlsx"
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=XLSX, headers=disposition)


ROUTES = (list_all_breaks, read_adjustment, download_adjustment)
