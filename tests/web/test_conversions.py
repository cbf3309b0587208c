"""Time into points: given is what was shown, also where the rate changed in between."""

import re

import httpx
import pytest

from api.edge import Edge
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.test_act_for import GROUND, on_record, page_of
from tests.web.test_asking_pages import in_force
from tests.web.visitors import home_of, seen_in, send

RATE = "points.rate_per_hour"
CHANGED = "换得的积分和刚才看到的不同"


def points_in(page: httpx.Response) -> str:
    """What the check of a conversion says it gives."""
    return re.findall(r"换得积分.*?([0-9.]+)<small>分", page.text, re.DOTALL)[0]


@pytest.mark.parametrize("at_the_desk", [False, True])
async def test_points_that_changed_since_the_look_are_looked_at_before_they_are_given(
    app: Edge, wang: httpx.AsyncClient, world: World, at_the_desk: bool
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        client = staff if at_the_desk else wang
        page = f"{page_of(world)}/for-convert" if at_the_desk else f"{home_of(world)}/convert"
        values = {"hours": "2", **(GROUND if at_the_desk else {})}
        shown = await send(client, page, page, **values)
        if not at_the_desk:
            shown = await client.get(shown.headers["location"])
        assert points_in(shown) == "20.00"
        await in_force(world, RATE, 500, world.person)
        confirmed = {**values, "step": "confirm"}
        unseen = await client.post(page, data={**seen_in(shown), **confirmed})
        assert unseen.status_code == 409
        assert CHANGED in unseen.text
        assert points_in(unseen) == "10.00"
        assert "换后剩余" in unseen.text
        assert await on_record(world) == []
        form = {**seen_in(unseen), **confirmed}
        done = await client.post(page, data=form)
        assert done.status_code == 303, done.text
        again = await client.post(page, data=form)
        assert again.headers["location"] == done.headers["location"], "twice acts once"
        books = await wang.get(f"{home_of(world)}/statement/SP")
        assert books.text.count('class="what">时间换积分') == 1
        assert "10.00" in books.text
        # more hours than were looked at are looked at first
        more = await client.post(page, data={**seen_in(shown), **confirmed, "hours": "1"})
        assert more.status_code == 409
