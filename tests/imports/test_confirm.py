"""Confirming: what is ready is written once, whoever comes between, whatever breaks."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import execute, read_transaction, write_transaction
from ledger.foundation.people import PersonalDetails
from ledger.journeys.enrolment import enrol_member, know_person
from ledger.journeys.imports import confirm as confirming
from ledger.journeys.imports import preview as previewing
from ledger.journeys.imports.confirm import cancel_import, confirm_import, write_lines
from ledger.journeys.imports.repeats import ImportMayRepeat
from ledger.journeys.imports.store import ImportClosed, ImportFile, get_import
from ledger.journeys.imports.waiting import work_on_imports
from ledger.journeys.jobs.import_jobs import import_with
from ledger.journeys.jobs.registry import get_job
from ledger.journeys.jobs.running import run_job
from tests.api.world import KEYS, SYSTEM
from tests.imports.files import (
    confirm,
    count_of,
    csv_file,
    id_number,
    lines_of,
    members_of,
    new_programme,
    preview,
)

MEMBERS = "SELECT count(*) FROM foundation.member"


def row(number: int, name: str = "") -> tuple[str, ...]:
    """A line that is right."""
    return (name or f"王{number}", "", id_number(number), "", "", "", "")


async def enrol_by_hand(engine: AsyncEngine, tenant_id: int, number: int) -> None:
    """What a clerk does at the counter."""

    async def act(conn: AsyncConnection) -> None:
        person = await know_person(
            conn,
            display_name=f"王{number}",
            keys=KEYS,
            details=PersonalDetails(id_number=id_number(number)),
            known_by=SYSTEM,
        )
        await enrol_member(conn, tenant_id=tenant_id, person=person, enrolled_by=SYSTEM)

    await write_transaction(engine, act)


async def begin(engine: AsyncEngine, tenant_id: int, file: ImportFile) -> None:
    """Confirm, and write nothing yet."""
    await write_transaction(
        engine,
        lambda conn: confirm_import(
            conn, tenant_id=tenant_id, import_id=file.import_id, caller_id=SYSTEM
        ),
        tenant_id=tenant_id,
    )


@pytest.mark.parametrize("run", range(3))
async def test_any_mixture_of_lines_is_written_once_beside_enrolments_by_hand(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, seed: int, run: int
) -> None:
    choose = random.Random(seed + run)
    monkeypatch.setattr(confirming, "BATCH", 3)
    programme = await new_programme(engine)
    numbers = [choose.randrange(12) for _ in range(20)]
    wrong = {place for place in range(20) if choose.random() < 0.2}
    rows = [
        (f"王{number}", "1" if place in wrong else "", id_number(number), "", "", "", "")
        for place, number in enumerate(numbers)
    ]
    before = {choose.randrange(12) for _ in range(3)}
    for number in before:
        await enrol_by_hand(engine, programme.tenant_id, number)
    file = await preview(engine, programme.tenant_id, csv_file(*rows))
    right = {number for place, number in enumerate(numbers) if place not in wrong}
    assert file.ready_count == len(right - before)
    assert file.error_count == len(wrong)
    await begin(engine, programme.tenant_id, file)
    by_hand = set(before)
    more = True
    while more:
        number = choose.randrange(12)
        if number not in by_hand and choose.random() < 0.5:
            names = {one.display_name for one in await members_of(engine, programme.tenant_id)}
            if f"王{number}" not in names:
                await enrol_by_hand(engine, programme.tenant_id, number)
                by_hand.add(number)
        step = await write_lines(
            engine, tenant_id=programme.tenant_id, import_id=file.import_id, keys=KEYS
        )
        more = step.more
    await confirm(engine, programme.tenant_id, file)
    members = await members_of(engine, programme.tenant_id)
    assert sorted(one.display_name for one in members) == sorted(
        f"王{number}" for number in right | by_hand
    )
    assert step.file.done_count == len(right - by_hand)
    assert step.file.ready_count == 0


async def test_a_crash_in_the_middle_goes_on_with_what_is_left(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "BATCH", 4)
    programme = await new_programme(engine)
    file = await preview(engine, programme.tenant_id, csv_file(*map(row, range(10))))
    await begin(engine, programme.tenant_id, file)
    await write_lines(engine, tenant_id=programme.tenant_id, import_id=file.import_id, keys=KEYS)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(confirming, "settle_lines", broken)
        with pytest.raises(RuntimeError):
            await write_lines(
                engine, tenant_id=programme.tenant_id, import_id=file.import_id, keys=KEYS
            )
    assert await count_of(engine, programme.tenant_id, MEMBERS) == 4, "a batch is whole or nothing"
    import_with(KEYS)
    await run_job(engine, get_job("write_imports"), tenant_id=0)
    assert await count_of(engine, programme.tenant_id, MEMBERS) == 10
    async with read_transaction(engine, tenant_id=programme.tenant_id) as conn:
        done = await get_import(conn, tenant_id=programme.tenant_id, import_id=file.import_id)
    assert (done.state, done.done_count) == ("finished", 10)


async def test_two_who_confirm_at_once_write_everybody_once(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "BATCH", 5)
    programme = await new_programme(engine)
    first = await preview(engine, programme.tenant_id, csv_file(*map(row, range(20))))
    second = await preview(engine, programme.tenant_id, csv_file(*map(row, range(10, 30))))
    await asyncio.gather(
        confirm(engine, programme.tenant_id, first),
        confirm(engine, programme.tenant_id, first),
        confirm(engine, programme.tenant_id, second),
    )
    assert await count_of(engine, programme.tenant_id, MEMBERS) == 30
    people = "SELECT count(*) FROM foundation.person WHERE display_name LIKE '王%'"
    assert await count_of(engine, programme.tenant_id, people) == 30


async def test_the_same_people_of_two_lists_at_once_are_written_once_without_identity_numbers(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "BATCH", 7)
    programme = await new_programme(engine)
    rows = [
        (f"王{one}", f"139{one:08}", "", f"1960-01-{one + 1:02}", "", "", "") for one in range(20)
    ]
    lists = [await preview(engine, programme.tenant_id, csv_file(*rows)) for _ in range(3)]
    assert [one.ready_count for one in lists] == [20] * 3
    await asyncio.gather(
        *(confirm(engine, programme.tenant_id, one, checked=True) for one in lists)
    )
    assert await count_of(engine, programme.tenant_id, MEMBERS) == 20


async def test_a_list_that_may_repeat_people_is_written_only_when_somebody_has_looked(
    engine: AsyncEngine,
) -> None:
    tenant_id = (await new_programme(engine)).tenant_id
    rows = (
        ("王建国", "13900139000", "", "", "", "", ""),
        ("张三", "", "", "", "", "", ""),
        ("李四", "", "", "", "一号楼", "", ""),
    )
    first = await preview(engine, tenant_id, csv_file(*rows))
    beside = await preview(engine, tenant_id, csv_file(*rows))
    await confirm(engine, tenant_id, first)
    with pytest.raises(ImportMayRepeat):
        await confirm(engine, tenant_id, beside)
    again = await preview(engine, tenant_id, csv_file(*rows))
    with pytest.raises(ImportMayRepeat, match="2 lines have"):
        await confirm(engine, tenant_id, again)
    other = await preview(engine, tenant_id, csv_file(*rows[1:2]))
    with pytest.raises(ImportMayRepeat, match=r"1 lines have .*--checked"):
        await confirm(engine, tenant_id, other)
    assert len(await members_of(engine, tenant_id)) == 3
    await confirm(engine, tenant_id, other, checked=True)
    assert len(await members_of(engine, tenant_id)) == 4, "another of the same name"
    nobody_doubted = csv_file(("赵一", "", "", "", "", "", ""), rows[0])
    await confirm(engine, tenant_id, await preview(engine, tenant_id, nobody_doubted))
    assert len(await members_of(engine, tenant_id)) == 5
    elsewhere = (await new_programme(engine, "西园社区")).tenant_id
    await confirm(engine, elsewhere, await preview(engine, elsewhere, csv_file(*rows)))


async def test_a_cancelled_or_old_preview_is_destroyed_and_cannot_be_confirmed(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = await new_programme(engine)
    tenant_id = programme.tenant_id
    told = ("王1", "", id_number(1), "", "", "3-201", "户主")
    file = await preview(engine, tenant_id, csv_file(told))
    await write_transaction(
        engine,
        lambda conn: cancel_import(
            conn, tenant_id=tenant_id, import_id=file.import_id, caller_id=SYSTEM
        ),
        tenant_id=tenant_id,
    )
    with pytest.raises(ImportClosed):
        await begin(engine, tenant_id, file)
    monkeypatch.setattr(previewing, "KEPT_FOR", timedelta(seconds=-1))
    old = await preview(engine, tenant_id, csv_file(row(1)))
    with pytest.raises(ImportClosed):
        await begin(engine, tenant_id, old)
    await work_on_imports(engine, keys=KEYS, go_on=lambda: True)
    left = (
        "SELECT count(*) FROM foundation.import_line "
        "WHERE cells_sealed IS NOT NULL OR household IS NOT NULL"
    )
    assert await count_of(engine, tenant_id, left) == 0
    keys = "SELECT count(*) FROM foundation.import_file WHERE data_key IS NOT NULL"
    assert await count_of(engine, tenant_id, keys) == 0
    due = "SELECT count(*) FROM foundation.import_due"
    assert await count_of(engine, tenant_id, due) == 0
    assert await members_of(engine, tenant_id) == []


async def test_a_file_that_fails_holds_up_no_other(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    programmes = [await new_programme(engine) for _ in range(2)]
    for number, programme in enumerate(programmes):
        file = await preview(engine, programme.tenant_id, csv_file(row(number)))
        await begin(engine, programme.tenant_id, file)
    fault = f"CHECK (tenant_id <> {programmes[0].tenant_id}) NOT VALID"
    async with admin_engine.begin() as conn:
        await execute(conn, f"ALTER TABLE foundation.member ADD CONSTRAINT a_fault {fault}")
    with pytest.raises(IntegrityError, match="a_fault"):
        await work_on_imports(engine, keys=KEYS, go_on=lambda: True)
    for programme, count in zip(programmes, (0, 1), strict=True):
        assert len(await members_of(engine, programme.tenant_id)) == count


async def test_wrong_lines_can_be_fetched_until_the_file_expires(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    wrong = ("赵一", "1380", "", "", "", "", "")
    file = await preview(engine, programme.tenant_id, csv_file(row(1), wrong))
    done = await confirm(engine, programme.tenant_id, file)
    assert done.data_key is not None
    right, other = await lines_of(engine, programme.tenant_id, done)
    assert right.values is None, "what is written needs no second copy"
    assert other.values == {"name": "赵一", "phone": "1380"}
    assert done.expires_at > now()
