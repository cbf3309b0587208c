"""Members' personal data for staff: what waits, a member by number or telephone, masked."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from api.gate import Call
from api.policies import may_any
from api.web.formatting import mask_detail, mask_name
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.places import staff_home, staff_place
from api.web.privacy_words import consent_rows, duty_words
from api.web.texts import text
from ledger.database import read_transaction, set_tenant
from ledger.foundation.consents import list_consents
from ledger.foundation.correctable import CORRECTABLE
from ledger.foundation.corrections import list_corrections
from ledger.foundation.disclosures import FIELDS, PURPOSES, read_personal_data
from ledger.foundation.erasures import find_erasure
from ledger.foundation.organisations import Member, find_member, get_member
from ledger.foundation.people import find_people_by_phone, plain_volunteer_no
from ledger.foundation.privacy_requests import list_privacy_requests
from ledger.journeys.erasure import duties_elsewhere, list_duties

HOME = "/programmes/{programme_id:uuid}/staff/personal-data"
#: Who corrects, and who checks the requests of another's staff.
READERS = ("personal_data.correct", "erasures.decide")
MEMBER = HOME + "/{member_id:uuid}"
_DONE = frozenset({"correction", "decided", "consent", "erasure", "erased", "declined"})


def data_home(call: Call) -> str:
    """Where a programme's requests about personal data are."""
    return f"{staff_home(call.tenant)}/personal-data"


@get(HOME, opt=may_any(*READERS))
async def requests_page(request: PageRequest, call: Call) -> Page:
    """What waits, and a way to a member by number or telephone."""
    return await _requests_page(request, call, empty_form(request))


@post(HOME, opt=may_any(*READERS))
async def member_wanted(request: PageRequest, call: Call) -> Page:
    """Find a member of this programme; nobody else is found."""
    form = await read_form(request)
    typed = form.code("who")
    if typed is None:
        return await _requests_page(request, call, form, status=422)
    found = await _find(call, typed)
    if found is None:
        form.refuse("who", "privacy.not_found")
        return await _requests_page(request, call, form, status=422)
    return see(f"{data_home(call)}/{found.member_id}")


async def _find(call: Call, typed: str) -> Member | None:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        number = plain_volunteer_no(typed)
        member = await find_member(conn, tenant_id=call.tenant_id, volunteer_no=number)
        if member is not None:
            return member
        people = await find_people_by_phone(conn, phone=typed, keys=call.service.personal_keys)
        here = [
            await find_member(conn, tenant_id=call.tenant_id, person_id=one.person_id)
            for one in people
        ]
    members = [one for one in here if one is not None]
    return members[0] if len(members) == 1 else None  # a telephone of several names nobody


async def _requests_page(
    request: PageRequest, call: Call, form: Form, *, status: int = 200
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        waiting = await list_privacy_requests(conn, tenant_id=call.tenant_id)
    return show(
        request,
        "staff/personal_data_requests.html",
        staff_place(call.tenant, call.who.permissions),
        status=status,
        form=form,
        here=data_home(call),
        waiting=[(one, mask_name(one.display_name)) for one in waiting],
    )


@get(MEMBER, opt=may_any(*READERS))
async def member_data_page(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """What can be done with one member's data; everything masked."""
    return await member_page(request, call, member_id, empty_form(request))


async def wanted_member(call: Call, member_id: UUID) -> Member:
    """The member that an address names.

    Raises:
        NotFound: nobody of this programme.
    """
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)


async def member_page(
    request: PageRequest, call: Call, member_id: UUID, form: Form, *, status: int = 200
) -> Page:
    """The page of one member with a form as it stands."""
    language = language_of_page(request)
    keys, permissions = call.service.personal_keys, call.who.permissions
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        person_id = member.person_id
        consents = await list_consents(conn, person_id=person_id, keys=keys)
        corrections = await list_corrections(conn, person_id=person_id, keys=keys)
        known = await read_personal_data(conn, person_id=person_id, keys=keys)
        erasure = await find_erasure(conn, person_id=person_id)
        waiting = erasure if erasure is not None and erasure.state == "requested" else None
        duties = []
        if waiting is not None:
            duties = await list_duties(
                conn,
                person_id=person_id,
                caller_id=waiting.subject_caller_id,
                gives_up=waiting.gives_up,
            )
            await set_tenant(conn, call.tenant_id)
    elsewhere = duties_elsewhere(duties, call.tenant_id)
    here = [one for one in duties if one.tenant_id in (None, call.tenant_id)]
    lines = [duty_words(one, language) for one in here]
    if elsewhere:
        lines.append(text(language, "privacy_duty.elsewhere", count=elsewhere))
    return show(
        request,
        "staff/personal_data.html",
        staff_place(call.tenant, permissions),
        status=status,
        form=form,
        done=done_of(request, _DONE),
        back=data_home(call),
        here=f"{data_home(call)}/{member_id}",
        member=member,
        name=mask_name(member.display_name),
        may_correct=permissions.reach("personal_data.correct", call.tenant_id) is not None,
        is_erased=erasure is not None and erasure.state == "done",
        fields=FIELDS,
        purposes=PURPOSES,
        correctable=CORRECTABLE,
        consents=consent_rows(consents, language),
        asked=[one for one in corrections if one.state == "requested"],
        known=known,
        mask_detail=mask_detail,
        waiting=waiting,
        duties=lines,
        own=waiting is not None and call.caller_id in (waiting.asked_by, waiting.subject_caller_id),
    )


ROUTES = [requests_page, member_wanted, member_data_page]
