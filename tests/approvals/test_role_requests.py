"""A role that could never be given, or to nobody but somebody else, is refused when asked for."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now, today
from ledger.database import execute, fetch_one, load_sql, write_transaction
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import PLATFORM, ApprovalWaitsAlready, SecondPersonNeeded
from ledger.foundation.grant_list import list_grants
from ledger.foundation.grants import (
    GrantNeedsObject,
    RolesExcludeEachOther,
    end_grant,
    get_permissions,
    grant_role,
)
from ledger.foundation.organisations import get_member
from ledger.foundation.people import Person, get_person_by_id
from ledger.foundation.roles import exclusions, store_roles
from ledger.identifiers import uuid7
from ledger.journeys.approvals.matters import PolicyChange, RoleChange
from ledger.journeys.approvals.role_changes import RoleChanged, ask_or_change_role
from ledger.journeys.approvals.roles import RoleHeldAlready
from ledger.journeys.enrolment import enrol_member, enrol_merchant
from tests.approvals.people import SYSTEM, Office, create_office, person_with

ACCOUNTANT = "programme_accountant"
DAY = timedelta(days=1)


async def ask(office: Office, by: Person, matter: RoleChange, **given: int) -> RoleChanged:
    return await office.run(
        ask_or_change_role, matter=matter, reason="接替岗位", caller_id=by.caller_id, **given
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
    for begins in (None, past - timedelta(days=30)):
        with pytest.raises(InvalidInput, match="is past"):
            await ask(office, admin, RoleChange(**give, valid_from=begins, valid_to=past))
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
    asks = await asyncio.gather(
        ask(office, first, give),
        ask(office, second, RoleChange(**{**_fields(give), "valid_to": now() + DAY})),
        return_exceptions=True,
    )
    (asked,) = [one for one in asks if isinstance(one, RoleChanged)]
    (refused,) = [one for one in asks if isinstance(one, ApprovalWaitsAlready)]
    assert asked.approval is not None
    assert refused.approval == str(asked.approval.approval_id)
    other = first if asked.approval.requested_by == second.caller_id else second
    await office.approve(asked.approval, other)
    with pytest.raises(RoleHeldAlready):
        await ask(office, first, give)
    end = RoleChange(
        action="end", role=ACCOUNTANT, grant_id=(await office.see(asked.approval)).result_id
    )
    await ask(office, first, end)
    with pytest.raises(ApprovalWaitsAlready):
        await ask(office, second, end)


async def test_nobody_gives_herself_a_role_alone(engine: AsyncEngine) -> None:
    """Not even an ordinary one, on no way: the database looks for the approval."""
    office = await create_office(engine)
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    mine = RoleChange(action="give", role="branch_secretary", person_id=first.public_id)
    waiting = await ask(office, first, mine)
    assert waiting.approval is not None
    for object_id in (None, uuid7()):
        with pytest.raises(SecondPersonNeeded):
            await write_transaction(
                engine,
                lambda conn, object_id=object_id: grant_role(
                    conn,
                    caller_id=first.caller_id,
                    role="branch_secretary" if object_id is None else "merchant_operator",
                    tenant_id=office.tenant_id,
                    object_id=object_id,
                    granted_by=first.caller_id,
                ),
            )
    async with engine.begin() as conn:
        given = await fetch_one(
            conn,
            load_sql("ledger.foundation", "grant_role"),
            *(uuid7(), first.caller_id, "branch_secretary", office.tenant_id),
            *(None, None, now(), None, first.caller_id, None),
        )
    assert given.refusal == "second_person_needed"
    await office.approve(waiting.approval, second)
    async with engine.connect() as conn:
        held = (await get_permissions(conn, caller_id=first.caller_id)).roles
    assert "branch_secretary" in {one.role for one in held}


async def test_what_somebody_asked_for_ends_with_the_role_that_let_her(office: Office) -> None:
    """In every place; what she may still ask for goes on."""
    engine = office.engine
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    clerk = await person_with(engine, None)
    give = RoleChange(action="give", role=ACCOUNTANT, person_id=clerk.public_id)
    hers = (await ask(office, first, give)).approval
    reset = PolicyChange(
        org_unit_id=None,
        key="service.objection_days",
        value=9,
        valid_from=today() + DAY,
        document_no="7号",
    )
    on_platform = await office.ask(reset, caller_id=first.caller_id, tenant_id=PLATFORM)
    books = await office.ask(object_id=office.entry_id)
    async with engine.connect() as conn:
        (grant,) = await list_grants(conn, limit=9, person_id=first.person_id)
    end = RoleChange(action="end", role="platform_admin", grant_id=grant.grant_id)
    third = await person_with(engine, "platform_admin")
    ending = await ask(office, second, end, tenant_id=PLATFORM)
    await office.approve(ending.approval, third, tenant_id=PLATFORM)
    assert (await office.see(hers)).state == "declined"
    ended = await office.see(on_platform, PLATFORM)
    assert (ended.state, ended.decision_reason) == ("declined", "接替岗位")
    assert (await office.see(books)).state == "waiting"
    assert (await ask(office, second, give)).approval is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("subdistrict_staff", "programme_accountant"),
        ("community_staff", "subdistrict_staff"),
        ("programme_accountant", "platform_admin"),
        ("platform_admin", "committee_member"),
        ("platform_admin", "auditor"),
        ("auditor", "community_staff"),
        ("branch_secretary", "auditor"),
    ],
)
def test_whoever_watches_does_not_hold_what_is_watched(one: str, other: str) -> None:
    assert {(one, other), (other, one)} <= exclusions()


async def test_roles_that_met_before_the_rule_stay_and_new_ones_are_refused(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    office = await create_office(engine)
    async with admin_engine.begin() as conn:
        await execute(conn, "DELETE FROM foundation.role_exclusion")
    clerk = await person_with(engine, "subdistrict_staff", office.tenant_id)

    def give(role: str) -> Any:
        return write_transaction(
            engine,
            lambda conn: grant_role(
                conn,
                caller_id=clerk.caller_id,
                role=role,
                tenant_id=office.tenant_id,
                granted_by=SYSTEM,
            ),
        )

    await give(ACCOUNTANT)
    async with admin_engine.begin() as conn:
        await store_roles(conn)
    async with engine.connect() as conn:
        held = (await get_permissions(conn, caller_id=clerk.caller_id)).roles
    assert {one.role for one in held} == {"subdistrict_staff", ACCOUNTANT}
    with pytest.raises(RolesExcludeEachOther):
        await give("auditor")


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
