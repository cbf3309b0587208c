"""Asking for a payment at the pages: what is owed, a look first, somebody else's second key."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.edge import Edge
from ledger.clock import month_of, now, today
from ledger.database import write_transaction
from ledger.foundation.organisations import Tenant
from ledger.journeys.enrolment import create_estate
from tests.api.actors import Actor
from tests.api.test_attachments import picture
from tests.api.test_estate_story import new_account
from tests.api.world import SYSTEM, World, client_of
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, look_and_ask, send

FIELDS = re.compile(r'name="(form_token|form_key|looked)" value="([^"]*)"')
GOOD = {"amount": "1,500.00", "purpose": "装修押金退还，3-501 验收单"}


@pytest.fixture
async def estate(world: World) -> Tenant:
    """Books that began before the tests' bank account."""
    began = month_of(today() - timedelta(days=400))
    return await write_transaction(
        world.engine,
        lambda conn: create_estate(conn, name="春晖苑", created_by=SYSTEM, first_period=began),
    )


@pytest.fixture
async def deposit(app: Edge, world: World, estate: Tenant) -> str:
    """A deposit of 2,000 yuan in the one bank account; returns the account of what is owed."""
    async with client_of(app, await world.key("trustee", estate)) as client:
        actor = Actor(client, f"/v1/estates/{estate.public_id}")
        bank = await new_account(actor)
        home = {"building": "3", "room": "501", "area_dm2": 10000, "billed_from": "2025-01-01"}
        unit = (await actor.do("/units", home))["unit_id"]
        paid = {"unit_id": unit, "bank_account_id": bank, "amount": 200000}
        await actor.do("/deposits", paid | {"occurred_at": now().isoformat()})
    return str(await world.account("TR", "2206", UUID(unit), estate))


def page_of(estate: Tenant, account: str) -> str:
    return f"/estates/{estate.public_id}/books/accounts/{account}/payment"


async def waiting(client: httpx.AsyncClient, estate: Tenant) -> str:
    return (await client.get(f"/estates/{estate.public_id}/approvals")).text


