"""Every source of things to do, one a line. A home asks those whose permission its reader holds."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.places import staff_home
from api.web.star_months import list_star_tasks
from api.web.todo import PlatformSource, TenantSource, TodoItem
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant
from ledger.programmes.service_records.waiting import count_waiting_services


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


TENANT_SOURCES: tuple[TenantSource, ...] = (
    TenantSource("programme", "service_records.verify", services_to_verify),
    TenantSource("programme", "star_points.read", list_star_tasks),
)
PLATFORM_SOURCES: tuple[PlatformSource, ...] = ()
