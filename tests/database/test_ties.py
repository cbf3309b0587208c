"""Households, kin, guardians, teams, partners: what must never be on record together."""

from collections.abc import Awaitable
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import business_date, today
from ledger.database import (
    execute,
    fetch_all,
    fetch_one,
    fetch_value,
    load_sql,
    read_transaction,
    set_tenant,
    write_transaction,
)
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import PersonNeeded, SecondPersonNeeded
from ledger.foundation.details import store_detail
from ledger.foundation.grants import SYSTEM_CALLER, get_permissions
from ledger.foundation.groups import (
    GroupEnded,
    GroupNameTaken,
    InGroupAlready,
    LeaderLeaves,
    create_group,
    end_group,
    get_group,
    join_group,
    leave_group,
    list_group_members,
    list_groups,
    set_group_leader,
)
from ledger.foundation.guardians import (
    GuardianAlready,
    GuardianConfirmed,
    add_guardian,
    confirm_guardian,
    end_guardianship,
    list_guardianships,
)
from ledger.foundation.households import (
    HeadLeaves,
    HouseholdNumberTaken,
    LivesElsewhere,
    create_household,
    find_household_of,
    get_household,
    join_household,
    leave_household,
    list_household_members,
    list_households,
    set_household_head,
)
from ledger.foundation.kin_rules import kin_relations
from ledger.foundation.kinship import (
    RelatedAlready,
    VerifierInvolvedInTie,
    add_kinship,
    end_kinship,
    list_kin,
)
from ledger.foundation.notices import list_notices
from ledger.foundation.partners import (
    ContactAlready,
    PartnerEnded,
    PartnerNameTaken,
    add_contact,
    create_partner,
    end_contact,
    end_partner,
    list_contacts,
)
from ledger.foundation.people import Person
from tests.community import KEYS, Community, create_community

YESTERDAY = today() - timedelta(days=1)
LONG_AGO = date(2025, 6, 1)


@pytest.fixture
async def community(engine: AsyncEngine) -> Community:
    made = await create_community(engine)
    for name in ("王芳", "李明", "王小宝"):
        await made.enrol(name)
    return made


async def refused(kind: type[LedgerError], attempt: Awaitable[Any]) -> None:
    with pytest.raises(kind):
        await attempt


async def test_a_member_lives_in_one_household_at_a_time(community: Community) -> None:
    wang, li, child = (one.member_id for one in community.members.values())
    caller = await community.clerk("社工")
    first = await community.run(
        create_household,
        number="3-201",
        head_member_id=wang,
        org_unit_id=community.unit.org_unit_id,
        caller_id=caller,
        begins_on=LONG_AGO,
    )
    with pytest.raises(HouseholdNumberTaken):
        await community.run(create_household, number=" 3-201 ", head_member_id=li, caller_id=caller)
    second = await community.run(
        create_household, number="3-202", head_member_id=li, caller_id=caller, begins_on=LONG_AGO
    )

    async def join(household: Any, member: UUID, on: date | None = None) -> None:
        await community.run(
            join_household,
            household_id=household.household_id,
            member_id=member,
            caller_id=caller,
            begins_on=on,
        )

    async def leave(household: Any, member: UUID, on: date | None = None) -> None:
        await community.run(
            leave_household,
            household_id=household.household_id,
            member_id=member,
            caller_id=caller,
            ends_on=on,
        )

    await join(first, child, LONG_AGO)
    await refused(LivesElsewhere, join(second, child))
    await refused(LivesElsewhere, join(first, child))
    await refused(InvalidInput, join(first, child, today() + timedelta(days=1)))
    await refused(NotFound, leave(second, child))
    await refused(HeadLeaves, leave(first, wang))
    await leave(first, child, YESTERDAY)
    # moved out yesterday: not in two places the day before
    await refused(LivesElsewhere, join(second, child, YESTERDAY - timedelta(days=1)))
    await join(second, child, YESTERDAY)
    await community.run(
        set_household_head, household_id=second.household_id, member_id=child, caller_id=caller
    )
    await leave(second, li)
    await leave(first, wang)
    await join(first, li)
    async with read_transaction(community.engine, tenant_id=community.tenant_id) as conn:
        scope = {"tenant_id": community.tenant_id}
        found = await find_household_of(conn, member_id=child, **scope)
        assert found is not None
        assert (found.number, found.head_member_id, found.living) == ("3-202", child, 1)
        household = await get_household(conn, household_id=first.household_id, **scope)
        assert (household.head_member_id, household.living) == (li, 1)
        assert await find_household_of(conn, member_id=wang, **scope) is None
        history = await list_household_members(conn, household_id=second.household_id, **scope)
        assert [(one.member_id, one.ends_on) for one in history] == [(child, None), (li, today())]
        assert [one.number for one in await list_households(conn, limit=1, **scope)] == ["3-201"]
        page = await list_households(conn, limit=5, after="3-201", **scope)
        assert [one.number for one in page] == ["3-202"]


