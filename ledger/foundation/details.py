"""Details of a person under their key: one of them stored, those that are missing filled in.

A birthday that nobody told is the one in the identity number.
"""

from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_one, load_sql
from ledger.errors import InvalidInput
from ledger.foundation.audit_log import record_action
from ledger.foundation.coming_of_age import settle_guardianships
from ledger.foundation.correctable import check_value
from ledger.foundation.identity_numbers import birthday_in
from ledger.foundation.people import IdentityNumberKnown, Person, PersonalDetails
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.shared_people import reach_all_places

_PACKAGE = "ledger.foundation"
DETAILS = ("phone", "id_number", "birthday", "address")


def read_details(
    *,
    phone: str | None = None,
    id_number: str | None = None,
    birthday: date | None = None,
    address: str | None = None,
) -> PersonalDetails:
    """What was told of a person, each in its one form; the empty is nothing.

    Raises:
        InvalidInput: one of them cannot be right, or birthday and identity number disagree.
    """
    number = check_value("id_number", id_number) if id_number else None
    born = birthday
    if born is not None:
        check_value("birthday", born.isoformat())
    if number is not None:
        told = birthday_in(number)
        if born not in (None, told):
            raise _disagree()
        born = told
    return PersonalDetails(
        phone=check_value("phone", phone) if phone else None,
        id_number=number,
        birthday=born,
        address=check_value("address", address) if address else None,
    )


async def complete_details(
    conn: AsyncConnection,
    *,
    person: Person,
    details: PersonalDetails,
    keys: PersonalDataKeys,
    caller_id: int,
) -> None:
    """Fill in what was not known of a person; what is known stays, and needs a correction.

    Nothing is filled in for somebody of a place in which the caller enrols nobody: those there
    would take it for what they were told.

    Raises:
        IdentityNumberKnown: the number is somebody else's.
    """
    row = await fetch_one(conn, load_sql(_PACKAGE, "lock_personal_data"), person.person_id)
    missing = {
        field: value
        for field in DETAILS
        if (value := getattr(details, field)) is not None
        and getattr(row, f"{field}_sealed") is None
    }
    if not missing or row.data_key is None:
        return
    rights = [(caller_id, "members.enrol")]
    if not await reach_all_places(conn, person_caller_id=row.caller_id, rights=rights):
        return
    for field, value in missing.items():
        await store_detail(
            conn,
            person_id=person.person_id,
            row=row,
            field=field,
            value=str(value),
            keys=keys,
            caller_id=caller_id,
        )
    await record_action(
        conn,
        caller_id=caller_id,
        action="personal_data.complete",
        object_kind="person",
        object_id=str(person.public_id),
        behalf_person_id=person.person_id,
    )


async def store_detail(
    conn: AsyncConnection,
    *,
    person_id: int,
    row: Any,
    field: str,
    value: str,
    keys: PersonalDataKeys,
    caller_id: int,
) -> None:
    """Seal one detail in place of the one before; ``row``: the person, locked, not erased.

    With another birthday the guardianships of a minor end on another day, and those by a minor now.

    Raises:
        IdentityNumberKnown: the number is somebody else's.
        InvalidInput: a birthday that the identity number contradicts.
    """
    born = await _keep_in_step(conn, person_id, row, field, value, keys)
    if born is not None:
        await settle_guardianships(conn, person_id=person_id, born=born, caller_id=caller_id)
    sealed = keys.seal(bytes(row.data_key), field, value)
    statement = load_sql(_PACKAGE, f"store_{field}")
    if field in ("birthday", "address"):
        await execute(conn, statement, person_id, sealed)
        return
    # the row's own secret, current or not: a rotation renews key and indexes together
    key_id = None if row.key_id is None else bytes(row.key_id)
    index = keys.blind_index(field, value, key_id or keys.oldest_id)
    try:
        async with conn.begin_nested():
            await execute(conn, statement, person_id, sealed, index)
    except IntegrityError as error:
        raise IdentityNumberKnown from error


async def _keep_in_step(
    conn: AsyncConnection, person_id: int, row: Any, field: str, value: str, keys: PersonalDataKeys
) -> date | None:
    """Let birthday and identity number tell the same day; the number is the better witness.

    Returns the birthday that ``value`` tells; None: it tells none.
    """
    if field == "birthday":
        told = date.fromisoformat(value)
        if row.id_number_sealed is not None:
            number = keys.open(bytes(row.data_key), "id_number", bytes(row.id_number_sealed))
            if birthday_in(number) not in (None, told):
                raise _disagree()
        return told
    born = birthday_in(value) if field == "id_number" else None
    if born is not None:
        sealed = keys.seal(bytes(row.data_key), "birthday", born.isoformat())
        await execute(conn, load_sql(_PACKAGE, "store_birthday"), person_id, sealed)
    return born


def _disagree() -> InvalidInput:
    remedy = "The identity number tells another birthday."
    return InvalidInput(field="birthday", value="…", remedy=remedy)


def read_birthday(row: Any, keys: PersonalDataKeys) -> date | None:
    """The birthday of a person's row, told by itself or by the identity number; None: unknown."""
    if row.data_key is None:
        return None
    if row.birthday_sealed is not None:
        return date.fromisoformat(
            keys.open(bytes(row.data_key), "birthday", bytes(row.birthday_sealed))
        )
    if row.id_number_sealed is None:
        return None
    return birthday_in(keys.open(bytes(row.data_key), "id_number", bytes(row.id_number_sealed)))
