"""Verified kinship: a member's relatives, members themselves or named people outside.

One row serves both sides, so what mother and child see can never differ. Somebody who is neither
of the two has seen the evidence; it tells what was seen, and no names.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import told_words
from ledger.foundation.kin_rules import check_kin, kin_relations
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.foundation.participation import end_ties, lock_members_to_tie, past_day
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
_FIELD = "relative_name"
_LONGEST_NAME = 60


class RelatedAlready(LedgerError):
    """Two members are related in one way."""

    template = "A kinship between these two is on record already; end it first."


class VerifierInvolvedInTie(LedgerError):
    """Nobody vouches for a tie of their own."""

    template = "Somebody who is neither of the two must verify it."


class Kin(msgspec.Struct, frozen=True):
    """A relative of a member, as seen from that member."""

    kinship_id: UUID
    relation: str
    line: str
    #: The relative; None: a person outside, whose name is ``relative_name``.
    relative_member_id: UUID | None
    volunteer_no: str | None
    #: In clear for the caller to mask; None once the key was destroyed.
    relative_name: str | None
    evidence: str
    begins_on: date
    verified_by: int
    verified_at: datetime
    ends_on: date | None
    end_reason: str | None


async def add_kinship(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    relation: str,
    relative: UUID | str,
    evidence: str,
    caller_id: int,
    keys: PersonalDataKeys,
    begins_on: date | None = None,
) -> UUID:
    """Write down a kinship that the caller has verified.

    ``relative``: the id of a member of this programme, or the name of somebody outside, which is
    kept under the member's key. ``relation``: what the relative is to the member.

    Raises:
        NotFound: one of the two is not a member here.
        InvalidInput: an unknown relation, the member themselves, no evidence, a day to come.
        VerifierInvolvedInTie: the caller is one of the two.
        RelatedAlready: the two are related on record.
        MemberHasLeft: one of the two has left.
        LineRunsInCircle, ElderIsYounger, SpouseAlready: see ``check_kin``.
    """
    if relation not in kin_relations():
        remedy = "Name a relation from the list."
        raise InvalidInput(field="relation", value=relation, remedy=remedy)
    if relative == member_id:
        remedy = "Nobody is their own relative."
        raise InvalidInput(field="relative_member_id", value=str(relative), remedy=remedy)
    sealed, both = None, [member_id]
    if isinstance(relative, UUID):
        both.append(relative)
    found = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=both)
    if any(one.caller_id == caller_id for one in found.values()):
        raise VerifierInvolvedInTie
    await check_kin(
        conn,
        tenant_id,
        found[member_id],
        found.get(relative) if isinstance(relative, UUID) else None,
        relation,
        keys,
    )
    if isinstance(relative, str):
        sealed = _seal(found[member_id].data_key, relative, keys)
    kinship_id = uuid7()
    added = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "add_kinship"),
        tenant_id,
        kinship_id,
        member_id,
        relative if isinstance(relative, UUID) else None,
        sealed,
        relation,
        told_words("evidence", evidence),
        past_day("begins_on", begins_on),
        caller_id,
        now(),
    )
    if added is None:
        raise RelatedAlready
    people = [one.person_id for one in found.values()]
    await _record(conn, tenant_id, caller_id, "verify", kinship_id, people)
    return kinship_id


def _seal(data_key: bytes | None, name: str, keys: PersonalDataKeys) -> bytes:
    plain = name.strip()
    if not 1 <= len(plain) <= _LONGEST_NAME or data_key is None:
        remedy = f"Give a name of 1 to {_LONGEST_NAME} characters."
        raise InvalidInput(field="relative_name", value="…", remedy=remedy)
    return keys.seal(bytes(data_key), _FIELD, plain)


async def end_kinship(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    kinship_id: UUID,
    reason: str,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """End a kinship of a member, from either side.

    Raises:
        NotFound: the member has no such open kinship.
        InvalidInput: no reason, or a day to come or before the beginning.
    """
    ended = await end_ties(
        conn,
        "end_kinship",
        tenant_id,
        kinship_id,
        member_id,
        past_day("ends_on", ends_on),
        told_words("reason", reason),
        caller_id,
    )
    if not ended:
        raise NotFound(kind="kinship", id=str(kinship_id))
    await _record(conn, tenant_id, caller_id, "end", kinship_id, ended[0].person_ids)


async def list_kin(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    keys: PersonalDataKeys,
    limit: int | None = LARGEST_PAGE,
) -> list[Kin]:
    """A member's relatives, the present ones first; all where ``limit`` is None."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_kin"), tenant_id, member_id, limit)
    return [_kin(row, keys) for row in rows]


def _kin(row: Any, keys: PersonalDataKeys) -> Kin:
    written = kin_relations()[row.relation]
    relation = written.inverse if row.is_inverse else row.relation
    name = row.display_name
    if row.relative_sealed is not None and row.data_key is not None:
        name = keys.open(bytes(row.data_key), _FIELD, bytes(row.relative_sealed))
    return Kin(
        row.kinship_id,
        relation,
        kin_relations()[relation].line,
        row.other_member_id,
        row.volunteer_no,
        name,
        row.evidence,
        row.begins_on,
        row.verified_by,
        row.verified_at,
        row.ends_on,
        row.end_reason,
    )


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    caller_id: int,
    act: str,
    kinship_id: UUID,
    person_ids: Sequence[int],
) -> None:
    """A line for each of the two whom this programme knows."""
    for person_id in person_ids:
        await record_action(
            conn,
            caller_id=caller_id,
            action=f"kinship.{act}",
            tenant_id=tenant_id,
            object_kind="kinship",
            object_id=str(kinship_id),
            behalf_person_id=person_id,
        )
