"""A ward comes of age: the guardianship of a minor ends that day, whatever day it turns out to be.

The role of the guardian ends by itself, and whoever asks for a guardian looks at that day.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.audit_log import record_action
from ledger.foundation.identity_numbers import day_of_majority
from ledger.foundation.notices import Facts, notify

_PACKAGE = "ledger.foundation"
#: The reason on record of what ended on the day itself, and of what a correction ended.
OF_AGE = "已满十八周岁"
_OF_AGE_BY_CORRECTION = "更正生日后已满十八周岁"


async def move_guardianships(
    conn: AsyncConnection, *, ward_person_id: int, born: date, caller_id: int
) -> None:
    """Let the guardianships of a minor end when she is of age by this birthday, in every programme.

    Where she is already, they end now. Ward and guardian are told the day.
    """
    until = day_of_majority(born)
    moved = await fetch_all(
        conn,
        load_sql(_PACKAGE, "move_majority"),
        *(ward_person_id, until, now(), caller_id, _OF_AGE_BY_CORRECTION),
    )
    for tie in moved:
        for person_id in (ward_person_id, tie.guardian_id):
            await record_action(
                conn,
                caller_id=caller_id,
                action="guardianship.end" if tie.is_over else "guardianship.move",
                tenant_id=tie.tenant_id,
                object_kind="guardianship",
                object_id=str(tie.guardianship_id),
                behalf_person_id=person_id,
            )
            await notify(
                conn,
                kind="guardian_until",
                person_id=person_id,
                tenant_id=tie.tenant_id,
                subject_id=tie.guardianship_id,
                facts=Facts(day=until),
            )


async def close_guardianships_of_age(
    conn: AsyncConnection, *, tenant_id: int, ward_member_id: UUID, caller_id: int
) -> None:
    """Write down the end of a ward's guardianships that ended when she came of age."""
    statement = load_sql(_PACKAGE, "close_guardianships_of_age")
    await execute(conn, statement, tenant_id, ward_member_id, now(), OF_AGE, caller_id)
