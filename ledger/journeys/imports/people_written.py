"""Ready lines of people become members, many in one transaction: persons, members, accounts, roles.

The same as ``enrol_member`` does for one, in statements over arrays. No password is set: an
invitation comes later.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import ensure_accounts
from ledger.clock import now, today
from ledger.database import execute, fetch_all, load_sql
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.audit_log import current_request_id
from ledger.foundation.chart import accounts_of_holder
from ledger.foundation.client_addresses import current_client_address
from ledger.foundation.details import complete_details
from ledger.foundation.names import branch_key
from ledger.foundation.participation import MemberHasLeft
from ledger.foundation.people import IdentityNumberKnown, Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.journeys.branches import change_branch, found_branch
from ledger.journeys.enrolment import MEMBER_BOOKS, PARTY_BOOKS
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.own_numbers import seal_own_number
from ledger.journeys.imports.people_created import create_people
from ledger.journeys.imports.people_judged import JudgedPeople, Surroundings
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import Settled

_PACKAGE = "ledger.journeys.imports"


class _Enrolled(msgspec.Struct, frozen=True):
    """A line with its person, new or known, and the member to be."""

    line: Line
    person: Person
    member_id: UUID
    branch_id: UUID | None
    own_number_sealed: bytes | None


async def write_people(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    judged: JudgedPeople,
    keys: PersonalDataKeys,
    caller_id: int,
    reason: str,
) -> list[Settled]:
    """Enrol the ready lines; the others are settled as they were judged.

    A line whose person or member was made by somebody else meanwhile is left out of the result: it
    stays ready, and is judged again with the next lines.
    """
    settled = [
        Settled(line.line, line.state, line.problems[-1], line.object_id)
        for line in judged.lines
        if line.state != "ready"
    ]
    branches = dict(judged.around.branches)
    people, refused = await _people_of(conn, judged, keys, caller_id)
    settled += refused
    chosen = []
    for line, person, own_number in people:
        name = line.parsed.branch
        key = None if name is None else branch_key(name)
        if name is not None and key not in branches:
            branch = await found_branch(conn, tenant_id=tenant_id, name=name, caller_id=caller_id)
            branches[branch_key(name)] = branch.branch_id
        branch_id = None if key is None else branches[key]
        chosen.append(_Enrolled(line, person, uuid7(), branch_id, own_number))
    enrolled = await _create_members(conn, tenant_id, chosen)
    await _settle_ties(conn, tenant_id, enrolled, judged.around, caller_id)
    await _record(conn, tenant_id, enrolled, caller_id, reason)
    await _give_roles(conn, tenant_id, enrolled, caller_id)
    settled += await _move(conn, tenant_id, judged, caller_id)
    names = [name for one in enrolled for name in _accounts_of(one)]
    # last of all: whoever opens accounts holds the programme's row until the transaction ends
    await ensure_accounts(conn, tenant_id=tenant_id, names=names)
    return settled + [
        Settled(one.line.line, "done", None, one.member_id, one.own_number_sealed)
        for one in enrolled
    ]


def _is_member(judged: JudgedPeople, line: Line) -> bool:
    known = judged.known.get(line.line)
    return known is not None and known.member_id is not None


async def _move(
    conn: AsyncConnection, tenant_id: int, judged: JudgedPeople, caller_id: int
) -> list[Settled]:
    """Let members go over to the Party branch of their line; nothing else of them is changed."""
    settled = []
    for line in judged.lines:
        if line.state != "ready" or not _is_member(judged, line):
            continue
        facts: dict[str, Any] = {"tenant_id": tenant_id, "caller_id": caller_id}
        branch = await found_branch(conn, name=line.parsed.branch, **facts)
        member_id = line.object_id
        assert member_id is not None, "she is a member"
        try:
            await change_branch(conn, member_id=member_id, branch_id=branch.branch_id, **facts)
        except (InvalidInput, MemberHasLeft):
            continue  # somebody else was quicker: it is judged again with the next lines
        settled.append(Settled(line.line, "done", None, member_id))
    return settled


def _accounts_of(one: _Enrolled) -> list[Any]:
    books = MEMBER_BOOKS if one.branch_id is None else MEMBER_BOOKS + PARTY_BOOKS
    return accounts_of_holder("member", one.member_id, books)


async def _people_of(
    conn: AsyncConnection, judged: JudgedPeople, keys: PersonalDataKeys, caller_id: int
) -> tuple[list[tuple[Line, Person, bytes | None]], list[Settled]]:
    """The person of each ready line, with the sender's number sealed; and lines refused here."""
    ready = [
        line for line in judged.lines if line.state == "ready" and not _is_member(judged, line)
    ]
    strangers = [line for line in ready if line.line not in judged.known]
    found = [
        (
            one.line,
            Person(
                one.person_id,
                one.public_id,
                one.caller_id,
                one.line.parsed.name,
                one.volunteer_no,
            ),
            seal_own_number(keys, one.data_key, one.line.parsed.own_number),
        )
        for one in await create_people(conn, strangers, keys)
    ]
    refused = []
    for line in ready:
        known = judged.known.get(line.line)
        if known is None:
            continue
        try:
            await complete_details(
                conn,
                person=known.person,
                details=line.parsed.details,
                keys=keys,
                caller_id=caller_id,
            )
        except IdentityNumberKnown:
            refused.append(Settled(line.line, "error", Problem("id_number", "id_of_other")))
        except LedgerError:
            refused.append(Settled(line.line, "error", Problem("birthday", "birthday_differs")))
        else:
            sealed = seal_own_number(keys, known.data_key, line.parsed.own_number)
            found.append((line, known.person, sealed))
    return found, refused


