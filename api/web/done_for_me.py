"""``/account/acts``: what others did for the reader (代办), who did it, and when."""

from litestar import get

from api.gate import Call
from api.policies import signed_in
from api.web.frame import Page, PageRequest, read_version, show
from api.web.rendering import address_with
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.acting_for import list_acts_for

LISTED = 50


@get("/account/acts", opt=signed_in())
async def acts_page(request: PageRequest, call: Call) -> Page:
    """The latest first; each names whoever did it, for an act has somebody to answer for it."""
    person = call.who.person
    if person is None:
        raise NotFound(kind="person", id="")
    async with read_transaction(call.service.engine) as conn:
        found = await list_acts_for(
            conn,
            person_id=person.person_id,
            limit=LISTED,
            before=read_version(request.query_params.get("before")),
        )
    older = str(found[-1].audit_id) if len(found) == LISTED else None
    return show(
        request,
        "account/done_for_me.html",
        None,
        acts=found,
        older_href=address_with(request, before=older) if older else None,
    )


ROUTES = [acts_page]
