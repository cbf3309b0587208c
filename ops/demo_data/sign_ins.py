"""Who can sign in to the demo: one person for each role, with passwords made for this copy."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import today
from ledger.database import write_transaction
from ledger.foundation.corrections import make_correction
from ledger.foundation.grants import grant_role
from ledger.foundation.guardians import add_guardian, confirm_guardian
from ledger.foundation.notices import read_notices
from ledger.foundation.org_units import get_org_unit
from ledger.foundation.people import Person
from ledger.foundation.roles import shipped_roles
from ledger.foundation.sign_in import set_password
from ledger.journeys.enrolment import enrol_partner
from ops.demo_data.built import BuiltDistrict, BuiltEstate, BuiltMember, BuiltProgramme
from ops.demo_data.people import SYSTEM, Crowd

#: Letters and digits that cannot be taken for one another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
PARTNER = "梧桐小学"
#: How old the ward turns in the year of the demo.
WARD_YEARS = 15


#: What there is to try, by sign-in name.
TASKS = {
    "volunteer": "出示兑换码 show a code",
    "party": "看星级积分 see the star points",
    "secretary": "提名与算分 propose and score",
    "merchant": "收兑换码 take a code",
    "staff": "核验服务、审批星级 verify, approve",
    "recorder": "替人登记服务 record for others",
    "subdistrict": "看三个社区的账 see three programmes",
    "accountant": "试算平衡 trial balance",
    "guardian": "看被监护人的账户 read a ward's accounts",
    "resident": "看自己的账户 see one's accounts",
    "partner": "看本单位的积分 read the unit's points",
    "trustee": "导入银行文件 import a bank file",
    "committee": "看余额调节表 read the 调节表",
    "supervisor": "看余额调节表 read the 调节表",
    "owner": "看本小区的账 read the estate's books",
    "auditor": "对账、调节表、凭证 reconcile, vouchers",
    "admin": "看全部账簿 see all books",
}


class SignIn(msgspec.Struct, frozen=True):
    """What to type, and as whom one is in then."""

    role: str
    role_zh: str
    name: str
    sign_in_name: str
    password: str
    #: What to try first.
    task: str


class _Seat(msgspec.Struct, frozen=True):
    """A role to be given, to somebody who has it already or to a newcomer."""

    role: str
    sign_in_name: str
    person: Person | None = None
    tenant_ids: Sequence[int] = ()
    object_id: UUID | None = None
    #: A role in a unit and what lies in it, instead of one in each tenant.
    org_unit_id: UUID | None = None


async def make_sign_ins(engine: AsyncEngine, built: BuiltDistrict, crowd: Crowd) -> list[SignIn]:
    """Give the people of the demo their passwords, and create those who are still missing."""
    first = built.programmes[0]
    guardian = await write_transaction(
        engine,
        lambda conn: _name_guardian(conn, first, crowd),
        tenant_id=first.tenant.tenant_id,
    )

    async def make(conn: AsyncConnection) -> list[SignIn]:
        street = await _street(conn, first)
        seats = [
            *_of_programmes(built.programmes, street, guardian),
            *await _of_others(conn, built),
        ]
        return [await _take_seat(conn, seat, built.admin, crowd) for seat in seats]

    return await write_transaction(engine, make)


async def _street(conn: AsyncConnection, programme: BuiltProgramme) -> UUID:
    """The 街道 in which the programme's community lies."""
    assert programme.tenant.org_unit_id is not None, "programmes of the demo lie in communities"
    unit = await get_org_unit(conn, org_unit_id=programme.tenant.org_unit_id, on=today())
    assert unit.parent_id is not None, "communities of the demo lie in a subdistrict"
    return unit.parent_id


async def _name_guardian(conn: AsyncConnection, programme: BuiltProgramme, crowd: Crowd) -> Person:
    """A newcomer becomes guardian of a minor as the product has it: by two members of staff."""
    ward, guardian = _unaffiliated(programme)[0], await crowd.newcomer(conn)
    await make_correction(
        conn,
        person_id=ward.person.person_id,
        field="birthday",
        value=date(today().year - WARD_YEARS, 1, 1).isoformat(),
        reason="按户口簿登记",
        made_by=SYSTEM,
        keys=crowd.keys,
    )
    facts: dict[str, Any] = {
        "tenant_id": programme.tenant.tenant_id,
        "ward_member_id": ward.member.member_id,
        "keys": crowd.keys,
    }
    guardianship_id = await add_guardian(
        conn,
        guardian=guardian,
        kind="minor",
        evidence="户口簿、出生医学证明",
        caller_id=programme.recorder.caller_id,
        **facts,
    )
    await confirm_guardian(
        conn,
        guardianship_id=guardianship_id,
        caller_id=programme.verifier.caller_id,
        **facts,
    )
    return guardian


