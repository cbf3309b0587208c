"""Changes of units that are set down and not in force yet: taken back, on record.

A merger or a split is taken back as a whole. What has begun stays: another change follows it.

Source: docs/decisions/0046-units-and-ties.md
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.database import fetch_value, load_sql
from ledger.errors import LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import refuse_numbers
from ledger.foundation.org_units import UnitHistory, get_unit_history

_WITHDRAW = load_sql("ledger.foundation", "withdraw_org_unit_change")


class ChangeMissing(LedgerError):
    """There is nothing to take back; somebody may have been quicker."""

    template = "Nothing is set down for this unit on that day."


class ChangeInForce(LedgerError):
    """What has begun is changed again, not taken back."""

    template = "This holds already; set down another change from a later day."


class ChangeBuiltOn(LedgerError):
    """Something rests on a unit that would not begin."""

    template = "Other changes, roles or rules rest on the new unit already: take those back first."


_REFUSALS: dict[str, type[LedgerError]] = {
    refusal.code: refusal for refusal in (ChangeMissing, ChangeInForce, ChangeBuiltOn)
}


def planned_day(history: UnitHistory) -> date | None:
    """The day of the last change, when it is still to come; a unit's own beginning is none."""
    last = history.placements[-1].valid_from
    return last if len(history.placements) > 1 and last > today() else None


async def list_changing_with(
    conn: AsyncConnection, *, org_unit_id: UUID, valid_from: date
) -> list[UUID]:
    """The unit and those that end on the same day by the same merger."""
    history = await get_unit_history(conn, org_unit_id=org_unit_id)
    found = {org_unit_id}
    for one in history.successors:
        successor = await get_unit_history(conn, org_unit_id=one.org_unit_id)
        found.update(
            before.org_unit_id
            for before in successor.predecessors
            if before.valid_from == valid_from
        )
    return sorted(found)


async def withdraw_unit_change(
    conn: AsyncConnection, *, org_unit_id: UUID, valid_from: date, caller_id: int, reason: str
) -> None:
    """Take back what is set down for a unit from a day to come.

    Raises:
        ChangeMissing, ChangeInForce, ChangeBuiltOn: not to be taken back.
        InvalidInput: somebody's number in the reason.
    """
    refuse_numbers("reason", reason)
    code = await fetch_value(conn, _WITHDRAW, org_unit_id, valid_from)
    if code is not None:
        raise _REFUSALS[code]
    await record_action(
        conn,
        caller_id=caller_id,
        action="org_unit.withdraw",
        object_kind="org_unit",
        object_id=str(org_unit_id),
        reason=f"{valid_from}: {reason}",
    )
