"""After the merchant has confirmed, the member's page says what was paid, and shows no code."""

import re

import httpx

from tests.api.world import World
from tests.web.test_counter import counter_of, shop, show_code
from tests.web.visitors import home_of, send

__all__ = ["shop"]  # fixture


async def test_a_code_that_was_used_is_followed_by_what_was_paid(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    page, counter = f"{home_of(world)}/code", counter_of(world)
    assert "data-paid" not in (await wang.get(page)).text
    held = await send(shop, counter, counter, code=await show_code(wang, world), amount="2.5")
    assert "data-paid" not in (await wang.get(page)).text, "held is not paid"
    taking = held.headers["location"]
    assert (await send(shop, taking, taking, act="take")).status_code == 303
    paid = (await wang.get(page)).text
    said = paid.split("data-paid", 1)[1].split("</div>", 2)[1]
    assert "已付" in said
    assert "2.50" in said
    assert "老张豆浆" in said
    assert 'class="digits"' not in paid
    fresh = (await send(wang, page, page)).text
    assert "data-paid" not in fresh, "a new code is shown alone"
    made, since = (
        re.findall(r'data-made="([^"]+)"', fresh),
        re.findall(r'data-paid="([^"]+)"', paid),
    )
    assert float(made[0]) > float(since[0]), "what was paid before is not taken for its payment"
