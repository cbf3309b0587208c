"""Lists of roles: the way to those of each place; what is given or ended counts at once."""

import re

from api.edge import Edge
from api.web.grants import grants_of_tenant
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.test_approval_pages import admin
from tests.web.visitors import send


async def test_the_administrator_comes_to_the_roles_of_each_place_and_filters_her_own(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    number = world.person.volunteer_no
    async with signed_in(app, "first") as client:
        home = (await client.get("/admin")).text
        for tenant, folder in ((world.programme, "staff/"), (world.estate, "")):
            href = f"/{tenant.form}s/{tenant.public_id}/{folder}grants"
            assert f'href="{href}"' in home
            assert (await client.get(href)).status_code == 200
        shown = (await client.get("/admin/grants")).text
        assert ("陈静" in shown, number in shown) == (True, False)
        assert number in (await client.get("/admin/grants?role=all")).text
        candidate = (await client.get(f"/admin/grants/new?volunteer_no={number}")).text
        assert ("王*" in candidate, "王小明" in candidate) == (True, False)
        volunteers = (await client.get("/admin/grants?role=volunteer")).text
        assert ("陈静" in volunteers, number in volunteers) == (False, True)
        assert "role=volunteer&amp;over=1" in volunteers
        assert re.search(r'data-label="期限">从 [^<]* 起，没有定期限', volunteers)


async def test_the_administrator_filters_roles_by_the_place_that_they_reach(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    await admit(world, "branch_secretary", display_name="周桂花")
    async with signed_in(app, "first") as client:
        for place, reaches in ((world.programme, True), (world.other_programme, False)):
            listed = await client.get(f"/admin/grants?role=all&place={place.public_id}")
            assert ("周桂花" in listed.text) == reaches
            assert f'value="{place.public_id}" selected' in listed.text
        assert "周桂花" in (await client.get("/admin/grants?role=all&place=x")).text


async def test_a_role_that_is_ended_or_given_by_form_counts_with_the_next_request(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    name = await admit(world, "branch_secretary")
    staff_home = f"/programmes/{world.programme.public_id}/staff"
    home = f"{staff_home}/grants"
    async with signed_in(app, "first") as client, signed_in(app, name) as staff:
        assert (await staff.get(staff_home)).status_code == 200
        number = (await staff.get("/v1/me")).json()["person"]["volunteer_no"]
        listed = (await client.get(home)).text
        (row,) = [one for one in listed.split("<tr")[1:] if number in one]
        (grant,) = set(re.findall(rf"{home}/([0-9a-f-]{{36}})", row))
        ended = await send(client, f"{home}/{grant}", f"{home}/{grant}", reason="调离岗位")
        assert ended.status_code == 303, ended.text
        assert (await staff.get(staff_home)).status_code == 404
        given = await send(
            client, f"{home}/new", home, volunteer_no=number, role="branch_secretary",
            reason="回到岗位",
        )  # fmt: skip
        assert given.status_code == 303, given.text
        assert (await staff.get(staff_home)).status_code == 200


async def test_a_programmes_list_begins_with_staff_and_finds_one_person(
    app: Edge, world: World
) -> None:
    await admin(world, "first")
    await admit(world, "branch_secretary", display_name="周桂花")
    number, home = world.person.volunteer_no, grants_of_tenant(world.programme)
    async with signed_in(app, "first") as client:
        shown = (await client.get(home)).text
        assert ("周桂花" in shown, number in shown) == (True, False)
        assert number in (await client.get(f"{home}?role=all")).text
        of_one = (await client.get(f"{home}?who={number.lower()}")).text
        assert ("周桂花" in of_one, of_one.count(f">{number}<") > 0) == (False, True)
        unknown = await client.get(f"{home}?who=V999")
        assert (unknown.status_code, 'id="who-problem"' in unknown.text) == (422, True)