def _unaffiliated(programme: BuiltProgramme) -> list[BuiltMember]:
    """Members of no Party branch, but for the volunteer of the demo."""
    return [member for member in programme.members[1:] if member.member.branch_id is None]


def _of_programmes(
    programmes: Sequence[BuiltProgramme], street: UUID, guardian: Person
) -> Iterable[_Seat]:
    """People of the first programme who have worked there all the year."""
    first = programmes[0]
    party_member = _first_of_branch(first)
    yield _Seat("volunteer", "volunteer", first.members[0].person)
    yield _Seat("party_member", "party", party_member.person)
    yield _Seat("branch_secretary", "secretary", first.secretary)
    yield _Seat("merchant_operator", "merchant", first.shops[0].operator)
    yield _Seat("community_staff", "staff", first.verifier)
    yield _Seat("community_staff", "recorder", first.recorder)
    tenant_ids = [programme.tenant.tenant_id for programme in programmes]
    yield _Seat("subdistrict_staff", "subdistrict", org_unit_id=street)
    yield _Seat("programme_accountant", "accountant", tenant_ids=tenant_ids[:1])
    yield _Seat("guardian", "guardian", guardian)
    other = _unaffiliated(first)[1]
    yield _Seat("resident", "resident", other.person, tenant_ids[:1], other.member.member_id)


def _first_of_branch(programme: BuiltProgramme) -> BuiltMember:
    """A Party member of the branch that is scored, else anybody."""
    for member in programme.members:
        if member.member.branch_id == programme.branches[0]:
            return member
    return programme.members[-1]


async def _of_others(conn: AsyncConnection, built: BuiltDistrict) -> list[_Seat]:
    """People of the first estate, partners, auditors and the administrator."""
    programme, estate = built.programmes[0], built.estates[0]
    tenant_ids = [tenant.tenant_id for tenant in built.tenants()]
    partner = await enrol_partner(
        conn,
        tenant_id=programme.tenant.tenant_id,
        name=PARTNER,
        kind="unit",
        enrolled_by=built.admin.caller_id,
    )
    of_estate = (estate.tenant.tenant_id,)
    return [
        _Seat(
            "partner_contact", "partner", None, (programme.tenant.tenant_id,), partner.partner_id
        ),
        _Seat("trustee", "trustee", estate.manager),
        _Seat("committee_member", "committee", estate.committee),
        _Seat("owners_supervisor", "supervisor", None, of_estate),
        _Seat("owner", "owner", None, of_estate, _a_dwelling(estate)),
        _Seat("auditor", "auditor", None, tenant_ids),
        _Seat("platform_admin", "admin", built.admin),
    ]


def _a_dwelling(estate: BuiltEstate) -> UUID:
    return estate.holders["unit", estate.plan.households[0].room]


async def _take_seat(
    conn: AsyncConnection, seat: _Seat, granted_by: Person, crowd: Crowd
) -> SignIn:
    person = seat.person or await crowd.newcomer(conn)
    places: list[tuple[int | None, UUID | None]] = [(one, None) for one in seat.tenant_ids]
    if seat.org_unit_id is not None:
        places.append((None, seat.org_unit_id))
    for tenant_id, org_unit_id in places:
        await grant_role(
            conn,
            caller_id=person.caller_id,
            role=seat.role,
            tenant_id=tenant_id,
            org_unit_id=org_unit_id,
            object_id=seat.object_id,
            granted_by=SYSTEM,
        )
    await read_notices(conn, person_id=person.person_id)  # a year of them, long known
    password = new_password()
    await set_password(
        conn,
        person=person,
        sign_in_name=seat.sign_in_name,
        password=password,
        set_by=granted_by.caller_id,
    )
    role_zh = shipped_roles()[seat.role].name_zh
    return SignIn(
        seat.role,
        role_zh,
        person.display_name,
        seat.sign_in_name,
        password,
        TASKS[seat.sign_in_name],
    )


def new_password() -> str:
    """Twelve letters in three groups: 59 random bits that can be typed from paper."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
