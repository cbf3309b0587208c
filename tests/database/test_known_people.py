"""One human being is one person, whoever enrols them, at whatever moment."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import execute, fetch_one, fetch_value, load_sql, write_transaction
from ledger.errors import InvalidInput
from ledger.foundation.consents import GuardianNeeded, record_consent
from ledger.foundation.corrections import make_correction
from ledger.foundation.details import read_details
from ledger.foundation.disclosures import read_personal_data
from ledger.foundation.people import IdentityNumberKnown, Person, PersonalDetails, create_person
from ledger.journeys.enrolment import know_person
from tests.community import KEYS

NUMBER = "11010519491231002X"
OTHER_NUMBER = "11010119900307803X"
PHONE = "13800138000"


async def know(engine: AsyncEngine, name: str, **told: Any) -> Person:
    return await write_transaction(
        engine,
        lambda conn: know_person(
            conn, display_name=name, keys=KEYS, details=read_details(**told), known_by=1
        ),
    )


async def read(engine: AsyncEngine, person: Person) -> dict[str, str | None]:
    async with engine.connect() as conn:
        return await read_personal_data(conn, person_id=person.person_id, keys=KEYS)


async def test_the_identity_number_and_name_are_one_person(engine: AsyncEngine) -> None:
    first = await know(engine, "张三", id_number=NUMBER)
    assert await know(engine, " 张三 ", id_number=NUMBER.lower()) == first
    with pytest.raises(IdentityNumberKnown):
        await know(engine, "李四", id_number=NUMBER)
    async with engine.connect() as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.person") == 1


async def test_the_same_telephone_and_name_are_one_person_however_typed(
    engine: AsyncEngine,
) -> None:
    first = await know(engine, "阿依古丽·买买提", phone=PHONE)
    for name, phone in (
        ("阿依古丽·买买提", "+86 138 0013 8000"),
        ("阿依古丽•买买提", "8613800138000"),
        ("阿依古丽．买买提", "0086-13800138000"),
        ("阿依古丽 ・ 买买提", "１３８００１３８０００"),
    ):
        assert await know(engine, name, phone=phone) == first, (name, phone)
    assert (await read(engine, first))["phone"] == PHONE
    two = await know(engine, "Ｌｉ Ｍｉｎｇ", phone=PHONE)
    assert await know(engine, "li ming", phone=PHONE) == two
    assert two != first
    three = await know(engine, "张 三", phone=PHONE)
    assert await know(engine, "张三", phone=PHONE) == three


async def test_of_many_enrolled_at_once_with_one_number_there_is_one(engine: AsyncEngine) -> None:
    people = await asyncio.gather(*(know(engine, "张三", id_number=NUMBER) for _ in range(6)))
    assert len({one.person_id for one in people}) == 1
    results = await asyncio.gather(
        *(know(engine, name, id_number=OTHER_NUMBER) for name in ("李四", "王五", "赵六")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, IdentityNumberKnown) for one in results) == 2


async def test_namesakes_who_share_a_telephone_stay_two(engine: AsyncEngine) -> None:
    grandfather = await know(engine, "张三", id_number=NUMBER, phone=PHONE)
    grandson = await know(engine, "张三", id_number=OTHER_NUMBER, phone=PHONE)
    assert grandson != grandfather
    assert await know(engine, "张三", id_number=NUMBER, phone=PHONE) == grandfather


async def test_what_was_missing_is_filled_in_and_what_is_known_stays(engine: AsyncEngine) -> None:
    first = await know(engine, "张三", phone=PHONE)
    again = await know(engine, "张三", phone=PHONE, id_number=NUMBER, address="一号楼")
    assert again == first
    assert (
        await know(engine, "张三", id_number=NUMBER, phone="13900139000", address="二号") == first
    )
    values = await read(engine, first)
    assert values["phone"] == PHONE
    assert values["address"] == "一号楼"
    assert (values["id_number"], values["birthday"]) == (NUMBER, "1949-12-31")
    async with engine.connect() as conn:
        noted = await fetch_value(
            conn,
            "SELECT count(*) FROM foundation.audit_log"
            " WHERE action = 'personal_data.complete' AND behalf_person_id = $1",
            first.person_id,
        )
    assert noted == 1, "nothing was missing the second time"


async def test_the_database_keeps_one_person_a_number(engine: AsyncEngine) -> None:
    details = PersonalDetails(id_number=NUMBER)

    async def create(conn: AsyncConnection) -> Person:
        return await create_person(conn, display_name="张三", keys=KEYS, details=details)

    await write_transaction(engine, create)
    with pytest.raises(IdentityNumberKnown):
        await write_transaction(engine, create)


async def test_a_correction_keeps_number_and_birthday_in_step(engine: AsyncEngine) -> None:
    person = await know(engine, "张三", birthday=date(1950, 1, 1))
    await know(engine, "李四", id_number=OTHER_NUMBER)

    async def correct(field: str, value: str) -> None:
        await write_transaction(
            engine,
            lambda conn: make_correction(
                conn,
                person_id=person.person_id,
                field=field,
                value=value,
                reason="核对证件",
                made_by=1,
                keys=KEYS,
            ),
        )

    await correct("id_number", NUMBER)
    assert (await read(engine, person))["birthday"] == "1949-12-31"
    await correct("birthday", "1949-12-31")
    for field, value in (
        ("birthday", "1950-01-01"),
        ("birthday", "2999-01-01"),
        ("birthday", "31.12.1949"),
        ("id_number", f"{NUMBER[:-1]}1"),
    ):
        with pytest.raises(InvalidInput):
            await correct(field, value)
    with pytest.raises(IdentityNumberKnown):
        await correct("id_number", OTHER_NUMBER)
    assert (await read(engine, person))["id_number"] == NUMBER


async def test_a_child_known_by_birthday_alone_does_not_consent(engine: AsyncEngine) -> None:
    child = await know(engine, "王小宝", birthday=date(2020, 5, 1))

    async def agree(conn: AsyncConnection) -> None:
        await record_consent(
            conn,
            person_id=child.person_id,
            purpose="publish_name",
            given=True,
            through="self",
            recorded_by=child.caller_id,
            keys=KEYS,
        )

    with pytest.raises(GuardianNeeded):
        await write_transaction(engine, agree)


async def test_a_birthday_is_stored_sealed(engine: AsyncEngine) -> None:
    await know(engine, "张三", birthday=date(1950, 1, 2))
    async with engine.connect() as conn:
        row = await fetch_one(conn, "SELECT p::text AS everything FROM foundation.person AS p")
    for form in ("1950-01-02", "19500102"):
        assert form not in row.everything
        assert form.encode().hex() not in row.everything


async def test_of_people_with_one_number_from_before_one_is_known_by_it(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Two kept under different secrets must not end a rotation of the secret."""
    first = await know(engine, "张三", id_number=NUMBER)
    second = await know(engine, "李四", id_number=OTHER_NUMBER)
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            "UPDATE foundation.person SET id_number_index = '\\x01' WHERE person_id = $1",
            first.person_id,
        )
    statement = "SELECT id_number_index FROM foundation.person WHERE person_id = $1"
    async with engine.begin() as conn:
        known = await fetch_value(conn, statement, second.person_id)
        await execute(
            conn,
            load_sql("ledger.foundation", "rewrap_people"),
            b"\x02\x02\x02\x02",
            [first.person_id],
            [b"\x01"],
            [None],
            [known],
        )
        assert await fetch_value(conn, statement, first.person_id) is None
        assert await fetch_value(conn, statement, second.person_id) == known
        await conn.rollback()
