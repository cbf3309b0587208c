"""Every source of things to do, one a line. A home asks those whose permission its reader holds.

What two people decide waits in several places at once: see ``api.web.todo_approvals``.
"""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.api_keys import HOME as KEYS_HOME
from api.web.jobs import jobs_to_look_at
from api.web.places import book_month_href, estate_home, staff_home
from api.web.star_months import list_star_tasks
from api.web.todo import PlatformSource, TenantSource, TodoItem
from ledger.books.book_months import list_book_months
from ledger.clock import business_date, month_of, now, today
from ledger.foundation.api_keys import count_expiring_keys
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import LARGEST_PAGE, Tenant
from ledger.foundation.privacy_requests import list_privacy_requests
from ledger.programmes.service_records.waiting import count_waiting_services
from ledger.programmes.trust.payments import list_payments
from reconciliation.bank_accounts import list_bank_accounts

#: Day of the month by which the month before is closed, book by book. Source: the rule period.close
#: of the domain study, day 5 for a programme's books, day 10 for an estate's.
CLOSING_DAYS = {"TB": 5, "SP": 5, "ST": 5, "PG": 5, "TR": 10}
#: Time enough to hand a new secret to whoever runs a connected system.
KEY_NOTICE = timedelta(days=30)


async def services_to_verify(
    conn: AsyncConnection, permissions: Permissions, tenant: Tenant
) -> list[TodoItem]:
    """Services that the reader may verify."""
    waiting = await count_waiting_services(
        conn, tenant_id=tenant.tenant_id, caller_id=permissions.caller_id
    )
    if waiting.oldest is None:
        return []
    since = {"month": waiting.oldest.month, "day": waiting.oldest.day}
    href = f"{staff_home(tenant)}#verify"
    return [TodoItem(kind="services_to_verify", href=href, count=waiting.services, facts=since)]


async def months_to_close(
    conn: AsyncConnection, _permissions: Permissions, tenant: Tenant
) -> list[TodoItem]:
    """Last month's books that are not closed; each leads to the month that is closed next."""
    last_month = month_of(month_of(today()) - timedelta(days=1))
    found = await list_book_months(
        conn, tenant_id=tenant.tenant_id, first=last_month, last=last_month
    )
    return [
        TodoItem(
            kind=f"close_{one.book_code}",
            href=book_month_href(tenant, one.book_code, one.next_to_close),
            deadline=month_of(today()).replace(day=CLOSING_DAYS[one.book_code]),
            facts={"month": last_month.month},
        )
        for one in found
        if one.status != "closed"
    ]


async def statements_to_import(
    conn: AsyncConnection, _permissions: Permissions, tenant: Tenant
) -> list[TodoItem]:
    """Bank accounts whose statements do not reach the end of last month."""
    needed = month_of(today()) - timedelta(days=1)
    return [
        TodoItem(
            kind="statement_to_import",
            href=f"/estates/{tenant.public_id}/bank-accounts/{one.bank_account_id}/import",
            deadline=month_of(today()).replace(day=CLOSING_DAYS["TR"]),
            about=f"{one.bank} ****{one.account_no_last4}",
            facts={"month": needed.month},
        )
        for one in await list_bank_accounts(conn, tenant_id=tenant.tenant_id)
        if one.covered_to is None or one.covered_to < needed
    ]


async def payments_to_sign(
    conn: AsyncConnection, permissions: Permissions, tenant: Tenant
) -> list[TodoItem]:
    """Payments that wait for the second key of somebody else than who asked."""
    waiting = await list_payments(
        conn, tenant_id=tenant.tenant_id, status="requested", limit=LARGEST_PAGE
    )
    others = [one for one in waiting if one.requested_by != permissions.caller_id]
    href = f"{estate_home(tenant)}/approvals"
    return [TodoItem(kind="payments_to_sign", href=href, count=len(others))] if others else []


async def keys_expiring(conn: AsyncConnection, _permissions: Permissions) -> list[TodoItem]:
    """API keys that end within a month and that no other key replaces."""
    keys, first = await count_expiring_keys(conn, until=now() + KEY_NOTICE)
    if not keys:
        return []
    return [TodoItem(kind="keys_expiring", href=KEYS_HOME, count=keys, deadline=first)]


async def privacy_requests_waiting(
    conn: AsyncConnection, _permissions: Permissions, tenant: Tenant
) -> list[TodoItem]:
    """What members asked about their own data: corrections, and to be erased."""
    waiting = await list_privacy_requests(conn, tenant_id=tenant.tenant_id)
    if not waiting:
        return []
    since = business_date(waiting[0].asked_at)
    return [
        TodoItem(
            kind="privacy_requests",
            href=f"{staff_home(tenant)}/personal-data",
            count=len(waiting),
            facts={"month": since.month, "day": since.day},
        )
    ]


TENANT_SOURCES: tuple[TenantSource, ...] = (
    TenantSource("programme", "service_records.verify", services_to_verify),
    TenantSource("programme", "star_points.read", list_star_tasks),
    TenantSource("programme", "periods.close", months_to_close),
    TenantSource("programme", "erasures.decide", privacy_requests_waiting),
    TenantSource("estate", "payments.approve", payments_to_sign),
    TenantSource("estate", "bank_statements.import", statements_to_import),
    TenantSource("estate", "periods.close", months_to_close),
)
PLATFORM_SOURCES: tuple[PlatformSource, ...] = (
    PlatformSource("jobs.read", jobs_to_look_at),
    PlatformSource("api_keys.issue", keys_expiring),
)
