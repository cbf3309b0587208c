"""People: names in clear in one place, the rest sealed under a key of each person."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute, fetch_one, write_transaction
from ledger.foundation.people import (
    PersonalDetails,
    create_person,
    find_people_by_phone,
    get_person,
    luhn_digit,
    new_volunteer_no,
    read_phone,
    sort_key,
)
from ledger.foundation.personal_data import PersonalDataKeys, PersonalDataUnreadable
from ledger.identifiers import uuid7

KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
PHONE = "138 0013 8000"


async def test_telephone_is_found_by_blind_index_however_it_is_written(engine: AsyncEngine) -> None:
    details = PersonalDetails(phone=PHONE, id_number="110101199003071234", address="一号楼")
    person = await write_transaction(
        engine, lambda conn: create_person(conn, display_name="张三", keys=KEYS, details=details)
    )
    async with engine.connect() as conn:
        found = await find_people_by_phone(conn, phone="１３８００１３８０００", keys=KEYS)
        assert found == [person]
        assert await read_phone(conn, person_id=person.person_id, keys=KEYS) == PHONE
        assert await get_person(conn, public_id=person.public_id) == person


async def test_nothing_but_the_name_is_stored_in_clear(engine: AsyncEngine) -> None:
    details = PersonalDetails(phone=PHONE, id_number="110101199003071234", address="一号楼")
    await write_transaction(
        engine, lambda conn: create_person(conn, display_name="张三", keys=KEYS, details=details)
    )
    async with engine.connect() as conn:
        row = await fetch_one(conn, "SELECT p::text AS everything FROM foundation.person AS p")
    for secret in (PHONE, "13800138000", "110101199003071234", "一号楼"):
        assert secret not in row.everything
        assert secret.encode().hex() not in row.everything


async def test_without_the_persons_key_nothing_opens(engine: AsyncEngine) -> None:
    details = PersonalDetails(phone=PHONE)
    person = await write_transaction(
        engine, lambda conn: create_person(conn, display_name="张三", keys=KEYS, details=details)
    )
    async with engine.begin() as conn:
        await execute(conn, "UPDATE foundation.person SET data_key = NULL, erased_at = now()")
        assert await read_phone(conn, person_id=person.person_id, keys=KEYS) is None


def test_another_secret_or_another_column_does_not_open_a_sealed_value() -> None:
    key = KEYS.new_key()
    sealed = KEYS.seal(key, "phone", PHONE)
    with pytest.raises(PersonalDataUnreadable):
        KEYS.open(key, "address", sealed)
    with pytest.raises(PersonalDataUnreadable):
        PersonalDataKeys("another secret, also long enough to be one").open(key, "phone", sealed)


async def test_unknown_person_is_not_found(engine: AsyncEngine) -> None:
    async with engine.connect() as conn:
        with pytest.raises(Exception, match="No person"):
            await get_person(conn, public_id=uuid7())


def test_volunteer_number_carries_a_check_digit() -> None:
    assert luhn_digit("7992739871") == 3  # the example of ISO/IEC 7812-1
    number = new_volunteer_no()
    assert len(number) == 11
    assert int(number[-1]) == luhn_digit(number[1:-1])


def test_names_sort_by_pinyin() -> None:
    assert sorted(["张三", "李四", "王五", "陈六"], key=sort_key) == [
        "陈六",
        "李四",
        "王五",
        "张三",
    ]
