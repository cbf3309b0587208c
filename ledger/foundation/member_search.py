"""Finding members of one programme, and people who may be the same human being."""

import re
import unicodedata
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import refuse_name, told_reason
from ledger.foundation.names import check_name, person_key, settle_person_name
from ledger.foundation.notices import notify
from ledger.foundation.organisations import check_page_size
from ledger.foundation.people import Person, get_person_by_id, plain_volunteer_no, sort_key
from ledger.foundation.personal_data import PersonalDataKeys, PersonErased
from ledger.foundation.phones import is_phone, plain_phone
from ledger.foundation.shared_people import require_all_places
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
#: Stands where a change of name says why: the reason itself lies with the correction, sealed.
BY_CORRECTION = "correction"
_VOLUNTEER_NO = re.compile(r"V[0-9]{10}\Z")
_LETTERS = re.compile(r"[a-z]{1,40}\Z")
_BLANKS = re.compile(r"[\s\-']+")
_FIELD = "previous_name"
_LONGEST_NAME = 60


class FoundMember(msgspec.Struct, frozen=True):
    """A member found; the name in clear for the caller to mask."""

    member_id: UUID
    person_id: int
    volunteer_no: str
    status: str
    branch_id: UUID | None
    joined_on: date
    display_name: str


class Wanted(msgspec.Struct, frozen=True):
    """What was typed into a search, as what it can be: at most one of these."""

    name: str | None = None
    letters: str | None = None
    volunteer_no: str | None = None
    phone: str | None = None


class SamePerson(msgspec.Struct, frozen=True):
    """Somebody known with the telephone or identity number that was given."""

    person: Person
    #: It is the identity number that is the same.
    has_id_number: bool
    #: An identity number is on record, this one or another.
    is_identified: bool


class NameChange(msgspec.Struct, frozen=True):
    """A name that was corrected; None once the person's key was destroyed."""

    previous_name: str | None
    reason: str

    @property
    def by_correction(self) -> bool:
        """Whether the reason lies with a correction, whose number stood here at first."""
        return self.reason.partition(" ")[0] == BY_CORRECTION


class HeldHere(msgspec.Struct, frozen=True):
    """A role that somebody holds in a tenant, and the object it is limited to."""

    role: str
    object_id: UUID | None
    valid_from: datetime


def read_search(typed: str, *, by_name: bool) -> Wanted | None:
    """What a text of a search is: a number, a telephone, letters of pinyin, or part of a name.

    Whoever sees masked names only looks for nobody by name, for what is found would tell the name:
    then a name is None. Nothing typed looks for everybody.
    """
    plain = unicodedata.normalize("NFKC", typed).strip()
    squeezed = _BLANKS.sub("", plain)
    if _VOLUNTEER_NO.match(number := plain_volunteer_no(typed)):
        return Wanted(volunteer_no=number)
    if is_phone(phone := plain_phone(typed)):
        return Wanted(phone=phone)
    if plain and not by_name:
        return None
    if _LETTERS.match(squeezed.lower()):
        return Wanted(letters=squeezed.lower())
    return Wanted(name=settle_person_name(plain) or None)


async def search_members(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    wanted: Wanted,
    keys: PersonalDataKeys,
    limit: int,
    status: str | None = None,
    after: UUID | None = None,
) -> list[FoundMember]:
    """A page of members by name, beginning after a member.

    A telephone is found whole or not at all, by its blind index; there is one page of them.
    """
    page = check_page_size(limit)
    if wanted.phone is not None:
        indexes = keys.blind_indexes("phone", wanted.phone)
        statement = load_sql(_PACKAGE, "find_members_by_phone")
        rows = await fetch_all(conn, statement, tenant_id, indexes, status, page)
        return [] if after is not None else [FoundMember(*tuple(row)) for row in rows]
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "search_members"),
        tenant_id,
        wanted.name,
        wanted.letters,
        wanted.volunteer_no,
        status,
        after,
        page,
    )
    return [FoundMember(*tuple(row)) for row in rows]


