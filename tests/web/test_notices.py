"""Notices: told once, to the right people, unread until they are opened."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.notices import ADDRESSES
from ledger.clock import now, today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.events import post_event
from ledger.foundation.notices import NOTICE_KINDS, Facts, list_notices, notify
from ledger.foundation.organisations import Member
from ledger.identifiers import uuid7
from ledger.journeys.expiry_notices import announce_expiring_units
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, send

HOME = "/account/notices"


async def kinds_of(world: World, member: Member) -> list[str]:
    async with read_transaction(world.engine) as conn:
        found = await list_notices(conn, person_id=member.person_id, limit=50)
    return [one.kind for one in found]


async def tell(world: World, member: Member, **details: object) -> int:
    async def act(conn: AsyncConnection) -> int:
        return await notify(
            conn,
            kind="service_verified",
            member_id=member.member_id,
            tenant_id=world.programme.tenant_id,
            facts=Facts(about="扫雪", amount=120, unit="minute"),
            **details,
        )

    return await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


def test_kinds_without_words_or_with_an_address_of_none_do_not_exist() -> None:
    assert set(ADDRESSES) <= NOTICE_KINDS


async def test_nobody_reads_or_marks_the_notices_of_others(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    await tell(world, world.second_member)
    async with read_transaction(world.engine) as conn:
        (notice,) = await list_notices(conn, person_id=world.second_member.person_id, limit=5)
    assert "扫雪" not in (await wang.get(HOME)).text
    fields = hidden(await wang.get(HOME))
    assert (await wang.post(f"{HOME}/{notice.notice_id}", data=fields)).status_code == 404
    async with read_transaction(world.engine) as conn:
        (after,) = await list_notices(conn, person_id=world.second_member.person_id, limit=5)
    assert after.read_at is None


async def test_the_same_thing_is_told_once(world: World) -> None:
    subject = uuid7()
    assert await tell(world, world.member, subject_id=subject) == 1
    assert await tell(world, world.member, subject_id=subject) == 0
    assert await tell(world, world.member, subject_id=uuid7()) == 1


async def test_a_notice_is_counted_until_it_is_opened_and_leads_to_its_subject(
    wang: httpx.AsyncClient, world: World
) -> None:
    home = f"/programmes/{world.programme.public_id}/volunteer"
    assert "条未读" not in (await wang.get(home)).text
    await tell(world, world.member, subject_id=uuid7())
    assert "1 条未读" in (await wang.get(home)).text
    page = await wang.get(HOME)
    assert "“扫雪”已核验，记入 2 小时。" in page.text
    action = page.text.split(f'action="{HOME}/', 1)[1].split('"', 1)[0]
    opened = await send(wang, HOME, f"{HOME}/{action}")
    assert opened.status_code == 303
    assert opened.headers["location"] == f"{home}/records"
    assert "条未读" not in (await wang.get(home)).text
    assert "is verified" in (await wang.get(f"{HOME}?lang=en")).text


async def test_all_are_marked_read_at_once(wang: httpx.AsyncClient, world: World) -> None:
    for _ in range(3):
        await tell(world, world.member, subject_id=uuid7())
    assert "3 条未读" in (await wang.get(HOME)).text
    assert (await send(wang, HOME, HOME)).status_code == 303
    assert "条未读" not in (await wang.get(HOME)).text


async def test_who_holds_a_permission_is_told_but_not_of_her_own_act(
    app: Edge, world: World
) -> None:
    names = [await admit(world, role, world.estate) for role in ("committee_member", "trustee")]

    async def ask(conn: AsyncConnection) -> int:
        return await notify(
            conn,
            kind="payment_waits",
            permission="payments.approve",
            except_caller_id=SYSTEM,
            tenant_id=world.estate.tenant_id,
            subject_id=uuid7(),
            facts=Facts(about="电梯年检", amount=120_000, unit="fen"),
        )

    told = await write_transaction(world.engine, ask, tenant_id=world.estate.tenant_id)
    assert told >= 1
    async with signed_in(app, names[0]) as committee, signed_in(app, names[1]) as trustee:
        assert "付款“电梯年检”¥1,200.00等第二人签批。" in (await committee.get(HOME)).text
        assert "电梯年检" not in (await trustee.get(HOME)).text


async def test_members_are_warned_90_30_and_7_days_ahead_once_each(world: World) -> None:
    tenant_id = world.programme.tenant_id

    async def grant(conn: AsyncConnection) -> UUID:
        return (
            await post_event(
                conn,
                "TB07",
                tenant_id=tenant_id,
                key=uuid7(),
                caller_id=SYSTEM,
                occurred_at=now(),
                amounts={"granted": 60},
                owners={"member": world.second_member.member_id},
                expires_on=today() + timedelta(days=100),
            )
        ).entry_id

    await write_transaction(world.engine, grant, tenant_id=tenant_id)
    for days in (0, 9, 10, 11, 70, 93, 93, 100):
        on = today() + timedelta(days=days)

        async def announce(conn: AsyncConnection, on: date = on) -> int:
            return await announce_expiring_units(conn, tenant_id, on)

        await write_transaction(world.engine, announce, tenant_id=tenant_id)
    assert sorted(await kinds_of(world, world.second_member)) == [
        "units_expire_in_30_days",
        "units_expire_in_7_days",
        "units_expire_in_90_days",
    ]


async def test_a_kind_of_approval_is_named_in_the_readers_language(
    wang: httpx.AsyncClient, world: World
) -> None:
    for about in ("reversal", "更正分录"):  # older notices carry the Chinese name

        async def tell_her(conn: AsyncConnection, about: str = about) -> None:
            await notify(
                conn,
                kind="approval_decided",
                person_id=world.person.person_id,
                tenant_id=world.programme.tenant_id,
                subject_id=uuid7(),
                facts=Facts(about=about),
            )

        await write_transaction(world.engine, tell_her)
    chinese = (await wang.get(HOME)).text
    english = (await wang.get(f"{HOME}?lang=en")).text
    for name_zh, name_en in (("红冲凭证", "Reversal of an entry"), ("更正分录", "Adjusting entry")):
        assert (f"“{name_zh}”" in chinese, f"“{name_en}”" in english) == (True, True)
        assert name_zh not in english


@pytest.mark.parametrize("kind", ["unknown"])
async def test_a_kind_without_words_is_a_bug(world: World, kind: str) -> None:
    async with read_transaction(world.engine) as conn:
        with pytest.raises(AssertionError):
            await notify(conn, kind=kind, person_id=world.member.person_id)
