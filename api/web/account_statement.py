"""The statement of one account: filters, months with their sums, a picture, downloads."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.gate import Call, GatedCall
from api.policies import may
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.movements import about_of, account_name, event_name
from api.web.places import books_home, reader_place, volunteer_home
from api.web.statement_reading import StatementPart, events_at, open_account, read_statement
from ledger.books.accounts import Account
from ledger.clock import month_of
from ledger.database import read_transaction
from ledger.journeys.account_statement import FoundLine, MonthTotal
from ledger.journeys.approvals.corrections import corrections_of
from ledger.journeys.approvals.rights import permits
from ledger.programmes.trust.month_sheet import BOOK
from ledger.programmes.trust.payables import payment_events

PATHS = [
    f"/{form}s/{{{form}_id:uuid}}/books/accounts/{{account_id:uuid}}"
    for form in ("programme", "estate")
]
_OWN = frozenset({"volunteer", "party_member", "resident"})


class LineView(NamedTuple):
    """A movement with its name and where its voucher opens; None: not for this reader."""

    line: FoundLine
    name: str
    href: str | None
    #: What it was for, or its memo.
    about: str | None


class MonthView(NamedTuple):
    """The lines of a month that this page shows, under the sums of all of them."""

    total: MonthTotal
    lines: Sequence[LineView]


@get(PATHS, opt=may("accounts.read"))
async def account_page(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Page:
    """One account's movements by month, the newest first."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        opened = await open_account(conn, call, account_id)
        account = opened.account
        part = await read_statement(conn, request, call, opened, _choices(account, language))
    return show(
        request,
        "auditor/account.html",
        reader_place(call.who.permissions, call.tenant),
        opened=opened,
        account=account,
        name=account_name(account.book_code, account.account_code, language),
        part=part,
        months=_months(part, call, language),
        back_href=_position_href(call, account),
        adjustment_href=_adjustment_href(request, call, account),
        payment_href=_payment_href(request, call, account),
        here=request.url.path,
    )


def _choices(account: Account, language: Language) -> list[tuple[str, str]]:
    return [(code, f"{code} {event_name(code, language)}") for code in events_at(account)]


def _months(part: StatementPart, call: GatedCall, language: Language) -> list[MonthView]:
    by_month = {one.month: one for one in part.totals}
    folder = voucher_folder(call)
    return [
        MonthView(
            by_month[month],
            [
                LineView(
                    one,
                    event_name(one.event_code, language),
                    f"{folder}/{one.entry_id}" if folder else None,
                    about_of(one, part.subjects or {}),
                )
                for one in group
            ],
        )
        for month, group in groupby(part.lines, key=lambda one: month_of(one.booked_on))
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


def _payment_href(request: PageRequest, call: GatedCall, account: Account) -> str | None:
    """Where a payment that settles the account is asked for; None: not by this reader, or none."""
    pays = account.book_code == BOOK and account.account_code in payment_events()
    if not pays or not permits(call.who.permissions, "payments.request", call.tenant_id):
        return None
    return f"{request.url.path}/payment"


def _position_href(call: GatedCall, account: Account) -> str:
    return f"{books_home(call.tenant)}/positions/{account.book_code}/{account.account_code}"


ROUTES = [account_page]
