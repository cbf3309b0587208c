"""A role that could never be given, or to nobody but somebody else, is refused when asked for."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import write_transaction
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import PLATFORM, SecondPersonNeeded
from ledger.foundation.grants import (
    GrantNeedsObject,
    RolesExcludeEachOther,
    end_grant,
    get_permissions,
    grant_role,
)
from ledger.foundation.organisations import get_member
from ledger.foundation.people import Person, get_person_by_id
from ledger.identifiers import uuid7
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.role_changes import RoleChanged, ask_or_change_role
from ledger.journeys.approvals.roles import RoleHeldAlready
from ledger.journeys.enrolment import enrol_member, enrol_merchant
from tests.approvals.people import SYSTEM, Office, create_office, person_with

ACCOUNTANT = "programme_accountant"


async def ask(office: Office, by: Person, matter: RoleChange, **given: int) -> RoleChanged:
    return await office.run(
        ask_or_change_role, matter=matter, reason="接替", caller_id=by.caller_id, **given
    )


async def member_person(office: Office) -> Person:
    """Whoever is the member of the office."""

    async def find(conn: AsyncConnection) -> Person:
        member = await get_member(conn, tenant_id=office.tenant_id, member_id=office.member_id)
        return await get_person_by_id(conn, person_id=member.person_id)

    return await write_transaction(office.engine, find, tenant_id=office.tenant_id)


async def test_an_approval_gives_and_ends_nothing_but_what_was_asked(engine: AsyncEngine) -> None:
    """The database compares: neither another person, nor the end of the role, rests on it."""
    office = await create_office(engine)
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    clerk, other = [await person_with(engine, None) for _ in range(2)]
    give = RoleChange(action="give", role=ACCOUNTANT, person_id=clerk.public_id)
    changed = await ask(office, first, give)
    assert changed.approval is not None
    done = await office.approve(changed.approval, second)
    assert done.result_id is not None
    approved = {"approval_id": done.approval_id, "granted_by": first.caller_id}

    async def end(conn: AsyncConnection, by: int, asked_in: int) -> None:
        await end_grant(
            conn,
            grant_id=UUID(str(done.result_id)),
            ended_by=by,
            reason="离任",
            approval_id=None if by == SYSTEM else done.approval_id,
            asked_in=asked_in,
        )

    with pytest.raises(SecondPersonNeeded):
        await write_transaction(engine, lambda conn: end(conn, first.caller_id, office.tenant_id))
    await write_transaction(engine, lambda conn: end(conn, SYSTEM, office.tenant_id))
    with pytest.raises(SecondPersonNeeded):
        await write_transaction(
            engine,
            lambda conn: grant_role(
                conn,
                caller_id=other.caller_id,
                role=ACCOUNTANT,
                tenant_id=office.tenant_id,
                grant_id=done.result_id,
                **approved,
            ),
        )


async def test_a_role_of_a_member_is_about_herself(engine: AsyncEngine) -> None:
    """Or an administrator could let somebody spend another's points."""
    office = await create_office(engine)
    admin, clerk = await person_with(engine, "platform_admin"), await person_with(engine, None)
    owner = await member_person(office)
    mine = RoleChange(
        action="give", role="resident", person_id=owner.public_id, object_id=office.member_id
    )
    refused: list[tuple[RoleChange, type[LedgerError]]] = [
        (RoleChange(**{**_fields(mine), "person_id": clerk.public_id}), NotFound),
        (RoleChange(**{**_fields(mine), "object_id": None}), GrantNeedsObject),
        (RoleChange(**{**_fields(mine), "role": "guardian"}), InvalidInput),
        (RoleChange(**{**_fields(mine), "role": "community_staff"}), InvalidInput),
        (RoleChange(**{**_fields(mine), "role": "merchant_operator"}), NotFound),
    ]
    for matter, error in refused:
        with pytest.raises(error):
            await ask(office, admin, matter)
    assert (await ask(office, admin, mine)).approval is None
    with pytest.raises(RoleHeldAlready):
        await ask(office, admin, mine)


def _fields(matter: RoleChange) -> dict[str, object]:
    return {name: getattr(matter, name) for name in matter.__struct_fields__}


