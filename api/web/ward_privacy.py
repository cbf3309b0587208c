"""A guardian agrees for a ward, or agrees no longer; who looked at the ward stands beside."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from api.gate import Call
from api.policies import may
from api.web.consent_forms import put_down_once, read_consent
from api.web.forms import Form
from api.web.frame import Page, PageRequest, empty_form, language_of_page, read_form, see, show
from api.web.places import ward_home
from api.web.privacy_words import consent_rows
from api.web.wards import HOME as WARD
from api.web.wards import get_ward_place
from ledger.database import read_transaction
from ledger.foundation.consents import list_consents
from ledger.foundation.disclosures import list_disclosures
from ledger.foundation.organisations import get_member

HOME = WARD + "/privacy"
_SHOWN_LOOKS = 50


@get(HOME, opt=may("accounts.read"))
async def ward_privacy_page(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """What was agreed to for the ward, and who looked."""
    return await _page(request, call, member_id, empty_form(request))


@post(HOME, opt=may("accounts.read", action="consents.record"))
async def ward_consent_sent(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Agree for the ward, on record as the guardian's act."""
    await get_ward_place(call, member_id)
    form = await read_form(request)
    said = read_consent(form)
    if said is None:
        return await _page(request, call, member_id, form, status=422)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        ward = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
    await put_down_once(
        call, said, person_id=ward.person_id, through="guardian", tenant_id=call.tenant_id
    )
    return see(f"{ward_home(call.tenant, member_id)}/privacy?done=consent")


async def _page(
    request: PageRequest, call: Call, member_id: UUID, form: Form, *, status: int = 200
) -> Page:
    place = await get_ward_place(call, member_id)
    keys = call.service.personal_keys
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        ward = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        consents = await list_consents(conn, person_id=ward.person_id, keys=keys)
        looks = await list_disclosures(
            conn, person_id=ward.person_id, keys=keys, limit=_SHOWN_LOOKS
        )
    return show(
        request,
        "ward_privacy.html",
        place,
        status=status,
        form=form,
        done="consent" if request.query_params.get("done") == "consent" else None,
        ward=ward,
        consents=consent_rows(consents, language_of_page(request)),
        looks=looks,
    )


ROUTES = [ward_privacy_page, ward_consent_sent]
