"""Asking for a correction and for another rule: looked at first, then sent; mistakes by field."""

import re
from datetime import timedelta

from httpx import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.formatting import format_day
from ledger.clock import month_of, now, today
from ledger.database import write_transaction
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.people import Person
from ledger.foundation.policies import approve_policy, propose_policy
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.test_approval_pages import admin, hidden_of, send
from tests.web.visitors import look_and_ask

RULE = "service.objection_days"


async def test_a_correction_is_looked_at_and_asked_for(app: Edge, world: World) -> None:
    base = f"/programmes/{world.programme.public_id}"
    account = await world.account("TB", "2101", world.member.member_id)
    statement = f"{base}/books/accounts/{account}"
    page = f"{statement}/adjustment"
    good = {"event": "TB32", "amount": "2.5", "reason": "重复计入一次"}
    async with (
        signed_in(app, await admit(world, "programme_accountant")) as maker,
        signed_in(app, await admit(world, "subdistrict_staff")) as checker,
    ):
        assert f'href="{page}"' in (await maker.get(statement)).text
        assert page not in (await checker.get(statement)).text
        looked = await send(maker, page, act="look", **good)
        assert looked.status_code == 200
        assert "5<small>" in looked.text
        assert "2<small>小时</small>30<small>" in looked.text.replace(" ", "")
        listed = (await checker.get(f"{base}/staff/approvals")).text
        assert "重复计入一次" not in listed, "looking asks nobody"
        for other in ({"amount": "3"}, {"event": "TB31"}, {"reason": "别的理由"}):
            unseen = await look_and_ask(maker, page, good, **other)
            assert (unseen.status_code, "还没有提出申请" in unseen.text) == (409, True), other
        asked = await look_and_ask(maker, page, good)
        assert asked.status_code == 303, asked.text
        request = asked.headers["location"]
        shown = (await checker.get(request)).text
        assert "更正减记" in shown
        assert "两个账户的变化" in shown
        own = (await maker.get(request)).text
        assert 'value="approved"' not in own
        done = await send(checker, request, act="approved")
        assert done.status_code == 303, done.text
        assert "两个账户的变化" not in (await checker.get(request)).text  # it is done
        assert "2<small>小时</small>30<small>" in (await maker.get(page)).text.replace(" ", "")


async def test_a_correction_that_cannot_be_is_refused_beside_its_field(
    app: Edge, world: World
) -> None:
    base = f"/programmes/{world.programme.public_id}/books/accounts"
    page = f"{base}/{await world.account('TB', '2101', world.member.member_id)}/adjustment"
    other = f"{base}/{await world.account('TB', '5104')}/adjustment"
    good = {"event": "TB32", "amount": "1", "reason": "重复计入"}
    last_month = month_of(month_of(today()) - timedelta(days=1))
    async with signed_in(app, await admit(world, "programme_accountant")) as maker:
        for field, typed in (
            ("amount", "0"),
            ("amount", "-3"),
            ("amount", "很多"),
            ("amount", ""),
            ("event", "TB30"),
            ("event", ""),
            ("reason", " "),
            ("booked_on", str(today() + timedelta(days=1))),
            ("booked_on", "昨天"),
            ("expires_on", str(today() + timedelta(days=9))),  # not for a decrease
        ):
            for act in ("look", "ask"):
                answer = await send(maker, page, act=act, **{**good, field: typed})
                assert answer.status_code == 422, (field, typed, act)
                assert f'id="{field}-problem"' in answer.text, (field, typed)
        more = await look_and_ask(maker, page, {**good, "amount": "5.5"})
        assert (more.status_code, "5.5" in more.text) == (409, True)  # she has five hours
        closed = {**good, "booked_on": str(last_month)}
        assert (await look_and_ask(maker, page, closed)).status_code == 409
        assert (await maker.get(other)).status_code == 404  # corrected through its counterpart
        nothing = await maker.get(
            f"/programmes/{world.programme.public_id}/staff/approvals?view=mine"
        )
        assert "重复计入" not in nothing.text


async def placed(world: World) -> str:
    """A unit in which the programme lies from now on."""

    async def place(conn: AsyncConnection) -> str:
        unit = await create_org_unit(
            conn, level="district", name="东湖社区", valid_from=today() - timedelta(days=30)
        )
        return str(unit.org_unit_id)

    return await write_transaction(world.engine, place)


