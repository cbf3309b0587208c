"""The administrator's home: what waits on the platform, then the ways to its pages."""

from litestar import get

from api.gate import Call
from api.policies import may_on_platform
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.grants import grants_of_tenant
from api.web.places import admin_place
from api.web.todo import by_deadline, read_platform_todo
from api.web.todo_approvals import approvals_to_decide
from api.web.todo_sources import PLATFORM_SOURCES
from api.web.ways import ways_of_platform
from ledger.database import read_transaction
from ledger.foundation.organisations import list_tenants

#: Programmes and estates on one page.
_PLACES = 100


@get("/admin", opt=may_on_platform("grants.give"))
async def admin_page(request: PageRequest, call: Call) -> Page:
    """What waits, every page of the whole platform, and where roles of each place are given."""
    permissions = call.who.permissions
    async with read_transaction(call.service.engine) as conn:
        items = await approvals_to_decide(conn, call, language_of_page(request))
        items += await read_platform_todo(conn, permissions, PLATFORM_SOURCES)
        tenants = await list_tenants(conn)
    return show(
        request,
        "admin/home.html",
        admin_place(permissions),
        current="nav.todo",
        items=by_deadline(items),
        places=[(one.name, grants_of_tenant(one)) for one in tenants[:_PLACES]],
        more_places=max(0, len(tenants) - _PLACES),
        ways=ways_of_platform(permissions),
    )


ROUTES = [admin_page]
