"""The auditor's home: every bank account with one status, and the books she reads."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import signed_in
from api.web.frame import Page, PageRequest, show
from api.web.places import audit_place, audited_tenant_ids, books_home
from ledger.books.balances import list_balances
from ledger.clock import month_of, today
from ledger.database import read_transaction, set_tenant
from ledger.foundation.chart import ESTATE_BOOKS, PROGRAMME_BOOKS
from ledger.foundation.grants import PermissionMissing
from ledger.foundation.organisations import Tenant, list_tenants
from reconciliation.adjustment_statement import AdjustmentStatement, adjustment_statement
from reconciliation.bank_accounts import BankAccount, list_bank_accounts
from reconciliation.runs import NoStatementYet

PERMISSION = "adjustment_statements.read"
_TONES = {"reconciled": "good", "differs": "bad", "no_statement": "wait", "to_review": "wait"}


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account as the list and its own pages show it."""

    account: BankAccount
    tenant: Tenant
    href: str
    status: str
    tone: str
    #: Amounts in fen; None: not known yet.
    bank_balance: int | None
    #: Age of the oldest break; None: no break.
    oldest_days: int | None


def bank_href(tenant: Tenant, account: BankAccount) -> str:
    """Where the pages of a bank account begin."""
    return f"/estates/{tenant.public_id}/bank-accounts/{account.bank_account_id}"


async def view_account(conn: AsyncConnection, tenant: Tenant, account: BankAccount) -> AccountView:
    """An account with its status as of the last day its statements cover."""
    statement = None
    if account.covered_to is not None:
        try:
            statement = await adjustment_statement(
                conn,
                tenant_id=tenant.tenant_id,
                bank_account_id=account.bank_account_id,
                as_of=account.covered_to,
            )
        except NoStatementYet:
            statement = None
    ages = [item.age_days for item in open_items(statement)] if statement else []
    status = status_of_account(account.covered_to, statement)
    return AccountView(
        account=account,
        tenant=tenant,
        href=bank_href(tenant, account),
        status=status,
        tone=_TONES[status],
        bank_balance=statement.bank_balance_fen if statement else None,
        oldest_days=max(ages, default=None),
    )


def open_items(statement: AdjustmentStatement) -> list[Any]:
    """What only one side has, of all four kinds."""
    groups = (
        statement.bank_in_not_booked,
        statement.bank_out_not_booked,
        statement.booked_in_not_at_bank,
        statement.booked_out_not_at_bank,
    )
    return [item for group in groups for item in group.items]


def status_of_account(covered_to: date | None, statement: AdjustmentStatement | None) -> str:
    """The one word: no statement of last month, differs, open items to review, or reconciled."""
    if statement is None or covered_to is None or covered_to < last_month_end():
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
    views, books = [], []
    async with read_transaction(call.service.engine) as conn:
        for tenant in await list_tenants(conn, tenant_ids=audited_tenant_ids(permissions)):
            if permissions.reach("trial_balance.read", tenant.tenant_id) is None:
                continue
            kept = PROGRAMME_BOOKS if tenant.form == "programme" else ESTATE_BOOKS
            books.append((tenant, kept, f"{books_home(tenant)}/trial-balance"))
            if tenant.form == "estate" and permissions.reach(PERMISSION, tenant.tenant_id):
                views += await _views_of(conn, tenant)
    if not books:
        raise PermissionMissing(permission="trial_balance.read")
    return show(
        request,
        "auditor/accounts.html",
        audit_place(permissions),
        current="nav.accounts",
        accounts=views,
        open_count=sum(view.status != "reconciled" for view, _, _ in views),
        books=books,
    )


async def _views_of(conn: AsyncConnection, tenant: Tenant) -> list[tuple[AccountView, int, str]]:
    """The bank accounts of an estate with their book balance and where it comes from."""
    await set_tenant(conn, tenant.tenant_id)
    views = []
    for account in await list_bank_accounts(conn, tenant_id=tenant.tenant_id):
        (balance,) = await list_balances(
            conn, tenant_id=tenant.tenant_id, account_ids=[account.ledger_account_id]
        )
        view = await view_account(conn, tenant, account)
        views.append((view, balance.balance, f"{books_home(tenant)}/accounts/{balance.public_id}"))
    return views


ROUTES = [audit_page]
