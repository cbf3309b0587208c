"""What staff do with a member's personal data: look with a reason, correct, consent, erase."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.known_people import find_seen
from api.policies import may
from api.problems import status_of
from api.web.form_once import OperationRefused, once_for_form
from api.web.forms import Form
from api.web.frame import Page, PageRequest, key_of_form, read_form, see, show
from api.web.people import masked_person
from api.web.personal_data import MEMBER, data_home, member_page, wanted_member
from api.web.places import staff_place
from api.web.refused import words_of_refusal
from ledger.database import read_transaction, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.consents import consent_purposes, record_consent
from ledger.foundation.correctable import CORRECTABLE
from ledger.foundation.corrections import decide_correction, list_corrections, make_correction
from ledger.foundation.disclosures import (
    FIELDS,
    PURPOSES,
    ConsentMissing,
    disclose,
    read_disclosed,
)
from ledger.foundation.member_search import list_same_people
from ledger.foundation.organisations import Member
from ledger.foundation.people import IdentityNumberKnown
from ledger.foundation.shared_people import BelongsElsewhere


class SaidOfMember(msgspec.Struct, frozen=True):
    """What a form says of one member: which field or purpose, what of it, and why."""

    member_id: UUID
    about: str
    said: str
    why: tuple[str | None, ...]


@post(MEMBER + "/looks", opt=may("personal_data.view", step_up=True))
async def look_sent(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Put the reason on record, then show."""
    form = await read_form(request)
    fields = [name for name in FIELDS if form.values.get(f"see_{name}") == "yes"]
    if not fields:
        form.refuse("fields", "privacy.choose_fields")
    purpose, words = form.choice("purpose", frozenset(PURPOSES)), form.text("words")
    member = await wanted_member(call, member_id)
    if form.errors or purpose is None or words is None:
        return await member_page(request, call, member_id, form, status=422)

    async def look(conn: AsyncConnection) -> UUID:
        return await disclose(
            conn,
            person_id=member.person_id,
            tenant_id=call.tenant_id,
            seen_by=call.caller_id,
            fields=fields,
            purpose=purpose,
            words=words,
            keys=call.service.personal_keys,
        )

    try:
        seen = await write_transaction(call.service.engine, look, tenant_id=call.tenant_id)
    except (InvalidInput, ConsentMissing, BelongsElsewhere) as refusal:
        about = "words" if isinstance(refusal, InvalidInput) else "purpose"
        form.errors[about] = words_of_refusal(refusal, form.language)
        status = 422 if about == "words" else status_of(refusal)
        return await member_page(request, call, member_id, form, status=status)
    return see(f"{data_home(call)}/{member_id}/looks/{seen}")


@get(MEMBER + "/looks/{disclosure_id:uuid}", opt=may("personal_data.view", step_up=True))
async def look_page(
    request: PageRequest, call: Call, member_id: FromPath[UUID], disclosure_id: FromPath[UUID]
) -> Page:
    """What was asked for, to whoever asked, for some minutes."""
    member = await wanted_member(call, member_id)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        person_id, values = await read_disclosed(
            conn,
            disclosure_id=disclosure_id,
            seen_by=call.caller_id,
            tenant_id=call.tenant_id,
            keys=call.service.personal_keys,
        )
        corrections = await list_corrections(
            conn, person_id=person_id, keys=call.service.personal_keys
        )
    if person_id != member.person_id:
        raise NotFound(kind="disclosure", id=str(disclosure_id))
    return show(
        request,
        "staff/personal_data_look.html",
        staff_place(call.tenant, call.who.permissions),
        back=f"{data_home(call)}/{member_id}",
        member=member,
        values=values,
        wishes={one.field: one.new for one in corrections if one.state == "requested"},
    )


