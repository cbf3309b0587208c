"""The platform's list of approvals: what waits there and wherever else the reader decides."""

from collections.abc import Sequence
from uuid import UUID

from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.web.approvals import LISTED, PLATFORM_READS, VIEWS, list_page, show_list
from api.web.asked_words import KINDS, list_asked_words
from api.web.callers import list_caller_names
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, read_uuid
from api.web.todo_approvals import (
    ON_PLATFORM,
    kinds_decided_everywhere,
    list_places_decided,
    place_name,
    requests_href,
)
from ledger.database import read_transaction, set_tenant
from ledger.foundation.approvals import Wanted, list_approvals
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
    after = read_uuid(request.query_params.get("after"))
    found: list[WaitingMatter] = []
    told: dict[UUID, str] = {}
    async with read_transaction(call.service.engine) as conn:
        tenants = await list_places_decided(conn, permissions)
        if person is not None:
            found = await list_waiting_everywhere(
                conn,
                decided_in=kinds_decided_everywhere(permissions, tenants),
                person_id=person.person_id,
                limit=LISTED,
                after=after,
            )
        callers = [one.requested_by for one in found]
        names = await list_caller_names(conn, callers=callers, language=language)
        if person is not None:
            told = await _told(conn, found, person.person_id, after, language)
    known = {one.tenant_id: one for one in tenants}
    places = [known.get(one.tenant_id) for one in found]
    rows = [
        (one, f"{requests_href(place)}/{one.approval_id}", place_name(place, language))
        for one, place in zip(found, places, strict=True)
    ]
    return show_list(request, call, VIEWS[0], rows, names, told)


async def _told(
    conn: AsyncConnection,
    found: Sequence[WaitingMatter],
    person_id: int,
    after: UUID | None,
    language: Language,
) -> dict[UUID, str]:
    """What moves, and how much of it; a place shows what it holds to its own readers alone."""
    told: dict[UUID, str] = {}
    for place in sorted({one.tenant_id for one in found if one.kind in KINDS}):
        kinds = {one.kind for one in found if one.tenant_id == place} & KINDS
        await set_tenant(conn, place)
        asked = await list_approvals(
            conn,
            tenant_id=place,
            limit=LISTED,
            wanted=Wanted(state="waiting", kinds=kinds, not_asked_by_person=person_id),
            after=after,
        )
        told |= await list_asked_words(conn, place, asked, language)
    return told


ROUTES = [platform_list]
