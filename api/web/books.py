"""The books as an auditor reads them: trial balance → accounts → statement → voucher, and back."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.gate import Call, GatedCall
from api.policies import may, signed_in
from api.web.callers import list_caller_names
from api.web.estate_home import month_href
from api.web.evidence import evidence_of_entry, files_home, upload_address
from api.web.formatting import Language, unit_of_book
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    language_of_page,
    read_day,
    read_version,
    require_whole_tenant,
    show,
)
from api.web.holders import list_holder_names
from api.web.movements import account_name
from api.web.place_list import list_places, place_of_reader
from api.web.places import books_home, reader_place
from api.web.rendering import address_with
from api.web.reversals import may_ask_for_reversal
from api.web.rules import rule_groups
from api.web.signers import list_signers
from api.web.texts import text
from api.web.vouchers import entry_lines, holders_of, voucher_view
from ledger.books.account_list import AccountFilter, list_accounts
from ledger.books.entries import Entry, get_entry
from ledger.books.trial_balance import TrialBalance, get_trial_balance
from ledger.clock import month_of, today
from ledger.database import read_transaction
from ledger.foundation.chart import ESTATE_BOOKS, PROGRAMME_BOOKS
from ledger.foundation.event_catalogue import list_events
from ledger.programmes.trust.month_sheet import BOOK

HOMES = ("/programmes/{programme_id:uuid}/books", "/estates/{estate_id:uuid}/books")
STATEMENT_LINES = 40
ACCOUNTS_LISTED = 100


def _paths(suffix: str) -> list[str]:
    return [home + suffix for home in HOMES]


def books_of(call: Call) -> tuple[str, ...]:
    """The books that the tenant of a call keeps."""
    return PROGRAMME_BOOKS if call.tenant.form == "programme" else ESTATE_BOOKS


def asked_day(request: PageRequest, name: str) -> date | None:
    """A day in the address, today at the latest; None when it is absent or no such day."""
    day = read_day(request.query_params.get(name, "").strip())
    return day if day is not None and day <= today() else None


def form_of_day(request: PageRequest, name: str, shown: date) -> Form:
    """The day a page shows, to choose another; it says so when the one asked for is none.

    What was typed stays. A form with errors shows no figures: those of another day could be taken
    for what was asked for.
    """
    typed = request.query_params.get(name, "").strip()
    if not typed or asked_day(request, name) is not None:
        return empty_form(request, **{name: shown.isoformat()})
    form = empty_form(request, **{name: typed[:20]})
    day = read_day(typed)
    if day is not None and today() < day:
        form.refuse(name, "form.day_ahead", value=day)
    else:
        form.refuse(name, "form.date", value=typed[:20])
    return form


@get(_paths("/trial-balance"), opt=may("trial_balance.read"))
async def trial_balance_page(request: PageRequest, call: Call) -> Page:
    """Every account position of one book, and whether debits equal credits."""
    require_whole_tenant(call, "book")
    asked = request.query_params.get("book")
    book = asked if asked in books_of(call) else books_of(call)[0]
    as_of = asked_day(request, "as_of")
    form = form_of_day(request, "as_of", as_of or today())
    balance = None
    if not form.errors:
        async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
            balance = await get_trial_balance(
                conn, tenant_id=call.tenant_id, book_code=book, as_of=as_of
            )
    return show(
        request,
        "auditor/trial_balance.html",
        reader_place(call.who.permissions, call.tenant),
        status=422 if form.errors else 200,
        current="nav.trial_balance",
        books=books_of(call),
        book=book,
        unit=unit_of_book(book),
        asked=as_of,
        as_of=as_of or today(),
        form=form,
        here=request.url.path,
        balance=balance,
        rows=_rows(balance, language_of_page(request), _leads_on(call, as_of or today()))
        if balance
        else [],
    )


def _leads_on(call: GatedCall, as_of: date) -> Callable[[str, str], str | None]:
    """Where the accounts of a position open for a reader, by book and code; None: not for her.

    Whoever reads an estate, but no single home's account, gets the month of all of them together.
    """
    reach = call.who.permissions.reach("accounts.read", call.tenant_id)
    if reach is not None and reach.everything:
        home = f"{books_home(call.tenant)}/positions"
        return lambda book, code: f"{home}/{book}/{code}"
    if call.tenant.form != "estate":
        return lambda book, code: None
    month = month_of(as_of)
    return lambda book, code: month_href(call.tenant, month, code) if book == BOOK else None


def _rows(
    balance: TrialBalance, language: Language, leads_on: Callable[[str, str], str | None]
) -> list[dict[str, Any]]:
    """Positions that were ever used, with their net on its side."""
    rows = []
    for line in balance.lines:
        if not (line.debits or line.credits):
            continue
        net = line.debits - line.credits
        rows.append(
            {
                "line": line,
                "name": line.name_en if language == "en" else line.name_zh,
                "balance_debit": max(net, 0),
                "balance_credit": max(-net, 0),
                "href": leads_on(balance.book_code, line.account_code),
            }
        )
    return rows


@get(_paths("/positions/{book:str}/{code:str}"), opt=may("accounts.read"))
async def position_page(
    request: PageRequest, call: Call, book: FromPath[str], code: FromPath[str]
) -> Page:
    """The accounts at one position of the chart, by holder."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        accounts = await list_accounts(
            conn,
            tenant_id=call.tenant_id,
            wanted=AccountFilter(book_code=book, account_code=code),
            limit=ACCOUNTS_LISTED,
            after=read_version(request.query_params.get("after")),
            holders=None if call.reach.everything else call.reach.holders,
        )
        names = await list_holder_names(
            conn, tenant_id=call.tenant_id, holders=[one.holder_id for one in accounts]
        )
    home = books_home(call.tenant)
    more = accounts[-1].account_id if len(accounts) == ACCOUNTS_LISTED else None
    return show(
        request,
        "auditor/position.html",
        reader_place(call.who.permissions, call.tenant),
        book=book,
        code=code,
        name=account_name(book, code, language_of_page(request)) if accounts else "",
        unit=accounts[0].unit_code if accounts else "",
        accounts=[(one, holder_words(one.holder_id, names)) for one in accounts],
        home=home,
        next_href=address_with(request, after=str(more)) if more else None,
    )


