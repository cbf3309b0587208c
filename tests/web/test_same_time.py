"""Nobody serves twice at a time: a service written down again is seen on both sides of the desk."""

import re
from datetime import timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.formatting import format_day
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.programmes.service_records.records import ServiceRecord, list_services
from ledger.programmes.service_records.records import record_service as write_down
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, home_of, send


def service(**fields: str) -> dict[str, str]:
    """A record form's fields: an hour of yesterday morning."""
    day = (today() - timedelta(days=1)).isoformat()
    known = {"category": "T01", "activity": "陪李奶奶", "place_name": "医院", "day": day}
    return {**known, "from": "09:00", "to": "10:00", **fields}


async def a_category(wang: httpx.AsyncClient, page: str) -> str:
    text = (await wang.get(page)).text
    return text.split("<option", 2)[2].split('value="', 1)[1].split('"', 1)[0]


async def records_of(world: World) -> list[ServiceRecord]:
    tenant_id = world.programme.tenant_id
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        return await list_services(conn, tenant_id=tenant_id, limit=2, status="recorded")


async def test_a_day_to_come_is_refused_at_the_day(wang: httpx.AsyncClient, world: World) -> None:
    page = f"{home_of(world)}/records/new"
    category = await a_category(wang, page)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    sent = await send(wang, page, page, **service(category=category, day=tomorrow))
    assert sent.status_code == 422
    problem = re.search(r'id="day-problem">([^<]*)', sent.text)
    assert problem is not None
    assert f"最晚选今天（{format_day(today())}）" in problem[1]
    assert 'id="to-problem"' not in sent.text
    assert f'value="{tomorrow}"' in sent.text


async def test_a_service_written_down_again_is_refused_beside_its_time(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    category = await a_category(wang, page)
    form = {**hidden(await wang.get(page)), **service(category=category)}
    assert [(await wang.post(page, data=form)).status_code for _ in range(2)] == [303, 303]
    for times in ({}, {"from": "09:30", "to": "11:00"}, {"from": "08:00", "to": "09:01"}):
        again = await send(wang, page, page, **service(category=category, **times))
        assert again.status_code == 422
        assert "已经登记过“陪李奶奶”（09:00–10:00）" in again.text
        assert f"{format_day(today() - timedelta(days=1))}这段时间" in again.text
        (record,) = await records_of(world)
        records = f"{home_of(world)}/records"
        assert f'href="{records}#{record.record_id}"' in again.text
        assert f'id="{record.record_id}"' in (await wang.get(records)).text
        assert 'value="陪李奶奶"' in again.text
    later = await send(
        wang, page, page, **service(category=category, **{"from": "10:00"}, to="11:00")
    )
    assert later.status_code == 303


async def test_who_verifies_sees_the_other_record_of_the_time(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    category = await a_category(wang, page)
    await send(wang, page, page, **service(category=category))
    tenant_id = world.programme.tenant_id

    async def once_more(conn: AsyncConnection) -> tuple[ServiceRecord, ServiceRecord]:
        (first,) = await list_services(conn, tenant_id=tenant_id, limit=2, status="recorded")
        second = await write_down(
            conn,
            tenant_id=tenant_id,
            provider_id=first.provider_id,
            caller_id=SYSTEM,
            category=category,
            activity="陪同就医",
            place="医院",
            started_at=first.started_at,
            ended_at=first.ended_at,
        )
        return first, second

    first, second = await write_transaction(world.engine, once_more, tenant_id=tenant_id)
    desk = f"/programmes/{world.programme.public_id}/staff/records"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        seen = (await staff.get(f"{desk}/{first.record_id}")).text
        assert f'href="{desk}/{second.record_id}"' in seen
        assert "同一时间还有一条（待核验）" in seen
        for sent in ({}, {"act": "declne", "reason": "登记了两次"}):
            unknown = await send(staff, one := f"{desk}/{second.record_id}", one, **sent)
            assert unknown.status_code == 422
            assert "请从列表里选一项" in unknown.text
            assert 'value="verify"' in (await staff.get(one)).text, "nothing was decided"
        verified = await send(
            staff, f"{desk}/{first.record_id}", f"{desk}/{first.record_id}", act="verify"
        )
        assert verified.status_code == 303
        refused = await send(
            staff, f"{desk}/{second.record_id}", f"{desk}/{second.record_id}", act="verify"
        )
        assert refused.status_code == 409
        assert f"{format_day(first.service_date)} 09:00–10:00，“陪李奶奶”" in refused.text
        assert f'href="{desk}/{first.record_id}">看那一条记录' in refused.text
        await send(
            staff, f"{desk}/{second.record_id}", f"{desk}/{second.record_id}",
            act="decline", reason="登记了两次",
        )  # fmt: skip
        assert "同一时间" not in (await staff.get(f"{desk}/{first.record_id}")).text
