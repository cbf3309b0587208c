"""A statement as every page of it shows it: filters, a page of lines, sums, pictures, files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.charts import Chart, Series, bar_chart, line_chart
from api.web.formatting import Language
from api.web.forms import Form
from api.web.frame import PageRequest, language_of_page, read_day, read_version
from api.web.holders import list_holder_names
from api.web.member_books import MEMBER_BOOKS
from api.web.members import list_subjects
from api.web.places import books_home
from api.web.rendering import address_with
from api.web.statement_filters import Filters, read_filters
from api.web.texts import text
from ledger.books.accounts import Account, get_account_by_public_id
from ledger.books.balances import Balance, balance_at_booking, list_balances
from ledger.errors import NotFound
from ledger.foundation.event_catalogue import list_events
from ledger.journeys.account_statement import (
    FoundLine,
    MonthTotal,
    Place,
    search_statement,
    total_statement,
)

LINES = 60
DOWNLOADS = ("csv", "xlsx", "pdf")


class OpenedAccount(NamedTuple):
    """An account that the caller may read, as it stands."""

    account: Account
    balance: Balance
    #: Whose it is, as the reader may see her; None: nobody's, or not to be named.
    holder: str | None


class StatementPart(NamedTuple):
    """What one page shows of a statement; the sums are those of all its pages."""

    filters: Filters
    lines: Sequence[FoundLine]
    #: What the reader's own movements were for; None: the account is not read as her own.
    subjects: Mapping[UUID, str] | None
    #: The latest month first.
    totals: Sequence[MonthTotal]
    #: Events to choose from, each with its name.
    events: Sequence[tuple[str, str]]
    pictures: Sequence[Chart]
    #: Each form of file, with the address that gives the same lines.
    downloads: Sequence[tuple[str, str]]
    unit: str
    #: Balance at the end of the period; None: more than the period narrows the lines.
    closing: int | None
    first_href: str | None
    next_href: str | None

    @property
    def form(self) -> Form:
        """The filters as they were typed, with what is wrong."""
        return self.filters.form

    @property
    def total_in(self) -> int:
        """What came in, reversals taken off."""
        return sum(one.total_in for one in self.totals)

    @property
    def total_out(self) -> int:
        """What went out, reversals taken off."""
        return sum(one.total_out for one in self.totals)

    @property
    def opening(self) -> int | None:
        """Balance before the period; None as ``closing``."""
        return None if self.closing is None else self.closing - self.total_in + self.total_out

    @property
    def line_count(self) -> int:
        """How many lines there are in all."""
        return sum(one.lines for one in self.totals)


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


async def read_own_subjects(
    conn: AsyncConnection, call: GatedCall, account: Account, language: Language
) -> Mapping[UUID, str] | None:
    """What a member's movements were for, as her rows say it; None for who reads others' books."""
    if call.reach.everything or account.book_code not in MEMBER_BOOKS or not account.holder_id:
        return None
    return await list_subjects(conn, call.tenant_id, account.holder_id, language)


async def read_statement(
    conn: AsyncConnection,
    request: PageRequest,
    call: GatedCall,
    opened: OpenedAccount,
    events: Sequence[tuple[str, str]],
    *,
    limit: int = LINES,
) -> StatementPart:
    """The part of an account's statement that the address asks for, ``limit`` lines long."""
    account = opened.account
    subjects = await read_own_subjects(conn, call, account, language_of_page(request))
    filters = read_filters(request, call, account, opened.balance.version, subjects)
    found, totals = await _look(conn, request, call, account, filters, limit + 1)
    closing = await _closing(conn, call, opened, filters)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return StatementPart(
        filters=filters,
        lines=shown,
        subjects=subjects,
        totals=totals,
        events=events,
        pictures=list(_pictures(totals, closing, account, language_of_page(request))),
        downloads=_downloads(request, call, account),
        unit=account.unit_code,
        closing=closing,
        first_href=address_with(request, after=None) if "after" in request.query_params else None,
        next_href=address_with(request, after=write_place(last)) if last else None,
    )


async def _look(
    conn: AsyncConnection,
    request: PageRequest,
    call: GatedCall,
    account: Account,
    filters: Filters,
    limit: int,
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
        limit=limit,
    )
    totals = await total_statement(
        conn, tenant_id=call.tenant_id, account=account, wanted=filters.search
    )
    return found, totals


async def _closing(
    conn: AsyncConnection, call: GatedCall, opened: OpenedAccount, filters: Filters
) -> int | None:
    """Balance at the end of the period; None where the lines are not all of it."""
    if filters.form.errors or not set(filters.in_use) <= {"from", "to"}:
        return None
    if "to" not in filters.in_use:
        return opened.balance.balance
    return await balance_at_booking(
        conn,
        tenant_id=call.tenant_id,
        account=opened.account,
        day=filters.search.booked_to,
    )


def read_place(typed: str | None) -> Place | None:
    """A cursor as ``write_place`` made it; None for anything else."""
    written, _, rest = (typed or "").partition("_")
    day, version = read_day(written), read_version(rest)
    return None if day is None or version is None else Place(day, version)


def write_place(line: FoundLine) -> str:
    """Where the page after this line begins."""
    return f"{line.booked_on}_{line.version}"


def events_at(account: Account) -> list[str]:
    """Codes of the events that can move an account at this position."""
    position = (account.book_code, account.account_code)
    return [
        event.event_code
        for event in list_events()
        if any(
            position == (transfer.book_code, code)
            for transfer in event.transfers
            for side in (transfer.debit, transfer.credit)
            for code in event.accounts_of(side)
        )
    ]


def _pictures(
    totals: Sequence[MonthTotal], closing: int | None, account: Account, language: Language
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
    unit = account.unit_code
    yield bar_chart(text(language, "filter.flows"), days, flows, unit, language)
    if closing is not None:
        balance, ends = closing, []
        for one in totals:
            ends.append(balance)
            balance -= one.total_in - one.total_out
        line = (Series("balance", list(reversed(ends))),)
        yield line_chart(text(language, "filter.balances"), days, line, unit, language)


def _downloads(request: PageRequest, call: GatedCall, account: Account) -> list[tuple[str, str]]:
    """Each form of the same statement, with the filters of this page."""
    asked = address_with(request, after=None, lang=None, type=None)
    _, mark, query = asked.partition("?")
    home = f"{books_home(call.tenant)}/accounts/{account.public_id}"
    return [(kind, f"{home}/statement.{kind}{mark}{query}") for kind in DOWNLOADS]
