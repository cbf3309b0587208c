"""An estate's home: what waits, payments with their two keys, the money month by month, the banks.

For trustee, committee, supervisor and owners; each sees what her permissions open.
"""

from collections.abc import Sequence
from typing import NamedTuple

from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.audit import list_account_rows
from api.web.callers import list_caller_names
from api.web.charts import Chart, Series, bar_chart
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, require_whole_tenant, show
from api.web.places import estate_place
from api.web.texts import text
from api.web.todo import read_tenant_todo
from api.web.todo_sources import TENANT_SOURCES
from api.web.ways import ways_of_tenant
from ledger.books.account_months import AccountMonth, list_position_months
from ledger.database import read_transaction
from ledger.programmes.trust.payments import Payment, list_payments

HOME = "/estates/{estate_id:uuid}"
PAYMENTS_SHOWN = 20
MONTHS_SHOWN = 12
_BANK_BOOK, _BANK_POSITION = "TR", "1002"


class TwoKeys(NamedTuple):
    """A payment and who has turned which key; None: the second key is not turned yet."""

    payment: Payment
    first: str
    second: str | None


@get(HOME, opt=may("trial_balance.read"))
async def estate_page(request: PageRequest, call: Call) -> Page:
    """What waits first; then what the estate's money did."""
    require_whole_tenant(call, "estate")
    permissions, language = call.who.permissions, language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        items = await read_tenant_todo(conn, permissions, call.tenant, TENANT_SOURCES)
        payments = await _list_two_keys(conn, call, language)
        months = await list_position_months(
            conn, tenant_id=call.tenant_id, book_code=_BANK_BOOK, account_code=_BANK_POSITION
        )
        rows = await list_account_rows(conn, call.tenant, permissions)
    return show(
        request,
        "estate/home.html",
        estate_place(call.tenant, permissions),
        current="nav.home",
        items=items,
        acts=any(
            permissions.reach(one.permission, call.tenant_id)
            for one in TENANT_SOURCES
            if one.form == "estate"
        ),
        payments=payments,
        months=list(reversed(months[-MONTHS_SHOWN:])),
        chart=_year_in_one_picture(months[-MONTHS_SHOWN:], language),
        accounts=rows,
        ways=ways_of_tenant(permissions, call.tenant),
    )


async def _list_two_keys(conn: AsyncConnection, call: Call, language: Language) -> list[TwoKeys]:
    """The latest payments with their signatures, for those who keep the registers."""
    if call.who.permissions.reach("trust_registers.read", call.tenant_id) is None:
        return []
    payments = await list_payments(conn, tenant_id=call.tenant_id, limit=PAYMENTS_SHOWN)
    callers = [one for payment in payments for one in (payment.requested_by, payment.decided_by)]
    names = await list_caller_names(conn, callers=callers, language=language)
    ordered = sorted(payments, key=lambda one: one.status != "requested")
    return [
        TwoKeys(
            one,
            names.get(one.requested_by, ""),
            names.get(one.decided_by, "") if one.decided_by is not None else None,
        )
        for one in ordered
    ]


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
