"""Persons: one sign-in each, their names in clear here only, everything else sealed."""

import os
import re
import secrets
import unicodedata
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_one, fetch_optional, fetch_value, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.names import check_name
from ledger.foundation.personal_data import PersonalDataKeys, PersonErased
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
_VOLUNTEER_DIGITS = 9
_DRAWS = 8
_BLANKS_AND_DASHES = re.compile(r"[\s\-]+")


class PersonKnown(LedgerError):
    """Nobody becomes two persons because somebody else entered the telephone before."""

    template = (
        "Somebody with this telephone is on record: {volunteer_no}. If it is the same person, give "
        "volunteer_no; if another one shares the telephone, say another."
    )


class IdentityNumberKnown(LedgerError):
    """An identity number is one human being's."""

    template = "This identity number is on record for somebody else."


class Person(msgspec.Struct, frozen=True):
    """A human being; ``person_id`` and ``caller_id`` never leave the service."""

    person_id: int
    public_id: UUID
    caller_id: int
    display_name: str
    volunteer_no: str


class PersonalDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a person beyond the name; stored sealed, or not at all."""

    phone: str | None = None
    id_number: str | None = None
    birthday: date | None = None
    address: str | None = None


_NOTHING_KNOWN = PersonalDetails()


async def create_person(
    conn: AsyncConnection,
    *,
    display_name: str,
    keys: PersonalDataKeys,
    details: PersonalDetails = _NOTHING_KNOWN,
) -> Person:
    """A new person with an own key, an own caller and a new volunteer number.

    Raises:
        IdentityNumberKnown: somebody has this identity number.
        InvalidInput: nobody is called so.
    """
    name = check_name(display_name)
    public_id = uuid7()
    caller_id = await fetch_value(conn, load_sql(_PACKAGE, "create_caller"), "person")
    key_id = keys.current_id
    data_key = keys.new_key(key_id)
    for _ in range(_DRAWS):
        volunteer_no = new_volunteer_no()
        row = await fetch_optional(
            conn,
            load_sql(_PACKAGE, "create_person"),
            public_id,
            caller_id,
            name,
            sort_key(name),
            volunteer_no,
            data_key,
            *seal_findable(keys, data_key, key_id, "phone", details.phone),
            *seal_findable(keys, data_key, key_id, "id_number", details.id_number),
            seal_findable(keys, data_key, key_id, "address", details.address)[0],
            key_id,
            seal_birthday(keys, data_key, details.birthday),
        )
        if row is not None:
            return Person(row.person_id, public_id, caller_id, name, volunteer_no)
        if details.id_number and await _has_id_number(conn, details.id_number, keys):
            raise IdentityNumberKnown
    raise AssertionError("eight volunteer numbers in a row were taken: nine digits have run out")


def seal_findable(
    keys: PersonalDataKeys, data_key: bytes, key_id: bytes, field: str, value: str | None
) -> tuple[bytes | None, bytes | None]:
    """The sealed value and its blind index under the secret ``key_id``; nothing for nothing."""
    if value is None:
        return None, None
    return keys.seal(data_key, field, value), keys.blind_index(field, value, key_id)


def seal_birthday(keys: PersonalDataKeys, data_key: bytes, born: date | None) -> bytes | None:
    """The sealed day; nothing for nothing. It has no index: nobody is looked for by it."""
    return None if born is None else keys.seal(data_key, "birthday", born.isoformat())


async def _has_id_number(conn: AsyncConnection, id_number: str, keys: PersonalDataKeys) -> bool:
    indexes = keys.blind_indexes("id_number", id_number)
    return bool(await fetch_all(conn, load_sql(_PACKAGE, "find_same_people"), None, indexes))


async def get_person(conn: AsyncConnection, *, public_id: UUID) -> Person:
    """The person with a public id.

    Raises:
        NotFound: nobody has it.
    """
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_person"), public_id, None, None)
    if row is None:
        raise NotFound(kind="person", id=str(public_id))
    return _person(row)


async def get_person_by_id(conn: AsyncConnection, *, person_id: int) -> Person:
    """The person with an internal id that another row refers to."""
    return _person(await fetch_one(conn, load_sql(_PACKAGE, "find_person"), None, person_id, None))


async def find_person_by_number(conn: AsyncConnection, *, volunteer_no: str) -> Person | None:
    """The person with a volunteer number, as people type it."""
    number = plain_volunteer_no(volunteer_no)
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_person_by_number"), number)
    return None if row is None else _person(row)


async def get_person_by_volunteer_no(conn: AsyncConnection, *, volunteer_no: str) -> Person:
    """The person with a uniform volunteer number, as people type it.

    Raises:
        NotFound: nobody has it.
    """
    number = plain_volunteer_no(volunteer_no)
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_person_by_volunteer_no"), number)
    if row is None:
        raise NotFound(kind="person", id=volunteer_no)
    return _person(row)


async def find_person_of_caller(conn: AsyncConnection, *, caller_id: int) -> Person | None:
    """The person who sends commands as this caller; None for systems."""
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_person"), None, None, caller_id)
    return None if row is None else _person(row)


async def require_not_erased(
    conn: AsyncConnection, *, person_id: int | None = None, caller_id: int | None = None
) -> None:
    """Refuse to give an erased person anything; nobody is erased before the transaction ends.

    Every role and every way to sign in passes here. A caller who is a system passes.

    Raises:
        PersonErased: there is nobody any more.
    """
    statement = load_sql(_PACKAGE, "lock_before_erasure")
    row = await fetch_optional(conn, statement, person_id, caller_id)
    if row is not None and row.erased_at is not None:
        raise PersonErased


async def is_erased(conn: AsyncConnection, *, person_id: int) -> bool:
    """Whether a person's data were erased."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "read_sign_in_state"), person_id)
    return row.erased_at is not None


