"""An estate's month as every owner reads it, and the vouchers that its lines lead to."""

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.callers import list_caller_names
from api.web.estate_home import HOME, month_href
from api.web.formatting import format_month
from api.web.frame import (
    Page,
    PageRequest,
    language_of_page,
    read_day,
    read_uuid,
    require_whole_tenant,
    show,
)
from api.web.holders import list_holder_names
from api.web.movements import account_name, event_name
from api.web.places import estate_home, estate_place
from api.web.rendering import address_with
from api.web.signers import list_signers
from api.web.texts import text
from api.web.vouchers import entry_lines, holders_of, voucher_view
from ledger.books.book_months import list_book_months
from ledger.books.entries import get_entry
from ledger.clock import month_of, today
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.chart import chart_positions
from ledger.programmes.trust.month_sheet import BANK, BOOK, Place, codes_of_all, get_month_sheet

#: Lines of a page; the sums are those of all its pages.
LINES = 60


class Paging(NamedTuple):
    """Where the other lines of the month are."""

    first_href: str | None
    next_href: str | None


@get(HOME + "/months/{month:str}", opt=may("trial_balance.read"))
async def month_page(request: PageRequest, call: Call, month: FromPath[str]) -> Page:
    """What came in and what was paid, or what moved another account; single homes are summed."""
    require_whole_tenant(call, "estate")
    first = read_day(f"{month}-01")
    if first is None:
        raise NotFound(kind="month", id=month[:10])
    code = request.query_params.get("account", BANK)
    if (BOOK, code) not in chart_positions():
        raise NotFound(kind="account", id=code[:10])
    language, home = language_of_page(request), estate_home(call.tenant)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        began = await _began(conn, call.tenant_id, first)
        sheet = await get_month_sheet(
            conn,
            tenant_id=call.tenant_id,
            month=first,
            account_code=code,
            after=_read_place(request.query_params.get("after")),
            limit=LINES,
        )
    before, after = month_of(first - timedelta(days=1)), month_of(first + timedelta(days=31))
    return show(
        request,
        "estate/month.html",
        estate_place(call.tenant, call.who.permissions),
        sheet=sheet,
        account=None if code == BANK else f"{code} {account_name(BOOK, code, language)}",
        before_href=month_href(call.tenant, before, code) if before >= began else None,
        after_href=month_href(call.tenant, after, code) if after <= today() else None,
        lines=[
            (
                one,
                event_name(one.event_code, language),
                f"{home}/vouchers/{one.entry_id}",
                f"{home}/vouchers/{one.reverses}" if one.reverses else None,
            )
            for one in sheet.lines
        ],
        homes=[(one, event_name(one.event_code, language)) for one in sheet.homes],
        paging=Paging(
            address_with(request, after=None) if "after" in request.query_params else None,
            address_with(request, after="{}_{}".format(*sheet.following))
            if sheet.following
            else None,
        ),
    )


async def _began(conn: AsyncConnection, tenant_id: int, month: date) -> date:
    """The first month of the estate's book.

    Raises:
        NotFound: the month is before it, or to come.
    """
    if month <= today():
        for one in await list_book_months(conn, tenant_id=tenant_id, first=month, last=month):
            if one.book_code == BOOK:
                return one.first_period
    raise NotFound(kind="month", id=f"{month:%Y-%m}")


def _read_place(typed: str | None) -> Place | None:
    """Where a page of lines begins, as its link says it; None for anything else."""
    day, _, entry = (typed or "").partition("_")
    booked_on, entry_id = read_day(day), read_uuid(entry)
    return None if booked_on is None or entry_id is None else Place(booked_on, entry_id)


@get(HOME + "/vouchers/{entry_id:uuid}", opt=may("trial_balance.read"))
async def estate_voucher_page(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """A voucher of the estate's own money.

    Raises:
        NotFound: there is none, or it concerns a single home.
    """
    require_whole_tenant(call, "estate")
    language, home = language_of_page(request), estate_home(call.tenant)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
        codes = {code for one in entry.transfers for code in (one.debit_code, one.credit_code)}
        if {one.book_code for one in entry.transfers} != {BOOK} or not codes <= codes_of_all():
            raise NotFound(kind="entry", id=str(entry_id))
        names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=holders_of(entry))
        callers = await list_caller_names(
            conn, callers=[entry.head.caller_id], language=language, masked=False
        )
        signers = await list_signers(conn, call, entry, language, masked=False)
    month = month_of(entry.head.booked_on)
    return show(
        request,
        "voucher.html",
        estate_place(call.tenant, call.who.permissions),
        back_href=month_href(call.tenant, month),
        back_words=text(language, "estate.month_title", month=format_month(month, language)),
        changes=[],
        made_by=None if signers else callers.get(entry.head.caller_id, ""),
        signers=signers,
        voucher=voucher_view(entry, f"{home}/vouchers", language),
        lines=entry_lines(entry, language, holders=names),
    )


ROUTES = [month_page, estate_voucher_page]
