"""Two people at two browsers: one asks for a reversal and a role, the other decides."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import now, today
from ledger.database import fetch_value, write_transaction
from ledger.foundation.events import post_event
from ledger.foundation.grants import end_grant, grant_role
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.people import Person, create_person
from ledger.foundation.sign_in import set_password
from ledger.identifiers import uuid7
from ledger.programmes.trust.counterparties import add_supplier
from ledger.programmes.trust.payments import request_payment
from reconciliation.bank_accounts import register_bank_account
from tests.api.test_attachments import picture
from tests.api.world import KEYS, PASSWORD, SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden


async def send(client: httpx.AsyncClient, address: str, **typed: str) -> httpx.Response:
    """Fill in the form of a page and send it."""
    fields = hidden(await client.get(address))
    return await client.post(address, data={**fields, **typed})


async def entry_id(world: World) -> str:
    """The one entry of the programme: minutes given to the first member."""

    async def find(conn: AsyncConnection) -> str:
        return str(await fetch_value(conn, "SELECT entry_id FROM books.entry WHERE tenant_id = 3"))

    assert world.programme.tenant_id == 3
    return await write_transaction(world.engine, find, tenant_id=3)


async def admin(world: World, name: str, role: str = "platform_admin") -> Person:
    async def make(conn: AsyncConnection) -> Person:
        person = await create_person(conn, display_name="陈静", keys=KEYS)
        await set_password(conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM)
        await grant_role(conn, caller_id=person.caller_id, role=role, granted_by=SYSTEM)
        return person

    return await write_transaction(world.engine, make)


def signer_of(voucher: str, act: str) -> str:
    """A name and the second it signed in, as a voucher shows them."""
    found = re.search(rf"<dt>{act}</dt><dd>(.+?<span.*?\d\d:\d\d:\d\d.*?)</dd>", voucher)
    assert found is not None, act
    return found[1]


async def test_a_reversal_is_asked_for_on_one_page_and_approved_on_another(
    app: Edge, world: World
) -> None:
    base = f"/programmes/{world.programme.public_id}"
    voucher = f"{base}/books/entries/{await entry_id(world)}"
    async with (
        signed_in(app, await admit(world, "programme_accountant")) as maker,
        signed_in(app, await admit(world, "subdistrict_staff", display_name="郑强")) as checker,
    ):
        assert f'href="{voucher}/reversal"' in (await maker.get(voucher)).text
        assert "/reversal" not in (await checker.get(voucher)).text
        silent = await send(maker, f"{voucher}/reversal", reason=" ")
        assert (silent.status_code, "aria-invalid" in silent.text) == (422, True)
        asked = await send(maker, f"{voucher}/reversal", reason="记错了人")
        assert asked.status_code == 303, asked.text
        request = asked.headers["location"]
        again = await send(maker, f"{voucher}/reversal", reason="再申请一次")
        assert again.status_code == 409
        assert f'href="{request}"' in again.text, "to the request that waits already"
        own = (await maker.get(request)).text
        assert "<caption>原凭证这样记，红冲时借贷相反</caption>" in own
        assert 'value="withdrawn"' in own
        assert 'value="approved"' not in own
        for_myself = await maker.post(request, data={**hidden_of(own), "act": "approved"})
        assert for_myself.status_code in (403, 409)
        waiting = (await checker.get(f"{base}/staff/approvals")).text
        assert request in waiting
        assert request in (await maker.get(f"{base}/staff/approvals?view=mine")).text
        assert request not in (await maker.get(f"{base}/staff/approvals")).text
        no_reason = await send(checker, request, act="declined")
        assert no_reason.status_code == 422
        done = await send(checker, request, act="approved")
        assert done.headers["location"] == f"{base}/staff/approvals?done=approved"
        assert app.app.state.service.identities.api_keys.forgotten == 0  # type: ignore[attr-defined]
        decided = (await checker.get(request)).text
        mirror = re.search(rf'href="({base}/books/entries/[0-9a-f-]+)">', decided.split("结果")[1])
        assert mirror is not None
        reversal = (await checker.get(mirror[1])).text
        assert "红冲" in reversal
        asked_by, approved_by = (signer_of(reversal, words) for words in ("提出", "批准"))
        assert asked_by != approved_by, "two people, each with the moment"
        assert "经办人" not in reversal, "whoever approved it did not make it"
        assert "提出" not in (await checker.get(voucher)).text
        late = await checker.post(request, data={**hidden_of(decided), "act": "declined"})
        assert late.status_code in (403, 422)
        sent = {**hidden(await checker.get(request)), "act": "approved"}
        late = await checker.post(request, data=sent)
        assert (late.status_code, "已有决定" in late.text) == (409, True)
        assert "仍在等待" not in late.text


async def test_a_day_that_is_not_open_is_refused_beside_its_field(app: Edge, world: World) -> None:
    base = f"/programmes/{world.programme.public_id}"
    page = f"{base}/books/entries/{await entry_id(world)}/reversal"
    async with signed_in(app, await admit(world, "programme_accountant")) as maker:
        for day, status in (
            (str(today() + timedelta(days=60)), 409),
            ("1999-12-31", 409),
            ("9999-12-31", 422),
        ):
            answer = await send(maker, page, reason="记错了人", booked_on=day)
            assert answer.status_code == status, day
            assert 'id="booked_on-problem"' in answer.text
            assert "infinity" not in answer.text
            assert f'value="{day}"' in answer.text
            assert ">记错了人</textarea>" in answer.text
            if status == 409:
                last = today() + timedelta(days=31)
                assert f"{last.year}年{last.month}月{last.day}日" in answer.text
        waiting = await maker.get(f"{base}/staff/approvals?view=mine")
        assert "记错了人" not in waiting.text


def hidden_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


async def give(client: httpx.AsyncClient, home: str, **typed: str) -> httpx.Response:
    """Say whom, then fill in what."""
    page = await client.get(f"{home}/new", params={"volunteer_no": typed["volunteer_no"]})
    return await client.post(home, data={**hidden(page), **typed})


async def test_roles_are_given_and_ended_on_pages(app: Edge, world: World) -> None:
    await admin(world, "first")
    await admin(world, "second")
    home = f"/programmes/{world.programme.public_id}/staff/grants"
    number = world.person.volunteer_no
    kept = app.app.state.service.identities.api_keys  # type: ignore[attr-defined]
    async with signed_in(app, "first") as first, signed_in(app, "second") as second:
        unknown = await first.get(f"{home}/new?volunteer_no=V1")
        assert (unknown.status_code, "没有这个编号" in unknown.text) == (422, True)
        page = await first.get(f"{home}/new?volunteer_no={number}")
        sent = {
            **hidden(page),
            "volunteer_no": "V1",
            "role": "branch_secretary",
            "reason": "新人到岗",
        }
        nobody = await first.post(home, data=sent)
        assert nobody.status_code == 422
        assert "没有这个编号" in nobody.text
        given = await give(
            first, home, volunteer_no=number, role="branch_secretary", reason="新人到岗"
        )
        assert given.headers["location"] == f"{home}?done=1", given.text
        assert kept.forgotten == 1, "a role counts at once, and for whoever is signed in as well"
        told = (await first.get(f"{home}/new?volunteer_no={number}")).text
        assert "社区工作人员（与 党支部书记 互斥）" in told
        assert '<option value="community_staff"' not in told
        excluded = await give(
            first, home, volunteer_no=number, role="community_staff", reason="兼任岗位"
        )
        assert excluded.status_code == 409
        assert "新人到岗" not in excluded.text
        assert "兼任岗位" in excluded.text
        again = await give(
            first, home, volunteer_no=number, role="branch_secretary", reason="再给一次"
        )
        assert (again.status_code, "已担任这个角色" in again.text or "已担任" in again.text) == (
            409, True,
        )  # fmt: skip
        powerful = await give(
            first, home, volunteer_no=number, role="programme_accountant", reason="接任会计"
        )
        request = powerful.headers["location"]
        assert "项目会计" in (await second.get(request)).text
        assert kept.forgotten == 1, "what waits for another changes nothing"
        assert (await send(second, request, act="approved")).status_code == 303
        assert kept.forgotten == 2
        listed = (await first.get(home)).text
        assert "项目会计" in listed
        ends = re.findall(rf'href="({home}/[0-9a-f-]+)"', listed)
        for address in ends:
            page = (await first.get(address)).text
            if "党支部书记" in page:
                ended = await send(first, address, reason="离任交接")
                assert ended.headers["location"] == f"{home}?done=1"
                assert kept.forgotten == 3
        assert "离任交接" in (await first.get(f"{home}?over=1")).text
        for role in ("volunteer", "programme_accountant", "platform_admin"):
            assert (await first.get(f"/roles?role={role}")).status_code == 200


async def test_evidence_of_a_request_is_seen_by_who_decides_and_goes_to_the_entry(
    app: Edge, world: World
) -> None:
    base = f"/programmes/{world.programme.public_id}"
    voucher = f"{base}/books/entries/{await entry_id(world)}"
    sent = {"file": ("a.jpg", picture(), "image/jpeg")}
    async with (
        signed_in(app, await admit(world, "programme_accountant")) as maker,
        signed_in(app, await admit(world, "subdistrict_staff")) as checker,
        signed_in(app, await admit(world, "community_staff")) as clerk,
    ):
        asked = await send(maker, f"{voucher}/reversal", reason="记错了人")
        request = asked.headers["location"]
        own = await maker.get(request)
        assert f'action="{request}/files"' in own.text
        empty = await maker.post(f"{request}/files", data=hidden(own))
        assert (empty.status_code, f'href="{request}"' in empty.text) == (422, True)
        done = await maker.post(f"{request}/files", data=hidden(own), files=sent)
        assert done.headers["location"] == f"{request}#evidence", done.text
        page = await checker.get(request)
        (file,) = re.findall(rf'href="({base}/files/[0-9a-f-]+)"', page.text)
        assert f"{request}/files" not in page.text
        other = await checker.post(
            f"{request}/files", data=hidden(page), files={"file": ("b.jpg", picture("PNG"))}
        )
        assert other.status_code in (403, 422), "whoever decides adds nothing"
        assert (await checker.get(file)).content.startswith(b"\xff\xd8\xff")
        assert (await clerk.get(file)).status_code == 404
        assert (await clerk.get(request)).status_code == 404
        await send(checker, request, act="approved")
        late = await maker.post(f"{request}/files", data=hidden(own), files=sent)
        assert late.status_code in (409, 422)
        decided = (await checker.get(request)).text.split("结果")[1]
        mirror = re.search(rf'href="({base}/books/entries/[0-9a-f-]+)"', decided)
        assert mirror is not None
        assert file in (await maker.get(mirror[1])).text


async def test_limited_roles_are_given_for_their_object(app: Edge, world: World) -> None:
    await admin(world, "first")
    home = f"/programmes/{world.programme.public_id}/staff/grants"
    number = world.person.volunteer_no
    operator = {"volunteer_no": number, "role": "merchant_operator", "reason": "店里帮工"}
    async with signed_in(app, "first") as first:
        nowhere = await give(first, home, **operator)
        assert (nowhere.status_code, 'id="merchant_id-problem"' in nowhere.text) == (422, True)
        foreign = await give(first, home, **operator, merchant_id=str(world.member.member_id))
        assert foreign.status_code == 404
        merchant = str(world.merchant.merchant_id)
        done = await give(first, home, **operator, merchant_id=merchant)
        assert done.status_code == 303, done.text
        assert world.merchant.name in (await first.get(home)).text
        resident = {"volunteer_no": number, "role": "resident", "reason": "换"}
        short = await give(first, home, **resident)
        assert (short.status_code, "至少 2 个字。</p>" in short.text) == (409, True)
        assert ('id="reason-problem"' in short.text, 'id="role-problem"' in short.text) == (
            True, False,
        )  # fmt: skip
        resident["reason"] = "换届"
        assert (await give(first, home, **resident)).status_code == 303
        estate = f"/estates/{world.estate.public_id}/grants"
        owner = {
            "volunteer_no": number,
            "role": "owner",
            "reason": "小区业主",
            "property": "9-9-999",
        }
        none = await give(first, estate, **owner)
        assert (none.status_code, 'id="property-problem"' in none.text) == (422, True)
        for typed in ({"valid_to": "2020-01-01"}, {"reason": ""}, {"role": "guardian"}):
            wrong = await give(first, home, **{**operator, "merchant_id": merchant, **typed})
            assert wrong.status_code == 422, typed


async def test_a_role_in_a_unit_is_given_on_the_platform(app: Edge, world: World) -> None:
    await admin(world, "first")
    await admin(world, "second")
    unit = await placed(world)
    number = world.person.volunteer_no
    typed = {"volunteer_no": number, "role": "subdistrict_staff", "reason": "负责本街道"}
    async with signed_in(app, "first") as first, signed_in(app, "second") as second:
        unknown = await give(first, "/admin/grants", **typed, org_unit_id=world.base[-36:])
        assert unknown.status_code == 404
        asked = await give(first, "/admin/grants", **typed, org_unit_id=unit)
        request = asked.headers["location"]
        assert "东湖社区" in (await second.get(request)).text
        assert (await send(second, request, act="approved")).status_code == 303
        listed = (await first.get("/admin/grants")).text
        assert "东湖社区" in listed
        assert "两人审批" in listed


async def placed(world: World) -> str:
    """A unit of today."""

    async def place(conn: AsyncConnection) -> str:
        begin = today() - timedelta(days=30)
        unit = await create_org_unit(conn, level="district", name="东湖社区", valid_from=begin)
        return str(unit.org_unit_id)

    return await write_transaction(world.engine, place)


async def test_whoever_signs_a_payment_reads_whom_it_pays(app: Edge, world: World) -> None:
    trustee_name = await admit(world, "trustee", world.estate)
    tenant_id = world.estate.tenant_id

    async def post(conn: AsyncConnection, event: str, name: str, owners: dict[str, Any]) -> None:
        await post_event(
            conn,
            event,
            tenant_id=tenant_id,
            key=uuid7(),
            caller_id=SYSTEM,
            occurred_at=now(),
            amounts={name: 12_300},
            owners=owners,
            accounts={"expense": "5103"} if event == "TR11" else {},
        )

    async def earn(conn: AsyncConnection, bank: UUID, supplier: UUID) -> None:
        await post(conn, "TR20", "interest", {"bank": bank})
        await post(conn, "TR11", "expense", {"supplier": supplier})

    async def again(conn: AsyncConnection, *, paid: bool) -> None:
        """Pay it past the request, or earn and owe the same once more."""
        asked = "SELECT {} FROM programmes.trust_payment_request"
        supplier = await fetch_value(conn, asked.format("payee_id"))
        bank = await fetch_value(conn, asked.format("bank_account_id"))
        if paid:
            await post(conn, "TR12", "paid", {"supplier": supplier, "bank": bank})
        else:
            await earn(conn, bank, supplier)

    async def ask_for_it(conn: AsyncConnection) -> None:
        account = await register_bank_account(
            conn,
            tenant_id=tenant_id,
            bank="工商银行",
            account_name="春晖苑",
            account_no="6222020200001234567",
            keys=KEYS,
            caller_id=SYSTEM,
        )
        supplier = await add_supplier(
            conn, tenant_id=tenant_id, name="安达电梯公司", caller_id=SYSTEM
        )
        await earn(conn, account.bank_account_id, supplier.counterparty_id)
        statement = (
            "SELECT p.caller_id FROM foundation.person p JOIN foundation.role_grant g "
            "ON g.caller_id = p.caller_id WHERE g.role_code = 'trustee'"
        )
        await request_payment(
            conn,
            tenant_id=tenant_id,
            event="TR12",
            amount=12_300,
            bank_account_id=account.bank_account_id,
            purpose="维保",
            key=uuid7(),
            caller_id=await fetch_value(conn, statement),
            payee_id=supplier.counterparty_id,
        )

    await write_transaction(world.engine, ask_for_it, tenant_id=tenant_id)
    await write_transaction(world.engine, lambda c: again(c, paid=True), tenant_id=tenant_id)
    committee_name = await admit(world, "committee_member", world.estate, "郑强")
    async with (
        signed_in(app, committee_name) as committee,
        signed_in(app, trustee_name) as trustee,
    ):
        home = f"/estates/{world.estate.public_id}"
        page = (await committee.get(home)).text
        (request,) = set(re.findall(rf'href="({home}/approvals/[0-9a-f-]+)"', page))
        assert "去签批" in page
        assert "去签批" not in (await trustee.get(home)).text
        shown = (await committee.get(request)).text
        assert "安达电梯公司" in shown
        assert 'value="approved"' in shown
        assert 'value="approved"' not in (await trustee.get(request)).text
        too_little = await send(committee, request, act="approved")
        assert (too_little.status_code, "不同意，驳回" in too_little.text) == (409, True)
        assert "会员" not in too_little.text, "what a shop tells its customers"
        await write_transaction(world.engine, lambda c: again(c, paid=False), tenant_id=tenant_id)
        signed = await send(committee, request, act="approved")
        assert signed.status_code == 303, signed.text
        paid = (await committee.get(request)).text
        entry = re.search(rf'href="({home}/books/entries/[0-9a-f-]+)">', paid)
        assert entry is not None
        voucher = (await committee.get(entry[1])).text
        assert signer_of(voucher, "第一签") != signer_of(voucher, "第二签")


async def test_a_request_whose_asker_lost_the_right_is_shown_as_such_and_not_approved(
    app: Edge, world: World
) -> None:
    base = f"/programmes/{world.programme.public_id}"
    voucher = f"{base}/books/entries/{await entry_id(world)}"
    async with (
        signed_in(app, await admit(world, "programme_accountant")) as maker,
        signed_in(app, await admit(world, "subdistrict_staff", display_name="郑强")) as checker,
    ):
        asked = await send(maker, f"{voucher}/reversal", reason="记错了人")
        request = asked.headers["location"]
        assert "已无权申请" not in (await checker.get(f"{base}/staff/approvals")).text

        async def run_out(conn: AsyncConnection) -> None:
            grant_id = await fetch_value(
                conn,
                "SELECT grant_id FROM foundation.role_grant"
                " WHERE role_code = 'programme_accountant'",
            )
            await end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="到期")

        await write_transaction(world.engine, run_out)
        assert "已无权申请" in (await checker.get(f"{base}/staff/approvals")).text
        one = (await checker.get(request)).text
        assert "不能批准" in one
        assert 'value="approved"' not in one
        forced = await checker.post(request, data={**hidden_of(one), "act": "approved"})
        assert forced.status_code == 409
        assert (await send(checker, request, act="declined", reason="已离任")).status_code == 303
