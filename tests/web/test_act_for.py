"""代办: staff act in a member's place: said in words first, on a ground, told to her."""

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import today
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.grants import grant_role
from ledger.foundation.households import create_household
from ledger.foundation.notices import list_notices
from ledger.foundation.organisations import create_member
from ledger.foundation.participation import set_standing
from ledger.foundation.people import (
    Person,
    PersonalDetails,
    create_person,
    get_person_by_id,
)
from ledger.identifiers import uuid7
from ledger.programmes.redemption.contracts import agree_contract
from ledger.programmes.redemption.purchases import Purchase, list_purchases
from tests.api.world import KEYS, SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, look_and_confirm, seen_in, send, sign_in, visitor

GROUND = {"ground": "telephone", "reason": "上午来电"}
ON_RECORD = "电话委托：上午来电"


def desk_of(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/staff/act-for"


def page_of(world: World, member_id: UUID | None = None) -> str:
    return f"{desk_of(world)}/{member_id or world.member.member_id}"


@pytest.fixture
async def provided(world: World) -> None:
    """A merchant that takes points; five hours the member has."""

    async def agree(conn: AsyncConnection) -> None:
        await agree_contract(
            conn,
            tenant_id=world.programme.tenant_id,
            merchant_id=world.merchant.merchant_id,
            valid_from=today(),
            fen_per_100_points=5000,
            status="active",
            caller_id=SYSTEM,
        )

    await write_transaction(world.engine, agree, tenant_id=world.programme.tenant_id)


async def convert(staff: httpx.AsyncClient, world: World, **values: str) -> httpx.Response:
    page = f"{page_of(world)}/for-convert"
    sent = {"hours": "2", **GROUND, **values}
    if "step" in sent:
        return await send(staff, page, page, **sent)
    return await look_and_confirm(staff, page, **sent)


async def buy(staff: httpx.AsyncClient, world: World, **values: str) -> httpx.Response:
    page = f"{page_of(world)}/for-purchase"
    known = {"merchant": str(world.merchant.merchant_id), "points": "1", "step": "confirm"}
    return await send(staff, page, page, **{**known, **GROUND, **values})


async def on_record(world: World) -> list[tuple[Any, ...]]:
    """What was done for the member after she joined: act, ground, whoever did it."""
    async with read_transaction(world.engine) as conn:
        rows = await fetch_all(
            conn,
            "SELECT a.action, a.reason, p.display_name FROM foundation.audit_log a"
            " LEFT JOIN foundation.person p USING (caller_id)"
            " WHERE a.behalf_person_id = $1 AND a.action <> 'member.enrol' ORDER BY a.audit_id",
            world.person.person_id,
        )
    return [tuple(row) for row in rows]


async def purchases_of(world: World) -> list[Purchase]:
    tenant_id = world.programme.tenant_id
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        return await list_purchases(
            conn, tenant_id=tenant_id, member_id=world.member.member_id, limit=10
        )


@pytest.mark.usefixtures("provided")
async def test_nothing_is_done_before_it_was_said_in_words_and_confirmed(
    app: Edge, world: World
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        asked = await convert(staff, world, step="")
        assert asked.status_code == 200
        for words in ("请核对", "王*", world.member.volunteer_no, ON_RECORD, "不能换回"):
            assert words in asked.text, words
        assert "你的服务时长" not in asked.text, "it is the member's"
        assert re.search(r"用去时间.*?2<small>小时", asked.text, re.DOTALL)
        assert re.search(r"换得积分.*?20.00<small>分", asked.text, re.DOTALL)
        assert await on_record(world) == []
        changed = await convert(staff, world, step="change")
        assert 'value="2"' in changed.text
        assert "上午来电" in changed.text
        assert changed.status_code == 200
        assert (await convert(staff, world, step="sure")).status_code == 200
        assert await on_record(world) == []
        done = await convert(staff, world)
        assert done.status_code == 303
        assert "已换成积分" in (await staff.get(done.headers["location"])).text
    assert await on_record(world) == [("time.convert", ON_RECORD, "陈静")]


@pytest.mark.usefixtures("provided")
async def test_points_are_held_at_a_merchant_and_given_back_with_the_ground_on_record(
    app: Edge, world: World
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        await convert(staff, world)
        asked = await buy(staff, world, step="")
        assert "老张豆浆" in asked.text
        assert "15 分钟" in asked.text
        assert await purchases_of(world) == []
        assert (await buy(staff, world)).status_code == 303
        (held,) = await purchases_of(world)
        assert (held.amount, held.merchant_id) == (100, world.merchant.merchant_id)
        assert "老张豆浆" in (await staff.get(page_of(world))).text
        page = f"{page_of(world)}/for-void"
        sent = {"purchase": str(held.redemption_id), **GROUND}
        assert "请核对" in (await send(staff, page, page, **sent)).text
        assert (await send(staff, page, page, step="confirm", **sent)).status_code == 303
    assert await on_record(world) == [
        ("time.convert", ON_RECORD, "陈静"),
        ("redemption.authorise", ON_RECORD, "陈静"),
        ("redemption.void", ON_RECORD, "陈静"),
    ]
    async with visitor(app) as wang:
        await sign_in(wang)
        acts = (await wang.get("/account/acts")).text
        assert acts.count("陈静") == acts.count(ON_RECORD) == 3
        home = f"/programmes/{world.programme.public_id}/volunteer"
        assert acts.count(f'href="{home}/vouchers/{held.redemption_id}"') == 2
        assert acts.count("：老张豆浆") == 2
        vouchers = set(re.findall(rf'href="({home}/vouchers/[^"]*)"', acts))
        assert len(vouchers) == 2, "one of the conversion, one of the purchase"
        for voucher in vouchers:
            assert (await wang.get(voucher)).status_code == 200
        async with read_transaction(world.engine) as conn:
            told = await list_notices(conn, person_id=world.person.person_id, limit=10)
        assert [one.kind for one in told] == ["acted_for"] * 3
        assert "工作人员替你办了一件事" in (await wang.get("/account/notices")).text
    async with signed_in(app, await admit(world, "auditor")) as auditor:
        log = f"/programmes/{world.programme.public_id}/staff/audit-log"
        assert (await auditor.get(log)).text.count(ON_RECORD) == 3


@pytest.mark.usefixtures("provided")
async def test_what_is_missing_or_too_much_is_said_beside_its_field(
    app: Edge, world: World
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        for field, values, words in (
            ("reason", {"reason": ""}, "这一项要填"),
            ("reason", {"reason": "字" * 121}, "120"),
            ("reason", {"reason": "本人来电 13800001111"}, "号"),
            ("ground", {"ground": "dream"}, "请从列表里选"),
            ("hours", {"hours": "5.5"}, "可用时间不够"),
            ("hours", {"hours": "５．５"}, "可用时间不够"),
            ("hours", {"hours": "-1"}, "小时"),
            ("hours", {"hours": "abc"}, "小时"),
        ):
            for step in ("", "confirm"):
                answer = await convert(staff, world, step=step, **values)
                assert answer.status_code == 422, values
                problem = re.search(rf'id="{field}-problem">([^<]*)', answer.text)
                assert problem is not None, values
                assert words in problem[1], values
        for values in ({"merchant": str(uuid7())}, {"merchant": "x"}, {"points": "0"}):
            assert (await buy(staff, world, **values)).status_code == 422
        short = await buy(staff, world, points="0.01")
        assert short.status_code == 422
        assert "可用积分不够：有 0.00 分，要 0.01 分，还差 0.01 分。" in short.text
        page = f"{page_of(world)}/for-void"
        nothing = (await staff.get(page)).text
        assert "现在没有等商户确认的积分" in nothing
        assert f'action="{page}"' not in nothing, "nothing is asked for"
        assert f'class="button" href="{page_of(world)}"' in nothing
        forged = await send(staff, page, page, purchase=str(uuid7()), step="confirm", **GROUND)
        assert forged.status_code == 422
    assert await on_record(world) == []


@pytest.mark.usefixtures("provided")
async def test_a_form_sent_twice_at_once_acts_once(app: Edge, world: World) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        page = f"{page_of(world)}/for-convert"

        async def looked_at() -> dict[str, str]:
            asked = {"hours": "2", **GROUND}
            shown = seen_in(await send(staff, page, page, **asked))
            return {**shown, **asked, "step": "confirm"}

        form = await looked_at()
        answers = await asyncio.gather(*(staff.post(page, data=form) for _ in range(2)))
        assert {one.status_code for one in answers} == {303}
        other, more = await looked_at(), await looked_at()
        answers = await asyncio.gather(staff.post(page, data=other), staff.post(page, data=more))
        assert sorted(one.status_code for one in answers) == [303, 422], "one hour is left"
    assert len(await on_record(world)) == 2


async def member_of(world: World, name: str) -> tuple[Person, UUID]:
    """Whoever signs in with a name, as a member of the programme too."""

    async def make(conn: AsyncConnection) -> tuple[Person, UUID]:
        (row,) = await fetch_all(
            conn, "SELECT person_id FROM foundation.sign_in_method WHERE subject = $1", name
        )
        person = await get_person_by_id(conn, person_id=row.person_id)
        member = await create_member(
            conn, tenant_id=world.programme.tenant_id, person=person, joined_on=today()
        )
        return person, member.member_id

    return await write_transaction(world.engine, make, tenant_id=world.programme.tenant_id)


async def test_nobody_acts_for_herself_for_the_suspended_or_for_strangers(
    app: Edge, world: World
) -> None:
    name = await admit(world, "community_staff")
    _, own = await member_of(world, name)

    async def suspend(conn: AsyncConnection) -> None:
        await set_standing(
            conn,
            tenant_id=world.programme.tenant_id,
            kind="member",
            subject_id=world.member.member_id,
            status="suspended",
            reason="住院休养中",
            caller_id=SYSTEM,
        )

    async with signed_in(app, name) as staff:
        form = hidden(await staff.get(f"{page_of(world)}/for-convert"))
        await write_transaction(world.engine, suspend, tenant_id=world.programme.tenant_id)
        for member_id, words in ((own, "自己的事"), (world.member.member_id, "目前不参与")):
            page = page_of(world, member_id)
            shown = await staff.get(page)
            assert shown.status_code == 200
            assert words in shown.text
            assert "for-convert" not in shown.text
            refused = await staff.get(f"{page}/for-convert")
            assert refused.status_code == 409
            assert words in refused.text
            values = {**form, "hours": "1", "step": "confirm", **GROUND}
            sent = await staff.post(f"{page}/for-convert", data=values)
            assert sent.status_code == 409
            assert words in sent.text
    elsewhere = await admit(world, "community_staff", world.other_programme)
    async with signed_in(app, elsewhere) as stranger:
        other = f"/programmes/{world.other_programme.public_id}/staff/act-for"
        found = await send(stranger, other, other, q=world.member.volunteer_no)
        assert "没有找到" in found.text
        for path in ("", "/for-convert", "/for-purchase", "/nothing"):
            page = f"{other}/{world.member.member_id}{path}"
            assert (await stranger.get(page)).status_code == 404
            if path:
                values = {**hidden(found), "hours": "1", "step": "confirm", **GROUND}
                assert (await stranger.post(page, data=values)).status_code == 404
    assert await on_record(world) == [("member.suspended", "住院休养中", None)]


@pytest.mark.usefixtures("provided")
async def test_who_is_suspended_or_erased_meanwhile_is_not_acted_for(
    app: Edge, world: World
) -> None:
    """The database looks again in the transaction that acts; what was refused leaves nothing."""
    from ledger.foundation.acting_for import begin_acts_for
    from ledger.foundation.participation import MemberNotActive
    from ledger.foundation.personal_data import PersonErased

    async def begin(conn: AsyncConnection) -> None:
        await begin_acts_for(
            conn,
            tenant_id=world.programme.tenant_id,
            member_ids=[world.member.member_id],
            caller_id=SYSTEM,
            ground="来电",
        )

    async def spoil(conn: AsyncConnection) -> None:
        await conn.exec_driver_sql(
            "UPDATE foundation.member SET status = 'suspended' WHERE member_id = $1",
            (world.member.member_id,),
        )
        await begin(conn)

    tenant_id = world.programme.tenant_id
    with pytest.raises(MemberNotActive):
        await write_transaction(world.engine, spoil, tenant_id=tenant_id)

    async def erase(conn: AsyncConnection) -> None:
        await conn.exec_driver_sql(
            "UPDATE foundation.person SET data_key = NULL, erased_at = now() WHERE person_id = $1",
            (world.person.person_id,),
        )
        await begin(conn)

    with pytest.raises(PersonErased):
        await write_transaction(world.engine, erase, tenant_id=tenant_id)
    async with visitor(app) as wang:
        await sign_in(wang)
        assert "替你办了一件事" not in (await wang.get("/account/notices")).text


@pytest.mark.usefixtures("provided")
async def test_whoever_takes_points_at_a_counter_gives_none_out_for_it(
    app: Edge, world: World
) -> None:
    name = await admit(world, "community_staff")

    async def employ(conn: AsyncConnection) -> None:
        (row,) = await fetch_all(
            conn, "SELECT person_id FROM foundation.sign_in_method WHERE subject = $1", name
        )
        person = await get_person_by_id(conn, person_id=row.person_id)
        await grant_role(
            conn,
            caller_id=person.caller_id,
            role="merchant_operator",
            tenant_id=world.programme.tenant_id,
            object_id=world.merchant.merchant_id,
            granted_by=SYSTEM,
        )

    await write_transaction(world.engine, employ, tenant_id=world.programme.tenant_id)
    async with signed_in(app, name) as staff:
        await convert(staff, world)
        page = await staff.get(f"{page_of(world)}/for-purchase")
        assert "老张豆浆" not in page.text
        assert (await buy(staff, world)).status_code == 422
    assert await purchases_of(world) == []


async def test_two_of_one_surname_are_told_apart_by_telephone_and_household(
    app: Edge, world: World
) -> None:
    tenant_id = world.programme.tenant_id

    async def enrol(conn: AsyncConnection) -> None:
        for name, phone, number in (
            ("欧阳一", "13812340001", "3-201"),
            ("欧阳二", "13912345678", "7-1502"),
        ):
            details = PersonalDetails(phone=phone)
            person = await create_person(conn, display_name=name, keys=KEYS, details=details)
            member = await create_member(
                conn, tenant_id=tenant_id, person=person, joined_on=today()
            )
            await create_household(
                conn,
                tenant_id=tenant_id,
                number=number,
                head_member_id=member.member_id,
                caller_id=SYSTEM,
            )

    await write_transaction(world.engine, enrol, tenant_id=tenant_id)
    marks = ("138****0001", "3-201", "139****5678", "7-1502")
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        found = (await send(staff, desk_of(world), desk_of(world), q="欧阳")).text
        for one in marks:
            assert found.count(one) == 1, one
        assert "12340001" not in found
