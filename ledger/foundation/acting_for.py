"""Acts for somebody else (代办): on record with the person they were done for, who can read them.

Whoever sends a command about a member and is not that person acts for her: staff at the counter, a
secretary, a device at the door. The entry or record names the caller; the audit log names both.
Staff at a page say on what ground they act as well, and the person is told.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_value, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import current_request_id, noted_in_audit_log
from ledger.foundation.client_addresses import current_client_address
from ledger.foundation.free_words import told_words
from ledger.foundation.notices import notify
from ledger.foundation.participation import (
    LockedMember,
    MemberNotActive,
    lock_members,
)
from ledger.foundation.personal_data import PersonErased
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"


class ActsForOneself(LedgerError):
    """Whoever acts for somebody else is another person."""

    template = "Nobody acts for themselves in the place of the staff."


class ActFor(msgspec.Struct, frozen=True):
    """One thing that somebody did for a person; ``audit_id`` orders them."""

    audit_id: int
    at: datetime
    action: str
    #: Who did it; None: a connected system, or the service itself.
    actor: str | None
    #: The programme or estate; None: on the platform.
    place: str | None
    reason: str | None
    #: What it was done to, as the audit log names it.
    object_kind: str
    object_id: str
    #: The programme it was done in, if any.
    tenant_id: int | None
    programme_id: UUID | None


async def check_act_for(
    conn: AsyncConnection, *, tenant_id: int, member_id: UUID, caller_id: int
) -> None:
    """Say before anything is typed whether somebody may act for a member at all.

    Raises:
        NotFound: not a member here.
        ActsForOneself, PersonErased, MemberNotActive: nobody acts for such a member.
    """
    rows = await fetch_all(conn, load_sql(_PACKAGE, "look_at_member"), tenant_id, member_id)
    if not rows:
        raise NotFound(kind="member", id=str(member_id))
    (row,) = rows
    _refuse(row.caller_id, row.status, caller_id, is_erased=row.is_erased)


async def begin_acts_for(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_ids: Sequence[UUID],
    caller_id: int,
    ground: str,
) -> None:
    """Begin to act for members: each is held, and told; the ground is on record with every act.

    It holds for what else is done in this transaction, by the functions in the database as well.

    Raises:
        NotFound: one is not a member here.
        ActsForOneself, PersonErased, MemberNotActive: nobody acts for such a member.
        InvalidInput: no ground, more than 200 characters, or with somebody's name or number.
    """
    words = told_words("ground", ground)
    held = await lock_members(conn, tenant_id=tenant_id, member_ids=member_ids)
    for one in held.values():
        refuse_act_for(one, caller_id)
    await refuse_names(conn, "ground", words, members=(tenant_id, member_ids))
    await fetch_value(conn, load_sql(_PACKAGE, "set_ground"), words)
    for one in held.values():
        await notify(
            conn,
            kind="acted_for",
            person_id=one.person_id,
            tenant_id=tenant_id,
            subject_id=uuid7(),
        )


def refuse_act_for(member: LockedMember, caller_id: int) -> None:
    """Refuse to act for a member who is held.

    Raises:
        ActsForOneself, PersonErased, MemberNotActive: nobody acts for such a member.
    """
    _refuse(member.caller_id, member.status, caller_id, is_erased=member.data_key is None)


def _refuse(member_caller_id: int, status: str, caller_id: int, *, is_erased: bool) -> None:
    if member_caller_id == caller_id:
        raise ActsForOneself
    if is_erased:
        raise PersonErased
    if status != "active":
        raise MemberNotActive


async def record_act_for(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    caller_id: int,
    action: str,
    object_kind: str,
    object_id: UUID,
    reason: str | None = None,
) -> None:
    """Put on record what is done for a member, in its transaction; one's own acts are not written.

    The transaction works for the member's tenant. Without a reason the ground stands for it that
    ``begin_acts_for`` was given.
    """
    written = await execute(
        conn,
        load_sql(_PACKAGE, "record_act_for"),
        tenant_id,
        member_id,
        caller_id,
        now(),
        action,
        object_kind,
        str(object_id),
        reason,
        current_request_id.get(),
        current_client_address.get(),
    )
    if written:
        noted_in_audit_log()


async def list_acts_for(
    conn: AsyncConnection, *, person_id: int, limit: int, before: int | None = None
) -> list[ActFor]:
    """What others did for a person, the latest first; ``before``: older than this one."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_acts_for"), person_id, before, limit)
    return [ActFor(*tuple(row)) for row in rows]