async def find_people_by_phone(
    conn: AsyncConnection, *, phone: str, keys: PersonalDataKeys
) -> list[Person]:
    """Everybody with this telephone; families share one."""
    indexes = keys.blind_indexes("phone", phone)
    rows = await fetch_all(conn, load_sql(_PACKAGE, "find_people_by_phone"), indexes)
    return [_person(row) for row in rows]


async def read_phone(
    conn: AsyncConnection, *, person_id: int, keys: PersonalDataKeys
) -> str | None:
    """The telephone in clear; None when unknown or erased. The caller logs the reason."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_sealed_contact"), person_id)
    if row.data_key is None or row.phone_sealed is None:
        return None
    return keys.open(bytes(row.data_key), "phone", bytes(row.phone_sealed))


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.person_id, row.public_id, row.caller_id, row.display_name, row.volunteer_no)


def plain_volunteer_no(typed: str) -> str:
    """A volunteer number as it is kept: without blanks and dashes, full-width letters as others."""
    return _BLANKS_AND_DASHES.sub("", unicodedata.normalize("NFKC", typed)).upper()


def new_volunteer_no() -> str:
    """A uniform volunteer number: V, nine random digits, a check digit (Luhn, ISO/IEC 7812-1)."""
    digits = f"{secrets.randbelow(10**_VOLUNTEER_DIGITS):0{_VOLUNTEER_DIGITS}d}"
    return f"V{digits}{luhn_digit(digits)}"


def luhn_digit(digits: str) -> int:
    """The digit that makes the weighted sum a multiple of ten."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[::-2])
    single = (int(digit) for digit in digits[-2::-2])
    return -(sum(doubled) + sum(single)) % 10


def sort_key(name: str) -> str:
    """Pinyin of a name, lower case: Chinese names in the order people expect, on any server."""
    # Its tables take time and memory, and not every process needs them; names are no phrases, and
    # without the phrases the tables take 13 MB instead of 56.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return " ".join(lazy_pinyin(name)).lower()
