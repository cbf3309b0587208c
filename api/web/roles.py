"""What each role may do, in words, for those who give roles and those who hold them."""

from litestar import get

from api.gate import Call
from api.policies import signed_in
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.grants import role_name
from api.web.place_list import list_places, place_of_reader
from ledger.database import read_transaction
from ledger.foundation.roles import exclusions, shipped_roles


@get("/roles", opt=signed_in())
async def roles_page(request: PageRequest, call: Call) -> Page:
    """One role at a time: where it is given, what excludes it, what it may do."""
    language, roles = language_of_page(request), shipped_roles()
    asked = request.query_params.get("role")
    held = [one.role for one in call.who.permissions.roles if one.role in roles]
    code = asked if asked in roles else next(iter([*held, *roles]))
    async with read_transaction(call.service.engine) as conn:
        places = await list_places(conn, call.who.permissions)
    return show(
        request,
        "approvals/roles.html",
        place_of_reader(places),
        names=[(one, role_name(one, language)) for one in roles],
        code=code,
        role=roles[code],
        name=role_name(code, language),
        excludes=[role_name(other, language) for one, other in sorted(exclusions()) if one == code],
    )


ROUTES = [roles_page]
