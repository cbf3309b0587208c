"""An estate's home: what waits, payments with their two keys, the money month by month, the banks.

For trustee, committee, supervisor and owners; each sees what her permissions open.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.v1.approvals import open_kinds
from api.web.audit import AccountRow, list_account_rows
from api.web.callers import list_caller_names
from api.web.charts import Chart, Series, bar_chart
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, require_whole_tenant, show
from api.web.places import books_home, estate_home, estate_place
from api.web.texts import text
from api.web.todo import by_deadline, read_tenant_todo
from api.web.todo_approvals import approvals_to_decide
from api.web.todo_sources import TENANT_SOURCES
from api.web.ways import ways_of_tenant
from ledger.books.account_months import AccountMonth, list_position_months
from ledger.clock import month_of
from ledger.database import read_transaction
from ledger.foundation.organisations import Tenant
from ledger.journeys.approvals.rights import permits
from ledger.programmes.trust.month_sheet import BANK, BOOK
from ledger.programmes.trust.payments import Payment, list_payments

HOME = "/estates/{estate_id:uuid}"
PAYMENTS_READ = 50
#: Payments decided last that are shown beside all that wait.
DECIDED_SHOWN = 5
MONTHS_SHOWN = 12


class TwoKeys(NamedTuple):
    """A payment and who has turned which key; None: the second key is not turned yet."""

    payment: Payment
    first: str
    second: str | None
    #: Where it is decided, for those who sign or asked; None: not for this reader.
    href: str | None
    #: The reader may turn the second key.
    signs: bool


@get(HOME, opt=may("trial_balance.read"))
async def estate_page(request: PageRequest, call: Call) -> Page:
    """What waits first; then what the estate's money did."""
    require_whole_tenant(call, "estate")
    permissions, language = call.who.permissions, language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        items = await read_tenant_todo(conn, permissions, call.tenant, TENANT_SOURCES)
        items += await approvals_to_decide(conn, call, language, call.tenant)
        payments = await _list_two_keys(conn, call, language)
        months = await list_position_months(
            conn, tenant_id=call.tenant_id, book_code=BOOK, account_code=BANK
        )
        rows = await list_account_rows(conn, call.tenant, permissions)
    return show(
        request,
        "estate/home.html",
        estate_place(call.tenant, permissions),
        current="nav.home",
        items=by_deadline(items),
        acts=bool(items)
        or any(
            permissions.reach(one.permission, call.tenant_id)
            for one in TENANT_SOURCES
            if one.form == "estate"
        ),
        payments=payments,
        months=[(one, _month_href(call, rows, one)) for one in reversed(months[-MONTHS_SHOWN:])],
        chart=_year_in_one_picture(months[-MONTHS_SHOWN:], language),
        accounts=rows,
        ways=ways_of_tenant(permissions, call.tenant),
    )


async def _list_two_keys(conn: AsyncConnection, call: Call, language: Language) -> list[TwoKeys]:
    """The latest payments with their signatures, for those who keep the registers."""
    if call.who.permissions.reach("trust_registers.read", call.tenant_id) is None:
        return []
    payments = await list_payments(conn, tenant_id=call.tenant_id, limit=PAYMENTS_READ)
    decided = [one for one in payments if one.status != "requested"][:DECIDED_SHOWN]
    shown = [*(one for one in payments if one.status == "requested"), *decided]
    callers = [one for payment in shown for one in (payment.requested_by, payment.decided_by)]
    names = await list_caller_names(conn, callers=callers, language=language)
    opens = "payout" in open_kinds(call)
    may_sign = permits(call.who.permissions, "payments.approve", call.tenant_id)
    return [
        TwoKeys(
            one,
            names.get(one.requested_by, ""),
            names.get(one.decided_by, "") if one.decided_by is not None else None,
            f"{estate_home(call.tenant)}/approvals/{one.payment_id}" if opens else None,
            may_sign and one.requested_by != call.caller_id,
        )
        for one in shown
    ]


def month_href(tenant: Tenant, month: date, account_code: str = BANK) -> str:
    """Where a month of an account is read by all who may read the estate at all."""
    asked = f"?account={account_code}" if account_code != BANK else ""
    return f"{estate_home(tenant)}/months/{month:%Y-%m}{asked}"


def _month_href(call: GatedCall, rows: Sequence[AccountRow], month: AccountMonth) -> str:
    """The lines behind a month's figures; without those of single homes for an owner."""
    reach = call.who.permissions.reach("accounts.read", call.tenant_id)
    if reach is None or not reach.everything:
        return month_href(call.tenant, month.month)
    books = books_home(call.tenant)
    ledger = [one.ledger_href for one in rows if one.ledger_href is not None]
    if len(ledger) != 1:
        return f"{books}/positions/{BOOK}/{BANK}"
    last = month_of(month.month + timedelta(days=31)) - timedelta(days=1)
    return f"{ledger[0]}?from={month.month}&to={last}"


def _year_in_one_picture(months: Sequence[AccountMonth], language: Language) -> Chart | None:
    """Money in and out of the bank, month by month."""
    if not months:
        return None
    return bar_chart(
        text(language, "estate.year"),
        [one.month for one in months],
        (
            Series("in", [one.debits for one in months]),
            Series("out", [one.credits for one in months]),
        ),
        "fen",
        language,
    )


ROUTES = [estate_page]
