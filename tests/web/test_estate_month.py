"""An owner reads her estate's month to the voucher, and nothing of any single home."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest

from api.edge import Edge
from tests.api.world import World
from tests.web.bank_desk import Desk, open_desk
from tests.web.visitors import sign_in, visitor

FEE = "对公账户年服务费"


@pytest.fixture
async def desk(app: Edge, world: World) -> AsyncIterator[Desk]:
    """An estate with two fees of single homes in March, before its owner."""
    async with visitor(app) as client:
        await sign_in(client)
        yield await open_desk(client, world, "owner")


async def test_single_homes_are_summed_and_their_vouchers_are_not_there(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    fee = await desk.books.receive(date(2025, 3, 6), 60_00, "1栋3单元402 王小明 补交")
    page = await desk.client.get(f"{home}/months/2025-03")
    assert page.status_code == 200
    main = page.text.split("<main", 1)[1]
    assert "¥430.00" in main, "180, 190 and 60 yuan of three homes"
    for secret in ("王小明", "张晓梅", "402", "204", "¥180.00", "¥60.00", str(fee)):
        assert secret not in main
    assert (await desk.client.get(f"{home}/vouchers/{fee}")).status_code == 404


async def test_from_a_months_figure_to_the_line_and_its_voucher(desk: Desk, world: World) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    paid = await desk.books.pay(date(2025, 3, 20), 35_00, FEE)
    start = (await desk.client.get(home)).text
    assert start.count(f'href="{home}/months/2025-03"') == 3, "the month, and both its figures"
    month = (await desk.client.get(f"{home}/months/2025-03")).text
    assert FEE in month
    assert f'href="{home}/vouchers/{paid}"' in month
    voucher = await desk.client.get(f"{home}/vouchers/{paid}")
    assert voucher.status_code == 200
    for words in (FEE, "¥35.00", "TR21", "凭证号", "封存", f'href="{home}/months/2025-03"'):
        assert words in voucher.text
    other = f"/estates/{world.estate.public_id}/vouchers/{paid}"
    assert (await desk.client.get(other)).status_code == 404


async def test_a_month_that_is_none_is_missing_and_an_empty_one_says_so(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    for typed in ("2025-13", "2025", "x", "2025-03-01"):
        assert (await desk.client.get(f"{home}/months/{typed}")).status_code == 404, typed
    assert "这个月没有收支" in (await desk.client.get(f"{home}/months/2024-01")).text
    assert (await desk.client.get(f"{home}/vouchers/{uuid4()}")).status_code == 404
