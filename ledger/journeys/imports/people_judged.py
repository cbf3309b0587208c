"""Lines of people held against who is known: ready, there already, or wrong.

The same look is taken at the preview and again when lines are written. Who is a member of another
programme only is not told from a stranger.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.names import branch_key, person_key
from ledger.foundation.party_branches import by_name, list_branches
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.footers import is_about_the_list
from ledger.journeys.imports.lines import FIRST, LATER, Line
from ledger.journeys.imports.people_lines import (
    PersonLine,
    names_head,
    read_household,
    read_person,
)
from ledger.journeys.imports.reading import Cells

_PACKAGE = "ledger.journeys.imports"
#: As find_names_here.sql looks for names: coarser than they are compared.
_NO_BLANKS_OR_DOTS = str.maketrans("", "", " ·•‧∙⋅・.")


class KnownPerson(msgspec.Struct, frozen=True):
    """Somebody with a telephone or identity number of these lines; here: also a member."""

    person: Person
    phone_index: bytes | None
    id_number_index: bytes | None
    is_identified: bool
    member_id: UUID | None
    branch_id: UUID | None
    status: str | None
    data_key: bytes


class Surroundings(msgspec.Struct):
    """What lines refer to: teams and households by their words, branches by ``branch_key``."""

    branches: dict[str, UUID]
    groups: dict[str, UUID]
    households: dict[str, UUID]


class JudgedPeople(msgspec.Struct):
    """Lines that were judged, with what is needed to write the ready ones."""

    lines: list[Line]
    #: By line: the human being who is known, and no member yet or to be of another branch.
    known: dict[int, KnownPerson]
    around: Surroundings


def read_people(lines: Sequence[Line]) -> None:
    """Read each line by itself."""
    for line in lines:
        if is_about_the_list("people", line.values):
            line.skip("name", "nobody")
            continue
        parsed, cells = read_person(line.values)
        line.parsed, line.problems = parsed, cells.problems
        line.warnings += cells.warnings
        line.state = "ready" if parsed is not None else "error"
        # of wrong lines too: the others of a household are told which line is its head's
        line.household = read_household(Cells(line.values))
        line.is_head = names_head(line.values)
        line.rank = FIRST if line.is_head else LATER


async def judge_people(
    conn: AsyncConnection, *, tenant_id: int, lines: list[Line], keys: PersonalDataKeys
) -> JudgedPeople:
    """Look up who and what the ready lines name; read before by ``read_people``."""
    ready = [line for line in lines if line.state == "ready"]
    around = await _look_around(conn, tenant_id, ready)
    known: dict[int, KnownPerson] = {}
    like = await _find_like(conn, tenant_id, ready, keys)
    for line in ready:
        person: PersonLine = line.parsed
        for name in person.groups:
            if name not in around.groups:
                line.refuse("groups", "group_unknown")
                break
        if person.branch is not None and branch_key(person.branch) not in around.branches:
            line.warn("branch", "branch_new")
        found = _judge_identity(line, person, like[line.line], around)
        if found is not None:
            known[line.line] = found
    return JudgedPeople(lines, known, around)


def _judge_identity(
    line: Line, said: PersonLine, like: Sequence[KnownPerson], around: Surroundings
) -> KnownPerson | None:
    """Skip, refuse or leave a line by who is like it; returns who it is, when known."""
    details, name = said.details, person_key(said.name)
    for one in like:
        same_number = one.id_number_index is not None
        if person_key(one.person.display_name) == name and (
            same_number or details.id_number is None or not one.is_identified
        ):
            if one.member_id is not None:
                _judge_member(line, said, one, around)
            return one
    if any(one.id_number_index is not None for one in like):
        line.refuse("id_number", "id_of_other")
    elif any(one.member_id is not None for one in like):
        line.warn("phone", "phone_shared")
    return None


def _judge_member(line: Line, said: PersonLine, known: KnownPerson, around: Surroundings) -> None:
    """Skip a member's line, unless it names another Party branch: then she goes over to that."""
    line.object_id = known.member_id
    named = around.branches.get(branch_key(said.branch or ""))
    here = known.branch_id is not None and named == known.branch_id
    if said.branch is None or here or known.status == "left":
        line.skip("name", "already_member")
        return
    line.warn("branch", "branch_moves")
    line.household, line.is_head = None, False  # nothing else of her is changed


