"""What one does about one's data once more: with a fresh proof, without a paper, from her page."""

import re

import httpx
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import fetch_value, read_transaction, set_tenant, write_transaction
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.consents import consent_purposes, has_consent, list_consents
from ledger.foundation.organisations import list_memberships
from ledger.journeys.enrolment import create_programme, enrol_member
from tests.api.world import KEYS, PASSWORD, SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, let_proofs_age, send

OWN = "/account/privacy"
SURE = {"act": "ask", "gives_up": "yes", "sure": "yes"}


def staff_page(world: World, kind: str) -> str:
    home = f"/programmes/{world.programme.public_id}/staff"
    return f"{home}/{kind}/{world.member.member_id}"


async def test_leaving_for_good_and_taking_everything_along_ask_for_a_fresh_proof(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    await let_proofs_age(world, app, wang)
    fields = {**hidden(await wang.get(OWN)), **SURE}
    asked = await wang.post(f"{OWN}/erasure", data=fields)
    assert (asked.status_code, 'name="step_up_proof"' in asked.text) == (403, True)
    assert 'name="gives_up" value="yes"' in asked.text, "what was chosen is kept"
    taken = await send(wang, "/account/data", "/account/data")
    assert (taken.status_code, "application/zip" in taken.headers["content-type"]) == (403, False)
    assert '<a class="back" href="/account/data">' in taken.text, "the way back"
    assert "都还在" not in taken.text, "nothing was typed"
    ahead = await wang.get("/account/security/second-factor")
    assert '<a class="back" href="/account/security">' in ahead.text
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.erasure") == 0
    wrong = await wang.post(f"{OWN}/erasure", data={**fields, "step_up_proof": "wrong"})
    assert wrong.status_code == 422
    right = await wang.post(f"{OWN}/erasure", data={**fields, "step_up_proof": PASSWORD})
    assert right.status_code == 303
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.erasure") == 1


async def test_a_consent_is_withdrawn_without_a_paper_but_not_without_a_reason(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    page, reason = staff_page(world, "personal-data"), "本人来电：以后不要打电话"
    chosen = {"consent": "contact_by_phone"}
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        form = (
            (await staff.get(page)).text.split(f'action="{page}/consents"')[1].split("</form>")[0]
        )
        needed = {
            re.findall(r'name="(\w+)"', tag)[0] for tag in re.findall(r"<[^>]* required[ >]", form)
        }
        assert needed == {"consent"}, "a browser sends each of the two acts"
        for refused in (
            {"given": "yes"},
            {"given": "yes", "withdrawal_reason": reason},
            {"given": "no"},
            {"given": "no", "paper_no": " ", "withdrawal_reason": " "},
        ):
            answer = await send(staff, page, f"{page}/consents", **chosen, **refused)
            assert answer.status_code == 422, refused
        for accepted in (
            {"given": "yes", "paper_no": "同意书 2026-18"},
            {"given": "no", "withdrawal_reason": reason},
        ):
            answer = await send(staff, page, f"{page}/consents", **chosen, **accepted)
            assert answer.status_code == 303, accepted
    async with read_transaction(world.engine) as conn:
        person_id = world.person.person_id
        assert not await has_consent(conn, person_id=person_id, purpose="contact_by_phone")
        latest = (await list_consents(conn, person_id=person_id, keys=KEYS))[0]
        stored = await fetch_value(conn, "SELECT string_agg(c::text, '') FROM foundation.consent c")
    assert (latest.given, latest.paper_no, latest.reason) == (False, None, reason)
    assert reason not in stored, "words about her are under her key"
    assert reason in (await wang.get(OWN)).text, "she reads what was written"


async def test_whoever_may_see_her_requests_gets_there_from_her_page(
    app: Edge, world: World
) -> None:
    for role, may in (("subdistrict_staff", True), ("programme_accountant", False)):
        async with signed_in(app, await admit(world, role)) as staff:
            page = await staff.get(staff_page(world, "people"))
            assert page.status_code == 200
            address = staff_page(world, "personal-data")
            assert (f'href="{address}"' in page.text) is may, role
            assert (await staff.get(address)).status_code == (200 if may else 403)


async def test_memberships_of_many_programmes_take_as_many_statements_as_of_one(
    world: World,
) -> None:
    async def join(conn: AsyncConnection, name: str) -> int:
        programme = await create_programme(conn, name=name, created_by=SYSTEM)
        await set_tenant(conn, programme.tenant_id)
        await enrol_member(
            conn, tenant_id=programme.tenant_id, person=world.person, enrolled_by=SYSTEM
        )
        return programme.tenant_id

    async def memberships() -> tuple[set[int], int]:
        seen: list[str] = []
        sync = world.engine.sync_engine

        def note(*call: object) -> None:
            seen.append(str(call[2]))

        async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
            event.listen(sync, "before_cursor_execute", note)
            try:
                found = await list_memberships(conn, person_id=world.person.person_id)
            finally:
                event.remove(sync, "before_cursor_execute", note)
            still = await fetch_value(conn, "SELECT current_setting('gongzhang.tenant_id')")
            assert still == str(world.programme.tenant_id)
        return {one.tenant.tenant_id for one in found}, len(seen)

    first = await memberships()
    assert first[0] == {world.programme.tenant_id}
    joined = {
        await write_transaction(world.engine, lambda conn, name=name: join(conn, name))
        for name in ("南湖社区", "北湖社区", "长街社区")
    }
    assert await memberships() == ({world.programme.tenant_id, *joined}, first[1])


async def test_a_form_about_ones_data_sent_twice_acts_once(
    wang: httpx.AsyncClient, world: World
) -> None:
    fields = hidden(await wang.get(OWN))
    for given in ("yes", "no"):
        key = {"form_key": f"{fields['form_key']}/{given}", "form_token": fields["form_token"]}
        for _ in range(3):
            said = {**key, "purpose": "pictures", "given": given}
            sent = await wang.post(f"{OWN}/consents", data=said)
            assert sent.status_code == 303, sent.text
    asked = {**fields, "field": "phone", "value": "13900001111", "reason": "换了号码"}
    for _ in range(2):
        sent = await wang.post(f"{OWN}/corrections", data=asked)
        assert (sent.status_code, sent.headers.get("location")) == (
            303,
            f"{OWN}?done=correction#corrections",
        )
    other = {**asked, **hidden(await wang.get(OWN))}
    assert (await wang.post(f"{OWN}/corrections", data=other)).status_code == 422, "one waits"
    bare = {"form_token": fields["form_token"], "purpose": "pictures", "given": "yes"}
    assert (await wang.post(f"{OWN}/consents", data=bare)).status_code == 403
    async with read_transaction(world.engine, tenant_id=PLATFORM) as conn:
        rows = await fetch_value(conn, "SELECT count(*) FROM foundation.consent")
        kept = await fetch_value(
            conn, "SELECT string_agg(c::text, '') FROM foundation.api_command c"
        )
    assert rows == 2
    assert b"13900001111".hex() not in kept, "what is asked for is under her key alone"


async def test_each_consent_of_a_page_is_a_form_of_its_own(wang: httpx.AsyncClient) -> None:
    page = (await wang.get(OWN)).text
    token = hidden(await wang.get(OWN))["form_token"]
    forms = re.findall(
        r'name="form_key" value="([^"]+)"><input type="hidden" name="purpose" value="([^"]+)"', page
    )
    assert len(forms) == len(consent_purposes())
    for key, purpose in forms:
        said = {"form_token": token, "form_key": key, "purpose": purpose, "given": "yes"}
        assert (await wang.post(f"{OWN}/consents", data=said)).status_code == 303


async def test_a_paper_is_named_without_name_or_number_and_what_was_typed_stays(
    app: Edge, world: World
) -> None:
    page = staff_page(world, "personal-data")
    erasure = {"through": "heir", "gives_up": "yes"}
    consent = {"consent": "contact_by_phone", "given": "yes"}
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        for act, field, form in (
            ("erasures", "proof_no", erasure),
            ("consents", "paper_no", consent),
        ):
            for written in ("申请书 王小明", "申请书 110101198803074514"):
                answer = await send(staff, page, f"{page}/{act}", **form, **{field: written})
                assert answer.status_code == 422, written
                assert f'id="{field}-problem"' in answer.text
                assert f'value="{written}"' in answer.text
        assert (
            "这里不要写姓名"
            in (
                await send(staff, page, f"{page}/erasures", **erasure, proof_no="王 小明的申请")
            ).text
        )
