"""Who can act for others: nobody under age, nobody who has a guardian."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import today
from ledger.database import fetch_one, load_sql, write_transaction
from ledger.errors import InvalidInput
from ledger.foundation.details import store_detail
from ledger.foundation.groups import create_group, join_group, set_group_leader
from ledger.foundation.guardians import add_guardian
from ledger.foundation.partners import add_contact, create_partner
from ledger.foundation.people import Person
from tests.community import KEYS, create_community


async def test_nobody_under_age_or_with_a_guardian_leads_a_team_or_speaks_for_a_partner(
    engine: AsyncEngine,
) -> None:
    community = await create_community(engine)
    for name in ("王芳", "王小宝", "李明"):
        await community.enrol(name)
    by: dict[str, Any] = {"caller_id": await community.clerk("社工")}

    async def grow_up_later(conn: AsyncConnection) -> None:
        child = community.people["王小宝"]
        row = await fetch_one(
            conn, load_sql("ledger.foundation", "lock_personal_data"), child.person_id
        )
        await store_detail(
            conn,
            person_id=child.person_id,
            row=row,
            field="birthday",
            value=date(today().year - 17, 1, 1).isoformat(),
            keys=KEYS,
        )

    await write_transaction(engine, grow_up_later)
    await community.run(
        add_guardian,
        guardian=community.people["王芳"],
        ward_member_id=community.members["李明"].member_id,
        kind="incapacity",
        evidence="判决书",
        keys=KEYS,
        **by,
    )
    leader = community.members["王芳"].member_id
    lead: dict[str, Any] = {"keys": KEYS, **by}
    team = await community.run(create_group, name="护河队", leader_member_id=leader, **lead)
    partner = await community.run(create_partner, name="隆昌面馆", kind="shop", **by)

    async def speak(person: Person) -> None:
        await community.run(add_contact, partner_id=partner.partner_id, person=person, **lead)

    for name, remedy in (("王小宝", "of age"), ("李明", "has no guardian")):
        member_id = community.members[name].member_id
        await community.run(join_group, group_id=team, member_id=member_id, **by)
        with pytest.raises(InvalidInput, match=remedy):
            await community.run(set_group_leader, group_id=team, member_id=member_id, **lead)
        with pytest.raises(InvalidInput, match=remedy):
            await community.run(create_group, name="二队", leader_member_id=member_id, **lead)
        with pytest.raises(InvalidInput, match=remedy):
            await speak(community.people[name])
    await speak(community.people["王芳"])