async def test_kinship_reads_the_same_from_both_sides(community: Community) -> None:
    wang, li, child = (one.member_id for one in community.members.values())
    caller = await community.clerk("社工")

    async def relate(member: UUID, relation: str, relative: UUID | str, by: int = caller) -> UUID:
        return await community.run(
            add_kinship,
            member_id=member,
            relation=relation,
            relative=relative,
            evidence="户口簿",
            caller_id=by,
            keys=KEYS,
        )

    made = await relate(child, "mother", wang)
    await relate(child, "grandparent", "王建国")
    await refused(RelatedAlready, relate(child, "mother", wang))
    await refused(RelatedAlready, relate(wang, "son", child))
    await refused(InvalidInput, relate(li, "spouse", li))
    await refused(InvalidInput, relate(li, "friend", wang))
    await refused(InvalidInput, relate(li, "spouse", "  "))
    for name in ("王芳", "李明"):
        own = community.people[name].caller_id
        await refused(VerifierInvolvedInTie, relate(wang, "spouse", li, own))
    async with read_transaction(community.engine, tenant_id=community.tenant_id) as conn:
        scope = {"tenant_id": community.tenant_id, "keys": KEYS}
        mine = await list_kin(conn, member_id=child, **scope)
        assert [(one.relation, one.line, one.relative_name) for one in mine] == [
            ("mother", "direct", "王芳"),
            ("grandparent", "direct", "王建国"),
        ]
        (hers,) = await list_kin(conn, member_id=wang, **scope)
        assert (hers.relation, hers.relative_member_id) == ("child", child)
        stored = await fetch_all(
            conn,
            "SELECT relative_sealed FROM foundation.kinship WHERE tenant_id = $1",
            community.tenant_id,
        )
        assert not any("王建国".encode() in bytes(row[0]) for row in stored if row[0])

    async def end(member: UUID) -> None:
        await community.run(
            end_kinship, member_id=member, kinship_id=made, reason="登记有误", caller_id=caller
        )

    await refused(NotFound, end(li))
    await end(wang)
    await refused(NotFound, end(child))
    await relate(wang, "son", child)


def test_every_relation_has_an_inverse_that_leads_back() -> None:
    relations = kin_relations()
    for code, one in relations.items():
        inverse = relations[one.inverse]
        assert inverse.line == one.line, code
        assert relations[inverse.inverse].line == one.line, code
        assert relations[relations[inverse.inverse].inverse] is inverse, code


async def test_a_guardian_looks_while_the_guardianship_lasts(community: Community) -> None:
    wang, li, child = (one.member_id for one in community.members.values())
    caller = await community.clerk("社工")
    mother = community.people["王芳"]

    async def guard(guardian: Any = mother, ward: UUID = child, by: int = caller) -> UUID:
        return await community.run(
            add_guardian,
            guardian=guardian,
            ward_member_id=ward,
            kind="incapacity",
            evidence="判决书",
            caller_id=by,
            keys=KEYS,
        )

    async def wards() -> set[UUID | None]:
        async with read_transaction(community.engine) as conn:
            held = (await get_permissions(conn, caller_id=mother.caller_id)).roles
        return {one.object_id for one in held if one.role == "guardian"}

    await refused(InvalidInput, guard(ward=wang))
    await refused(VerifierInvolvedInTie, guard(by=mother.caller_id))
    await refused(VerifierInvolvedInTie, guard(by=community.people["王小宝"].caller_id))
    assert await wards() == set()
    made = await guard()
    await refused(GuardianAlready, guard())
    assert await wards() == set(), "nothing opens before somebody else has confirmed it"
    scope = {"ward_member_id": child, "guardianship_id": made, "keys": KEYS}

    async def confirm(by: int) -> None:
        await community.run(confirm_guardian, caller_id=by, **scope)

    other = await community.clerk("主任")
    await refused(SecondPersonNeeded, confirm(caller))
    await refused(PersonNeeded, confirm(SYSTEM_CALLER))
    await refused(VerifierInvolvedInTie, confirm(mother.caller_id))
    assert await wards() == set()
    await confirm(other)
    await refused(GuardianConfirmed, confirm(other))
    assert await wards() == {child}
    for name in ("王芳", "王小宝"):
        async with read_transaction(community.engine) as conn:
            told = await list_notices(conn, person_id=community.people[name].person_id, limit=9)
        assert [one.kind for one in told] == ["guardian_named"], name

    async def end(ward: UUID) -> None:
        await community.run(
            end_guardianship,
            ward_member_id=ward,
            guardianship_id=made,
            reason="恢复行为能力",
            caller_id=caller,
        )

    await refused(NotFound, end(li))
    await end(child)
    await refused(NotFound, end(child))
    assert await wards() == set()
    async with read_transaction(community.engine, tenant_id=community.tenant_id) as conn:
        (found,) = await list_guardianships(
            conn, tenant_id=community.tenant_id, ward_member_id=child
        )
    assert (found.guardian_no, found.end_reason) == (mother.volunteer_no, "恢复行为能力")


