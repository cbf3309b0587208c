"""The months of the books: which are closed, closing the next, asking to reopen the last."""

from datetime import date
from itertools import groupby
from operator import attrgetter

import msgspec
from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.v1.approvals import open_kinds
from api.web.approvals import approvals_home
from api.web.callers import list_caller_names
from api.web.formatting import Language
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    key_of_form,
    language_of_page,
    read_day,
    read_form,
    require_whole_tenant,
    see,
    show,
)
from api.web.places import book_month_href, books_home, reader_place
from api.web.refused import Way, show_refusal, words_of_refusal
from api.web.texts import text
from ledger.books.book_months import BookMonth, list_book_months, list_period_changes
from ledger.books.idempotency import idempotency_key
from ledger.clock import month_of, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approvals import Approval, ApprovalWaitsAlready, list_waiting_for_same
from ledger.foundation.month_closing import close_book_month
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import PeriodReopening
from ledger.journeys.approvals.rights import permits

_LIST = [f"/{form}s/{{{form}_id:uuid}}/books/months" for form in ("programme", "estate")]
_ONE = [f"{path}/{{book:str}}/{{month:str}}" for path in _LIST]
LONGEST_REASON = 200
#: What was done just now, as the page says it.
_DONE = frozenset({"closed"})
_REOPENING = "period_reopening"


@get(_LIST, opt=may("periods.read"))
async def months_page(request: PageRequest, call: Call) -> Page:
    """A year of all books, the latest month first."""
    require_whole_tenant(call, "book")
    this_month = month_of(today())
    this_year = this_month.replace(month=1)
    asked = read_day(f"{request.query_params.get('year', '')}-01-01")
    year = min(asked or this_year, this_year)
    last = min(year.replace(month=12), this_month)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_book_months(conn, tenant_id=call.tenant_id, first=year, last=last)
        known = found or await list_book_months(
            conn, tenant_id=call.tenant_id, first=this_month, last=this_month
        )
    home = f"{books_home(call.tenant)}/months"
    began = min((one.first_period for one in known), default=year)
    later = max(year.year + 1, began.year)
    return show(
        request,
        "books/months.html",
        reader_place(call.who.permissions, call.tenant),
        year=year,
        began=began,
        rows=[(month, list(group)) for month, group in groupby(found, key=attrgetter("month"))],
        href_of=lambda one: book_month_href(call.tenant, one.book_code, one.month),
        earlier_href=f"{home}?year={year.year - 1}" if began < year else None,
        later=later,
        later_href=f"{home}?year={later}" if year < this_year else None,
    )


async def _find_month(conn: AsyncConnection, call: GatedCall, book: str, written: str) -> BookMonth:
    """One month of one book.

    Raises:
        NotFound: no such book here, no month, before its first one, or to come.
    """
    month = read_day(f"{written}-01")
    if month is not None and month <= today():
        found = await list_book_months(conn, tenant_id=call.tenant_id, first=month, last=month)
        for one in found:
            if one.book_code == book:
                return one
    raise NotFound(kind="month", id=written[:10])


async def _page(
    request: PageRequest, call: GatedCall, book: str, month: str, form: Form, *, status: int = 200
) -> Page:
    require_whole_tenant(call, "book")
    permissions = call.who.permissions
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        one = await _find_month(conn, call, book, month)
        changes = await list_period_changes(
            conn, tenant_id=call.tenant_id, book_code=book, month=one.month
        )
        waiting = await list_waiting_for_same(
            conn, tenant_id=call.tenant_id, kind=_REOPENING, asked=_asked(book, one.month)
        )
        whos = [who for change in changes for who in (change.caller_id, change.approver_id)]
        names = await list_caller_names(
            conn,
            callers=[*whos, *(asked.requested_by for asked in waiting)],
            language=language_of_page(request),
        )
    home = books_home(call.tenant)
    is_next = one.status != "closed" and one.month == one.next_to_close
    closes = permits(permissions, "periods.close", call.tenant_id) and one.status != "closed"
    return show(
        request,
        "books/month.html",
        reader_place(permissions, call.tenant),
        status=status,
        month=one,
        changes=[
            (change, names.get(change.caller_id), change.approver_id and names[change.approver_id])
            for change in changes
        ],
        form=form,
        done=done_of(request, _DONE),
        here=book_month_href(call.tenant, book, one.month),
        back_href=f"{home}/months?year={one.month.year}",
        balance_href=f"{home}/trial-balance?book={book}&as_of={min(one.last_day, today())}",
        may_close=closes and is_next and one.last_day < today(),
        first_href=book_month_href(call.tenant, book, one.next_to_close)
        if closes and not is_next
        else None,
        may_ask=one.month == one.last_closed
        and not waiting
        and permits(permissions, "periods.reopen", call.tenant_id),
        waiting=[(asked, names[asked.requested_by]) for asked in waiting],
        requests_href=approvals_home(call) if _REOPENING in open_kinds(call) else None,
        closers=_roles_with(call, "periods.close", language_of_page(request)),
        reopeners=_roles_with(call, "periods.reopen", language_of_page(request)),
        last_href=book_month_href(call.tenant, book, one.last_closed) if one.last_closed else None,
    )