def holder_words(holder_id: UUID | None, names: dict[UUID, str]) -> str | None:
    """A holder's name, else the end of its id; None for accounts without holder."""
    if holder_id is None:
        return None
    return names.get(holder_id) or f"…{str(holder_id)[-6:]}"


@get(_paths("/entries/{entry_id:uuid}"), opt=may("entries.read"))
async def entry_page(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """One voucher with its rule; every account leads on to its statement."""
    require_whole_tenant(call, "entry")
    language = language_of_page(request)
    home = books_home(call.tenant)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
        names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=holders_of(entry))
        # Money of an estate has somebody by name to answer for it; a member's own act is masked.
        masked = call.tenant.form != "estate"
        callers = await list_caller_names(
            conn,
            callers=[entry.head.caller_id],
            language=language,
            masked=masked,
        )
        signers = await list_signers(conn, call, entry, language, masked=masked)
        files = await evidence_of_entry(conn, call, entry_id)
    first = entry.transfers[0]
    made_by = callers.get(entry.head.caller_id, "")
    return show(
        request,
        "voucher.html",
        reader_place(call.who.permissions, call.tenant),
        back_href=f"{home}/trial-balance?book={first.book_code}",
        back_words=text(language, "trial.title"),
        changes=[],
        made_by=None if signers else made_by,
        signers=signers,
        reversal_href=_reversal_href(call, entry),
        files=files,
        files_home=files_home(call),
        upload_href=upload_address(call, entry_id),
        voucher=voucher_view(entry, f"{home}/entries", language),
        lines=entry_lines(
            entry,
            language,
            holders=names,
            account_href=lambda public_id: f"{home}/accounts/{public_id}",
        ),
    )


def _reversal_href(call: GatedCall, entry: Entry) -> str | None:
    """Where its reversal is asked for; None: not by this reader, or it makes no sense."""
    plain = entry.head.kind == 0 and entry.reversed_by is None
    if not plain or not may_ask_for_reversal(call.who.permissions, call.tenant_id):
        return None
    return f"{books_home(call.tenant)}/entries/{entry.head.entry_id}/reversal"


@get("/rules", opt=signed_in())
async def rules_page(request: PageRequest, call: Call) -> Page:
    """The 会计分录手册: every business event and how it is booked, one book at a time."""
    groups = rule_groups(language_of_page(request))
    asked = request.query_params.get("book")
    book = asked if asked in groups else next(iter(groups))
    async with read_transaction(call.service.engine) as conn:
        places = await list_places(conn, call.who.permissions)
    return show(
        request,
        "auditor/rules.html",
        place_of_reader(places),
        current="nav.rules",
        books=list(groups),
        book=book,
        rules=groups[book],
        count=len(list_events()),
    )


ROUTES = [
    trial_balance_page,
    position_page,
    entry_page,
    rules_page,
]