async def test_nobody_who_needs_a_guardian_is_one(community: Community) -> None:
    wang, li, child = (one.member_id for one in community.members.values())
    caller, other = await community.clerk("社工"), await community.clerk("主任")
    born = {"王小宝": today().replace(year=today().year - 17, day=1), "李明": date(1950, 3, 1)}
    for name, day in born.items():
        write = partial(write_birthday, person=community.people[name], born=day)
        await write_transaction(community.engine, write)

    async def guard(guardian: str, ward: UUID, kind: str = "incapacity") -> UUID:
        made: UUID = await community.run(
            add_guardian,
            guardian=community.people[guardian],
            ward_member_id=ward,
            kind=kind,
            evidence="户口本",
            caller_id=caller,
            keys=KEYS,
        )
        return made

    await refused(InvalidInput, guard("王小宝", li))  # under 18
    await refused(InvalidInput, guard("王芳", li, "minor"))  # born 1950
    await refused(InvalidInput, guard("李明", wang, "minor"))  # no birthday on record
    made = await guard("王芳", child, "minor")
    await refused(InvalidInput, guard("李明", wang))  # she is a guardian
    await community.enrol("赵六")
    await guard("李明", community.members["赵六"].member_id)
    await refused(InvalidInput, guard("赵六", wang))  # he has a guardian
    await community.run(
        confirm_guardian,
        ward_member_id=child,
        guardianship_id=made,
        caller_id=other,
        keys=KEYS,
    )
    async with read_transaction(community.engine) as conn:
        until = await fetch_value(
            conn, "SELECT valid_to FROM foundation.role_grant WHERE role_code = 'guardian'"
        )
    of_age = born["王小宝"].replace(year=born["王小宝"].year + 18)
    assert business_date(until) == of_age, "the role of a minor's guardian ends by itself"


async def write_birthday(conn: AsyncConnection, person: Person, born: date) -> None:
    """Put a birthday on record."""
    statement = load_sql("ledger.foundation", "lock_personal_data")
    row = await fetch_one(conn, statement, person.person_id)
    told: dict[str, Any] = {"field": "birthday", "value": born.isoformat(), "keys": KEYS}
    told["caller_id"] = SYSTEM_CALLER
    await store_detail(conn, person_id=person.person_id, row=row, **told)


async def test_a_team_has_a_leader_who_belongs_to_it(community: Community) -> None:
    wang, li, child = (one.member_id for one in community.members.values())
    caller = await community.clerk("社工")
    team = await community.run(
        create_group, name="银龄互助队", leader_member_id=wang, keys=KEYS, caller_id=caller
    )
    scope: dict[str, Any] = {"group_id": team, "caller_id": caller}
    await refused(
        GroupNameTaken,
        community.run(
            create_group, name="银龄互助队", leader_member_id=li, keys=KEYS, caller_id=caller
        ),
    )
    await community.run(join_group, member_id=li, **scope)
    await refused(InGroupAlready, community.run(join_group, member_id=li, **scope))
    await refused(LeaderLeaves, community.run(leave_group, member_id=wang, **scope))
    await refused(NotFound, community.run(leave_group, member_id=child, **scope))
    await refused(NotFound, community.run(set_group_leader, member_id=child, keys=KEYS, **scope))
    await community.run(set_group_leader, member_id=li, keys=KEYS, **scope)
    await community.run(leave_group, member_id=wang, **scope)
    await community.run(join_group, member_id=wang, **scope)  # the same day: as if never gone
    async with read_transaction(community.engine, tenant_id=community.tenant_id) as conn:
        found = await get_group(conn, tenant_id=community.tenant_id, group_id=team)
        assert (found.leader_member_id, found.members) == (li, 2)
        of_child = await list_groups(conn, tenant_id=community.tenant_id, member_id=child)
        assert of_child == []
    await community.run(end_group, **scope)
    await refused(GroupEnded, community.run(join_group, member_id=child, **scope))
    async with read_transaction(community.engine, tenant_id=community.tenant_id) as conn:
        left = await list_group_members(conn, tenant_id=community.tenant_id, group_id=team)
    assert {one.ends_on for one in left} == {today()}


