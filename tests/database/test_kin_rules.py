"""What no evidence makes true: circles of descent, two spouses, parents younger than children."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.acting_for import list_acts_for
from ledger.foundation.groups import create_group, join_group
from ledger.foundation.guardians import add_guardian, confirm_guardian, end_guardianship
from ledger.foundation.households import create_household, join_household, leave_household
from ledger.foundation.kin_rules import ElderIsYounger, LineRunsInCircle, SpouseAlready
from ledger.foundation.kinship import add_kinship, end_kinship
from ledger.foundation.participation import MemberHasLeft, set_standing
from tests.community import KEYS, Community, create_community
from tests.database.test_ties import write_birthday

NAMES = ("王芳", "李明", "王小宝", "赵六")


@pytest.fixture
async def community(engine: AsyncEngine) -> Community:
    made = await create_community(engine)
    for name in NAMES:
        await made.enrol(name)
    return made


class Kin:
    """Ties by names, written down by one of the staff."""

    def __init__(self, community: Community, clerk: int) -> None:
        self.community = community
        self.clerk = clerk

    def of(self, name: str) -> UUID:
        return self.community.members[name].member_id

    async def relate(self, name: str, relation: str, relative: str) -> UUID:
        known = self.community.members.get(relative)
        made: UUID = await self.community.run(
            add_kinship,
            member_id=self.of(name),
            relation=relation,
            relative=relative if known is None else known.member_id,
            evidence="户口簿",
            caller_id=self.clerk,
            keys=KEYS,
        )
        return made

    async def refused(self, kind: type[LedgerError], *tie: str) -> None:
        with pytest.raises(kind):
            await self.relate(*tie)

    async def end(self, name: str, tie: UUID) -> None:
        await self.community.run(
            end_kinship,
            member_id=self.of(name),
            kinship_id=tie,
            reason="登记有误",
            caller_id=self.clerk,
        )


@pytest.fixture
async def kin(community: Community) -> Kin:
    return Kin(community, await community.clerk("社工"))


async def test_the_direct_line_runs_in_no_circle(kin: Kin) -> None:
    await kin.relate("王芳", "son", "李明")
    await kin.relate("王小宝", "father", "李明")
    await kin.refused(LineRunsInCircle, "王小宝", "son", "王芳")
    await kin.refused(LineRunsInCircle, "王芳", "great_grandparent", "王小宝")
    await kin.relate("王芳", "grandchild", "王小宝")
    last = await kin.relate("王小宝", "daughter", "赵六")
    await kin.refused(LineRunsInCircle, "赵六", "child", "王芳")
    await kin.end("王小宝", last)
    await kin.relate("赵六", "child", "王芳")


async def test_nobody_has_two_spouses_at_once(kin: Kin) -> None:
    first = await kin.relate("王芳", "spouse", "李明")
    await kin.refused(SpouseAlready, "王芳", "spouse", "赵六")
    await kin.refused(SpouseAlready, "赵六", "spouse", "李明")
    await kin.refused(SpouseAlready, "李明", "spouse", "王建国")
    await kin.end("李明", first)
    await kin.relate("李明", "spouse", "王建国")
    await kin.relate("王芳", "spouse", "赵六")


async def test_the_elder_is_born_before_the_younger(kin: Kin) -> None:
    for name, year in (("王芳", 1980), ("王小宝", 1980), ("李明", 2005)):
        write = partial(write_birthday, person=kin.community.people[name], born=date(year, 3, 1))
        await write_transaction(kin.community.engine, write)
    await kin.refused(ElderIsYounger, "王芳", "father", "李明")
    await kin.refused(ElderIsYounger, "李明", "son", "王芳")
    await kin.refused(ElderIsYounger, "王芳", "grandparent", "王小宝")
    await kin.relate("王芳", "son", "李明")
    await kin.relate("李明", "father", "赵六")  # whose birthday is not on record


async def test_who_left_is_tied_to_nobody(kin: Kin) -> None:
    community, by = kin.community, {"caller_id": kin.clerk}
    home = await community.run(
        create_household, number="3-201", head_member_id=kin.of("李明"), **by
    )
    team = await community.run(
        create_group, name="护河队", leader_member_id=kin.of("李明"), keys=KEYS, **by
    )
    stand = {"kind": "member", "subject_id": kin.of("王芳"), "reason": "迁往外地", **by}
    await community.run(set_standing, status="left", **stand)
    await kin.refused(MemberHasLeft, "王芳", "spouse", "李明")
    await kin.refused(MemberHasLeft, "李明", "spouse", "王芳")
    await kin.refused(MemberHasLeft, "王芳", "spouse", "王建国")
    gone: dict[str, Any] = {"member_id": kin.of("王芳"), **by}
    seen = {"kind": "incapacity", "evidence": "判决书", "keys": KEYS, **by}
    wang, li = (community.people[name] for name in ("王芳", "李明"))
    for attempt in (
        partial(community.run, join_household, household_id=home.household_id, **gone),
        partial(community.run, join_group, group_id=team, **gone),
        partial(community.run, create_household, number="9", head_member_id=kin.of("王芳"), **by),
        partial(
            community.run, create_group, name="新", leader_member_id=kin.of("王芳"), keys=KEYS, **by
        ),
        partial(community.run, add_guardian, guardian=li, ward_member_id=kin.of("王芳"), **seen),
        partial(community.run, add_guardian, guardian=wang, ward_member_id=kin.of("李明"), **seen),
    ):
        with pytest.raises(MemberHasLeft, match=wang.volunteer_no):
            await attempt()
    await community.run(set_standing, status="active", **stand)
    await kin.relate("王芳", "spouse", "李明")


async def test_each_of_two_who_are_tied_reads_of_it(kin: Kin) -> None:
    community, by = kin.community, {"caller_id": kin.clerk}
    tie = await kin.relate("王芳", "spouse", "李明")
    await kin.end("李明", tie)
    await kin.relate("赵六", "spouse", "王建国")
    home = await community.run(
        create_household, number="3-201", head_member_id=kin.of("王芳"), **by
    )
    there = {"household_id": home.household_id, "member_id": kin.of("李明"), **by}
    await community.run(join_household, **there)
    await community.run(leave_household, ends_on=today(), **there)
    guards = {"ward_member_id": kin.of("王小宝"), "keys": KEYS}
    made = await community.run(
        add_guardian,
        guardian=community.people["王芳"],
        kind="incapacity",
        evidence="判决书",
        **guards,
        **by,
    )
    other = await community.clerk("主任")
    await community.run(confirm_guardian, guardianship_id=made, caller_id=other, **guards)
    await community.run(
        end_guardianship,
        ward_member_id=kin.of("王小宝"),
        guardianship_id=made,
        reason="恢复行为能力",
        **by,
    )
    told: dict[str, list[str]] = {}
    async with read_transaction(community.engine) as conn:
        for name in NAMES:
            person_id = community.people[name].person_id
            acts = await list_acts_for(conn, person_id=person_id, limit=20)
            told[name] = [one.action for one in acts if "." in one.action][::-1]
    guarded = ["guardianship.verify", "guardianship.confirm", "guardianship.end"]
    wed = ["kinship.verify", "kinship.end"]
    assert told == {
        "王芳": [*wed, "household.create", "household.join", *guarded],
        "李明": [*wed, "household.join", "household.leave"],
        "王小宝": guarded,
        "赵六": ["kinship.verify"],
    }
