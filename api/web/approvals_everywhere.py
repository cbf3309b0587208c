"""The platform's list of approvals: what waits there and wherever else the reader decides."""

from litestar import get

from api.gate import Call, GatedCall
from api.web.approvals import LISTED, PLATFORM_READS, VIEWS, list_page, show_list
from api.web.callers import list_caller_names
from api.web.frame import Page, PageRequest, language_of_page, read_uuid
from api.web.todo_approvals import (
    ON_PLATFORM,
    kinds_decided_everywhere,
    list_places_decided,
    place_name,
    requests_href,
)
from ledger.database import read_transaction
from ledger.foundation.waiting_approvals import WaitingMatter, list_waiting_everywhere


@get(ON_PLATFORM, opt=PLATFORM_READS)
async def platform_list(request: PageRequest, call: Call) -> Page:
    """What waits on the platform and wherever else the reader decides."""
    if request.query_params.get("view") in VIEWS[1:]:
        return await list_page(request, call)
    return await _list_waiting(request, call)


async def _list_waiting(request: PageRequest, call: GatedCall) -> Page:
    """What waits for this person on the platform and in every place, each with its place."""
    permissions, person = call.who.permissions, call.who.person
    language = language_of_page(request)
    found: list[WaitingMatter] = []
    async with read_transaction(call.service.engine) as conn:
        tenants = await list_places_decided(conn, permissions)
        if person is not None:
            found = await list_waiting_everywhere(
                conn,
                decided_in=kinds_decided_everywhere(permissions, tenants),
                person_id=person.person_id,
                limit=LISTED,
                after=read_uuid(request.query_params.get("after")),
            )
        callers = [one.requested_by for one in found]
        names = await list_caller_names(conn, callers=callers, language=language)
    known = {one.tenant_id: one for one in tenants}
    places = [known.get(one.tenant_id) for one in found]
    rows = [
        (one, f"{requests_href(place)}/{one.approval_id}", place_name(place, language))
        for one, place in zip(found, places, strict=True)
    ]
    return show_list(request, call, VIEWS[0], rows, names)


ROUTES = [platform_list]
