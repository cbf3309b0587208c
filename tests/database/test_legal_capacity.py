"""Who can act for others: nobody under age, nobody who has a guardian."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import SHANGHAI, business_date, now, today
from ledger.database import (
    execute,
    fetch_one,
    fetch_value,
    load_sql,
    read_transaction,
    write_transaction,
)
from ledger.errors import InvalidInput
from ledger.foundation.corrections import make_correction
from ledger.foundation.details import store_detail
from ledger.foundation.grants import SYSTEM_CALLER, get_permissions
from ledger.foundation.groups import create_group, join_group, set_group_leader
from ledger.foundation.guardians import (
    add_guardian,
    confirm_guardian,
    is_guardian_of,
    list_guardianships,
)
from ledger.foundation.notices import list_notices
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
            **by,
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


async def test_a_corrected_birthday_moves_the_end_of_a_guardianship_and_of_its_role(
    engine: AsyncEngine,
) -> None:
    """Later, earlier, and already past."""
    community = await create_community(engine)
    for name in ("王芳", "王小宝"):
        await community.enrol(name)
    by: dict[str, Any] = {"caller_id": await community.clerk("社工")}
    mother, child = community.people["王芳"], community.people["王小宝"]
    ward: dict[str, Any] = {"ward_member_id": community.members["王小宝"].member_id}
    this_year = today().year

    async def correct(year: int) -> date:
        await community.run(
            make_correction,
            person_id=child.person_id,
            field="birthday",
            value=date(year, 1, 1).isoformat(),
            reason="户口本上写的",
            made_by=SYSTEM_CALLER,
            keys=KEYS,
        )
        return date(year + 18, 1, 1)

    async def until() -> date:
        async with engine.connect() as conn:
            statement = "SELECT valid_to FROM foundation.role_grant WHERE role_code = 'guardian'"
            return business_date(await fetch_value(conn, statement))

    async def told(person: Person) -> list[date | None]:
        async with read_transaction(engine) as conn:
            found = await list_notices(conn, person_id=person.person_id, limit=9)
        return [one.facts.day for one in found if one.kind == "guardian_until"]

    async def lead() -> None:
        leader = community.members["王小宝"].member_id
        team = {"name": "护河队", "leader_member_id": leader, "keys": KEYS}
        await community.run(create_group, **team, **by)

    await correct(this_year - 15)
    seen = {"guardian": mother, "kind": "minor", "evidence": "户口本", "keys": KEYS}
    made = await community.run(add_guardian, **seen, **ward, **by)
    confirmed_by = {"caller_id": await community.clerk("主任"), "keys": KEYS}
    await community.run(confirm_guardian, guardianship_id=made, **ward, **confirmed_by)
    younger = await correct(this_year - 12)
    assert (await until(), await told(mother), await told(child)) == (
        younger, [younger], [younger],
    )  # fmt: skip
    older = await correct(this_year - 16)
    assert (await until(), await told(mother)) == (older, [older, younger])
    with pytest.raises(InvalidInput, match="of age"):
        await lead()
    of_age = await correct(this_year - 19)
    assert (await told(mother))[0] == of_age
    async with read_transaction(engine, tenant_id=community.tenant_id) as conn:
        assert not await is_guardian_of(
            conn, caller_id=mother.caller_id, ward_caller_id=child.caller_id
        )
        (tie,) = await list_guardianships(conn, tenant_id=community.tenant_id, **ward)
    assert (tie.ends_on, tie.end_reason) == (today(), "更正生日后已满十八周岁")
    await lead()


async def test_whoever_turns_out_to_be_under_age_is_nobodys_guardian(engine: AsyncEngine) -> None:
    """The confirmed one ends with its role, and so does the one that waits; both are told."""
    community = await create_community(engine)
    for name in ("王芳", "王大爷", "李奶奶"):
        await community.enrol(name)
    by: dict[str, Any] = {"caller_id": await community.clerk("社工"), "keys": KEYS}
    guardian, ward = community.people["王芳"], community.people["王大爷"]
    seen = {"guardian": guardian, "kind": "incapacity", "evidence": "判决书"}
    wards = [community.members[name].member_id for name in ("王大爷", "李奶奶")]
    made = [await community.run(add_guardian, ward_member_id=one, **seen, **by) for one in wards]
    other = {"caller_id": await community.clerk("主任"), "keys": KEYS}
    await community.run(confirm_guardian, guardianship_id=made[0], ward_member_id=wards[0], **other)

    async def correct(years: int) -> None:
        born = date(today().year - years, 1, 1).isoformat()
        why = {"reason": "户口本上写的", "made_by": SYSTEM_CALLER, "keys": KEYS}
        about = {"person_id": guardian.person_id, "field": "birthday", "value": born}
        await write_transaction(engine, lambda conn: make_correction(conn, **about, **why))

    async def looks() -> bool:
        async with read_transaction(engine) as conn:
            held = await get_permissions(conn, caller_id=guardian.caller_id)
        return any(one.role == "guardian" for one in held.roles)

    await correct(40)
    assert await looks()
    await correct(16)
    assert not await looks()
    async with read_transaction(engine, tenant_id=community.tenant_id) as conn:
        ties = await list_guardianships(
            conn, tenant_id=community.tenant_id, guardian_person_id=guardian.person_id
        )
        both = (guardian.person_id, ward.person_id)
        told = [await list_notices(conn, person_id=one, limit=9) for one in both]
    assert [(one.ends_on, one.end_reason) for one in ties] == [
        (today(), "更正生日后监护人未满十八周岁")
    ] * 2
    assert [[one.kind for one in kinds].count("guardian_under_age") for kinds in told] == [2, 1]


async def test_whoever_came_of_age_has_no_guardian_and_may_get_one_anew(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """The role of a minor's guardian ended by itself; nobody had to end the tie."""
    community = await create_community(engine)
    for name in ("王芳", "王小宝"):
        await community.enrol(name)
    by: dict[str, Any] = {"caller_id": await community.clerk("社工")}
    child = community.members["王小宝"].member_id
    ward: dict[str, Any] = {"ward_member_id": child, "keys": KEYS}

    async def guard(kind: str) -> Any:
        seen = {"guardian": community.people["王芳"], "kind": kind, "evidence": "户口本"}
        return await community.run(add_guardian, **seen, **ward, **by)

    await community.run(
        make_correction,
        person_id=community.people["王小宝"].person_id,
        field="birthday",
        value=date(today().year - 17, 1, 1).isoformat(),
        reason="户口本上写的",
        made_by=SYSTEM_CALLER,
        keys=KEYS,
    )
    made = await guard("minor")
    other = await community.clerk("主任")
    await community.run(confirm_guardian, guardianship_id=made, caller_id=other, **ward)
    birthday = today() - timedelta(days=1)
    async with admin_engine.begin() as conn:  # a year later: her birthday was yesterday
        await execute(
            conn,
            "UPDATE foundation.role_grant SET valid_from = $1, valid_to = $2"
            " WHERE role_code = 'guardian'",
            now() - timedelta(days=300),
            datetime.combine(birthday, time.min, SHANGHAI),
        )
        await execute(conn, "UPDATE foundation.guardianship SET begins_on = '2025-06-01'")
        await execute(conn, "UPDATE foundation.person SET birthday_sealed = NULL")
    async with read_transaction(engine, tenant_id=community.tenant_id) as conn:
        (tie,) = await list_guardianships(conn, tenant_id=community.tenant_id, ward_member_id=child)
    assert (tie.ends_on, tie.end_reason) == (birthday, None)
    await community.run(create_group, name="护河队", leader_member_id=child, keys=KEYS, **by)
    await guard("incapacity")
    async with read_transaction(engine, tenant_id=community.tenant_id) as conn:
        ties = await list_guardianships(conn, tenant_id=community.tenant_id, ward_member_id=child)
    assert [(one.kind, one.ends_on, one.end_reason) for one in ties] == [
        ("incapacity", None, None),
        ("minor", birthday, "已满十八周岁"),
    ]