async def test_a_payment_is_asked_for_by_one_and_paid_by_the_approval_of_another(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    page = page_of(estate, deposit)
    async with (
        signed_in(app, await admit(world, "trustee", estate)) as trustee,
        signed_in(app, await admit(world, "committee_member", estate)) as committee,
    ):
        home = await trustee.get(f"/estates/{estate.public_id}")
        assert f"/estates/{estate.public_id}/payments/new" in home.text
        listed = await trustee.get(f"/estates/{estate.public_id}/payments/new")
        assert f'href="{page}"' in listed.text
        assert "3-501" in listed.text
        statement = page.removesuffix("/payment")
        assert f'href="{page}"' in (await trustee.get(statement)).text
        assert f'href="{page}"' not in (await committee.get(statement)).text
        opened = await trustee.get(page)
        assert "selected" in opened.text, "the only bank account is chosen already"
        bank = bank_of(opened.text)
        looked = await send(trustee, page, page, act="look", bank_account=bank, **GOOD)
        assert looked.status_code == 200, looked.text
        assert "500.00" in looked.text, "what both accounts would hold"
        assert GOOD["purpose"] not in await waiting(committee, estate), "looking asks nobody"
        unseen = await send(trustee, page, page, act="ask", bank_account=bank, **GOOD)
        assert (unseen.status_code, "还没有提出申请" in unseen.text) == (409, True)
        good = {"bank_account": bank, **GOOD}
        for changed in ({"amount": "1,500.01"}, {"purpose": "别的用途"}):
            other = await look_and_ask(trustee, page, good, **changed)
            assert (other.status_code, "还没有提出申请" in other.text) == (409, True)
        assert "别的用途" not in await waiting(committee, estate), "nobody looked at it"
        asked = await look_and_ask(trustee, page, good)
        assert asked.status_code == 303, asked.text
        request = asked.headers["location"]
        for place in (page, f"/estates/{estate.public_id}/payments/new"):
            assert re.search(r"待批.*1,500\.00", (await trustee.get(place)).text, re.DOTALL), place
        assert f'href="{request}"' in (await trustee.get(page)).text
        own = (await trustee.get(request)).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', own))
        sent = {"file": ("发票.jpg", picture(), "image/jpeg")}
        attached = await trustee.post(f"{request}/files", data=fields, files=sent)
        assert attached.headers["location"] == f"{request}#evidence", attached.text
        seen = hidden(await committee.get(request))
        assert len(seen["papers"].split()) == 1
        again = await look_and_ask(trustee, page, good)
        assert (again.status_code, "已经申请付款" in again.text) == (422, True)
        assert 'value="approved"' not in (await trustee.get(request)).text
        assert GOOD["purpose"] in await waiting(committee, estate)
        listed_for_her = await waiting(committee, estate)
        assert re.search(r"付款 · ¥?1,500\.00 · 3-501", listed_for_her), "how much, to whom"
        rest = await look_and_ask(trustee, page, good, amount="1")
        assert rest.status_code == 409
        rest = await look_and_ask(trustee, page, good | {"amount": "1", "purpose": "余款"})
        full = await look_and_ask(trustee, page, good | {"amount": "499", "purpose": "尾款"})
        assert full.status_code == 303, full.text
        listed = await trustee.get(f"/estates/{estate.public_id}/payments/new")
        assert f'href="{page}"' not in listed.text, "all of it is asked for"
        assert "3-501" in listed.text
        decided = (await committee.get(request)).text
        assert re.search(r"尚欠.*2,000\.00.*同一收款方另有待批.*余款", decided, re.DOTALL)
        assert f'href="{rest.headers["location"]}"' in decided
        assert "批准以后的两个账户" in decided
        late = {"file": ("收据.png", picture("PNG"), "image/png")}
        added = await trustee.post(f"{request}/files", data=fields, files=late)
        assert added.status_code == 303, added.text
        unseen = await send(committee, request, request, act="approved", papers=seen["papers"])
        assert (unseen.status_code, "又添了附件" in unseen.text) == (409, True)
        done = await send(committee, request, request, act="approved")
        assert done.status_code == 303, done.text
        voucher = re.search(
            r'href="([^"]+/books/entries/[^"]+)"', (await committee.get(request)).text
        )
        assert voucher is not None
        assert (await committee.get(voucher[1])).text.count("/files/") >= 2, (
            "papers prove the entry"
        )
        after = await trustee.post(f"{request}/files", data=fields, files=late)
        assert after.status_code == 422, "nothing is added to what is decided"
        assert "500.00" in (await trustee.get(page)).text


async def test_a_cost_is_not_measured_by_what_is_owed(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    costs = page_of(estate, str(await world.account("TR", "5201", None, estate)))
    async with (
        signed_in(app, await admit(world, "trustee", estate)) as trustee,
        signed_in(app, await admit(world, "committee_member", estate)) as committee,
    ):
        assert "尚欠" in (await trustee.get(page_of(estate, deposit))).text
        opened = (await trustee.get(costs)).text
        assert "尚欠" not in opened
        requests = []
        for purpose in ("账户管理费", "回单打印费"):
            good = {"bank_account": bank_of(opened), "amount": "15", "purpose": purpose}
            asked = await look_and_ask(trustee, costs, good)
            assert asked.status_code == 303, asked.text
            requests.append(asked.headers["location"])
        shown = (await committee.get(requests[0])).text
        assert re.search("同类付款另有待批.*回单打印费", shown, re.DOTALL), "no payee, no same one"
        done = await send(committee, requests[0], requests[0], act="approved")
        assert done.status_code == 303, done.text
        again = await send(trustee, costs, costs, act="look", **good | {"amount": "0"})
        assert re.search("同类付款 [^<]* 已经付过一笔“账户管理费”", again.text)


def bank_of(page: str) -> str:
    return page.split('" selected', maxsplit=1)[0].rsplit('value="', 1)[1]


async def test_a_payment_that_cannot_be_is_refused_beside_its_field_and_keeps_what_was_typed(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    page = page_of(estate, deposit)
    async with signed_in(app, await admit(world, "trustee", estate)) as trustee:
        bank = bank_of((await trustee.get(page)).text)
        good: dict[str, Any] = {"bank_account": bank, **GOOD}
        for field, typed in (
            ("amount", "2000.01"),
            ("amount", "0"),
            ("amount", "-1"),
            ("amount", "很多"),
            ("amount", ""),
            ("bank_account", ""),
            ("bank_account", str(world.member.member_id)),
            ("purpose", " "),
            ("purpose", "长" * 201),
            ("purpose", "退张三 13812345678"),
        ):
            for act in ("look", "ask"):
                sent = await send(trustee, page, page, act=act, **good | {field: typed})
                assert sent.status_code == 422, (field, typed, act)
                assert f'id="{field}-problem"' in sent.text, (field, typed)
                assert "3-501" in sent.text
        more = await send(trustee, page, page, act="ask", **good | {"amount": "2000.01"})
        assert "账上欠" in more.text
        assert "2,000.00" in more.text
        assert "2000.01" in more.text
        for account in (
            world.member.member_id,
            await world.account("TR", "1002", UUID(bank), estate),
        ):
            assert (await trustee.get(page_of(estate, str(account)))).status_code == 404
        assert GOOD["purpose"] not in await waiting(trustee, estate)


async def test_a_form_sent_twice_asks_once(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    page = page_of(estate, deposit)
    async with signed_in(app, await admit(world, "trustee", estate)) as trustee:
        opened = (await trustee.get(page)).text
        fields = {
            **dict(FIELDS.findall(opened)),
            "bank_account": bank_of(opened),
            **GOOD,
        }
        looked = await trustee.post(page, data=fields | {"act": "look"})
        fields |= dict(FIELDS.findall(looked.text)) | {"act": "ask"}
        first = await trustee.post(page, data=fields)
        second = await trustee.post(page, data=fields)
        assert first.headers["location"] == second.headers["location"]


async def test_a_form_sent_again_after_its_approval_leads_to_the_payment_it_asked_for(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    page = page_of(estate, deposit)
    async with (
        signed_in(app, await admit(world, "trustee", estate)) as trustee,
        signed_in(app, await admit(world, "committee_member", estate)) as committee,
    ):
        opened = (await trustee.get(page)).text
        fields = {**dict(FIELDS.findall(opened)), "bank_account": bank_of(opened), **GOOD}
        looked = await trustee.post(page, data=fields | {"act": "look"})
        fields |= dict(FIELDS.findall(looked.text)) | {"act": "ask"}
        request = (await trustee.post(page, data=fields)).headers["location"]
        assert (await send(committee, request, request, act="approved")).status_code == 303
        again = await trustee.post(page, data=fields)
        assert (again.status_code, again.headers.get("location")) == (303, request)
        for act in ("look", "ask"):
            other = await send(trustee, page, page, **fields_without_key(fields), act=act)
            assert other.status_code == 422
            assert re.search(rf'href="{request}">[^<]*已经付过一笔', other.text), act
        assert "已经付过一笔" not in (await trustee.get(page)).text


def fields_without_key(fields: dict[str, str]) -> dict[str, str]:
    """The same payment, typed in a form opened anew."""
    return {name: fields[name] for name in ("bank_account", "amount", "purpose", "looked")}
