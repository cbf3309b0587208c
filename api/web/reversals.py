"""Asking for the reversal of a voucher (红冲): a second person approves it."""

from datetime import date, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.approvals import approvals_home
from api.web.formatting import format_day
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.holders import list_holder_names
from api.web.places import books_home, reader_place
from api.web.refused import Way, show_refusal
from api.web.texts import text
from api.web.vouchers import entry_lines, holders_of, voucher_view
from ledger.books.entries import get_entry
from ledger.books.periods import BOOKED_AHEAD, list_periods
from ledger.books.refusals import PeriodNotOpen, ReversalBeforeEntry
from ledger.clock import month_of, now, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.approvals import Approval, ApprovalWaitsAlready
from ledger.foundation.grants import Permissions
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import Reversal
from ledger.journeys.approvals.rights import permits

PATHS = [
    "/programmes/{programme_id:uuid}/books/entries/{entry_id:uuid}/reversal",
    "/estates/{estate_id:uuid}/books/entries/{entry_id:uuid}/reversal",
]
LONGEST_REASON = 200


def may_ask_for_reversal(permissions: Permissions, tenant_id: int) -> bool:
    """Whether the voucher page leads here."""
    return permits(permissions, "entries.reverse", tenant_id)


async def _page(
    request: PageRequest, call: GatedCall, entry_id: UUID, form: Form, *, status: int = 200
) -> Page:
    language, home = language_of_page(request), books_home(call.tenant)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
        names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=holders_of(entry))
    return show(
        request,
        "approvals/reversal.html",
        reader_place(call.who.permissions, call.tenant),
        status=status,
        back_href=f"{home}/entries/{entry_id}",
        form=form,
        voucher=voucher_view(entry, f"{home}/entries", language),
        lines=entry_lines(entry, language, holders=names),
    )


@get(PATHS, opt=may("entries.reverse"))
async def reversal_page(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """The voucher, the reason, and what happens next."""
    return await _page(request, call, entry_id, empty_form(request))


@post(PATHS, opt=may("entries.reverse", step_up=True))
async def reversal_asked(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """Ask a second person."""
    form = await read_form(request)
    reason = form.text("reason", limit=LONGEST_REASON)
    booked_on: date | None = form.day("booked_on") if form.values.get("booked_on") else None
    if reason is None or form.errors:
        return await _page(request, call, entry_id, form, status=422)
    key_of_form(call)

    async def act(conn: AsyncConnection) -> Approval:
        return await ask(
            conn,
            tenant_id=call.tenant_id,
            matter=Reversal(entry_id=entry_id, occurred_at=now(), booked_on=booked_on),
            reason=reason,
            caller_id=call.caller_id,
            object_id=entry_id,
        )

    try:
        asked = await write_transaction(call.service.engine, act, tenant_id=call.tenant_id)
    except (PeriodNotOpen, ReversalBeforeEntry):
        await _refuse_day(call, entry_id, form)
        return await _page(request, call, entry_id, form, status=409)
    except LedgerError as refusal:
        language = language_of_page(request)
        voucher = f"{books_home(call.tenant)}/entries/{entry_id}"
        ways = [Way(voucher, text(language, "voucher.title"))]
        if isinstance(refusal, ApprovalWaitsAlready):
            waiting = f"{approvals_home(call)}/{refusal.attributes()['approval']}"
            ways.insert(0, Way(waiting, text(language, "approval.open_it")))
        return show_refusal(
            request,
            reader_place(call.who.permissions, call.tenant),
            refusal,
            untouched="refusal.nothing_changed",
            ways=ways,
        )
    return see(f"{approvals_home(call)}/{asked.approval_id}")


async def _refuse_day(call: GatedCall, entry_id: UUID, form: Form) -> None:
    """Note beside the day that nothing is booked on it, and which days are open."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
        first = entry.head.booked_on
        for book in {one.book_code for one in entry.transfers}:
            months = await list_periods(conn, tenant_id=call.tenant_id, book_code=book)
            closed = [one.month for one in months if one.status != "open"]
            first = max([first, *(month_of(month + timedelta(days=31)) for month in closed)])
    form.refuse(
        "booked_on",
        "reversal.day_not_open",
        first=format_day(first, form.language),
        last=format_day(today() + BOOKED_AHEAD, form.language),
    )


ROUTES = [reversal_page, reversal_asked]