async def test_nothing_ends_before_it_began(community: Community) -> None:
    """The day that was typed is kept or refused, never put right in silence."""
    wang, li, child = (one.member_id for one in community.members.values())
    by: dict[str, Any] = {"caller_id": await community.clerk("社工")}
    said = {**by, "reason": "登记有误"}
    home = await community.run(create_household, number="3-201", head_member_id=wang, **by)
    lives = {"household_id": home.household_id, "member_id": wang, **by}
    kin = await community.run(
        add_kinship,
        member_id=child,
        relation="mother",
        relative=wang,
        evidence="证",
        keys=KEYS,
        **by,
    )
    guardianship = await community.run(
        add_guardian,
        guardian=community.people["王芳"],
        ward_member_id=child,
        kind="incapacity",
        evidence="证",
        keys=KEYS,
        **by,
    )
    team = await community.run(
        create_group, name="银龄互助队", leader_member_id=wang, keys=KEYS, **by
    )
    await community.run(join_group, group_id=team, member_id=li, **by)
    partner = await community.run(create_partner, name="隆昌面馆", kind="shop", **by)
    of_partner = {"partner_id": partner.partner_id, **said}
    contact = await community.run(
        add_contact, partner_id=partner.partner_id, person=community.people["李明"], keys=KEYS, **by
    )
    ends: list[tuple[Any, dict[str, Any]]] = [
        (leave_household, lives),
        (end_kinship, {"member_id": child, "kinship_id": kin, **said}),
        (end_guardianship, {"ward_member_id": child, "guardianship_id": guardianship, **said}),
        (leave_group, {"group_id": team, "member_id": li, **by}),
        (end_group, {"group_id": team, **by}),
        (end_contact, {"contact_id": contact, **of_partner}),
        (end_partner, of_partner),
    ]
    for end, facts in ends:
        with pytest.raises(InvalidInput, match="the beginning or a later one"):
            await community.run(end, ends_on=YESTERDAY, **facts)
        await community.run(end, ends_on=today(), **facts)


async def test_a_partners_contact_reads_while_the_work_lasts(community: Community) -> None:
    caller = await community.clerk("社工")
    partner = await community.run(create_partner, name="隆昌面馆", kind="shop", caller_id=caller)
    scope: dict[str, Any] = {"partner_id": partner.partner_id, "caller_id": caller}
    await refused(
        PartnerNameTaken,
        community.run(create_partner, name="隆昌面馆", kind="unit", caller_id=caller),
    )
    first, second = community.people["王芳"], community.people["李明"]

    async def speakers() -> set[str]:
        found = set()
        async with read_transaction(community.engine) as conn:
            for name, person in community.people.items():
                held = (await get_permissions(conn, caller_id=person.caller_id)).roles
                if any(one.object_id == partner.partner_id for one in held):
                    found.add(name)
        return found

    contact = await community.run(add_contact, person=first, keys=KEYS, **scope)
    await community.run(add_contact, person=second, keys=KEYS, **scope)
    await refused(ContactAlready, community.run(add_contact, person=first, keys=KEYS, **scope))
    assert await speakers() == {"王芳", "李明"}
    await community.run(end_contact, contact_id=contact, reason="换人", **scope)
    assert await speakers() == {"李明"}
    await community.run(end_partner, reason="协议到期", **scope)
    assert await speakers() == set()
    await refused(PartnerEnded, community.run(add_contact, person=first, keys=KEYS, **scope))
    async with read_transaction(community.engine, tenant_id=community.tenant_id) as conn:
        found = await list_contacts(
            conn, tenant_id=community.tenant_id, partner_id=partner.partner_id
        )
    assert len(found) == 2
    assert all(one.ends_on == today() for one in found)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["found", "join", "leave", "head", "relate", "unrelate"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 4),
        st.sampled_from(["mother", "son", "spouse", "sibling"]),
    ),
    max_size=14,
)