async def test_a_rule_is_asked_for_beside_its_present_value(app: Edge, world: World) -> None:
    await admin(world, "first")
    await admin(world, "second")
    unit = await placed(world)
    page = f"/admin/policies/{RULE}?unit={unit}"
    tomorrow = today() + timedelta(days=1)
    good = {
        "value": "9", "valid_from": str(tomorrow), "document_no": "民〔2026〕7号", "reason": "统一",
    }  # fmt: skip
    async with signed_in(app, "first") as first, signed_in(app, "second") as second:
        listed = (await first.get(f"/admin/policies?unit={unit}")).text
        assert f'href="{page}"' in listed
        assert "出厂默认" in listed
        for field, typed in (
            ("value", "61"),
            ("value", "-1"),
            ("value", "三"),
            ("value", ""),
            ("valid_from", str(today())),
            ("valid_from", "2020-01-01"),
            ("valid_from", ""),
            ("document_no", ""),
            ("reason", ""),
        ):
            for act in ("look", "ask"):
                answer = await send(first, page, act=act, **{**good, field: typed})
                assert answer.status_code == 422, (field, typed, act)
                assert f'id="{field}-problem"' in answer.text, (field, typed)
        looked = await send(first, page, act="look", **good)
        assert "由“3 天”改为“9 天”" in looked.text
        assert "统一" not in (await second.get("/admin/approvals")).text
        unlooked = await send(first, page, act="ask", **good)
        assert (unlooked.status_code, "还没有提出申请" in unlooked.text) == (409, True)
        for other in ({"value": "8"}, {"reason": "别的理由"}, {"inherit": "yes"}):
            unseen = await look_and_ask(first, page, good, **other)
            assert (unseen.status_code, "还没有提出申请" in unseen.text) == (409, True), other
        assert "统一" not in (await second.get("/admin/approvals")).text
        asked = await look_and_ask(first, page, good)
        request = asked.headers["location"]
        facts = (await second.get(request)).text
        assert "3 天" in facts
        assert "9 天" in facts
        own = await first.get(request)
        mine = await first.post(request, data={**hidden_of(own.text), "act": "approved"})
        assert mine.status_code in (403, 409)
        assert (await send(second, request, act="approved")).status_code == 303
        decided = (await second.get(request)).text
        assert "3 天" in decided, "what it was before stays readable afterwards"
        inherit = await send(first, page, act="look", **{**good, "value": "", "inherit": "yes"})
        assert "沿用上级规则" in inherit.text
        assert (await first.get("/admin/policies/no.rule")).status_code == 404
        elsewhere = f"/admin/policies/{RULE}?unit={world.member.member_id}"
        assert (await first.get(elsewhere)).status_code == 404


async def in_force(world: World, key: str, value: int, approver: Person) -> None:
    """Let a rule of the whole platform have a value from yesterday on, decided before."""

    async def decide(conn: AsyncConnection) -> None:
        before = now() - timedelta(days=3)
        proposed = await propose_policy(
            conn,
            org_unit_id=None,
            key=key,
            value=value,
            valid_from=today() - timedelta(days=1),
            document_no="民〔2026〕1号",
            caller_id=SYSTEM,
            at=before,
        )
        await approve_policy(conn, proposal_id=proposed, caller_id=approver.caller_id, at=before)

    await write_transaction(world.engine, decide)


async def test_a_rule_that_changed_after_the_look_is_looked_at_again(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    second = await admin(world, "second")
    page = f"/admin/policies/{RULE}"
    good = {
        "value": "9", "document_no": "民〔2026〕8号", "reason": "统一",
        "valid_from": str(today() + timedelta(days=1)),
    }  # fmt: skip
    async with signed_in(app, "first") as first:
        looked = await send(first, page, act="look", **good)
        seen = re.findall(r'name="looked" value="([^"]*)"', looked.text)
        await in_force(world, RULE, 7, second)
        asked = await send(first, page, act="ask", **good, looked="".join(seen))
        assert asked.status_code == 409
        assert "由“7 天”改为“9 天”" in asked.text
        again = re.findall(r'name="looked" value="([^"]*)"', asked.text)
        assert (await send(first, page, act="ask", **good, looked="".join(again))).is_redirect


def words_of(page: Response) -> str:
    """The words of a page, one space between them."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def test_both_see_what_holds_today_what_is_decided_and_what_a_change_overrides(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    await admin(world, "second")
    page = f"/admin/policies/{RULE}"
    soon, later = today() + timedelta(days=2), today() + timedelta(days=8)
    typed = {"document_no": "民〔2026〕9号", "reason": "统一"}
    async with signed_in(app, "first") as first, signed_in(app, "second") as second:
        requests = []
        for value, day in (("5", soon), ("20", later), ("10", later), ("15", later)):
            wanted = {**typed, "value": value, "valid_from": str(day)}
            looked = await send(first, page, act="look", **wanted)
            asked = await look_and_ask(first, page, wanted)
            requests.append(asked.headers["location"])
            if value != "15":
                assert (await send(second, requests[-1], act="approved")).is_redirect
        assert "由“10 天”改为“15 天”" in looked.text
        waiting = words_of(await second.get(requests[-1]))
        listed = words_of(await first.get("/admin/policies"))
        for shown in (words_of(looked), waiting, listed):
            assert re.search(rf"3 天 .*{format_day(soon, 'zh-CN')}起：5 天 ", shown)
            assert f"{format_day(later, 'zh-CN')}起：10 天" in shown
            assert "起：20 天" not in shown, "the one approved later holds"
        assert "今天的值 3 天" in waiting
        assert "生效日的值 10 天" in waiting
        assert (await send(second, requests[-1], act="approved")).is_redirect
        decided = words_of(await second.get(requests[-1]))
        assert "生效日的值 10 天" in decided, "what it replaced stays readable"
        assert "今天的值" not in decided


async def test_a_programme_in_no_unit_decides_no_rules(app: Edge, world: World) -> None:
    home = f"/programmes/{world.programme.public_id}/staff/policies"
    async with signed_in(app, await admit(world, "community_staff")) as clerk:
        assert "没有归属的组织单位" in (await clerk.get(home)).text
        page = (await clerk.get(f"{home}/{RULE}")).text
        assert 'name="act"' not in page
        staff = (await clerk.get(f"/programmes/{world.programme.public_id}/staff")).text
        assert f'href="{home}"' in staff
        assert f'href="/programmes/{world.programme.public_id}/staff/approvals"' in staff
