"""Thousands of open lines: the page of breaks stays a page, and nothing is lost between two."""

from datetime import datetime, timedelta

import httpx

from tests.api.world import World
from tests.reconciliation.bank_files import Movement, ccb_csv
from tests.web.bank_desk import ids_of, open_desk

OPEN_LINES = 2_000
#: What a page may weigh before it is packed, several times what one screen holds.
HEAVIEST_BYTES = 60_000


async def test_breaks_come_page_by_page_and_each_once(
    wang: httpx.AsyncClient, world: World
) -> None:
    desk = await open_desk(wang, world)
    start = datetime.fromisoformat("2025-03-01T08:00:00")
    movements = [
        Movement(
            at=start + timedelta(minutes=20 * number),
            amount=1_000_00 + 7 * number,
            name="赵敏",
            remark=f"往来款 {number}",
        )
        for number in range(OPEN_LINES)
    ]
    await desk.upload(ccb_csv(movements))
    seen, query = list[object](), dict[str, str]()
    for _ in range(3):
        page = await desk.see("/breaks", **query)
        assert len(page.content) < HEAVIEST_BYTES
        listed = ids_of(page, f"{desk.home}/breaks/")
        assert f"共 {OPEN_LINES + 2} 项" in page.text
        seen += listed
        query = {"from": page.text.split('rel="next" href="')[1].split("from=")[1].split('"')[0]}
    assert len(seen) == len(set(seen)) == int(query["from"])
    last = await desk.see("/breaks", **{"from": str(OPEN_LINES)})
    assert len(ids_of(last, f"{desk.home}/breaks/")) == 2
    assert 'rel="next"' not in last.text
