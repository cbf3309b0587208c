"""Lists of roles: the way to those of each place, and the administrator's own, filtered."""

from api.edge import Edge
from tests.api.world import World
from tests.web.people import signed_in
from tests.web.test_approval_pages import admin


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
        volunteers = (await client.get("/admin/grants?role=volunteer")).text
        assert ("陈静" in volunteers, number in volunteers) == (False, True)
        assert "role=volunteer&amp;over=1" in volunteers
