"""A ward comes of age: the guardianship of a minor ends that day, whatever day it turns out to be.

The role of the guardian ends by itself, and whoever asks for a guardian looks at that day. Whoever
turns out to be under age is nobody's guardian.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now, today
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.audit_log import record_action
from ledger.foundation.identity_numbers import day_of_majority
from ledger.foundation.leaving import end_if_open
from ledger.foundation.notices import NO_FACTS, Facts, notify

_PACKAGE = "ledger.foundation"
#: The reason on record of what ended on the day itself, and of what a correction ended.
OF_AGE = "已满十八周岁"
_OF_AGE_BY_CORRECTION = "更正生日后已满十八周岁"
_UNDER_AGE = "更正生日后监护人未满十八周岁"


async def settle_guardianships(
    conn: AsyncConnection, *, person_id: int, born: date, caller_id: int
) -> None:
    """Let guardianships follow a birthday, in every programme; ward and guardian are told.

    Those of a minor end when she is of age by it, now where she is already. Whoever is under age by
    it is nobody's guardian from now on.
    """
    until = day_of_majority(born)
    statement = load_sql(_PACKAGE, "move_majority")
    facts = (until, now(), caller_id, _OF_AGE_BY_CORRECTION)
    for tie in await fetch_all(conn, statement, person_id, *facts):
        act, people = "end" if tie.is_over else "move", (person_id, tie.guardian_id)
        await _tell(conn, tie, act, people, caller_id, "guardian_until", Facts(day=until))
    if until <= today():
        return
    statement = load_sql(_PACKAGE, "end_guardianships_by")
    for tie in await fetch_all(conn, statement, person_id, now(), caller_id, _UNDER_AGE):
        if tie.grant_id is not None:
            await end_if_open(conn, grant_id=tie.grant_id, ended_by=caller_id, reason=_UNDER_AGE)
        people = (tie.ward_person_id, person_id)
        await _tell(conn, tie, "end", people, caller_id, "guardian_under_age")


async def _tell(
    conn: AsyncConnection,
    tie: Any,
    act: str,
    person_ids: tuple[int, int],
    caller_id: int,
    kind: str,
    facts: Facts = NO_FACTS,
) -> None:
    """A line and a notice for the ward and for the guardian."""
    for person_id in person_ids:
        await record_action(
            conn,
            caller_id=caller_id,
            action=f"guardianship.{act}",
            tenant_id=tie.tenant_id,
            object_kind="guardianship",
            object_id=str(tie.guardianship_id),
            behalf_person_id=person_id,
        )
        await notify(
            conn,
            kind=kind,
            person_id=person_id,
            tenant_id=tie.tenant_id,
            subject_id=tie.guardianship_id,
            facts=facts,
        )


async def close_guardianships_of_age(
    conn: AsyncConnection, *, tenant_id: int, ward_member_id: UUID, caller_id: int
) -> None:
    """Write down the end of a ward's guardianships that ended when she came of age."""
    statement = load_sql(_PACKAGE, "close_guardianships_of_age")
    await execute(conn, statement, tenant_id, ward_member_id, now(), OF_AGE, caller_id)
