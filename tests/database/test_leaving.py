"""Who leaves has no ties here any more: nothing stays open behind them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import today
from ledger.database import fetch_value, read_transaction
from ledger.errors import InvalidInput
from ledger.foundation.grants import get_permissions
from ledger.foundation.groups import create_group, get_group, join_group
from ledger.foundation.guardians import add_guardian, confirm_guardian
from ledger.foundation.households import create_household, get_household, join_household
from ledger.foundation.kinship import add_kinship
from ledger.foundation.participation import MemberNotActive, set_standing
from ledger.foundation.partners import add_contact, create_partner
from tests.community import BEGIN, KEYS, create_community

OPEN = """
SELECT
    (SELECT count(*) FROM foundation.household_member WHERE ends_on IS NULL)
    + (SELECT count(*) FROM foundation.group_member WHERE ends_on IS NULL)
    + (SELECT count(*) FROM foundation.kinship WHERE ends_on IS NULL)
    + (SELECT count(*) FROM foundation.guardianship WHERE ends_on IS NULL)
    + (SELECT count(*) FROM foundation.partner_contact WHERE ends_on IS NULL)
"""


async def test_leaving_ends_every_tie_and_the_roles_that_came_of_them(engine: AsyncEngine) -> None:
    community = await create_community(engine)
    wang, li = await community.enrol("王芳"), await community.enrol("李明")
    by: dict[str, Any] = {"caller_id": await community.clerk("社工")}
    home = await community.run(create_household, number="3-201", head_member_id=wang, **by)
    await community.run(join_household, household_id=home.household_id, member_id=li, **by)
    team = await community.run(create_group, name="护河队", leader_member_id=wang, keys=KEYS, **by)
    await community.run(join_group, group_id=team, member_id=li, **by)
    seen = {"evidence": "户口本", "keys": KEYS, **by}
    await community.run(add_kinship, member_id=wang, relation="spouse", relative=li, **seen)
    tie = await community.run(
        add_guardian,
        guardian=community.people["王芳"],
        ward_member_id=li,
        kind="incapacity",
        **seen,
    )
    await community.run(
        confirm_guardian,
        ward_member_id=li,
        guardianship_id=tie,
        caller_id=await community.clerk("主任"),
        keys=KEYS,
    )
    partner = await community.run(create_partner, name="隆昌面馆", kind="shop", **by)
    await community.run(
        add_contact, partner_id=partner.partner_id, person=community.people["王芳"], keys=KEYS, **by
    )

    async def stand(status: str, **more: Any) -> None:
        facts = {"kind": "member", "subject_id": wang, "reason": "迁往外地", **by, **more}
        await community.run(set_standing, status=status, **facts)

    with pytest.raises(InvalidInput, match="the member joined then"):
        await stand("left", effective_on=BEGIN - timedelta(days=1))
    await stand("left", effective_on=today())
    scope = {"tenant_id": community.tenant_id}
    async with read_transaction(engine, tenant_id=community.tenant_id) as conn:
        assert await fetch_value(conn, OPEN) == 2, "her husband lives there and is in the team"
        found = await get_household(conn, household_id=home.household_id, **scope)
        assert (found.head_member_id, found.living) == (None, 1)
        left = await get_group(conn, group_id=team, **scope)
        assert (left.leader_member_id, left.leader_name, left.members) == (None, None, 1)
        held = await get_permissions(conn, caller_id=community.people["王芳"].caller_id)
    assert not {one.role for one in held.roles} & {"guardian", "partner_contact"}
    with pytest.raises(MemberNotActive):
        await community.run(
            add_contact,
            partner_id=partner.partner_id,
            person=community.people["王芳"],
            keys=KEYS,
            **by,
        )
