"""The auditor's home: every bank account with one status, and the books she reads."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

import msgspec
from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import signed_in
from api.web.charts import sparkline
from api.web.frame import Page, PageRequest, show
from api.web.places import audit_place, audited_tenant_ids, books_home
from ledger.books.account_months import AccountMonth, list_account_months
from ledger.books.balances import list_balances
from ledger.clock import month_of, today
from ledger.database import read_transaction, set_tenant
from ledger.foundation.chart import ESTATE_BOOKS, PROGRAMME_BOOKS
from ledger.foundation.grants import PermissionMissing, Permissions
from ledger.foundation.organisations import Tenant, list_tenants
from reconciliation.adjustment_statement import AdjustmentStatement, adjustment_statement
from reconciliation.bank_accounts import BankAccount, list_bank_accounts
from reconciliation.breaks import Break
from reconciliation.runs import NoStatementYet

PERMISSION = "adjustment_statements.read"
SPARK_MONTHS = 12
#: Ways out of the list, with the permission that opens each.
_WAYS = {"breaks": "bank_statements.read", "import": "bank_statements.import"}
_TONES = {"reconciled": "good", "differs": "bad", "no_statement": "wait", "to_review": "wait"}


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account as the list and its own pages show it, all of it as of one day."""

    account: BankAccount
    tenant: Tenant
    href: str
    #: The day of status, balances and ages; today where there is no statement yet.
    as_of: date
    status: str
    tone: str
    #: None: no statement tells the bank's balance of that day.
    statement: AdjustmentStatement | None
    #: Age of the oldest break; None: no break.
    oldest_days: int | None


class AccountRow(NamedTuple):
    """A line of the list: the account, its book balance of that day, the ways that open."""

    view: AccountView
    book_balance: int
    ledger_href: str | None
    ways: frozenset[str]
    #: Its balance at the end of each of the last twelve months, as points of a small line.
    spark: str


def bank_href(tenant: Tenant, account: BankAccount) -> str:
    """Where the pages of a bank account begin."""
    return f"/estates/{tenant.public_id}/bank-accounts/{account.bank_account_id}"


async def view_account(
    conn: AsyncConnection, tenant: Tenant, account: BankAccount, *, as_of: date | None = None
) -> AccountView:
    """An account with its status as of a day; None: the last day its statements cover."""
    day = as_of or account.covered_to or today()
    try:
        statement = await adjustment_statement(
            conn,
            tenant_id=tenant.tenant_id,
            bank_account_id=account.bank_account_id,
            as_of=day,
        )
    except NoStatementYet:
        statement = None
    ages = [item.age_days for item in open_items(statement)] if statement else []
    status = status_of_account(account.covered_to, statement, wanted_to=as_of)
    return AccountView(
        account=account,
        tenant=tenant,
        href=bank_href(tenant, account),
        as_of=day,
        status=status,
        tone=_TONES[status],
        statement=statement,
        oldest_days=max(ages, default=None),
    )


def open_items(statement: AdjustmentStatement) -> list[Break]:
    """What only one side has, of all four kinds."""
    groups = (
        statement.bank_in_not_booked,
        statement.bank_out_not_booked,
        statement.booked_in_not_at_bank,
        statement.booked_out_not_at_bank,
    )
    return [item for group in groups for item in group.items]


def status_of_account(
    covered_to: date | None,
    statement: AdjustmentStatement | None,
    *,
    wanted_to: date | None = None,
) -> str:
    """The one word: no statement of the time, differs, open items to review, or reconciled.

    The statements must reach ``wanted_to``, or the end of last month where that is earlier.
    """
    needed = min(wanted_to or date.max, last_month_end())
    if statement is None or covered_to is None or covered_to < needed:
        return "no_statement"
    items = open_items(statement)
    if statement.difference_fen or any(item.escalates for item in items):
        return "differs"
    return "to_review" if items else "reconciled"


def last_month_end() -> date:
    """The last day of the month before this one."""
    return month_of(today()) - timedelta(days=1)


@get("/audit", opt=signed_in())
async def audit_page(request: PageRequest, call: Call) -> Page:
    """Every account and book that the caller may read."""
    permissions = call.who.permissions
    rows: list[AccountRow] = []
    books, checks = [], False
    async with read_transaction(call.service.engine) as conn:
        for tenant in await list_tenants(conn, tenant_ids=audited_tenant_ids(permissions)):
            if permissions.reach("trial_balance.read", tenant.tenant_id) is None:
                continue
            kept = PROGRAMME_BOOKS if tenant.form == "programme" else ESTATE_BOOKS
            books.append((tenant, kept, f"{books_home(tenant)}/trial-balance"))
            if tenant.form == "estate" and permissions.reach(PERMISSION, tenant.tenant_id):
                checks = True
                rows += await list_account_rows(conn, tenant, permissions)
    if not books:
        raise PermissionMissing(permission="trial_balance.read")
    return show(
        request,
        "auditor/accounts.html",
        audit_place(permissions),
        current="nav.accounts",
        checks=checks,
        accounts=rows,
        open_count=sum(row.view.status != "reconciled" for row in rows),
        books=books,
    )


async def list_account_rows(
    conn: AsyncConnection, tenant: Tenant, permissions: Permissions
) -> list[AccountRow]:
    """The bank accounts of an estate, both balances as of the day of the view.

    None to whom the statements of adjustment are closed.
    """
    if permissions.reach(PERMISSION, tenant.tenant_id) is None:
        return []
    await set_tenant(conn, tenant.tenant_id)
    ledger = permissions.reach("accounts.read", tenant.tenant_id)
    opens = ledger is not None and ledger.everything
    ways = frozenset(
        way
        for way, permission in _WAYS.items()
        if permissions.reach(permission, tenant.tenant_id) is not None
    )
    rows = []
    for account in await list_bank_accounts(conn, tenant_id=tenant.tenant_id):
        (balance,) = await list_balances(
            conn, tenant_id=tenant.tenant_id, account_ids=[account.ledger_account_id]
        )
        view = await view_account(conn, tenant, account)
        book_balance = view.statement.book_balance_fen if view.statement else balance.balance
        href = f"{books_home(tenant)}/accounts/{balance.public_id}" if opens else None
        months = await list_account_months(
            conn, tenant_id=tenant.tenant_id, account_id=account.ledger_account_id
        )
        rows.append(AccountRow(view, book_balance, href, ways, _spark(months)))
    return rows


def _spark(months: Sequence[AccountMonth]) -> str:
    ends = accumulate(one.debits - one.credits for one in months)
    return sparkline(list(ends)[-SPARK_MONTHS:])


ROUTES = [audit_page]
