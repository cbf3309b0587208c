"""The partners of a programme, for its staff: who they are and who speaks for them."""

from collections.abc import Sequence
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from api.gate import Call, GatedCall
from api.policies import may
from api.web.act_types import Act, Field, Scene, acts_by_name, find_act, title_field
from api.web.acts import act_page, act_sent
from api.web.frame import Page, PageRequest, done_of, read_uuid, show
from api.web.merchant_acts import named_person, person_fields
from api.web.person_acts import day_field, reason_field
from api.web.places import staff_home, staff_place
from api.web.rendering import address_with
from ledger.database import read_transaction
from ledger.foundation.cut_lists import ONE_MORE, cut_page
from ledger.foundation.partners import (
    PartnerKind,
    add_contact,
    end_contact,
    end_partner,
    get_partner,
    list_contacts,
    list_partners,
)
from ledger.journeys.enrolment import enrol_partner
from ledger.schema.foundation_participants import PARTNER_KINDS

HOME = "/programmes/{programme_id:uuid}/staff/partners"
ONE = HOME + "/{partner_id:uuid}"
LISTED = 50


def partners_home(call: GatedCall) -> str:
    """Where the partners are listed."""
    return f"{staff_home(call.tenant)}/partners"


async def _new_fields(scene: Scene) -> Sequence[Field]:
    kinds = [(one, scene.words(f"partner_kind.{one}")) for one in PARTNER_KINDS]
    return (
        title_field("name", "partners.name"),
        Field("kind", "partners.kind", kind="select", choices=kinds),
    )


async def _enrol(scene: Scene) -> str:
    kind: PartnerKind = scene.form.values["kind"]  # type: ignore[assignment]
    partner = await enrol_partner(
        scene.conn,
        tenant_id=scene.call.tenant_id,
        name=scene.typed("name"),
        kind=kind,
        enrolled_by=scene.call.caller_id,
    )
    return f"{partners_home(scene.call)}/{partner.partner_id}"


async def _contact_fields(_: Scene) -> Sequence[Field]:
    return person_fields()


async def _add_contact(scene: Scene) -> None:
    person = await named_person(scene)
    await add_contact(
        scene.conn,
        partner_id=scene.subject,
        person=person,
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )


async def _end_fields(_: Scene) -> Sequence[Field]:
    return (day_field("ends_on", "people.until"), reason_field())


async def _end_contact(scene: Scene) -> None:
    await end_contact(
        scene.conn,
        partner_id=scene.subject,
        contact_id=scene.tie(),
        reason=scene.typed("reason"),
        ends_on=scene.day("ends_on"),
        **scene.facts(),
    )


async def _end_partner(scene: Scene) -> None:
    await end_partner(
        scene.conn,
        partner_id=scene.subject,
        reason=scene.typed("reason"),
        ends_on=scene.day("ends_on"),
        **scene.facts(),
    )


ENROL = Act("enrol-partner", _new_fields, _enrol)
ACTS = acts_by_name(
    Act("contact", _contact_fields, _add_contact),
    Act("contact-end", _end_fields, _end_contact, is_grave=True),
    Act("end-partner", _end_fields, _end_partner, is_grave=True),
)


@get(HOME, opt=may("partners.manage"))
async def partners_page(request: PageRequest, call: Call) -> Page:
    """The partners by name."""
    wanted = read_uuid(request.query_params.get("after"))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        after = None
        if wanted is not None:
            last = await get_partner(conn, tenant_id=call.tenant_id, partner_id=wanted)
            after = (last.name_sort_key, wanted)
        found = await list_partners(conn, tenant_id=call.tenant_id, limit=LISTED, after=after)
    more = str(found[-1].partner_id) if len(found) == LISTED else None
    return show(
        request,
        "staff/partners.html",
        staff_place(call.tenant, call.who.permissions),
        home=partners_home(call),
        found=found,
        next_href=address_with(request, after=more) if more else None,
    )


@get(HOME + "/new", opt=may("partners.manage"))
async def new_partner_form(request: PageRequest, call: Call) -> Page:
    """The form for a new partner."""
    return await act_page(request, call, ENROL, subject_id=None, back=partners_home(call))


@post(HOME + "/new", opt=may("partners.manage"))
async def new_partner_sent(request: PageRequest, call: Call) -> Page:
    """Enrol it."""
    return await act_sent(request, call, ENROL, subject_id=None, back=partners_home(call))


@get(ONE, opt=may("partners.manage"))
async def partner_desk_page(request: PageRequest, call: Call, partner_id: FromPath[UUID]) -> Page:
    """A partner with its contacts."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        partner = await get_partner(conn, tenant_id=call.tenant_id, partner_id=partner_id)
        contacts, has_more = cut_page(
            await list_contacts(
                conn, tenant_id=call.tenant_id, partner_id=partner_id, limit=ONE_MORE
            )
        )
    return show(
        request,
        "staff/partner.html",
        staff_place(call.tenant, call.who.permissions),
        back=partners_home(call),
        here=f"{partners_home(call)}/{partner_id}",
        partner=partner,
        contacts=contacts,
        has_more=has_more,
        done=done_of(request, {*ACTS, ENROL.name}),
    )


async def _act(request: PageRequest, call: GatedCall, partner_id: UUID, name: str) -> Page:
    act = find_act(ACTS, name)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_partner(conn, tenant_id=call.tenant_id, partner_id=partner_id)
    perform = act_sent if request.method == "POST" else act_page
    back = f"{partners_home(call)}/{partner_id}"
    return await perform(request, call, act, subject_id=partner_id, back=back)


@get(ONE + "/{partner_act:str}", opt=may("partners.manage"))
async def partner_act_form(
    request: PageRequest, call: Call, partner_id: FromPath[UUID], partner_act: FromPath[str]
) -> Page:
    """The form of an act on a partner."""
    return await _act(request, call, partner_id, partner_act)


@post(ONE + "/{partner_act:str}", opt=may("partners.manage"))
async def partner_act_sent(
    request: PageRequest, call: Call, partner_id: FromPath[UUID], partner_act: FromPath[str]
) -> Page:
    """Do it."""
    return await _act(request, call, partner_id, partner_act)


ROUTES = [
    partners_page,
    new_partner_form,
    new_partner_sent,
    partner_desk_page,
    partner_act_form,
    partner_act_sent,
]
