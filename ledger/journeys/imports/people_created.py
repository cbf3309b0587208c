"""New people, many at once: keys, numbers and sealed fields as one person gets them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.people import new_volunteer_no, seal_birthday, seal_findable, sort_key
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.journeys.imports.lines import Line

_PACKAGE = "ledger.journeys.imports"


class NewPerson(msgspec.Struct):
    """A person who is about to be made."""

    line: Line
    public_id: UUID
    caller_id: int
    volunteer_no: str
    data_key: bytes
    person_id: int = 0


async def create_people(
    conn: AsyncConnection, lines: Sequence[Line], keys: PersonalDataKeys
) -> list[NewPerson]:
    """New people; who cannot be made now is missing from the result."""
    if not lines:
        return []
    key_id = keys.current_id
    callers = await fetch_all(conn, load_sql(_PACKAGE, "create_callers"), len(lines))
    new = [
        NewPerson(line, uuid7(), row.caller_id, new_volunteer_no(), keys.new_key(key_id))
        for line, row in zip(lines, callers, strict=True)
    ]
    for one in await _insert(conn, new, keys, key_id):
        one.volunteer_no = new_volunteer_no()  # taken; an identity number that is taken stays so
    await _insert(conn, [one for one in new if not one.person_id], keys, key_id)
    return [one for one in new if one.person_id]


async def _insert(
    conn: AsyncConnection, new: Sequence[NewPerson], keys: PersonalDataKeys, key_id: bytes
) -> list[NewPerson]:
    """Insert people and note their ids; returns those who could not be inserted."""
    if not new:
        return []
    sealed = [_sealed(keys, one, key_id) for one in new]
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "create_people"),
        [one.public_id for one in new],
        [one.caller_id for one in new],
        [one.line.parsed.name for one in new],
        [sort_key(one.line.parsed.name) for one in new],
        [one.volunteer_no for one in new],
        [one.data_key for one in new],
        *map(list, zip(*sealed, strict=True)),
        key_id,
    )
    made = {row.public_id: row.person_id for row in rows}
    for one in new:
        one.person_id = made.get(one.public_id, 0)
    return [one for one in new if not one.person_id]


def _sealed(keys: PersonalDataKeys, one: NewPerson, key_id: bytes) -> tuple[bytes | None, ...]:
    """Telephone and identity number with their indexes, birthday, address."""
    details = one.line.parsed.details
    return (
        *seal_findable(keys, one.data_key, key_id, "phone", details.phone),
        *seal_findable(keys, one.data_key, key_id, "id_number", details.id_number),
        seal_birthday(keys, one.data_key, details.birthday),
        seal_findable(keys, one.data_key, key_id, "address", details.address)[0],
    )
