"""A branch's month from the pages: proposed, approved, scored, published, released, deducted."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.edge import Edge
from ledger.clock import month_of, today
from ledger.database import execute, write_transaction
from ledger.foundation.grants import SYSTEM_CALLER
from ledger.foundation.party_branches import ensure_branch
from ledger.journeys.branches import change_branch
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, home_of, send

#: Two items of the example table: what they bring, or take, in stars.
EARNED, MISSED = "J04", "K01"


@pytest.fixture
async def secretary(app: Edge, scored: World) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(app, await admit(scored, "branch_secretary")) as client:
        yield client


@pytest.fixture
async def staff(app: Edge, scored: World) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(app, await admit(scored, "community_staff")) as client:
        yield client


async def approve_all(staff: httpx.AsyncClient, month: str) -> None:
    """Press 同意 beside every item that waits."""
    page = await staff.get(month)
    for action in dict.fromkeys(re.findall(r'action="([^"]+/items/[^"]+)"', page.text)):
        assert (await send(staff, month, action, act="approve")).status_code == 303


async def ensure(world: World, name: str) -> UUID:
    """A Party branch by name."""
    tenant_id = world.programme.tenant_id
    made = await write_transaction(
        world.engine,
        lambda conn: ensure_branch(conn, tenant_id=tenant_id, name=name),
        tenant_id=tenant_id,
    )
    return made.branch_id


async def end_publicity(admin_engine: AsyncEngine) -> None:
    """Let the days of publicity be over."""
    async with admin_engine.begin() as conn:
        await execute(conn, "SET LOCAL session_replication_role = replica")
        await execute(
            conn,
            "UPDATE programmes.star_month SET publicity_until = $1",
            today() - timedelta(days=1),
        )


async def test_a_month_is_walked_through_from_the_pages(
    scored: World,
    secretary: httpx.AsyncClient,
    staff: httpx.AsyncClient,
    wang: httpx.AsyncClient,
    admin_engine: AsyncEngine,
) -> None:
    stars = f"/programmes/{scored.programme.public_id}/staff/stars"
    month = f"{stars}/{scored.member.branch_id}/{last_month():%Y-%m}"
    assert f'href="{month}"' in (await secretary.get(stars)).text
    other = await ensure(scored, "第三党支部")
    for item, here in ((EARNED, month), (MISSED, f"{stars}/{other}/{last_month():%Y-%m}")):
        fields = {"member": str(scored.member.member_id), "item": item, "evidence": "考勤表"}
        day = last_month() + timedelta(days=9)
        sent = await send(secretary, here, f"{here}/items", day=day.isoformat(), **fields)
        # whichever page it was proposed on, one sees it where it stands
        assert sent.headers["location"] == f"{month}?done=proposed", sent.text
    assert "同意" not in (await secretary.get(month)).text.split("<main")[1].split("提出事项")[0]
    await approve_all(staff, month)

    published = await send(secretary, month, f"{month}/score")
    assert published.status_code == 303, published.text
    shown = await staff.get(month)
    assert re.search(r"公示至 20\d\d年\d+月\d+日，之后可以发放", shown.text)
    assert f'action="{month}/release"' not in shown.text

    await end_publicity(admin_engine)
    todo = await staff.get(f"/programmes/{scored.programme.public_id}/staff")
    assert f'href="{month}"' in todo.text
    released = await send(staff, month, f"{month}/release")
    assert released.headers["location"] == f"{month}?done=released"
    assert "本月已办完" in (await staff.get(month)).text
    again = await send(staff, month, f"{month}/release")
    assert again.status_code == 303

    await write_transaction(
        scored.engine,
        lambda conn: change_branch(
            conn,
            tenant_id=scored.programme.tenant_id,
            member_id=scored.member.member_id,
            branch_id=None,
            caller_id=SYSTEM_CALLER,
        ),
        tenant_id=scored.programme.tenant_id,
    )
    path = f"{home_of(scored)}/statement/ST"
    left = await wang.get(home_of(scored))
    assert f'href="{path}"' in left.text.split("<dl")[1], "she is in no branch and keeps her points"
    statement = await wang.get(path)
    words = re.sub(r"<[^>]*>", "", statement.text.split("<main")[1])
    assert "可用1.00星分" in words
    assert "星级得分生效" in words
    assert words.count("扣分−2.00") == 1


async def test_an_unknown_button_decides_nothing_about_an_item(
    scored: World, secretary: httpx.AsyncClient, staff: httpx.AsyncClient
) -> None:
    stars = f"/programmes/{scored.programme.public_id}/staff/stars"
    month = f"{stars}/{scored.member.branch_id}/{last_month():%Y-%m}"
    fields = {"member": str(scored.member.member_id), "item": EARNED, "evidence": "考勤表"}
    day = last_month() + timedelta(days=9)
    await send(secretary, month, f"{month}/items", day=day.isoformat(), **fields)
    (action,) = set(re.findall(r'action="([^"]+/items/[^"]+)"', (await staff.get(month)).text))
    for sent in ({}, {"act": "aprove"}):
        answer = await send(staff, month, action, **sent)
        assert answer.status_code == 422
        assert "请从列表里选一项" in answer.text
        assert action in (await staff.get(month)).text, "it still waits"
    await approve_all(staff, month)


async def test_an_item_of_a_month_that_is_scored_is_not_said_to_be_proposed(
    scored: World, secretary: httpx.AsyncClient, staff: httpx.AsyncClient
) -> None:
    stars = f"/programmes/{scored.programme.public_id}/staff/stars"
    month = f"{stars}/{scored.member.branch_id}/{last_month():%Y-%m}"
    day = (last_month() + timedelta(days=9)).isoformat()
    fields = {"member": str(scored.member.member_id), "item": EARNED, "evidence": "考勤表"}
    before = hidden(await secretary.get(month))
    sent = await send(secretary, month, f"{month}/items", day=day, **fields)
    assert sent.status_code == 303
    await approve_all(staff, month)
    assert (await send(secretary, month, f"{month}/score")).status_code == 303
    for _ in range(2):
        late = await secretary.post(
            f"{month}/items", data={**before, **fields, "day": day, "evidence": "补一件"}
        )
        assert late.status_code == 422, late.headers.get("location")
        assert "的积分已经计算" in late.text
    assert "补一件" not in (await secretary.get(month)).text
    day = today().isoformat()
    again = await secretary.post(f"{month}/items", data={**before, **fields, "day": day})
    assert again.status_code == 303, "mended, the same form goes"


async def test_language_and_type_of_an_answer_to_a_form_lead_to_a_page_that_opens(
    scored: World, secretary: httpx.AsyncClient
) -> None:
    stars = f"/programmes/{scored.programme.public_id}/staff/stars"
    month = f"{stars}/{scored.member.branch_id}/{last_month():%Y-%m}"
    fields = hidden(await secretary.get(month))
    assert (await secretary.get(f"{month}/items")).status_code == 405
    for before in ("", f"{month}?done=scored", f"{month}/items", "https://evil.test/x"):
        referer = before if before.startswith("http") else f"http://books.test{before}"
        sent = {"referer": referer} if before else {}
        answer = await secretary.post(f"{month}/items", data=fields, headers=sent)
        assert answer.status_code == 422
        switches = re.findall(r'href="([^"]+[?&;](?:lang|type)=[^"]+)"', answer.text)
        assert len(switches) == 2, before
        for switch in switches:
            assert switch.startswith(f"{month}?")
            assert ("done=scored" in switch) == ("done" in before)
            assert (await secretary.get(switch.replace("&amp;", "&"))).status_code == 200


def last_month() -> date:
    """The month to be scored."""
    return month_of(month_of(today()) - timedelta(days=1))
