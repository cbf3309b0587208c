"""The subdistrict's home: every community with what is late there, the latest at the top."""

from datetime import date, timedelta
from typing import NamedTuple

from litestar import get

from api.gate import Call
from api.policies import signed_in
from api.web.frame import Page, PageRequest, show
from api.web.places import communities_place, staff_home
from api.web.todo_sources import CLOSING_DAYS
from ledger.clock import month_of, today
from ledger.database import read_transaction
from ledger.foundation.grants import PermissionMissing, Permissions
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.programmes.waiting import WaitingWork, list_waiting_work

#: Whoever approves for a whole community and reads its services looks after it.
PERMISSIONS = ("star_points.approve", "service_records.read")
#: A service that waits longer than this is late.
LATE_AFTER = timedelta(days=7)


class Community(NamedTuple):
    """A community with what waits there."""

    tenant: Tenant
    href: str
    work: WaitingWork
    #: Books that should be closed by now.
    overdue_books: tuple[str, ...]
    is_late: bool


@get("/communities", opt=signed_in())
async def communities_page(request: PageRequest, call: Call) -> Page:
    """One line a community; what is late comes first."""
    permissions = call.who.permissions
    async with read_transaction(call.service.engine) as conn:
        tenants = {
            one.tenant_id: one
            for one in await list_tenants(conn, tenant_ids=_looked_after(permissions))
            if one.form == "programme"
            and all(permissions.reach(name, one.tenant_id) for name in PERMISSIONS)
        }
        if not tenants:
            raise PermissionMissing(permission=" / ".join(PERMISSIONS))
        last_month = month_of(month_of(today()) - timedelta(days=1))
        work = await list_waiting_work(conn, tenant_ids=list(tenants), month=last_month)
    found = [_community(tenant, work[tenant_id], today()) for tenant_id, tenant in tenants.items()]
    return show(
        request,
        "communities.html",
        communities_place(permissions),
        current="nav.communities",
        last_month=last_month,
        communities=sorted(found, key=lambda one: (not one.is_late, one.tenant.name)),
        late_count=sum(one.is_late for one in found),
    )


def _looked_after(permissions: Permissions) -> list[int] | None:
    """Tenants in which the caller holds a role; None: all of them."""
    held = [one.tenant_id for one in permissions.roles]
    return None if None in held else [one for one in held if one is not None]


def _community(tenant: Tenant, work: WaitingWork, day: date) -> Community:
    overdue = tuple(book for book in work.open_books if day.day > CLOSING_DAYS[book])
    waits_long = work.oldest_service is not None and work.oldest_service < day - LATE_AFTER
    return Community(tenant, staff_home(tenant), work, overdue, waits_long or bool(overdue))


ROUTES = [communities_page]
