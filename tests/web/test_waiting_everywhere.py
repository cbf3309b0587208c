"""Whoever decides is shown what waits for her wherever she decides, at home and in one list."""

import re

from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web import approvals_everywhere
from ledger.database import write_transaction
from ledger.foundation.grants import grant_role
from ledger.foundation.people import Person, create_person
from tests.api.world import KEYS, SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.test_approval_pages import admin, entry_id, give, send
from tests.web.test_query_budgets import MOST_OF_A_HOME, counted, open_page
from tests.web.visitors import hidden

LIST = "/admin/approvals"


async def test_an_administrator_reads_at_home_what_another_asked_for_in_an_estate(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    await admin(world, "second")
    estate = f"/estates/{world.estate.public_id}"
    number = world.person.volunteer_no
    async with signed_in(app, "first") as first, signed_in(app, "second") as second:
        assert "现在没有要办的事" in (await second.get("/admin")).text
        asked = await give(
            first, f"{estate}/grants", volunteer_no=number, role="trustee", reason="接任受托人"
        )
        request = asked.headers["location"]
        assert request.startswith(f"{estate}/approvals/")
        home = (await second.get("/admin")).text
        assert f'href="{estate}/approvals"' in home
        assert f"两人审批：等你决定 · {world.estate.name}" in home
        with counted(app) as seen:
            await open_page(second, "/admin")
        assert len(seen) <= MOST_OF_A_HOME, seen
        listed = (await second.get(LIST)).text
        assert f'href="{request}"' in listed
        assert world.estate.name in listed.split("<main", 1)[1]
        assert "没有等你审批的事项" in (await first.get(LIST)).text, "what one asked for oneself"
        assert "两人审批：等你决定" not in (await first.get("/admin")).text
        page = f"/programmes/{world.programme.public_id}/staff/grants"
        also = await give(
            first, page, volunteer_no=number, role="programme_accountant", reason="接任会计"
        )
        both = (await second.get(LIST)).text
        assert both.index(also.headers["location"]) < both.index(request), "the newest first"
        approvals_of = re.findall(
            r'href="([^"]+/approvals)"><span class="what">两人', (await second.get("/admin")).text
        )
        assert len(approvals_of) == 2
        assert (await send(second, request, act="declined", reason="人不对")).status_code == 303
        assert request not in (await second.get(LIST)).text


async def test_the_list_of_every_place_is_paged_and_misses_nothing(app: Edge, world: World) -> None:
    await admin(world, "first")
    await admin(world, "second")
    number = world.person.volunteer_no
    homes = (
        (f"/estates/{world.estate.public_id}/grants", ("trustee", "committee_member")),
        (f"/programmes/{world.programme.public_id}/staff/grants", ("programme_accountant",)),
    )
    asked = set()
    async with signed_in(app, "first") as first, signed_in(app, "second") as second:
        for home, roles in homes:
            for role in roles:
                answer = await give(first, home, volunteer_no=number, role=role, reason="接任岗位")
                asked.add(answer.headers["location"])
        for other in await more_people(world, approvals_everywhere.LISTED):
            page = await first.get(f"{homes[0][0]}/new", params={"volunteer_no": other})
            sent = {**hidden(page), "volunteer_no": other, "role": "trustee", "reason": "接任岗位"}
            answer = await first.post(homes[0][0], data=sent)
            asked.add(answer.headers["location"])
        found: list[str] = []
        address: str | None = LIST
        while address is not None:
            text = (await second.get(address)).text
            found += re.findall(r'<li><a href="([^"]+/approvals/[0-9a-f-]+)"', text)
            more = re.search(r'class="pages"><a class="button second" href="([^"]+)"', text)
            address = None if more is None else more[1].replace("&amp;", "&")
    assert sorted(found) == sorted(asked)


async def more_people(world: World, count: int) -> list[str]:
    """The numbers of people who hold nothing yet: one request waits for each person and role."""

    async def make(conn: AsyncConnection) -> list[str]:
        people = [await create_person(conn, display_name="赵六", keys=KEYS) for _ in range(count)]
        return [one.volunteer_no for one in people]

    return await write_transaction(world.engine, make)


async def test_somebody_with_two_places_reads_of_each_in_the_other(app: Edge, world: World) -> None:
    voucher = f"/programmes/{world.programme.public_id}/books/entries/{await entry_id(world)}"
    name = await admit(world, "subdistrict_staff")
    async with (
        signed_in(app, await admit(world, "programme_accountant")) as maker,
        signed_in(app, name) as checker,
    ):
        caller = await app.app.state.service.identities._sessions.get(checker.cookies["gongzhang"])
        person: Person = caller.person

        async def add(conn: AsyncConnection) -> None:
            await grant_role(
                conn,
                caller_id=person.caller_id,
                role="owners_supervisor",
                tenant_id=world.estate.tenant_id,
                granted_by=SYSTEM,
            )

        await write_transaction(world.engine, add)
        app.app.state.service.identities.forget_session(checker.cookies["gongzhang"])
        asked = await send(maker, f"{voucher}/reversal", reason="记错了人")
        assert asked.status_code == 303, asked.text
        waiting = f'href="/programmes/{world.programme.public_id}/staff/approvals"'
        for home in ("/", f"/estates/{world.estate.public_id}"):
            page = (await checker.get(home)).text.split("<main", 1)[1]
            assert waiting in page, home
            assert world.programme.name in page


async def test_the_list_of_every_place_says_what_moves_and_how_much(
    app: Edge, world: World
) -> None:
    voucher = f"/programmes/{world.programme.public_id}/books/entries/{await entry_id(world)}"
    async with signed_in(app, await admit(world, "programme_accountant")) as maker:
        asked = await send(maker, f"{voucher}/reversal", reason="记错了人")
        mine = (await maker.get(f"{asked.headers['location'].rpartition('/')[0]}?view=mine")).text
    await admin(world, "checker", role="subdistrict_staff")
    async with signed_in(app, "checker") as checker:
        everywhere = (await checker.get(LIST)).text
    for page in (mine, everywhere):
        (row,) = re.findall(rf'href="{asked.headers["location"]}">(.*?)</a>', page)
        assert re.search(r"[0-9.]+ (分|小时|分钟) · ", row), row
