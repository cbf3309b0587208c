"""The people of a programme, for its staff: found by name, number or telephone; enrolled here."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from litestar import get, post

from api.gate import Call, GatedCall
from api.known_people import find_seen
from api.policies import may
from api.web.act_types import Act, Field, Scene, name_field
from api.web.acts import act_page, act_sent
from api.web.formatting import mask_name
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    read_form,
    read_uuid,
    require_whole_tenant,
    show,
)
from api.web.members import may_here
from api.web.places import staff_home, staff_place
from api.web.rendering import address_with
from ledger.database import read_transaction
from ledger.foundation.correctable import check_value
from ledger.foundation.details import complete_details, read_details
from ledger.foundation.member_search import (
    FoundMember,
    SamePerson,
    Wanted,
    list_same_people,
    read_search,
    search_members,
)
from ledger.foundation.names import person_key
from ledger.foundation.party_branches import list_branches
from ledger.foundation.people import Person, PersonalDetails, find_person_by_number
from ledger.journeys.enrolment import enrol_member, know_person

HOME = "/programmes/{programme_id:uuid}/staff/people"
LISTED = 30
STATUSES = ("active", "suspended", "left")
NO_BRANCH = "none"
TONES = {"active": "good", "suspended": "wait", "left": ""}
PHONE_LENGTH = 30
#: With blanks between its groups.
ID_NUMBER_LENGTH = 24


def people_home(call: GatedCall) -> str:
    """Where the people of a programme are listed."""
    return f"{staff_home(call.tenant)}/people"


@get(HOME, opt=may("members.read"))
async def people_page(request: PageRequest, call: Call) -> Page:
    """Everybody by name, or those of one standing."""
    require_whole_tenant(call, "page")
    asked = request.query_params.get("status")
    status = asked if asked in STATUSES else None
    after = read_uuid(request.query_params.get("after"))
    found = await _search(call, Wanted(), status, after)
    more = found[-1].member_id if len(found) == LISTED else None
    next_href = address_with(request, after=str(more)) if more else None
    return _list(request, call, found, empty_form(request), status=status, next_href=next_href)


@post(HOME + "/found", opt=may("members.read"))
async def people_found(request: PageRequest, call: Call) -> Page:
    """What a search finds; by POST, so that names and telephones stay out of addresses."""
    require_whole_tenant(call, "page")
    form = await read_form(request)
    typed = form.text("q", limit=60) or ""
    if form.errors:
        return _list(request, call, [], form, code=422)
    after = read_uuid(form.values.get("after"))
    wanted = read_search(typed, by_name=may_here(call, "members.names"))
    if wanted is None:
        form.refuse("q", "people.by_number_only")
        return _list(request, call, [], form, code=422)
    found = await _search(call, wanted, None, after)
    more = found[-1].member_id if len(found) == LISTED else None
    return _list(request, call, found, form, searched=True, more=more)


async def _search(
    call: GatedCall, wanted: Wanted, status: str | None, after: UUID | None
) -> list[FoundMember]:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await search_members(
            conn,
            tenant_id=call.tenant_id,
            wanted=wanted,
            keys=call.service.personal_keys,
            status=status,
            after=after,
            limit=LISTED,
        )


def _list(
    request: PageRequest,
    call: GatedCall,
    found: Sequence[FoundMember],
    form: Form,
    *,
    status: str | None = None,
    next_href: str | None = None,
    searched: bool = False,
    more: UUID | None = None,
    code: int = 200,
) -> Page:
    return show(
        request,
        "staff/people.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.people",
        status=code,
        home=people_home(call),
        form=form,
        found=[(one, TONES[one.status]) for one in found],
        asked_status=status,
        statuses=STATUSES,
        searched=searched,
        more=more,
        next_href=next_href,
        by_name=may_here(call, "members.names"),
        may_enrol=may_here(call, "members.enrol"),
    )


def detail_field(name: str, label: str, **more: Any) -> Field:
    """A detail of a person, looked at by itself."""
    return Field(name, label, check=partial(check_value, name), **more)


def phone_field(*, required: bool) -> Field:
    """A telephone."""
    hint = "people.phone_needed" if required else "people.phone_hint"
    return detail_field("phone", "people.phone", hint=hint, required=required, limit=PHONE_LENGTH)


async def _enrol_fields(scene: Scene) -> Sequence[Field]:
    branches = await list_branches(scene.conn, tenant_id=scene.call.tenant_id)
    choices = [(NO_BRANCH, scene.words("people.no_branch"))]
    choices += [(str(one.branch_id), one.name) for one in branches]
    fields = [
        name_field("display_name", "people.name"),
        detail_field(
            "id_number",
            "people.id_number",
            hint="people.id_number_hint",
            required=False,
            limit=ID_NUMBER_LENGTH,
        ),
        detail_field(
            "birthday", "people.birthday", kind="date", hint="people.birthday_hint", required=False
        ),
        phone_field(required=False),
        detail_field("address", "people.address", hint="people.address_hint", required=False),
        Field(
            "volunteer_no",
            "people.known_no",
            hint="people.known_no_hint",
            required=False,
            limit=PHONE_LENGTH,
        ),
        Field("branch", "people.branch", kind="select", choices=choices, value=NO_BRANCH),
    ]
    phone = scene.typed("phone")
    if phone and await _seen_among(scene, await _same_people(scene, phone=phone)):
        fields.append(Field("another", "people.another", kind="check", required=False))
    return fields


async def _same_people(scene: Scene, **told: str) -> list[SamePerson]:
    return await list_same_people(scene.conn, keys=scene.call.service.personal_keys, **told)


async def _seen_among(scene: Scene, known: Sequence[SamePerson]) -> dict[str, str] | None:
    """The first of them whom the caller may know of: masked name, number, where; None: nobody."""
    seen = await find_seen(scene.conn, scene.call, known)
    return None if seen is None else masked_person(*seen)


def masked_person(person: Person, where: str) -> dict[str, str]:
    """What is said of somebody on record: masked name, number, where."""
    number = person.volunteer_no
    return {"name": mask_name(person.display_name), "number": number, "where": where}


async def _refuse_known(scene: Scene, name: str, details: PersonalDetails) -> None:
    """Point out who is known with this identity number, or with this telephone.

    Raises:
        FormRefused: somebody is; of a telephone it may be said that it is another person's.
    """
    form = scene.form
    if details.id_number is not None:
        known = await _same_people(scene, id_number=details.id_number)
        if seen := await _seen_among(scene, known):
            form.refuse("id_number", "people.known_id", **seen)
        elif known and person_key(known[0].person.display_name) != person_key(name):
            form.refuse("id_number", "people.id_number_unlike_name")
    if details.phone is not None and not form.values.get("another") and not form.errors:
        known = await _same_people(scene, phone=details.phone)
        if seen := await _seen_among(scene, known):
            form.refuse("phone", "people.known", **seen)
    form.finish()


async def _enrol(scene: Scene) -> str:
    call, form = scene.call, scene.form
    person = await _person_to_enrol(scene)
    branch = form.values["branch"]
    member = await enrol_member(
        scene.conn,
        tenant_id=call.tenant_id,
        person=person,
        enrolled_by=call.caller_id,
        branch_id=None if branch == NO_BRANCH else UUID(branch),
    )
    return f"{people_home(call)}/{member.member_id}"


async def _person_to_enrol(scene: Scene) -> Person:
    """Who is to be enrolled: by the number that was told, or by name and what else is known.

    Raises:
        FormRefused: the number is not this person's, or somebody known is to be looked at first.
        InvalidInput: identity number or birthday cannot be right.
    """
    form, name = scene.form, scene.typed("display_name")
    details = read_details(
        phone=scene.typed("phone"),
        id_number=scene.typed("id_number"),
        birthday=scene.day("birthday"),
        address=scene.typed("address"),
    )
    facts: dict[str, Any] = {"keys": scene.call.service.personal_keys, "details": details}
    number = scene.typed("volunteer_no")
    if not number:
        await _refuse_known(scene, name, details)
        return await know_person(
            scene.conn, display_name=name, known_by=scene.call.caller_id, **facts
        )
    person = await find_person_by_number(scene.conn, volunteer_no=number)
    if person is None or person_key(person.display_name) != person_key(name):
        form.refuse("volunteer_no", "people.number_unlike_name")
        form.finish()
    assert person is not None
    await complete_details(scene.conn, person=person, caller_id=scene.call.caller_id, **facts)
    return person


ENROL = Act("enrol", _enrol_fields, _enrol)


@get(HOME + "/new", opt=may("members.enrol"))
async def enrol_form(request: PageRequest, call: Call) -> Page:
    """The form for a new member."""
    return await act_page(request, call, ENROL, subject_id=None, back=people_home(call))


@post(HOME + "/new", opt=may("members.enrol"))
async def enrol_sent(request: PageRequest, call: Call) -> Page:
    """Enrol, or point out who is known."""
    return await act_sent(request, call, ENROL, subject_id=None, back=people_home(call))


ROUTES = [people_page, people_found, enrol_form, enrol_sent]
