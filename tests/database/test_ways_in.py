"""Who decides anything gets a new way in by two people only, whatever the role is called."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import execute, read_transaction, write_transaction
from ledger.foundation.approvals import SecondPersonNeeded
from ledger.foundation.grants import grant_role
from ledger.foundation.people import Person, create_person
from ledger.foundation.roles import shipped_roles
from ledger.foundation.sign_in_care import InvitationNeedsSecondFactor, invite_person
from ledger.identifiers import uuid7
from tests.api.world import KEYS, SYSTEM, create_world

#: They see their own things and those of their work, ask and propose; none of them decides.
ORDINARY = frozenset(
    {
        *("volunteer", "resident", "party_member", "branch_secretary", "merchant_operator"),
        *("partner_contact", "owners_supervisor", "owner", "guardian"),
    }
)
OWN_ROLE = "time_bank_clerk"


async def new_person(engine: AsyncEngine) -> Person:
    return await write_transaction(
        engine, lambda conn: create_person(conn, display_name="某人", keys=KEYS)
    )


async def invited(engine: AsyncEngine, person: Person, invited_by: int) -> str:
    """How inviting somebody alone ends."""
    try:
        await write_transaction(
            engine,
            lambda conn: invite_person(
                conn,
                person=person,
                invited_by=invited_by,
                reason="忘了密码",
                second_factor_is_ours=True,
            ),
        )
    except (SecondPersonNeeded, InvitationNeedsSecondFactor):
        return "refused"
    return "invited"


async def test_nobody_who_decides_is_invited_by_one_person(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Every role of the catalogue, and one that a community made itself; from tomorrow as well."""
    world = await create_world(engine)
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            "INSERT INTO foundation.role (role_code, name_zh, name_en, is_sensitive)"
            f" VALUES ('{OWN_ROLE}', '时间银行专员', 'Clerk', false)",
        )
        await execute(
            conn,
            "INSERT INTO foundation.role_permission (role_code, permission, is_limited)"
            f" VALUES ('{OWN_ROLE}', 'accounts.read', false), ('{OWN_ROLE}', 'x.sign_off', false)",
        )
    admin = await new_person(engine)
    ends = {}
    for number, code in enumerate((*shipped_roles(), OWN_ROLE)):
        person = await new_person(engine)
        assert await invited(engine, person, admin.caller_id) == "invited", "holds nothing yet"
        role, later = shipped_roles().get(code), timedelta(days=number % 2)
        place = world.estate if role is not None and "estate" in role.given_in else world.programme

        async def give(conn, code=code, person=person, role=role, place=place, later=later):
            await grant_role(
                conn,
                caller_id=person.caller_id,
                role=code,
                granted_by=SYSTEM,
                tenant_id=place.tenant_id,
                object_id=uuid7() if role is not None and role.limited else None,
                valid_from=now() + later,
            )

        await write_transaction(engine, give)
        ends[code] = await invited(engine, person, admin.caller_id)
    assert {code for code, end in ends.items() if end == "invited"} == ORDINARY
    assert ends[OWN_ROLE] == "refused"


def test_every_role_that_decides_is_given_by_two_people() -> None:
    roles = {code: one for code, one in shipped_roles().items() if one.given_in}
    assert {code for code, one in roles.items() if one.two_people} == set(roles) - ORDINARY


async def test_a_role_of_a_communitys_own_that_decides_is_not_given_by_one_person(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            "INSERT INTO foundation.role (role_code, name_zh, name_en, is_sensitive)"
            f" VALUES ('{OWN_ROLE}', '时间银行专员', 'Clerk', false)",
        )
        await execute(
            conn,
            "INSERT INTO foundation.role_permission (role_code, permission, is_limited)"
            f" VALUES ('{OWN_ROLE}', 'claims.approve', false)",
        )
    admin, person = await new_person(engine), await new_person(engine)
    with pytest.raises(SecondPersonNeeded):
        await write_transaction(
            engine,
            lambda conn: grant_role(
                conn, caller_id=person.caller_id, role=OWN_ROLE, granted_by=admin.caller_id
            ),
        )
    async with read_transaction(engine):
        assert await invited(engine, person, admin.caller_id) == "invited"