async def _create_members(
    conn: AsyncConnection, tenant_id: int, chosen: Sequence[_Enrolled]
) -> list[_Enrolled]:
    """Make them members; who was made one by somebody else meanwhile is missing."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "create_members"),
        tenant_id,
        [one.member_id for one in chosen],
        [one.person.person_id for one in chosen],
        [one.person.volunteer_no for one in chosen],
        [one.branch_id for one in chosen],
        [one.line.parsed.joined_on or today() for one in chosen],
    )
    made = {row.member_id for row in rows}
    return [one for one in chosen if one.member_id in made]


async def _give_roles(
    conn: AsyncConnection, tenant_id: int, enrolled: Sequence[_Enrolled], caller_id: int
) -> None:
    held = [(one, "volunteer") for one in enrolled]
    held += [(one, "party_member") for one in enrolled if one.branch_id is not None]
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "give_member_roles"),
        tenant_id,
        [uuid7() for _ in held],
        [one.person.caller_id for one, _ in held],
        [role for _, role in held],
        [one.member_id for one, _ in held],
        now(),
        caller_id,
    )
    assert all(row.refusal is None for row in rows), "nothing excludes what a member may do"


async def _settle_ties(
    conn: AsyncConnection,
    tenant_id: int,
    enrolled: Sequence[_Enrolled],
    around: Surroundings,
    caller_id: int,
) -> None:
    """Households and teams of the new members."""
    living = [one for one in enrolled if one.line.household]
    heads = [one for one in living if one.line.is_head]
    if heads:
        await execute(
            conn,
            load_sql(_PACKAGE, "create_households"),
            tenant_id,
            [uuid7() for _ in heads],
            [one.line.household for one in heads],
            [one.member_id for one in heads],
            caller_id,
        )
    if living:
        await execute(
            conn,
            load_sql(_PACKAGE, "join_households"),
            tenant_id,
            [one.line.household for one in living],
            [one.member_id for one in living],
            [_begins(one) for one in living],
            caller_id,
        )
    teams = [(one, name) for one in enrolled for name in one.line.parsed.groups]
    if teams:
        await execute(
            conn,
            load_sql(_PACKAGE, "join_groups"),
            tenant_id,
            [around.groups[name] for _, name in teams],
            [one.member_id for one, _ in teams],
            [_begins(one) for one, _ in teams],
            caller_id,
        )


def _begins(one: _Enrolled) -> Any:
    return one.line.parsed.joined_on or today()


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    enrolled: Sequence[_Enrolled],
    caller_id: int,
    reason: str,
) -> None:
    await execute(
        conn,
        load_sql(_PACKAGE, "record_enrolments"),
        tenant_id,
        [one.member_id for one in enrolled],
        [one.person.person_id for one in enrolled],
        caller_id,
        now(),
        reason,
        current_request_id.get(),
        current_client_address.get(),
    )


def keep_households_whole(judged: JudgedPeople) -> None:
    """Refuse lines whose household is not as it was at the preview: there, or without its head."""
    ready = [line for line in judged.lines if line.state == "ready" and line.household]
    there = set(judged.around.households)
    for line in ready:
        if line.is_head and line.household in there:
            line.refuse("household", "has_head")
    coming = {line.household for line in ready if line.is_head and line.state == "ready"}
    for line in ready:
        if not line.is_head and line.household not in there | coming:
            line.refuse("household", "no_head")