@post(MEMBER + "/corrections", opt=may("personal_data.correct"))
async def correction_made(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Correct at once, on the member's request."""
    form = await read_form(request)
    field = form.choice("field", frozenset(CORRECTABLE))
    value, reason = form.text("value"), form.text("reason")
    member = await wanted_member(call, member_id)
    if field is None or value is None or reason is None:
        return await member_page(request, call, member_id, form, status=422)

    said = SaidOfMember(member_id, field, value, (reason,))
    key_of_form(call)

    async def correct(conn: AsyncConnection) -> SaidOfMember:
        await make_correction(
            conn,
            person_id=member.person_id,
            field=field,
            value=value,
            reason=reason,
            made_by=call.caller_id,
            keys=call.service.personal_keys,
            tenant_id=call.tenant_id,
        )
        return SaidOfMember(member_id, field, "", ())

    if field == "phone" and not form.values.get("another"):
        await _point_out_sharer(call, member, form, value)
    if form.errors:
        return await member_page(request, call, member_id, form, status=422)
    try:
        await once_for_form(call, said, correct, personal=True)
    except OperationRefused as refused:
        wrong = refused.refusal
        if not isinstance(wrong, IdentityNumberKnown | InvalidInput):
            raise wrong from refused
        place = "reason" if wrong.attributes().get("field") == "reason" else "value"
        form.errors[place] = words_of_refusal(wrong, form.language)
        return await member_page(request, call, member_id, form, status=422)
    return see(f"{data_home(call)}/{member_id}?done=correction")


async def _point_out_sharer(call: Call, member: Member, form: Form, phone: str) -> None:
    """Refuse, until it is meant, a telephone of somebody else whom the caller may know of."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        known = await list_same_people(conn, keys=call.service.personal_keys, phone=phone)
        others = [one for one in known if one.person.person_id != member.person_id]
        seen = await find_seen(conn, call, others)
    if seen is not None:
        form.refuse("value", "privacy.phone_known", **masked_person(*seen))


@post(MEMBER + "/corrections/{correction_id:uuid}", opt=may("personal_data.correct"))
async def correction_decided(
    request: PageRequest, call: Call, member_id: FromPath[UUID], correction_id: FromPath[UUID]
) -> Page:
    """Make or decline what the member asked for."""
    form = await read_form(request)
    act = form.choice("act", frozenset({"make", "decline"}))
    member = await wanted_member(call, member_id)
    if act is None:
        return await member_page(request, call, member_id, form, status=422)

    async def decide(conn: AsyncConnection) -> None:
        await decide_correction(
            conn,
            correction_id=correction_id,
            person_id=member.person_id,
            accept=act == "make",
            decided_by=call.caller_id,
            keys=call.service.personal_keys,
            tenant_id=call.tenant_id,
        )

    await write_transaction(call.service.engine, decide, tenant_id=call.tenant_id)
    return see(f"{data_home(call)}/{member_id}?done=decided")


@post(MEMBER + "/consents", opt=may("consents.record"))
async def consent_recorded(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Put down what the member signed on paper; a withdrawal needs no paper, but then a reason."""
    form = await read_form(request)
    purpose = form.choice("consent", frozenset(consent_purposes()))
    given = form.choice("given", frozenset({"yes", "no"}))
    paper_no = form.text("paper_no", limit=60, required=given == "yes")
    reason = form.text("withdrawal_reason", required=given == "no" and paper_no is None)
    member = await wanted_member(call, member_id)
    if form.errors or purpose is None or given is None:
        return await member_page(request, call, member_id, form, status=422)

    said = SaidOfMember(member_id, purpose, given, (paper_no, reason))
    key_of_form(call)

    async def record(conn: AsyncConnection) -> SaidOfMember:
        await record_consent(
            conn,
            person_id=member.person_id,
            purpose=purpose,
            given=given == "yes",
            through="staff",
            paper_no=paper_no,
            reason=reason,
            recorded_by=call.caller_id,
            keys=call.service.personal_keys,
            tenant_id=call.tenant_id,
        )
        return SaidOfMember(member_id, purpose, given, ())

    try:
        await once_for_form(call, said, record, personal=True)
    except OperationRefused as refused:
        wrong = refused.refusal
        if not isinstance(wrong, InvalidInput):
            raise wrong from refused
        form.errors["paper_no"] = words_of_refusal(wrong, form.language)
        return await member_page(request, call, member_id, form, status=422)
    return see(f"{data_home(call)}/{member_id}?done=consent")


ROUTES = [
    look_sent,
    look_page,
    correction_made,
    correction_decided,
    consent_recorded,
]