async def _find_like(
    conn: AsyncConnection, tenant_id: int, lines: Sequence[Line], keys: PersonalDataKeys
) -> dict[int, list[KnownPerson]]:
    """By line: everybody with its telephone or identity number, the latter first.

    Of each, only the index that is the line's is kept.
    """
    by_phone: dict[bytes, list[int]] = defaultdict(list)
    by_number: dict[bytes, list[int]] = defaultdict(list)
    for line in lines:
        details = line.parsed.details
        for field, value, places in (
            ("phone", details.phone, by_phone),
            ("id_number", details.id_number, by_number),
        ):
            for index in keys.blind_indexes(field, value) if value else ():
                places[index].append(line.line)
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "find_people_like"), tenant_id, list(by_phone), list(by_number)
    )
    found: dict[int, list[KnownPerson]] = defaultdict(list)
    for row in rows:
        phone, number = _bytes(row.phone_index), _bytes(row.id_number_index)
        for place in by_number.get(number or b"", ()):
            found[place].insert(0, _known(row, None, number))
        for place in by_phone.get(phone or b"", ()):
            found[place].append(_known(row, phone, None))
    return found


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _known(row: Any, phone: bytes | None, number: bytes | None) -> KnownPerson:
    person = Person(row.person_id, row.public_id, row.caller_id, row.display_name, row.volunteer_no)
    return KnownPerson(
        person,
        phone,
        number,
        row.is_identified,
        row.member_id,
        row.branch_id,
        row.status,
        bytes(row.data_key),
    )


async def _look_around(
    conn: AsyncConnection, tenant_id: int, lines: Sequence[Line]
) -> Surroundings:
    branches = {}
    if any(line.parsed.branch for line in lines):
        listed = await list_branches(conn, tenant_id=tenant_id)
        branches = {key: one.branch_id for key, one in by_name(listed).items()}
    around = Surroundings(branches, {}, {})
    groups = {name for line in lines for name in line.parsed.groups}
    households = {line.household for line in lines if line.household}
    if groups or households:
        for row in await fetch_all(
            conn, load_sql(_PACKAGE, "find_belongings"), tenant_id, list(groups), list(households)
        ):
            of_kind = around.groups if row.kind == "group" else around.households
            of_kind[row.word] = row.id
    return around


async def warn_of_names(conn: AsyncConnection, tenant_id: int, lines: Sequence[Line]) -> None:
    """Point out names of members, where nothing but the name could tell two people apart.

    For the preview: nobody reads warnings of what is being written.
    """
    bare = [line for line in lines if line.state == "ready" and line.parsed.is_bare]
    if not bare:
        return
    keys = {line.line: person_key(line.parsed.name) for line in bare}
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "find_names_here"),
        tenant_id,
        list({key.translate(_NO_BLANKS_OR_DOTS) for key in keys.values()}),
    )
    here = {person_key(row.display_name) for row in rows}
    for line in bare:
        if keys[line.line] in here:
            line.warn("name", "name_known")


class Twins:
    """Who stood on an earlier line of the file; a few bytes a line."""

    def __init__(self) -> None:
        self._by_number: dict[bytes, tuple[int, int]] = {}
        self._by_phone: dict[bytes, tuple[int, bytes | None]] = {}
        #: By telephone alone: the first line that has it.
        self._first_with: dict[bytes, int] = {}
        #: Of bare names: by all that their line says, by the name alone; then of the other lines.
        self._bare: dict[int, int] = {}
        self._bare_names: dict[int, int] = {}
        self._other_names: dict[int, int] = {}

    def judge(self, line: Line, keys: PersonalDataKeys) -> None:
        """Skip, refuse or point out a ready line that repeats an earlier one."""
        said: PersonLine = line.parsed
        number, phone = said.details.id_number, said.details.phone
        name = hash(person_key(said.name))
        index = keys.blind_index("id_number", number) if number else None
        if index is not None:
            first = self._by_number.setdefault(index, (line.line, name))
            if first[0] != line.line:
                if first[1] == name:
                    line.skip("id_number", "twin", first[0])
                else:
                    line.refuse("id_number", "id_twice", first[0])
                return
        if phone:
            self._judge_phone(line, keys.blind_index("phone", phone), name, index)
        if line.state == "ready":
            self._judge_name(line, name)

    def _judge_phone(self, line: Line, phone: bytes, name: int, number: bytes | None) -> None:
        both = phone + name.to_bytes(8, signed=True)
        earlier = self._by_phone.setdefault(both, (line.line, number))
        first_with = self._first_with.setdefault(phone, line.line)
        if earlier[0] != line.line:
            if None in (number, earlier[1]):
                line.skip("phone", "twin", earlier[0])
            else:
                line.warn("phone", "looks_like", earlier[0])
        elif first_with != line.line:
            line.warn("phone", "phone_twice", first_with)

    def _judge_name(self, line: Line, name: int) -> None:
        """A bare name may be anybody's of that name, whichever of the two lines comes first."""
        said: PersonLine = line.parsed
        if said.is_bare:
            same = hash((name, said.details.birthday, said.details.address))
            self._bare_names.setdefault(name, line.line)
            first = self._bare.setdefault(same, line.line)
            first = min(first, self._other_names.get(name, first))
        else:
            self._other_names.setdefault(name, line.line)
            first = self._bare_names.get(name, line.line)
        if first != line.line:
            line.warn("name", "name_twice", first)