async def test_an_operator_works_at_a_merchant_of_this_programme(engine: AsyncEngine) -> None:
    office, elsewhere = await create_office(engine), await create_office(engine)
    admin, clerk = await person_with(engine, "platform_admin"), await person_with(engine, None)

    async def merchant_of(place: Office) -> UUID:
        merchant = await place.run(enrol_merchant, name="老张豆浆", enrolled_by=SYSTEM)
        return merchant.merchant_id

    here, there = await merchant_of(office), await merchant_of(elsewhere)
    give = {"action": "give", "role": "merchant_operator", "person_id": clerk.public_id}
    with pytest.raises(NotFound):
        await ask(office, admin, RoleChange(**give, object_id=there))
    await ask(office, admin, RoleChange(**give, object_id=here))
    async with engine.connect() as conn:
        permissions = await get_permissions(conn, caller_id=clerk.caller_id)
    reach = permissions.reach("redemptions.capture", office.tenant_id)
    assert reach is not None
    assert (reach.everything, reach.holders) == (False, {here})


async def test_what_could_never_be_given_is_refused_when_it_is_asked_for(
    engine: AsyncEngine,
) -> None:
    office = await create_office(engine)
    admin, clerk = await person_with(engine, "platform_admin"), await person_with(engine, None)
    operator = await person_with(engine, "branch_secretary", office.tenant_id)
    give = {"action": "give", "role": "subdistrict_staff", "person_id": clerk.public_id}
    past = now() - timedelta(hours=1)
    with pytest.raises(InvalidInput, match="after the beginning"):
        await ask(office, admin, RoleChange(**give, valid_to=past))
    later = now() + timedelta(days=9)
    with pytest.raises(InvalidInput, match="after the beginning"):
        await ask(office, admin, RoleChange(**give, valid_from=later, valid_to=later))
    with pytest.raises(NotFound):  # no such unit
        await ask(office, admin, RoleChange(**give, org_unit_id=uuid7()), tenant_id=PLATFORM)
    with pytest.raises(RolesExcludeEachOther):
        await ask(office, admin, RoleChange(**{**give, "person_id": operator.public_id}))
    again = {**give, "role": ACCOUNTANT, "person_id": office.maker.public_id}
    with pytest.raises(RoleHeldAlready):
        await ask(office, admin, RoleChange(**again))
    asked = await ask(office, admin, RoleChange(**give, valid_to=later))
    assert asked.approval is not None
    async with engine.connect() as conn:
        assert not (await get_permissions(conn, caller_id=clerk.caller_id)).roles


async def test_the_end_of_a_role_names_the_role_it_ends(engine: AsyncEngine) -> None:
    """Or a checker would read one role and end another."""
    office = await create_office(engine)
    admin = await person_with(engine, "platform_admin")
    async with engine.connect() as conn:
        rows = await conn.exec_driver_sql(
            "SELECT grant_id FROM foundation.role_grant WHERE caller_id = $1",
            (office.maker.caller_id,),
        )
        grant_id = rows.scalar_one()
    named = RoleChange(action="end", role="auditor", grant_id=grant_id)
    with pytest.raises(InvalidInput, match="role of the grant"):
        await ask(office, admin, named)
    await write_transaction(
        engine,
        lambda conn: end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="离任"),
    )
    with pytest.raises(NotFound):  # it is over
        await ask(office, admin, RoleChange(action="end", role=ACCOUNTANT, grant_id=grant_id))


async def test_two_requests_for_one_role_give_it_once(engine: AsyncEngine) -> None:
    office = await create_office(engine)
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    clerk = await person_with(engine, None)
    give = RoleChange(action="give", role=ACCOUNTANT, person_id=clerk.public_id)
    asked = [await ask(office, first, give) for _ in range(2)]
    assert asked[0].approval is not None
    assert asked[1].approval is not None
    await office.approve(asked[0].approval, second)
    with pytest.raises(RoleHeldAlready):
        await office.approve(asked[1].approval, second)
    assert (await office.see(asked[1].approval)).state == "waiting"


async def test_a_member_enrolled_is_a_volunteer_of_her_own(engine: AsyncEngine) -> None:
    """Enrolment gives what the page of roles would refuse to give twice."""
    office = await create_office(engine)
    admin, person = await person_with(engine, "platform_admin"), await person_with(engine, None)
    member = await office.run(enrol_member, person=person, enrolled_by=SYSTEM)
    again = RoleChange(
        action="give", role="volunteer", person_id=person.public_id, object_id=member.member_id
    )
    with pytest.raises(RoleHeldAlready):
        await ask(office, admin, again)
