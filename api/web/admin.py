"""The administrator's home: what waits on the platform, then the ways to its pages."""

from litestar import get

from api.gate import Call
from api.policies import may_on_platform
from api.web.frame import Page, PageRequest, show
from api.web.places import admin_place
from api.web.todo import read_platform_todo
from api.web.todo_sources import PLATFORM_SOURCES
from api.web.ways import ways_of_platform
from ledger.database import read_transaction


@get("/admin", opt=may_on_platform("grants.give"))
async def admin_page(request: PageRequest, call: Call) -> Page:
    """What waits, and every page of the whole platform."""
    permissions = call.who.permissions
    async with read_transaction(call.service.engine) as conn:
        items = await read_platform_todo(conn, permissions, PLATFORM_SOURCES)
    return show(
        request,
        "admin/home.html",
        admin_place(permissions),
        current="nav.todo",
        items=items,
        ways=ways_of_platform(permissions),
    )


ROUTES = [admin_page]