def _asked(book: str, month: date) -> str:
    """A reopening as its request keeps it."""
    matter = PeriodReopening(book=book, month=month)
    return msgspec.json.encode(matter, order="deterministic").decode()


def _roles_with(call: GatedCall, permission: str, language: Language) -> str:
    """The roles of this place that may do something, by their names."""
    names = [
        role.name_in(language)
        for role in shipped_roles().values()
        if permission in role.wide and call.tenant.form in role.given_in
    ]
    return text(language, "roles.and").join(names)


@get(_ONE, opt=may("periods.read"))
async def month_page(
    request: PageRequest, call: Call, book: FromPath[str], month: FromPath[str]
) -> Page:
    """How a month stands, what happened to it, and what can be done with it now."""
    usual = text(language_of_page(request), "months.usual_reason")
    return await _page(request, call, book, month, empty_form(request, close_reason=usual))


@post([f"{path}/close" for path in _ONE], opt=may("periods.close"))
async def month_closed(
    request: PageRequest, call: Call, book: FromPath[str], month: FromPath[str]
) -> Page:
    """Close a month: it takes no more entries, and its balances are fixed."""
    form = await read_form(request)
    reason = form.text("close_reason", limit=LONGEST_REASON)
    if reason is None:
        return await _page(request, call, book, month, form, status=422)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        one = await _find_month(conn, call, book, month)
    try:
        await close_book_month(
            call.service.engine,
            tenant_id=call.tenant_id,
            book_code=book,
            month=one.month,
            reason=reason,
            caller_id=call.caller_id,
            change_id=idempotency_key(f"{call.caller_id} {key_of_form(call)}"),
        )
    except LedgerError as refusal:
        form.errors["close_reason"] = words_of_refusal(refusal, form.language)
        return await _page(request, call, book, month, form, status=409)
    return see(f"{book_month_href(call.tenant, book, one.month)}?done=closed")


@post([f"{path}/reopening" for path in _ONE], opt=may("periods.reopen", step_up=True))
async def reopening_asked(
    request: PageRequest, call: Call, book: FromPath[str], month: FromPath[str]
) -> Page:
    """Ask a second person to open the last closed month for a day."""
    form = await read_form(request)
    reason = form.text("reason", limit=LONGEST_REASON)
    if reason is None:
        return await _page(request, call, book, month, form, status=422)
    key_of_form(call)

    async def act(conn: AsyncConnection) -> Approval:
        one = await _find_month(conn, call, book, month)
        return await ask(
            conn,
            tenant_id=call.tenant_id,
            matter=PeriodReopening(book=book, month=one.month),
            reason=reason,
            caller_id=call.caller_id,
        )

    try:
        asked = await write_transaction(call.service.engine, act, tenant_id=call.tenant_id)
    except LedgerError as refusal:
        if isinstance(refusal, NotFound):
            raise
        if isinstance(refusal, ApprovalWaitsAlready):
            waiting = f"{approvals_home(call)}/{refusal.attributes()['approval']}"
            return show_refusal(
                request,
                reader_place(call.who.permissions, call.tenant),
                refusal,
                untouched="refusal.nothing_changed",
                ways=(Way(waiting, text(form.language, "approval.open_it")),),
            )
        form.errors["reason"] = words_of_refusal(refusal, form.language)
        return await _page(request, call, book, month, form, status=409)
    return see(f"{approvals_home(call)}/{asked.approval_id}")


ROUTES = [months_page, month_page, month_closed, reopening_asked]
