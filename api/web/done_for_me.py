"""``/account/acts``: what others did for the reader (代办), who did it, and when."""

from collections.abc import Sequence
from typing import NamedTuple

from litestar import get

from api.gate import Call, GatedCall
from api.policies import signed_in
from api.v1.own_sign_in import person_signed_in
from api.web.audit_words import audit_reason
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, read_version, show
from api.web.members import list_subjects
from api.web.rendering import address_with
from ledger.database import read_transaction
from ledger.foundation.acting_for import ActFor, list_acts_for
from ledger.foundation.organisations import find_member

LISTED = 50
#: Where a member finds what an act was done to, and what it takes to open it.
_PAGES = {
    "entry": ("accounts.read", "/vouchers/{}"),
    "redemption": ("accounts.read", "/vouchers/{}"),
    "service_record": ("service_records.read", "/records#{}"),
}


class _Known(NamedTuple):
    """What an act was about, in words, and where it stands."""

    words: str
    href: str | None


_NOTHING = _Known("", None)


@get("/account/acts", opt=signed_in())
async def acts_page(request: PageRequest, call: Call) -> Page:
    """The latest first; each names whoever did it, for an act has somebody to answer for it."""
    person = person_signed_in(call)
    async with read_transaction(call.service.engine) as conn:
        found = await list_acts_for(
            conn,
            person_id=person.person_id,
            limit=LISTED,
            before=read_version(request.query_params.get("before")),
        )
    language = language_of_page(request)
    known = await _read_known(call, person.person_id, found, language)
    older = str(found[-1].audit_id) if len(found) == LISTED else None
    return show(
        request,
        "account/done_for_me.html",
        None,
        acts=[
            (
                one,
                *known.get(one.object_id, _NOTHING),
                audit_reason(one.action, one.reason, language),
            )
            for one in found
        ],
        older_href=address_with(request, before=older) if older else None,
    )


async def _read_known(
    call: GatedCall, person_id: int, acts: Sequence[ActFor], language: Language
) -> dict[str, _Known]:
    """What the acts were about, by the id of the object, as far as she is still a member there."""
    known: dict[str, _Known] = {}
    places = {one.tenant_id: one.programme_id for one in acts if one.tenant_id is not None}
    for tenant_id, programme_id in places.items():
        async with read_transaction(call.service.engine, tenant_id=tenant_id) as conn:
            member = await find_member(conn, tenant_id=tenant_id, person_id=person_id)
            if member is None:
                continue
            subjects = await list_subjects(conn, tenant_id, member.member_id, language)
        names = {str(public_id): name for public_id, name in subjects.items()}
        for one in acts:
            if one.tenant_id == tenant_id:
                home = f"/programmes/{programme_id}/volunteer"
                href = _href(call, home, one, tenant_id)
                known[one.object_id] = _Known(names.get(one.object_id, ""), href)
    return known


def _href(call: GatedCall, home: str, act: ActFor, tenant_id: int) -> str | None:
    """Her record or voucher; None: it has no page, or it is not open to her."""
    permission, address = _PAGES.get(act.object_kind, ("", ""))
    if not permission or call.who.permissions.reach(permission, tenant_id) is None:
        return None
    return home + address.format(act.object_id)


ROUTES = [acts_page]
