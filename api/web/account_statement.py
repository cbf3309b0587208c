"""The statement of one account: filters, months with their sums, a picture, downloads."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.charts import Chart, Series, bar_chart, line_chart
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, read_day, read_version, show
from api.web.holders import list_holder_names
from api.web.movements import account_name, event_name
from api.web.places import books_home, reader_place, volunteer_home
from api.web.rendering import address_with
from api.web.statement_filters import Filters, read_filters
from api.web.texts import text
from ledger.books.accounts import Account, get_account_by_public_id
from ledger.books.balances import Balance, list_balances
from ledger.clock import month_of
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.event_catalogue import list_events
from ledger.journeys.account_statement import (
    FoundLine,
    MonthTotal,
    Place,
    search_statement,
    total_statement,
)
from ledger.journeys.approvals.corrections import corrections_of
from ledger.journeys.approvals.rights import permits

PATHS = [
    f"/{form}s/{{{form}_id:uuid}}/books/accounts/{{account_id:uuid}}"
    for form in ("programme", "estate")
]
LINES = 60
DOWNLOADS = ("csv", "xlsx", "pdf")
_OWN = frozenset({"volunteer", "party_member", "resident"})


class LineView(NamedTuple):
    """A movement with its name and where its voucher opens; None: not for this reader."""

    line: FoundLine
    name: str
    href: str | None


class MonthView(NamedTuple):
    """The lines of a month that this page shows, under the sums of all of them."""

    total: MonthTotal
    lines: Sequence[LineView]


class OpenedAccount(NamedTuple):
    """An account that the caller may read, as it stands."""

    account: Account
    balance: Balance
    #: Whose it is, as the reader may see her; None: nobody's, or not to be named.
    holder: str | None


async def open_account(conn: AsyncConnection, call: GatedCall, account_id: UUID) -> OpenedAccount:
    """An account within the caller's reach.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    account = await get_account_by_public_id(conn, tenant_id=call.tenant_id, public_id=account_id)
    if not call.reach.includes(account.holder_id):
        raise NotFound(kind="account", id=str(account_id))
    (balance,) = await list_balances(
        conn, tenant_id=call.tenant_id, account_ids=[account.account_id]
    )
    names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=[account.holder_id])
    holder = names.get(account.holder_id) if account.holder_id is not None else None
    return OpenedAccount(account, balance, holder)


@get(PATHS, opt=may("accounts.read"))
async def account_page(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Page:
    """One account's movements by month, the newest first."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        opened = await open_account(conn, call, account_id)
        account = opened.account
        filters = read_filters(request, call, account, opened.balance.version)
        found, totals = await _look(conn, request, call, account, filters)
    shown = found[:LINES]
    last = shown[-1] if len(found) > LINES else None
    return show(
        request,
        "auditor/account.html",
        reader_place(call.who.permissions, call.tenant),
        opened=opened,
        account=account,
        unit=account.unit_code,
        name=account_name(account.book_code, account.account_code, language),
        form=filters.form,
        filters=filters,
        events=_events_of(account.book_code, language),
        months=_months(shown, totals, call, language),
        total_in=sum(one.total_in for one in totals),
        total_out=sum(one.total_out for one in totals),
        count=sum(one.lines for one in totals),
        pictures=list(_pictures(filters, totals, opened, language)),
        downloads=_downloads(request),
        back_href=_position_href(call, account),
        adjustment_href=_adjustment_href(request, call, account),
        here=request.url.path,
        first_href=address_with(request, after=None) if "after" in request.query_params else None,
        next_href=address_with(request, after=write_place(last)) if last else None,
    )


async def _look(
    conn: AsyncConnection, request: PageRequest, call: GatedCall, account: Account, filters: Filters
) -> tuple[list[FoundLine], list[MonthTotal]]:
    """Lines of one page and the sums of all; nothing where a filter is wrong.

    What another filter finds could be taken for what was asked for.
    """
    if filters.form.errors:
        return [], []
    found = await search_statement(
        conn,
        tenant_id=call.tenant_id,
        account=account,
        wanted=filters.search,
        after=read_place(request.query_params.get("after")),
        limit=LINES + 1,
    )
    totals = await total_statement(
        conn, tenant_id=call.tenant_id, account=account, wanted=filters.search
    )
    return found, totals


def read_place(typed: str | None) -> Place | None:
    """A cursor as ``write_place`` made it; None for anything else."""
    written, _, rest = (typed or "").partition("_")
    day, version = read_day(written), read_version(rest)
    return None if day is None or version is None else Place(day, version)


def write_place(line: FoundLine) -> str:
    """Where the page after this line begins."""
    return f"{line.booked_on}_{line.version}"


def _months(
    lines: Iterable[FoundLine],
    totals: Iterable[MonthTotal],
    call: GatedCall,
    language: Language,
) -> list[MonthView]:
    by_month = {one.month: one for one in totals}
    folder = voucher_folder(call)
    return [
        MonthView(
            by_month[month],
            [
                LineView(
                    one,
                    event_name(one.event_code, language),
                    f"{folder}/{one.entry_id}" if folder else None,
                )
                for one in group
            ],
        )
        for month, group in groupby(lines, key=lambda one: month_of(one.booked_on))
    ]


def voucher_folder(call: GatedCall) -> str | None:
    """Where the vouchers of a statement open for its reader; None: not for this one."""
    reach = call.who.permissions.reach("entries.read", call.tenant_id)
    if reach is not None and reach.everything:
        return f"{books_home(call.tenant)}/entries"
    held = {one.role for one in call.who.permissions.in_tenant(call.tenant_id)}
    return f"{volunteer_home(call.tenant)}/vouchers" if held & _OWN else None


def _adjustment_href(request: PageRequest, call: GatedCall, account: Account) -> str | None:
    """Where a correction is asked for; None: not by this reader, or the account has none."""
    if not permits(call.who.permissions, "entries.adjust", call.tenant_id):
        return None
    return f"{request.url.path}/adjustment" if corrections_of(account) else None


def _position_href(call: GatedCall, account: Account) -> str:
    return f"{books_home(call.tenant)}/positions/{account.book_code}/{account.account_code}"


def _events_of(book_code: str, language: Language) -> list[tuple[str, str]]:
    """The events that a book knows, to choose from."""
    codes = [one.event_code for one in list_events() if one.event_code.startswith(book_code)]
    return [(code, f"{code} {event_name(code, language)}") for code in codes]


def _pictures(
    filters: Filters, totals: Sequence[MonthTotal], opened: OpenedAccount, language: Language
) -> Iterable[Chart]:
    """What came in and went out each month; the balance where nothing is filtered away."""
    if len(totals) < 2:
        return
    months = list(reversed(totals))
    days = [one.month for one in months]
    flows = (
        Series("in", [one.total_in for one in months]),
        Series("out", [one.total_out for one in months]),
    )
    unit = opened.account.unit_code
    yield bar_chart(text(language, "filter.flows"), days, flows, unit, language)
    if set(filters.in_use) <= {"from"}:
        balance, ends = opened.balance.balance, []
        for one in totals:
            ends.append(balance)
            balance -= one.total_in - one.total_out
        line = (Series("balance", list(reversed(ends))),)
        yield line_chart(text(language, "filter.balances"), days, line, unit, language)


def _downloads(request: PageRequest) -> list[tuple[str, str]]:
    """Each form of the same statement, with the filters of this page."""
    here = address_with(request, after=None, lang=None, type=None)
    path, _, query = here.partition("?")
    ending = f"?{query}" if query else ""
    return [(kind, f"{path}/statement.{kind}{ending}") for kind in DOWNLOADS]


ROUTES = [account_page]
