"""``/account``: one's own things, reachable from the head of every page."""

from litestar import get

from api.gate import Call
from api.policies import signed_in
from api.web.frame import Page, PageRequest, show
from api.web.place_list import count_places, list_places, place_of_reader
from api.web.ways import ACCOUNT_WAYS, ways_of_platform
from ledger.database import read_transaction


@get("/account", opt=signed_in())
async def own_things_page(request: PageRequest, call: Call) -> Page:
    """Who is signed in, and the ways to her own things."""
    permissions = call.who.permissions
    async with read_transaction(call.service.engine) as conn:
        places = await list_places(conn, permissions)
    several = count_places(permissions) > 1
    return show(
        request,
        "account/own_things.html",
        place_of_reader(places),
        ways=[
            one
            for one in ways_of_platform(permissions, ACCOUNT_WAYS)
            if several or one.name != "places"
        ],
    )


ROUTES = [own_things_page]