@given(acts=ACTS)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_order_of_commands_breaks_what_holds_of_households_and_kin(
    community: Community, acts: list[tuple[str, int, int, int, str]]
) -> None:
    """One household at a time on every day, heads who live there, kinship equal from both sides."""
    if "赵六" not in community.members:
        await community.enrol("赵六")
    caller = await community.clerk("社工")
    members = [one.member_id for one in community.members.values()]
    async with community.engine.connect() as conn:
        await set_tenant(conn, community.tenant_id)
        for command in acts:
            try:
                async with conn.begin_nested():
                    await perform(conn, community.tenant_id, caller, members, command)
            except LedgerError:
                continue
        await check_ties(conn, community.tenant_id, members)
        await conn.rollback()


async def perform(
    conn: AsyncConnection,
    tenant_id: int,
    caller: int,
    members: list[UUID],
    command: tuple[str, int, int, int, str],
) -> None:
    kind, one, other, days, relation = command
    member, day = members[one], today() - timedelta(days=days)
    own: dict[str, Any] = {"tenant_id": tenant_id, "member_id": member, "caller_id": caller}
    homes = await list_households(conn, tenant_id=tenant_id, limit=50)
    if kind == "found":
        await create_household(
            conn,
            tenant_id=tenant_id,
            number=str(len(homes)),
            head_member_id=member,
            caller_id=caller,
            begins_on=day,
        )
    elif kind == "relate":
        tie = {"relation": relation, "relative": members[other], "evidence": "户口簿"}
        await add_kinship(conn, keys=KEYS, **tie, **own)
    elif kind == "unrelate":
        for found in (await list_kin(conn, tenant_id=tenant_id, member_id=member, keys=KEYS))[:1]:
            await end_kinship(conn, kinship_id=found.kinship_id, reason="误", **own)
    elif homes:
        own["household_id"] = homes[other % len(homes)].household_id
        if kind == "join":
            await join_household(conn, begins_on=day, **own)
        elif kind == "leave":
            await leave_household(conn, ends_on=day, **own)
        else:
            await set_household_head(conn, **own)


async def check_ties(conn: AsyncConnection, tenant_id: int, members: list[UUID]) -> None:
    overlapping = await fetch_value(
        conn,
        """
        SELECT count(*) FROM foundation.household_member a JOIN foundation.household_member b
        ON a.tenant_id = b.tenant_id AND a.member_id = b.member_id
            AND (a.household_id, a.begins_on) <> (b.household_id, b.begins_on)
            AND daterange(a.begins_on, a.ends_on) && daterange(b.begins_on, b.ends_on)
        WHERE a.tenant_id = $1
        """,
        tenant_id,
    )
    assert overlapping == 0
    for home in await list_households(conn, tenant_id=tenant_id, limit=50):
        living = await list_household_members(
            conn, tenant_id=tenant_id, household_id=home.household_id
        )
        there = {one.member_id for one in living if one.ends_on is None}
        assert not there or home.head_member_id in there
    seen = {}
    for member in members:
        for tie in await list_kin(conn, tenant_id=tenant_id, member_id=member, keys=KEYS):
            if tie.ends_on is None:
                assert tie.relative_member_id not in (None, member)
                assert (member, tie.relative_member_id) not in seen
                seen[member, tie.relative_member_id] = tie.relation
    for (one, other), relation in seen.items():
        back = seen[other, one]
        assert kin_relations()[relation].inverse == back or (
            kin_relations()[back].inverse == relation
        )


async def test_ties_of_other_programmes_are_not_there(
    community: Community, engine: AsyncEngine
) -> None:
    other = await create_community(engine)
    caller = await community.clerk("社工")
    stranger = await other.enrol("外人")
    own = community.members["王芳"].member_id
    home = await community.run(create_household, number="1", head_member_id=own, caller_id=caller)
    await refused(
        NotFound,
        community.run(
            join_household,
            household_id=home.household_id,
            member_id=stranger,
            caller_id=caller,
        ),
    )
    await refused(
        NotFound,
        other.run(
            join_household, household_id=home.household_id, member_id=stranger, caller_id=caller
        ),
    )
    for table in ("household", "kinship", "guardianship", "member_group", "partner"):
        seen = await write_transaction(
            engine,
            lambda conn, table=table: fetch_value(conn, f"SELECT count(*) FROM foundation.{table}"),
            tenant_id=other.tenant_id,
        )
        assert seen == 0


async def test_the_history_of_standings_and_names_cannot_be_changed(
    community: Community,
) -> None:
    for table in ("participation_change", "name_change", "org_unit_successor"):
        for change in ("DELETE FROM", "TRUNCATE"):
            statement = f"{change} foundation.{table}"
            with pytest.raises(Exception, match="permission denied"):
                await write_transaction(
                    community.engine, lambda conn, statement=statement: execute(conn, statement)
                )
