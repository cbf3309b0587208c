"""Recording for others: tried line by line, all or none, verified by somebody else."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.formatting import format_day
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.acting_for import list_acts_for
from ledger.foundation.groups import create_group, join_group
from ledger.foundation.notices import list_notices
from ledger.foundation.participation import set_standing
from ledger.foundation.people import create_person
from ledger.journeys.enrolment import enrol_member
from ledger.programmes.service_records.records import ServiceRecord, list_services
from tests.api.world import KEYS, SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, send

GROUND = {"ground": "paper", "reason": "签到表"}


def page_of(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/services/new"


def sheet(*lines: str, **values: str) -> dict[str, str]:
    """The form of an hour of yesterday morning."""
    day = (today() - timedelta(days=1)).isoformat()
    known = {"category": "escort", "activity": "大扫除", "place_name": "活动室", "day": day}
    hours = {"from": "09:00", "to": "10:00"}
    return {**known, **hours, **GROUND, "lines": "\r\n".join(lines), **values}


async def recorded(world: World) -> list[ServiceRecord]:
    tenant_id = world.programme.tenant_id
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        return await list_services(conn, tenant_id=tenant_id, limit=100)


async def confirm(client: httpx.AsyncClient, world: World, *lines: str, **values: str) -> int:
    page = page_of(world)
    answer = await send(client, page, page, **sheet(*lines, step="confirm", **values))
    return answer.status_code


async def newcomers(world: World, count: int) -> list[str]:
    """Numbers of so many more members."""

    async def enrol(conn: AsyncConnection) -> list[str]:
        made = []
        for _ in range(count):
            person = await create_person(conn, display_name="孙七", keys=KEYS)
            member = await enrol_member(
                conn, tenant_id=world.programme.tenant_id, person=person, enrolled_by=SYSTEM
            )
            made.append(member.volunteer_no)
        return made

    return await write_transaction(world.engine, enrol, tenant_id=world.programme.tenant_id)


async def test_a_sheet_is_shown_first_then_recorded_whole_and_told(app: Edge, world: World) -> None:
    first, second = world.member.volunteer_no, world.second_member.volunteer_no
    page, (third,) = page_of(world), await newcomers(world, 1)
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        lines = (f" {first.lower()}，{third}", "", f"{second}")
        shown = await send(staff, page, page, **sheet(*lines))
        assert shown.status_code == 200
        for words in (
            "将登记 2 条服务",
            "大扫除",
            "活动室",
            "王*",
            "李*",
            "孙*",
            "书面委托：签到表",
        ):
            assert words in shown.text, words
        assert "昨天 09:00</time> – 10:00<" in shown.text, "the day stands once"
        assert await recorded(world) == []
        changed = await send(staff, page, page, **sheet(*lines, step="change"))
        assert f"{first.lower()}，{third}\n\n{second}</textarea>" in changed.text
        assert 'value="大扫除"' in changed.text
        assert await recorded(world) == []
        sent = await send(staff, page, page, **sheet(*lines, step="confirm"))
        assert sent.status_code == 303
        assert "已登记 2 条" in (await staff.get(sent.headers["location"])).text
    made = await recorded(world)
    assert {one.provider_id for one in made} == {
        world.member.member_id,
        world.second_member.member_id,
    }
    assert {one.minutes for one in made} == {60}
    assert {one.status for one in made} == {"recorded"}
    assert sum(one.recipient_id is not None for one in made) == 1
    async with read_transaction(world.engine) as conn:
        acts = await list_acts_for(conn, person_id=world.person.person_id, limit=5)
        told = await list_notices(conn, person_id=world.person.person_id, limit=5)
    assert [(one.action, one.actor, one.reason) for one in acts][:1] == [
        ("service.record", "陈静", "书面委托：签到表")
    ]
    assert [one.kind for one in told] == ["acted_for"]


async def test_whoever_recorded_does_not_verify(app: Edge, world: World) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        assert await confirm(staff, world, world.member.volunteer_no) == 303
        (made,) = await recorded(world)
        page = f"/programmes/{world.programme.public_id}/staff/records/{made.record_id}"
        assert (await send(staff, page, page, act="verify")).status_code == 409
        form = page_of(world)
        again = await send(staff, form, form, **sheet(world.member.volunteer_no))
        (problem,) = re.findall(r'<li class="problem">(.*?)</li>', again.text)
        assert f"{format_day(made.service_date)} " in problem
        assert f"“{made.activity}”" in problem
        assert f'href="{page}"' in problem
    assert [one.status for one in await recorded(world)] == ["recorded"]


async def test_each_wrong_line_is_named_and_none_is_recorded(app: Edge, world: World) -> None:
    name = await admit(world, "community_staff")
    first, second = world.member.volunteer_no, world.second_member.volunteer_no
    page, (third,) = page_of(world), await newcomers(world, 1)
    (elsewhere,) = await _number_elsewhere(world)

    async def suspend(conn: AsyncConnection) -> None:
        await set_standing(
            conn,
            tenant_id=world.programme.tenant_id,
            kind="member",
            subject_id=world.second_member.member_id,
            status="suspended",
            reason="住院休养中",
            caller_id=SYSTEM,
        )

    await write_transaction(world.engine, suspend, tenant_id=world.programme.tenant_id)
    async with signed_in(app, name) as staff:
        for step in ("", "confirm"):
            lines = (first, second, elsewhere, "V0000000000", third)
            wrong = await send(staff, page, page, **sheet(*lines, step=step))
            assert wrong.status_code == 422
            named = re.findall(r'class="problem"><strong>第 (\d+) 行', wrong.text)
            assert named == ["2", "3", "4"]
            again = await send(staff, page, page, **sheet(first, third, first, step=step))
            assert again.status_code == 422
            assert re.findall(r'class="problem"><strong>第 (\d+) 行', again.text) == ["3"]
            assert f"本表第 1 行已有编号 {first}" in again.text
            assert "已有一条服务记录" not in again.text
            mixed = (first, elsewhere, "王小明", first, second, f"{third} {third} {third}")
            all_of_them = await send(staff, page, page, **sheet(*mixed, step=step))
            assert all_of_them.status_code == 422
            listed = re.findall(r'class="problem"><strong>第 (\d+) 行', all_of_them.text)
            assert listed == ["2", "3", "4", "5", "6"], "unread, unknown and twice at once"
            assert "“王小明”" in all_of_them.text
            for values, field in (
                ({"lines": ""}, "lines"),
                ({"lines": "王小明"}, "lines"),
                ({"lines": f"{first} {third} {second}"}, "lines"),
                ({"lines": f"{first}\n" * 51}, "lines"),
                ({"to": "08:00"}, "to"),
                ({"day": "2020-01-01"}, "day"),
                ({"day": (today() + timedelta(days=1)).isoformat()}, "day"),
                ({"category": "nothing"}, "category"),
                ({"reason": " "}, "reason"),
                ({"reason": "来电 13800001111"}, "reason"),
                ({"ground": ""}, "ground"),
            ):
                answer = await send(staff, page, page, **{**sheet(first, step=step), **values})
                assert answer.status_code == 422, values
                assert f'id="{field}-problem"' in answer.text, values
    assert await recorded(world) == []
    async with read_transaction(world.engine) as conn:
        assert await list_notices(conn, person_id=world.person.person_id, limit=5) == []


async def _number_elsewhere(world: World) -> list[str]:
    async def enrol(conn: AsyncConnection) -> list[str]:
        person = await create_person(conn, display_name="周八", keys=KEYS)
        tenant_id = world.other_programme.tenant_id
        member = await enrol_member(conn, tenant_id=tenant_id, person=person, enrolled_by=SYSTEM)
        return [member.volunteer_no]

    return await write_transaction(world.engine, enrol, tenant_id=world.other_programme.tenant_id)


async def test_fifty_at_once_and_sheets_sent_together_record_each_once(
    app: Edge, world: World
) -> None:
    numbers = await newcomers(world, 50)
    page = page_of(world)
    name = await admit(world, "community_staff")
    async with signed_in(app, name) as staff, signed_in(app, name) as other:
        form = {**hidden(await staff.get(page)), **sheet(*numbers, step="confirm")}
        twice = await asyncio.gather(*(staff.post(page, data=form) for _ in range(2)))
        assert {one.status_code for one in twice} == {303}
        assert len(await recorded(world)) == 50
        later = {"from": "11:00", "to": "12:00"}
        sheets = [
            {**hidden(await one.get(page)), **sheet(*order, step="confirm", **later)}
            for one, order in ((staff, numbers[:5]), (other, numbers[4::-1]))
        ]
        both = await asyncio.gather(
            staff.post(page, data=sheets[0]), other.post(page, data=sheets[1])
        )
        assert sorted(one.status_code for one in both) == [303, 422]
    assert len(await recorded(world)) == 55


async def test_a_leader_records_for_her_people_and_for_nobody_else(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    mine, stranger, former = await newcomers(world, 3)
    page, records = page_of(world), f"/programmes/{world.programme.public_id}/volunteer/records"
    assert (await wang.get(page)).status_code == 404
    assert "替队员登记" not in (await wang.get(records)).text
    team = await _team(world, mine, former)
    assert "替队员登记" in (await wang.get(records)).text
    shown = await send(wang, page, page, **sheet(mine))
    assert shown.status_code == 200
    assert "孙*" in shown.text
    for line in (stranger, former, f"{mine} {stranger}", world.member.volunteer_no):
        wrong = await send(wang, page, page, **sheet(mine, line, step="confirm"))
        assert wrong.status_code == 422, line
        assert "孙*" not in wrong.text
    assert await recorded(world) == []
    assert await confirm(wang, world, mine) == 303
    assert len(await recorded(world)) == 1
    await _end(world, team)
    assert (await wang.get(page)).status_code == 404
    forged = {**hidden(await wang.get(records)), **sheet(mine, step="confirm")}
    assert (await wang.post(page, data=forged)).status_code == 404


async def _member_id(conn: AsyncConnection, world: World, number: str) -> UUID:
    from ledger.foundation.organisations import find_member
    from ledger.foundation.people import get_person_by_volunteer_no

    person = await get_person_by_volunteer_no(conn, volunteer_no=number)
    member = await find_member(
        conn, tenant_id=world.programme.tenant_id, person_id=person.person_id
    )
    assert member is not None
    return member.member_id


async def _team(world: World, member: str, former: str) -> UUID:
    """A team that the first member leads; one of it has left the day before yesterday."""
    from ledger.foundation.groups import leave_group

    facts = {"tenant_id": world.programme.tenant_id, "caller_id": SYSTEM}
    begins_on = today() - timedelta(days=9)

    async def make(conn: AsyncConnection) -> UUID:
        team = await create_group(
            conn,
            name="红马甲",
            leader_member_id=world.member.member_id,
            begins_on=begins_on,
            keys=KEYS,
            **facts,
        )
        for number in (member, former):
            member_id = await _member_id(conn, world, number)
            await join_group(conn, group_id=team, member_id=member_id, begins_on=begins_on, **facts)
        await leave_group(
            conn,
            group_id=team,
            member_id=await _member_id(conn, world, former),
            ends_on=today() - timedelta(days=2),
            **facts,
        )
        return team

    return await write_transaction(world.engine, make, tenant_id=world.programme.tenant_id)


async def _end(world: World, team: UUID) -> None:
    from ledger.foundation.groups import end_group

    async def end(conn: AsyncConnection) -> None:
        await end_group(conn, tenant_id=world.programme.tenant_id, group_id=team, caller_id=SYSTEM)

    await write_transaction(world.engine, end, tenant_id=world.programme.tenant_id)


@pytest.mark.parametrize("number", ["V0123456789", "<script>", "V01"])
async def test_the_form_begins_with_the_member_whose_page_led_here(
    app: Edge, world: World, number: str
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        page = await staff.get(page_of(world), params={"for": number})
        assert (f">{number}</textarea>" in page.text) == (number == "V0123456789")
        assert "<script>" not in page.text
        other = f"/programmes/{world.other_programme.public_id}/services/new"
        assert (await staff.get(other)).status_code == 404