async def list_same_people(
    conn: AsyncConnection,
    *,
    keys: PersonalDataKeys,
    phone: str | None = None,
    id_number: str | None = None,
) -> list[SamePerson]:
    """Everybody known with this telephone or identity number; families share telephones.

    They may be anybody's members: the caller shows only those it may show.
    """
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "find_same_people"),
        None if phone is None else keys.blind_indexes("phone", phone),
        None if id_number is None else keys.blind_indexes("id_number", id_number),
    )
    return [
        SamePerson(Person(*tuple(row)[:-2]), row.has_id_number, row.is_identified) for row in rows
    ]


async def find_known_person(
    conn: AsyncConnection,
    *,
    display_name: str,
    keys: PersonalDataKeys,
    phone: str | None = None,
    id_number: str | None = None,
) -> Person | None:
    """Who has this name and this identity number, or this name and this telephone.

    A telephone names nobody whose identity number is on record and another one: grandfather and
    grandson may share a name and a telephone.
    """
    found = await list_same_people(conn, keys=keys, phone=phone, id_number=id_number)
    name = person_key(display_name)
    same = [one for one in found if person_key(one.person.display_name) == name]
    same.sort(key=lambda one: not one.has_id_number)
    for one in same:
        if one.has_id_number or id_number is None or not one.is_identified:
            return one.person
    return None


async def correct_name(
    conn: AsyncConnection,
    *,
    person_id: int,
    display_name: str,
    reason: str,
    caller_id: int,
    keys: PersonalDataKeys,
    tenant_id: int | None = None,
) -> None:
    """Give a person the right name; the one before stays on record, sealed under their key.

    In a tenant the caller answers for it; without one, whoever calls this has checked the right.

    Raises:
        NotFound: there is no such person.
        BelongsElsewhere: the caller may not do it in some place of theirs.
        PersonErased: nobody gets a name back.
        InvalidInput: no name, the same name, or no reason.
    """
    words, name = told_reason(reason), settle_person_name(display_name)
    row = await fetch_optional(conn, load_sql(_PACKAGE, "lock_person"), person_id)
    if row is None:
        raise NotFound(kind="person", id="")
    if row.data_key is None:
        raise PersonErased
    if not 1 <= len(name) <= _LONGEST_NAME or name == row.display_name:
        remedy = f"Give another name of 1 to {_LONGEST_NAME} characters."
        raise InvalidInput(field="display_name", value="…", remedy=remedy)
    check_name(name)
    if tenant_id is not None:
        person = await get_person_by_id(conn, person_id=person_id)
        await require_all_places(
            conn,
            person_caller_id=person.caller_id,
            rights=[(caller_id, "members.manage")],
        )
    for said in (row.display_name, name):
        refuse_name("reason", words, said)
    sealed = keys.seal(bytes(row.data_key), _FIELD, row.display_name)
    change_id = uuid7()
    await fetch_optional(
        conn,
        load_sql(_PACKAGE, "rename_person"),
        person_id,
        name,
        sort_key(name),
        change_id,
        sealed,
        words,
        caller_id,
        now(),
    )
    await record_action(
        conn,
        caller_id=caller_id,
        action="person.rename",
        tenant_id=tenant_id,
        behalf_person_id=person_id,
        object_kind="name_change",
        object_id=str(change_id),
    )
    if tenant_id is not None:  # a correction tells of itself
        await notify(conn, kind="data_corrected", person_id=person_id, subject_id=change_id)


async def list_name_changes(
    conn: AsyncConnection, *, person_id: int, keys: PersonalDataKeys, limit: int | None = 100
) -> list[NameChange]:
    """The names that a person had before, the latest first; all where ``limit`` is None."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_name_changes"), person_id, limit)
    found = []
    for row in rows:
        name = None
        if row.previous_sealed is not None and row.data_key is not None:
            name = keys.open(bytes(row.data_key), _FIELD, bytes(row.previous_sealed))
        found.append(NameChange(name, row.reason))
    return found


async def list_roles_here(
    conn: AsyncConnection, *, tenant_id: int, person_id: int
) -> list[HeldHere]:
    """The roles that a person holds in one tenant now; at most a hundred."""
    statement = load_sql(_PACKAGE, "list_roles_of_person")
    return [
        HeldHere(*tuple(row))
        for row in await fetch_all(conn, statement, tenant_id, person_id, now())
    ]
