"""Lists that were judged before somebody was erased neither show her nor enrol her again."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.foundation.erasures import ask_erasure, get_erasure
from ledger.foundation.organisations import Tenant
from ledger.foundation.people import create_person, get_person_by_id
from ledger.journeys.erasure import erase_person
from ledger.journeys.imports.preview import SentFile, preview_file
from ledger.journeys.imports.store import ImportFile
from tests.api.world import KEYS, SYSTEM
from tests.imports.files import (
    confirm,
    csv_file,
    id_number,
    lines_of,
    members_of,
    new_programme,
    preview,
    told,
)

NAME, PHONE = "金丝雀雀", "13955501234"
HER = (NAME, PHONE, id_number(1), "", "柳林路 8 号", "", "")
GONE = ("skipped", "name:erased")


async def erase(engine: AsyncEngine, programme: Tenant) -> None:
    """She asks to be erased, and a clerk sees to it."""
    members = await members_of(engine, programme.tenant_id)
    (her,) = (one for one in members if one.display_name == NAME)

    async def act(conn: AsyncConnection) -> None:
        person = await get_person_by_id(conn, person_id=her.person_id)
        clerk = await create_person(conn, display_name="复核人", keys=KEYS)
        erasure_id = await ask_erasure(
            conn,
            person_id=person.person_id,
            asked_by=person.caller_id,
            through="self",
            gives_up=True,
        )
        erasure = await get_erasure(conn, erasure_id=erasure_id)
        await erase_person(conn, erasure=erasure, decided_by=clerk.caller_id, keys=KEYS)

    await write_transaction(engine, act, tenant_id=programme.tenant_id)


async def test_a_preview_from_before_neither_shows_nor_enrols_an_erased_person(
    engine: AsyncEngine,
) -> None:
    here, elsewhere = await new_programme(engine), await new_programme(engine, "西湖社区")
    await confirm(engine, here.tenant_id, await preview(engine, here.tenant_id, csv_file(HER)))
    lines = (
        HER,  # a member already
        ("金丝 雀雀", "", "", "", "柳林路 8 号", "", ""),
        ("王五", f"+86 {PHONE[:3]} {PHONE[3:]}", "", "", "", "", ""),
        (NAME, "1", id_number(1), "", "柳林路 8 号", "", ""),  # wrong
        ("", NAME, PHONE, "", "", "", ""),  # one column too far
        ("李四", "13800000001", "", "", "", "", ""),
        ("赵六", "2", "", "", "", "", ""),
    )
    file = await preview(engine, here.tenant_id, csv_file(*lines))
    other = await preview(
        engine, elsewhere.tenant_id, csv_file(HER, (NAME, "13800000002", "", "", "", "", ""))
    )
    shops = await preview(
        engine,
        here.tenant_id,
        csv_file(("雀雀小店", NAME, PHONE), header=("名称", "联系人", "联系电话")),
        "merchants",
    )
    await erase(engine, here)

    seen = await lines_of(engine, here.tenant_id, file)
    states = told(seen)
    assert [states[line] for line in range(2, 7)] == [GONE] * 5
    assert all(one.values is None for one in seen[:5])
    assert (seen[5].state, seen[6].state) == ("ready", "error")
    assert told(await lines_of(engine, here.tenant_id, shops)) == {
        2: ("skipped", "contact_name:erased")
    }
    of_others = await lines_of(engine, elsewhere.tenant_id, other)
    assert told(of_others) == {2: GONE, 3: ("ready",)}, "elsewhere a name alone tells nobody"

    done = await confirm(engine, here.tenant_id, file)
    assert (done.done_count, done.skipped_count, done.error_count) == (1, 5, 1)
    names = {one.display_name for one in await members_of(engine, here.tenant_id)}
    assert NAME not in names
    assert "李四" in names


async def test_wrong_lines_of_a_finished_list_go_with_the_person(engine: AsyncEngine) -> None:
    here = await new_programme(engine)
    file = await preview(engine, here.tenant_id, csv_file(HER, (NAME, "1", "", "", "", "", "")))
    await confirm(engine, here.tenant_id, file, checked=True)
    await erase(engine, here)
    left = await lines_of(engine, here.tenant_id, file)
    assert [one.values for one in left] == [None, None]
    assert told(left)[3] == GONE


async def test_an_erasure_waits_for_a_list_that_is_being_judged(
    engine: AsyncEngine,
) -> None:
    here = await new_programme(engine)
    await confirm(engine, here.tenant_id, await preview(engine, here.tenant_id, csv_file(HER)))
    judged, go_on = asyncio.Event(), asyncio.Event()

    async def judge(conn: AsyncConnection) -> ImportFile:
        file = await preview_file(
            conn,
            tenant_id=here.tenant_id,
            sent=SentFile(csv_file(HER), "名单.csv", "people"),
            keys=KEYS,
            caller_id=SYSTEM,
        )
        judged.set()
        await go_on.wait()
        return file

    judging = asyncio.create_task(write_transaction(engine, judge, tenant_id=here.tenant_id))
    await judged.wait()
    erasing = asyncio.create_task(erase(engine, here))
    done, _ = await asyncio.wait([erasing], timeout=0.3)
    assert not done, "what is not on record yet cannot be let go"
    go_on.set()
    file = await judging
    await erasing
    assert told(await lines_of(engine, here.tenant_id, file)) == {2: GONE}
