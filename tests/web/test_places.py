"""Where people land after signing in, and that every way from there is open to them."""

import re

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.place_list import count_places, list_places
from ledger.database import read_transaction, write_transaction
from ledger.foundation.grants import HeldRole, Permissions, grant_role
from ledger.foundation.roles import shipped_roles
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in

WITHOUT_PAGES = {"integration"}


async def follow(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """What a browser shows in the end."""
    answer = await client.get(path)
    while answer.status_code == 303:
        answer = await client.get(answer.headers["location"])
    return answer


@pytest.mark.parametrize("role", sorted(shipped_roles()))
async def test_every_role_lands_on_a_page_whose_ways_are_open(
    app: Edge, world: World, role: str
) -> None:
    async with signed_in(app, await admit(world, role)) as client:
        landed = await follow(client, "/")
        assert landed.status_code == 200
        assert "换身份" not in landed.text
        if role in WITHOUT_PAGES:
            assert "社区服务台" in landed.text
            return
        main = landed.text.split("<nav", 1)[1]
        ways = set(re.findall(r'href="(/[^"#?]*)', main)) - {"/"}
        assert ways
        for way in ways:
            answer = await client.get(way)
            assert answer.status_code == 200, way
        assert role not in re.sub(r"<[^>]*>", " ", main)


async def test_the_change_of_role_is_offered_to_whom_there_is_another(
    app: Edge, world: World
) -> None:
    name = await admit(world, "volunteer")

    async def add(conn: AsyncConnection) -> None:
        for role, object_id in (("community_staff", None), ("party_member", uuid_of_member)):
            await grant_role(
                conn,
                caller_id=caller_id,
                role=role,
                tenant_id=world.programme.tenant_id,
                object_id=object_id,
                granted_by=SYSTEM,
            )

    async with signed_in(app, name) as client:
        home = await follow(client, "/")
        assert "换身份" not in home.text
        caller = await app.app.state.service.identities._sessions.get(client.cookies["gongzhang"])
        caller_id = caller.caller_id
        uuid_of_member = caller.permissions.roles[0].object_id
        await write_transaction(world.engine, add)
        app.app.state.service.identities.forget_session(client.cookies["gongzhang"])
        chooser = await follow(client, "/")
        assert chooser.text.count('class="card"') == 2
        for way in re.findall(r'class="card" href="([^"]+)"', chooser.text):
            assert "换身份" in (await client.get(way)).text


async def test_places_are_counted_as_they_are_listed(world: World) -> None:
    roles = shipped_roles()
    objects = {
        "merchant_operator": world.merchant.merchant_id,
        "guardian": world.member.member_id,
        "partner_contact": world.partner.partner_id,
    }
    for first in roles:
        for second in roles:
            held = tuple(
                HeldRole(
                    role=role,
                    tenant_id=world.programme.tenant_id,
                    object_id=objects.get(role),
                    is_sensitive=False,
                    limited=frozenset(roles[role].limited),
                    wide=frozenset(roles[role].wide),
                )
                for role in (first, second)
            )
            permissions = Permissions(SYSTEM, held)
            async with read_transaction(world.engine) as conn:
                places = await list_places(conn, permissions)
            assert len(places) == count_places(permissions), (first, second)


async def test_a_guardian_reads_her_ward_and_nobody_else(app: Edge, world: World) -> None:
    home = f"/programmes/{world.programme.public_id}/wards/{world.member.member_id}"
    async with signed_in(app, await admit(world, "guardian")) as client:
        page = await follow(client, "/")
        assert "王小明" in page.text
        assert "5<small>小时" in page.text
        assert "<form" not in page.text.split("<main", 1)[1]
        records = await client.get(f"{home}/records")
        assert "登记服务" not in records.text
        voucher = re.findall(r'href="([^"]+/vouchers/[^"]+)"', page.text)[0]
        assert "被监护人的账户" in (await client.get(voucher)).text
        others = f"/programmes/{world.programme.public_id}/wards/{world.second_member.member_id}"
        assert (await client.get(others)).status_code == 404


async def test_a_partner_is_told_what_to_do_now(app: Edge, world: World) -> None:
    async with signed_in(app, await admit(world, "partner_contact")) as client:
        page = await follow(client, "/")
    assert "现在可以办的" in page.text
    assert "商户操作员" in page.text


@pytest.mark.parametrize(("role", "checks"), [("subdistrict_staff", False), ("auditor", True)])
async def test_only_who_checks_bank_accounts_is_told_that_there_is_none(
    app: Edge, world: World, role: str, checks: bool
) -> None:
    tenant = world.estate if checks else world.programme
    async with signed_in(app, await admit(world, role, tenant)) as client:
        page = (await client.get("/audit")).text
    assert tenant.name in page
    assert ("需要处理" in page) is checks
    assert ("没有可核对的账户" in page) is checks
