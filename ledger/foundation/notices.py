"""Notices: what a person should know, told once, unread until she has seen it.

A notice is written in the transaction of what it tells about. Its words are ``[notice] <kind>`` of
the page texts, its address is in ``api/web/notices.py``; a new kind needs both. ``about`` names no
person: a notice outlives an erasure.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_optional, fetch_value, load_sql
from ledger.errors import NotFound
from ledger.foundation.roles import only_reading_in_estates, only_reads

_PACKAGE = "ledger.foundation"
_NOTIFY = load_sql(_PACKAGE, "notify")
_LIST = load_sql(_PACKAGE, "list_notices")
_COUNT = load_sql(_PACKAGE, "count_unread_notices")
_READ = load_sql(_PACKAGE, "read_notices")
LONGEST_ABOUT = 200

#: Every kind. Days before units expire on which their owner is told: 90, 30 and 7.
NOTICE_KINDS = frozenset(
    {
        "acted_for",
        "approval_decided",
        "approval_expired",
        "approval_waits",
        "consent_given",
        "consent_withdrawn",
        "data_seen",
        "data_corrected",
        "guardian_named",
        "guardian_under_age",
        "guardian_until",
        "guardian_waits",
        "objection_answered",
        "password_changed",
        "payment_decided",
        "payment_waits",
        "redemption_refunded",
        "service_declined",
        "service_verified",
        "sign_in_cared_for",
        "units_expire_in_7_days",
        "units_expire_in_30_days",
        "units_expire_in_90_days",
        "webhook_paused",
    }
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the words of a notice are filled with."""

    #: Which one: an activity, a purpose, the code of a kind. Never a person's name.
    about: str = ""
    amount: int | None = None
    #: minute, point, star or fen; with an amount.
    unit: str | None = None
    day: date | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice to its reader."""

    notice_id: UUID
    kind: str
    #: The programme or estate by its public id and form; None: none.
    tenant_public_id: UUID | None
    tenant_form: str | None
    subject_id: UUID | None
    facts: Facts
    created_at: datetime
    read_at: datetime | None


NO_FACTS = Facts()


async def notify(
    conn: AsyncConnection,
    *,
    kind: str,
    person_id: int | None = None,
    caller_id: int | None = None,
    member_id: UUID | None = None,
    permission: str | None = None,
    except_caller_id: int | None = None,
    tenant_id: int | None = None,
    subject_id: UUID | None = None,
    facts: Facts = NO_FACTS,
    at: datetime | None = None,
) -> int:
    """Tell a person, or several; the same subject and day is told once. Returns how many were told.

    Name one of: ``person_id``; ``caller_id``, the person behind it; ``member_id`` of the tenant;
    ``permission``, everybody who holds it for the whole tenant. ``except_caller_id`` is left out:
    nobody is told of her own act. ``at`` is when it happened, if not now.
    """
    assert kind in NOTICE_KINDS, f"no words for {kind}"
    named = (person_id, caller_id, member_id, permission)
    assert sum(one is not None for one in named) == 1, "name one way to find the readers"
    return await execute(
        conn,
        _NOTIFY,
        kind,
        *named,
        except_caller_id,
        tenant_id,
        subject_id,
        facts.about[:LONGEST_ABOUT],
        facts.amount,
        facts.unit,
        facts.day,
        at or now(),
        [] if permission is None or only_reads(permission) else list(only_reading_in_estates()),
    )


async def list_notices(
    conn: AsyncConnection, *, person_id: int, limit: int, after: UUID | None = None
) -> list[Notice]:
    """A person's notices, the newest first; ``after`` is the last one of the page before."""
    rows = await fetch_all(conn, _LIST, person_id, after, limit, None)
    return [_notice(row) for row in rows]


async def find_notice(conn: AsyncConnection, *, person_id: int, notice_id: UUID) -> Notice:
    """One of a person's notices.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = await fetch_optional(conn, _LIST, person_id, None, 1, notice_id)
    if row is None:
        raise NotFound(kind="notice", id=str(notice_id))
    return _notice(row)


async def count_unread_notices(conn: AsyncConnection, *, person_id: int) -> int:
    """How many notices a person has not read."""
    return int(await fetch_value(conn, _COUNT, person_id))


async def read_notices(
    conn: AsyncConnection, *, person_id: int, notice_id: UUID | None = None
) -> int:
    """Mark one notice of a person read, or all of them; returns how many were unread."""
    return await execute(conn, _READ, person_id, notice_id, now())


def _notice(row: Any) -> Notice:
    return Notice(
        notice_id=row.notice_id,
        kind=row.kind,
        tenant_public_id=row.tenant_public_id,
        tenant_form=row.tenant_form,
        subject_id=row.subject_id,
        facts=Facts(about=row.about, amount=row.amount, unit=row.unit_code, day=row.day),
        created_at=row.created_at,
        read_at=row.read_at,
    )
