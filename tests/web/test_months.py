"""Closing a month and asking for its reopening, at the pages."""

import re
from datetime import date, timedelta

import pytest

from api.edge import Edge
from ledger.books.periods import list_periods
from ledger.clock import month_of, today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.organisations import Tenant
from ledger.journeys.enrolment import create_estate
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import send


def months_ago(count: int) -> date:
    day = month_of(today())
    for _ in range(count):
        day = month_of(day - timedelta(days=1))
    return day


@pytest.fixture
async def estate(world: World) -> Tenant:
    """Books that began three months ago."""
    return await write_transaction(
        world.engine,
        lambda conn: create_estate(
            conn, name="春晖苑", created_by=SYSTEM, first_period=months_ago(3)
        ),
    )


def page_of(estate: Tenant, month: date, book: str = "TR") -> str:
    return f"/estates/{estate.public_id}/books/months/{book}/{month:%Y-%m}"


async def closed_months(world: World, estate: Tenant) -> list[date]:
    async with read_transaction(world.engine, tenant_id=estate.tenant_id) as conn:
        found = await list_periods(conn, tenant_id=estate.tenant_id, book_code="TR")
    return [one.month for one in found if one.status == "closed"]


async def test_months_are_closed_one_after_the_other(
    app: Edge, world: World, estate: Tenant
) -> None:
    first, second = page_of(estate, months_ago(3)), page_of(estate, months_ago(2))
    async with signed_in(app, await admit(world, "trustee", estate)) as trustee:
        home = (await trustee.get(f"/estates/{estate.public_id}")).text
        assert f'href="{first}"' in home, "the thing to do leads to the month that is closed next"
        assert f"/estates/{estate.public_id}/books/months" in home
        early = await trustee.get(second)
        assert f'href="{first}"' in early.text
        assert f"{second}/close" not in early.text
        assert "月末结账" in (await trustee.get(first)).text
        skipped = await send(trustee, first, f"{second}/close", close_reason="跳过一个月")
        assert skipped.status_code == 409
        empty = await send(trustee, first, f"{first}/close", close_reason=" ")
        assert empty.status_code == 422
        numbered = await send(
            trustee, first, f"{first}/close", close_reason="与 13955501234 核对无误"
        )
        assert "不要写身份证号、电话" in numbered.text
        assert await closed_months(world, estate) == []
        done = await send(trustee, first, f"{first}/close", close_reason="核对无误")
        assert done.status_code == 303, done.text
        shown = await trustee.get(done.headers["location"])
        assert "已结账" in shown.text
        assert "核对无误" in shown.text
        assert await closed_months(world, estate) == [months_ago(3)]
        again = await send(trustee, second, f"{first}/close", close_reason="再结一次")
        assert again.status_code == 409
        running = await send(
            trustee, second, f"{page_of(estate, months_ago(0))}/close", close_reason="早了"
        )
        assert running.status_code == 409
        await send(trustee, second, f"{second}/close", close_reason="核对无误")
        assert await closed_months(world, estate) == [months_ago(3), months_ago(2)]


async def test_a_form_sent_twice_closes_once_and_says_done(
    app: Edge, world: World, estate: Tenant
) -> None:
    page = page_of(estate, months_ago(3))
    async with signed_in(app, await admit(world, "trustee", estate)) as trustee:
        opened = await trustee.get(page)
        fields = {**hidden_fields(opened.text), "close_reason": "核对无误"}
        first = await trustee.post(f"{page}/close", data=fields)
        second = await trustee.post(f"{page}/close", data=fields)
        assert (first.status_code, second.status_code) == (303, 303)
        history = (await trustee.get(page)).text
        assert history.count("核对无误") == 1


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(form_token|form_key)" value="([^"]*)"', page))


async def test_only_the_last_closed_month_is_asked_to_be_reopened_and_nobody_does_it_alone(
    app: Edge, world: World, estate: Tenant
) -> None:
    first, second = page_of(estate, months_ago(3)), page_of(estate, months_ago(2))
    async with (
        signed_in(app, await admit(world, "trustee", estate)) as trustee,
        signed_in(app, await admit(world, "committee_member", estate)) as committee,
    ):
        for page in (first, second):
            await send(trustee, page, f"{page}/close", close_reason="核对无误")
        assert "/reopening" not in (await committee.get(first)).text
        not_hers = (await trustee.get(second)).text
        assert "/reopening" not in not_hers
        assert "反结账由" in not_hers, "whose it is to ask"
        numbered = await send(
            committee, second, f"{second}/reopening", reason="110101198803074514 补记"
        )
        assert "不要写身份证号、电话" in numbered.text
        earlier = await send(committee, second, f"{first}/reopening", reason="补记")
        assert earlier.status_code == 409
        silent = await send(committee, second, f"{second}/reopening", reason="")
        assert silent.status_code == 422
        asked = await send(committee, second, f"{second}/reopening", reason="补记一张发票")
        assert asked.status_code == 303, asked.text
        for who in (trustee, committee):
            shown = (await who.get(second)).text
            assert "已申请反结账" in shown
            assert "/reopening" not in shown
        assert f'href="{asked.headers["location"]}"' in (await committee.get(second)).text
        twice = await send(committee, first, f"{second}/reopening", reason="再来一次")
        assert twice.status_code == 409
        assert f'href="{asked.headers["location"]}"' in twice.text, "a way to the one that waits"
        assert "只有最近结账的月份" in (await committee.get(first)).text
        assert "之后才能结账" in (await trustee.get(page_of(estate, months_ago(0)))).text
        waits = (await committee.get(page_of(estate, months_ago(1)))).text
        assert "等待结账，由" in waits, "by whom"
        request = await committee.get(asked.headers["location"])
        assert "补记一张发票" in request.text
        assert 'value="approved"' not in request.text, "somebody else decides"
    assert await closed_months(world, estate) == [months_ago(3), months_ago(2)]


async def test_the_list_shows_each_year_of_each_book(
    app: Edge, world: World, estate: Tenant
) -> None:
    async with signed_in(app, await admit(world, "owners_supervisor", estate)) as supervisor:
        home = f"/estates/{estate.public_id}/books/months"
        year = months_ago(1).year
        listed = await supervisor.get(f"{home}?year={year}")
        assert listed.text.count(f'href="{page_of(estate, months_ago(1))}"') == 2, "its name, too"
        assert "待结账" in listed.text
        ahead = (await supervisor.get(f"{home}?year={today().year + 1}")).text
        assert f"{today():%Y-%m}" in ahead, "there is no later year than this one"
        assert (await supervisor.get(f"{home}?year=abc")).status_code == 200
        before = (await supervisor.get(f"{home}?year=1999")).text
        began = months_ago(3)
        assert "还没有账" in before
        assert f"这里的账从{began.year}年{began.month}月开始" in before
        assert re.findall(r'\?year=(\d+)"', before) == [str(began.year)], "no way through none"
        for month in ("2026-13", "x", f"{today().year + 2}-01", "1999-01"):
            assert (await supervisor.get(f"{home}/TR/{month}")).status_code == 404, month
        assert (await supervisor.get(f"{home}/SP/{months_ago(1):%Y-%m}")).status_code == 404
        page = page_of(estate, months_ago(3))
        assert f"{page}/close" not in (await supervisor.get(page)).text
        refused = await send(supervisor, "/account/notices", f"{page}/close", close_reason="x")
        assert refused.status_code in (403, 404, 409)
    assert await closed_months(world, estate) == []
