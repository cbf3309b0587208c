"""The audit log is read by those who may, searched, paged and taken away as a file."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from api.web import audit_log
from ledger.clock import today
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.audit_log import record_action
from ledger.foundation.audit_seals import seal_audit_log
from tests.api.world import SYSTEM, World, client_of, new_key
from tests.database.test_audit_seals import tamper
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden


def address(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/staff/audit-log"


async def actions(world: World) -> list[tuple[str, str | None]]:
    async with read_transaction(world.engine) as conn:
        rows = await fetch_all(
            conn, "SELECT action, object_id FROM foundation.audit_log ORDER BY audit_id"
        )
    return [(row.action, row.object_id) for row in rows]


async def test_a_write_leaves_one_line_and_its_repetition_none(app: Edge, world: World) -> None:
    before = len(await actions(world))
    async with client_of(app, await world.key("community_staff")) as staff:
        key = new_key()
        body = {"name": "阿婆馄饨"}
        sent = [
            await staff.post(f"{world.base}/merchants", json=body, headers=key) for _ in range(2)
        ]
        refused = await staff.post(f"{world.base}/merchants", json=body, headers=new_key())
    assert [answer.status_code for answer in (*sent, refused)] == [201, 201, 409]
    ours = [one for one in (await actions(world))[before:] if one[0].startswith("merchant")]
    assert [action for action, _ in ours] == ["merchant.enrol"]


async def test_an_act_without_a_line_of_its_own_gets_one_named_after_its_route(
    app: Edge, world: World
) -> None:
    account = await world.account("TB", "2101", world.member.member_id)
    async with client_of(app, await world.key("programme_accountant")) as accountant:
        answer = await accountant.post(
            f"{world.base}/accounts/{account}/status",
            json={"status": "frozen", "reason": "核对"},
            headers=new_key(),
        )
    assert answer.status_code == 200, answer.text
    assert (await actions(world))[-1] == ("accounts.manage", str(account))


async def test_a_line_is_found_by_what_one_knows_of_it(app: Edge, world: World) -> None:
    async def record(conn: object) -> None:
        for number in range(60):
            await record_action(
                conn,  # type: ignore[arg-type]
                caller_id=world.person.caller_id,
                action="api_key.create",
                tenant_id=world.programme.tenant_id,
                object_kind="api_key",
                object_id=f"00000000-0000-7000-8000-{number:012}",
                reason="=1+1",
            )

    await write_transaction(world.engine, record)
    home = address(world)
    async with signed_in(app, await admit(world, "auditor")) as browser:
        first = await browser.get(home)
        assert first.status_code == 200
        assert "王**" in first.text or "王*" in first.text
        assert "王小明" not in first.text
        assert first.text.count("签发接口密钥</option>") == 1
        assert 'rel="next"' in first.text
        found = await browser.get(f"{home}?object=00000000-0000-7000-8000-000000000007")
        assert found.text.count("000000000007</span>") == 1
        assert "000000000008" not in found.text
        asked = {"here": home, "who": "王小明", "action": "role.grant"}
        sent = await browser.post("/filters", data={**hidden(first), **asked})
        assert sent.headers["location"].startswith(f"{home}?action=role.grant&sealed=")
        typed = await browser.get(sent.headers["location"])
        assert 'value="王小明"' in typed.text
        assert f'href="{home}.csv?action=role.grant&amp;sealed=' in typed.text
        nobody = await browser.get(f"{home}?who=V-0000&since={today().isoformat()}")
        assert "没有找到记录" in nobody.text
        mine = await browser.get(f"{home}?who={world.person.volunteer_no}&action=api_key.create")
        assert 'rel="next"' in mine.text
        wrong = await browser.get(f"{home}?since=yesterday")
        assert wrong.status_code == 200
        assert "不是日期" in wrong.text
        assert "王*" not in wrong.text, "lines of other days, as if asked for"
        assert (await browser.get(f"{home}.csv?since=yesterday")).status_code == 400
        file = await browser.get(f"{home}.csv?action=api_key.create")
        dated = await browser.get(f"{home}.csv?since=2026-01-01&until=2026-01-31")
    assert "audit-log-2026-01-01-2026-01-31.csv" in dated.headers["content-disposition"]
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="audit-log.csv"'
    assert file.text.count("\r\n") == 61
    assert "'=1+1" in file.text
    assert ",=1+1" not in file.text


async def test_lines_of_another_tenant_are_not_there(app: Edge, world: World) -> None:
    async def record(conn: object) -> None:
        await record_action(
            conn,  # type: ignore[arg-type]
            caller_id=SYSTEM,
            action="role.grant",
            tenant_id=world.other_programme.tenant_id,
            reason="别处的事",
        )

    await write_transaction(world.engine, record)
    async with signed_in(app, await admit(world, "auditor")) as browser:
        page: httpx.Response = await browser.get(address(world))
        file = await browser.get(f"{address(world)}.csv")
    assert "别处的事" not in page.text + file.text


async def test_a_line_changed_after_it_was_sealed_stands_out(
    app: Edge, world: World, admin_engine: AsyncEngine
) -> None:
    async def record(conn: AsyncConnection) -> None:
        for reason in ("改前", "不改"):
            await record_action(
                conn,
                caller_id=SYSTEM,
                action="role.grant",
                tenant_id=world.programme.tenant_id,
                behalf_person_id=world.person.person_id,
                reason=reason,
            )

    await write_transaction(world.engine, record)
    await seal_audit_log(world.engine)
    edit = "UPDATE foundation.audit_log SET reason = '改后' WHERE reason = '改前'"
    await tamper(admin_engine, "audit_log", edit)
    home = address(world)
    async with signed_in(app, await admit(world, "auditor")) as browser:
        page = await browser.get(f"{home}?who={world.person.volunteer_no}&action=role.grant")
        file = await browser.get(f"{home}.csv?who={world.person.volunteer_no}&action=role.grant")
    assert page.text.count("封存后被改动") == 1
    assert page.text.count("已封存") == 1
    assert [line.rsplit(",", 1)[1] for line in file.text.split("\r\n")[1:3]] == [
        "已封存",
        "封存后被改动",
    ]


async def test_a_file_that_was_cut_off_says_so(
    app: Edge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "MOST_EXPORTED", 2)
    async with signed_in(app, await admit(world, "auditor")) as browser:
        for lines in range(1, 4):
            await write_transaction(
                world.engine,
                lambda conn: record_action(
                    conn,
                    caller_id=SYSTEM,
                    action="role.end",
                    tenant_id=world.programme.tenant_id,
                ),
            )
            file = await browser.get(f"{address(world)}.csv?action=role.end")
            rows = file.text.split("\r\n")[1:-1]
            assert (len(rows), "只有最新的 2 行" in rows[-1]) == (lines, lines == 3)
