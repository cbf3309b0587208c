"""Members of a programme: listed, enrolled, one of them with what is known of the person."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call, GatedCall
from api.idempotency import once
from api.known_people import find_seen
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, PathId, Phone, view
from api.web.formatting import mask_detail
from ledger.database import read_transaction
from ledger.errors import InvalidInput
from ledger.foundation.details import complete_details, read_details
from ledger.foundation.disclosures import read_personal_data
from ledger.foundation.households import find_household_of
from ledger.foundation.member_search import list_same_people
from ledger.foundation.names import person_key
from ledger.foundation.organisations import Member, get_member, list_members
from ledger.foundation.people import (
    Person,
    PersonalDetails,
    PersonKnown,
    find_person_by_number,
)
from ledger.journeys.enrolment import enrol_member, know_person
from reconciliation.masking import mask_name

MEMBER = PROGRAMMES + "/members/{member_id:uuid}"
Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["王小明"])]
Status = Literal["active", "suspended", "left"]


class _MemberFilter(msgspec.Struct, frozen=True):
    branch_id: UUID | None = None
    status: Status | None = None


_MEMBERS: CursorKind[_MemberFilter, str] = CursorKind(_MemberFilter, str)


class NewMember(Command, frozen=True):
    """A person to be enrolled; all but the name is stored sealed."""

    display_name: Name
    phone: Phone | None = None
    id_number: Annotated[
        Annotated[str, Meta(max_length=24, examples=["11010119900307803X"])] | None,
        Meta(description="18 digits; the last may be X. Tells the birthday."),
    ] = None
    birthday: date | None = None
    address: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    branch_id: Annotated[UUID | None, Meta(description="Party branch, of a Party member.")] = None
    volunteer_no: Annotated[
        Annotated[str, Meta(min_length=1, max_length=24)] | None,
        Meta(description="Of somebody who has a number already; the name must be the one there."),
    ] = None
    another: Annotated[
        bool, Meta(description="Another person who shares a telephone that is on record.")
    ] = False


class MemberView(msgspec.Struct, frozen=True):
    """A member; the id holds the member's accounts."""

    member_id: UUID
    volunteer_no: str
    display_name: str
    status: str
    branch_id: UUID | None
    joined_on: date


class MemberDetail(msgspec.Struct, frozen=True):
    """A member with what is known of the person, masked; null where nothing is."""

    member_id: UUID
    volunteer_no: str
    display_name: str
    status: str
    branch_id: UUID | None
    joined_on: date
    household_id: UUID | None
    phone: Annotated[str | None, Meta(examples=["138****8000"])]
    id_number: Annotated[str | None, Meta(examples=["****803X"])]
    birthday: Annotated[str | None, Meta(description="The year alone.", examples=["1990-**-**"])]
    has_address: bool


class EnrolledMember(msgspec.Struct, frozen=True):
    """A new member, without the name: the answer is kept under its key."""

    member_id: UUID
    volunteer_no: str


class MemberPage(msgspec.Struct, frozen=True):
    """A page of members by volunteer number."""

    items: list[MemberView]
    next_cursor: str | None


@get(PROGRAMMES + "/members", opt=may("members.read"), summary="List members", tags=["people"])
async def list_all_members(
    call: Call,
    branch_id: FromQuery[UUID | None] = None,
    status: FromQuery[Status | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> MemberPage:
    """Members by volunteer number; their names are masked unless the work needs them."""
    wanted, after = _MEMBERS.read(cursor, _MemberFilter(branch_id, status), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_members(
            conn,
            tenant_id=call.tenant_id,
            limit=limit,
            after=after,
            branch_id=wanted.branch_id,
            status=wanted.status,
        )
    following = found[-1].volunteer_no if len(found) == limit else None
    return MemberPage(
        [view(MemberView, _as_seen(call, member)) for member in found],
        None if following is None else _MEMBERS.write(wanted, following, call.route),
    )


def _as_seen(call: GatedCall, member: Member) -> Member:
    """Staff and secretaries work with people by name; whoever reads books does not need it."""
    if call.who.permissions.reach("members.names", call.tenant_id) is not None:
        return member
    return msgspec.structs.replace(member, display_name=mask_name(member.display_name))


@post(PROGRAMMES + "/members", opt=may("members.enrol"), summary="Enrol a member", tags=["people"])
async def enrol_one_member(call: Call, data: JSONBody[NewMember]) -> Response[EnrolledMember]:
    """A person as a member, with accounts. Somebody known keeps number and what is on record.

    For somebody who belongs to another community too, nothing is added to that record.
    """
    details = read_details(
        phone=data.phone,
        id_number=data.id_number,
        birthday=data.birthday,
        address=data.address,
    )

    async def enrol(conn: AsyncConnection) -> EnrolledMember:
        person = await _person_to_enrol(conn, call, data, details)
        member = await enrol_member(
            conn,
            tenant_id=call.tenant_id,
            person=person,
            enrolled_by=call.caller_id,
            branch_id=data.branch_id,
        )
        return view(EnrolledMember, member)

    return await once(call, data, enrol, personal=True)


async def _person_to_enrol(
    conn: AsyncConnection, call: GatedCall, data: NewMember, details: PersonalDetails
) -> Person:
    """Who is meant: by number, or by name and what else is known; otherwise somebody new.

    Raises:
        InvalidInput: the number is not this person's.
        PersonKnown: somebody of another name, whom the caller may know, has the telephone.
    """
    keys, name = call.service.personal_keys, person_key(data.display_name)
    if data.volunteer_no is not None:
        person = await find_person_by_number(conn, volunteer_no=data.volunteer_no)
        if person is None or person_key(person.display_name) != name:
            remedy = "Number and name do not belong together."
            raise InvalidInput(field="volunteer_no", value=data.volunteer_no, remedy=remedy)
        await complete_details(
            conn, person=person, details=details, keys=keys, caller_id=call.caller_id
        )
        return person
    if details.phone is not None and not data.another:
        known = await list_same_people(conn, keys=keys, phone=details.phone)
        is_known = any(person_key(one.person.display_name) == name for one in known)
        seen = None if is_known else await find_seen(conn, call, known)
        if seen is not None:
            raise PersonKnown(volunteer_no=seen[0].volunteer_no)
    return await know_person(
        conn,
        display_name=data.display_name,
        keys=keys,
        details=details,
        known_by=call.caller_id,
    )


@get(MEMBER, opt=may("members.manage"), summary="Read a member", tags=["people"])
async def read_one_member(call: Call, member_id: PathId) -> MemberDetail:
    """A member as the staff sees one; full view of what is masked needs a reason on record."""
    keys, scope = call.service.personal_keys, call.tenant_id
    async with read_transaction(call.service.engine, tenant_id=scope) as conn:
        member = await get_member(conn, tenant_id=scope, member_id=member_id)
        household = await find_household_of(conn, tenant_id=scope, member_id=member_id)
        known = await read_personal_data(conn, person_id=member.person_id, keys=keys)
    phone, number, born = known["phone"], known["id_number"], known["birthday"]
    seen = view(MemberView, _as_seen(call, member))
    return MemberDetail(
        **msgspec.structs.asdict(seen),
        household_id=None if household is None else household.household_id,
        phone=phone and mask_detail("phone", phone),
        id_number=number and mask_detail("id_number", number),
        birthday=born and mask_detail("birthday", born),
        has_address=known["address"] is not None,
    )


ROUTES = (list_all_members, enrol_one_member, read_one_member)
