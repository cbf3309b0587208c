"""A unit that moves takes roles along: whoever decides where is decided by two."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now, today
from ledger.database import execute, fetch_all, write_transaction
from ledger.errors import NotFound
from ledger.foundation.approvals import PLATFORM, ApprovalWaitsAlready
from ledger.foundation.grants import get_permissions, grant_role
from ledger.foundation.org_unit_plans import ChangeBuiltOn, ChangeInForce, ChangeMissing
from ledger.foundation.org_units import OrgUnit, create_org_unit, get_org_unit, get_unit_history
from ledger.foundation.people import Person
from ledger.journeys.approvals.matters import OrgUnitChange, read_matter
from ledger.journeys.approvals.unit_changes import UnitChanged, ask_or_change_unit
from ledger.journeys.approvals.units import UnitEffectChanged
from tests.approvals.people import SYSTEM, Office, create_office, person_with

BEGIN = date(2020, 1, 1)
TOMORROW = today() + timedelta(days=1)


class Town(NamedTuple):
    """Two streets with a clerk each; a community with a programme in the first, one without."""

    office: Office
    streets: list[OrgUnit]
    clerks: list[Person]
    lived_in: OrgUnit
    empty: OrgUnit
    admins: list[Person]

    async def change(self, **asked: object) -> UnitChanged:
        """The first administrator changes units, from tomorrow on."""
        matter = OrgUnitChange(**{"valid_from": TOMORROW, **asked})  # type: ignore[arg-type]
        return await write_transaction(
            self.office.engine,
            lambda conn: ask_or_change_unit(
                conn, matter=matter, reason="区划调整", caller_id=self.admins[0].caller_id
            ),
        )

    async def approve(self, changed: UnitChanged) -> None:
        """The second one agrees."""
        assert changed.approval is not None
        await self.office.approve(changed.approval, self.admins[1], tenant_id=PLATFORM)

    async def reached(self, clerk: Person) -> set[int | None]:
        """Where a clerk has a role the day after tomorrow."""
        async with self.office.engine.connect() as conn:
            later = now() + timedelta(days=2)
            held = await get_permissions(conn, caller_id=clerk.caller_id, at=later)
        return {one.tenant_id for one in held.roles}


@pytest.fixture
async def town(engine: AsyncEngine) -> Town:
    async def found(conn: AsyncConnection) -> list[OrgUnit]:
        streets = [
            await create_org_unit(conn, level="subdistrict", name=name, valid_from=BEGIN)
            for name in ("湖滨街道", "城东街道")
        ]
        communities = [
            await create_org_unit(
                conn,
                level="community",
                name=name,
                valid_from=BEGIN,
                parent_id=streets[0].org_unit_id,
            )
            for name in ("东湖社区", "西湖社区")
        ]
        return streets + communities

    one, other, lived_in, empty = await write_transaction(engine, found)
    office = await create_office(engine, org_unit_id=lived_in.org_unit_id)
    clerks = [
        await person_with(engine, "subdistrict_staff", org_unit_id=street.org_unit_id)
        for street in (one, other)
    ]
    admins = [await person_with(engine, "platform_admin") for _ in range(2)]
    return Town(office, [one, other], clerks, lived_in, empty, admins)


async def test_a_move_that_gives_and_takes_roles_is_decided_by_two(town: Town) -> None:
    move = {
        "act": "move",
        "org_unit_id": town.lived_in.org_unit_id,
        "name": "东湖社区",
        "parent_id": town.streets[1].org_unit_id,
    }
    changed = await town.change(**move)
    assert changed.approval is not None
    matter = read_matter(changed.approval.kind, changed.approval.asked)
    assert isinstance(matter, OrgUnitChange)
    place = town.office.programme.public_id
    assert [(one.person_id, one.place_id) for one in (*matter.gains, *matter.loses)] == [
        (town.clerks[1].public_id, place), (town.clerks[0].public_id, place),
    ]  # fmt: skip
    here = {town.office.tenant_id}
    assert [await town.reached(one) for one in town.clerks] == [here, set()]
    with pytest.raises(ApprovalWaitsAlready):
        await town.change(**move)
    await town.approve(changed)
    assert [await town.reached(one) for one in town.clerks] == [set(), here]


@pytest.mark.parametrize("new_name", ["两湖社区", None])
async def test_a_merger_that_gives_roles_is_decided_by_two(
    town: Town, new_name: str | None
) -> None:
    clerk = await person_with(
        town.office.engine, "subdistrict_staff", org_unit_id=town.empty.org_unit_id
    )
    changed = await town.change(
        act="merge",
        org_unit_id=town.lived_in.org_unit_id,
        other_id=town.empty.org_unit_id,
        name=new_name,
    )
    # a new unit has no clerks of its own, and takes none away from what lay in the old ones
    assert (changed.approval is None) == (new_name is not None)
    if changed.approval is not None:
        assert await town.reached(clerk) == set()
        await town.approve(changed)
        assert await town.reached(clerk) == {town.office.tenant_id}


async def test_what_changes_nobodys_role_is_done_by_one(town: Town) -> None:
    renamed = await town.change(
        act="move",
        org_unit_id=town.lived_in.org_unit_id,
        name="新湖社区",
        parent_id=town.streets[0].org_unit_id,
    )
    assert renamed.approval is None
    moved = await town.change(
        act="move",
        org_unit_id=town.empty.org_unit_id,
        name="西湖社区",
        parent_id=town.streets[1].org_unit_id,
    )
    assert moved.approval is None
    async with town.office.engine.connect() as conn:
        found = await get_org_unit(conn, org_unit_id=town.empty.org_unit_id, on=TOMORROW)
    assert found.parent_id == town.streets[1].org_unit_id


async def test_two_people_agree_to_what_they_read_and_to_nothing_else(town: Town) -> None:
    changed = await town.change(
        act="move",
        org_unit_id=town.lived_in.org_unit_id,
        name="东湖社区",
        parent_id=town.streets[1].org_unit_id,
    )

    async def give(conn: AsyncConnection) -> None:
        await grant_role(
            conn,
            caller_id=(await _newcomer()).caller_id,
            role="auditor",
            org_unit_id=town.streets[1].org_unit_id,
            granted_by=SYSTEM,
        )

    async def _newcomer() -> Person:
        return await person_with(town.office.engine, None)

    await write_transaction(town.office.engine, give)
    with pytest.raises(UnitEffectChanged):
        await town.approve(changed)
    assert changed.approval is not None
    assert (await town.office.see(changed.approval, PLATFORM)).state == "waiting"


async def test_a_plan_that_gave_roles_is_taken_back_by_two_as_well(town: Town) -> None:
    changed = await town.change(
        act="merge",
        org_unit_id=town.lived_in.org_unit_id,
        other_id=town.empty.org_unit_id,
        name="两湖社区",
    )
    assert changed.approval is None
    merged = {"act": "withdraw", "org_unit_id": town.empty.org_unit_id}
    assert (await town.change(**merged)).approval is None
    async with town.office.engine.connect() as conn:
        for one in (town.lived_in, town.empty):
            found = await get_org_unit(conn, org_unit_id=one.org_unit_id, on=TOMORROW)
            assert found.name == one.name
        with pytest.raises(NotFound):
            await get_org_unit(conn, org_unit_id=changed.org_unit_id, on=TOMORROW)
        rows = await fetch_all(
            conn, "SELECT reason FROM foundation.audit_log WHERE action = 'org_unit.withdraw'"
        )
    assert [row.reason for row in rows] == [f"{TOMORROW}: 区划调整"]
    with pytest.raises(ChangeMissing):
        await town.change(**merged)
    move = {
        "act": "move",
        "org_unit_id": town.lived_in.org_unit_id,
        "name": "东湖社区",
        "parent_id": town.streets[1].org_unit_id,
    }
    await town.approve(await town.change(**move))
    back = await town.change(act="withdraw", org_unit_id=town.lived_in.org_unit_id)
    here = {town.office.tenant_id}
    assert [await town.reached(one) for one in town.clerks] == [set(), here]
    await town.approve(back)
    assert [await town.reached(one) for one in town.clerks] == [here, set()]


async def test_what_has_begun_or_is_built_on_is_not_taken_back(
    town: Town, admin_engine: AsyncEngine
) -> None:
    with pytest.raises(ChangeInForce):
        await town.change(act="withdraw", org_unit_id=town.lived_in.org_unit_id, valid_from=BEGIN)
    for table in ("org_unit_placement", "org_unit"):
        with pytest.raises(Exception, match=r"keeps what has begun|violates"):
            async with admin_engine.begin() as conn:
                await execute(conn, f"DELETE FROM foundation.{table}")
    with pytest.raises(Exception, match="permission denied"):
        async with town.office.engine.begin() as conn:
            await execute(conn, "DELETE FROM foundation.org_unit_placement")
    split = await town.change(
        act="split", org_unit_id=town.empty.org_unit_id, parts=("西一社区", "西二社区")
    )
    assert split.approval is None
    async with town.office.engine.connect() as conn:
        history = await get_unit_history(conn, org_unit_id=town.empty.org_unit_id)
    await person_with(town.office.engine, "auditor", org_unit_id=history.successors[1].org_unit_id)
    with pytest.raises(ChangeBuiltOn):
        await town.change(act="withdraw", org_unit_id=town.empty.org_unit_id)
