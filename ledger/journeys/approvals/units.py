"""The effect on units, moved, merged, split or dissolved, and on who decides where."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.org_unit_changes import (
    NewUnit,
    dissolve_org_unit,
    merge_org_units,
    move_org_unit,
    split_org_unit,
)
from ledger.foundation.org_unit_plans import list_changing_with, withdraw_unit_change
from ledger.foundation.org_units import OrgUnit, list_org_units, lock_org_units
from ledger.foundation.unit_rights import UnitRight, list_tenants_in_unit, list_unit_rights
from ledger.journeys.approvals.consent import Consent, tried_only
from ledger.journeys.approvals.matters import OrgUnitChange


class UnitEffectChanged(LedgerError):
    """Two people agreed to what they read, and to nothing else."""

    template = "Units or roles have changed since: withdraw this and ask for it again."


class UnitEffect(msgspec.Struct, frozen=True):
    """What a change would do on its day."""

    #: Programmes and estates that lie in what changes.
    tenant_ids: list[int]
    #: Units that lie directly in it.
    units: list[OrgUnit]
    gains: tuple[UnitRight, ...]
    loses: tuple[UnitRight, ...]
    #: Changes of rules that wait for a unit from its end on: they cannot be approved any more.
    rules_waiting: int

    @property
    def needs_two(self) -> bool:
        """Whether somebody would get or lose a role that two people give and end."""
        return bool(self.gains or self.loses)


async def try_unit_change(
    conn: AsyncConnection, *, matter: OrgUnitChange, caller_id: int
) -> UnitEffect:
    """What a change would do; it is done and forgotten.

    Raises:
        LedgerError: it could not be done; see ``ledger.foundation.org_unit_changes``.
    """
    await lock_org_units(conn)
    on = matter.valid_from
    tenants: set[int] = set()
    units: list[OrgUnit] = []
    changing = _changing(matter)
    if matter.act == "withdraw":
        changing = await list_changing_with(conn, org_unit_id=matter.org_unit_id, valid_from=on)
    for one in changing:
        tenants.update(await list_tenants_in_unit(conn, org_unit_id=one, on=on))
        units += await list_org_units(conn, on=on, parent_id=one)
    rules_waiting = 0
    if matter.act in ("merge", "split", "dissolve"):
        count = load_sql("ledger.foundation", "count_rules_waiting_in")
        rules_waiting = await fetch_value(conn, count, changing, on, sorted(tenants))
    before = await list_unit_rights(conn, tenant_ids=tenants, on=on)
    async with tried_only(conn):
        await do_unit_change(conn, matter=matter, caller_id=caller_id, reason="")
        after = await list_unit_rights(conn, tenant_ids=tenants, on=on)
    return UnitEffect(
        tenant_ids=sorted(tenants),
        units=units,
        gains=tuple(one for one in after if one not in before),
        loses=tuple(one for one in before if one not in after),
        rules_waiting=rules_waiting,
    )


def _changing(matter: OrgUnitChange) -> list[UUID]:
    """The units that move or end."""
    if matter.act == "merge" and matter.name is not None and matter.other_id is not None:
        return [matter.org_unit_id, matter.other_id]
    return [matter.org_unit_id]


async def do_unit_change(
    conn: AsyncConnection, *, matter: OrgUnitChange, caller_id: int, reason: str
) -> UUID:
    """Set the change down; returns the unit that goes on.

    Raises:
        LedgerError: see ``ledger.foundation.org_unit_changes`` and ``…org_unit_plans``.
    """
    unit_id, day = matter.org_unit_id, matter.valid_from
    if matter.act == "move":
        await move_org_unit(
            conn,
            org_unit_id=unit_id,
            valid_from=day,
            name=matter.name or "",
            parent_id=matter.parent_id,
            caller_id=caller_id,
        )
    elif matter.act == "merge":
        if matter.other_id is None:
            raise InvalidInput(field="other_id", value=None, remedy="Name the other unit.")
        made = await merge_org_units(
            conn,
            org_unit_ids=_changing(matter),
            into=NewUnit(matter.name) if matter.name else matter.other_id,
            valid_from=day,
            caller_id=caller_id,
        )
        return made.org_unit_id
    elif matter.act == "split":
        parts = [NewUnit(name) for name in matter.parts]
        await split_org_unit(
            conn, org_unit_id=unit_id, into=parts, valid_from=day, caller_id=caller_id
        )
    elif matter.act == "withdraw":
        await withdraw_unit_change(
            conn, org_unit_id=unit_id, valid_from=day, caller_id=caller_id, reason=reason
        )
    else:
        await dissolve_org_unit(conn, org_unit_id=unit_id, valid_from=day, caller_id=caller_id)
    return unit_id


async def check_unit_change(
    conn: AsyncConnection, *, tenant_id: int, matter: OrgUnitChange, asked_by: int
) -> None:
    """Refuse what could not be set down now.

    Raises:
        UnitEffectChanged: it would give or take other roles than are written down.
        LedgerError: see ``ledger.foundation.org_unit_changes``.
    """
    effect = await try_unit_change(conn, matter=matter, caller_id=asked_by)
    if (effect.gains, effect.loses) != (matter.gains, matter.loses):
        raise UnitEffectChanged


async def change_units(conn: AsyncConnection, *, matter: OrgUnitChange, consent: Consent) -> None:
    """Set the change down.

    Raises:
        UnitEffectChanged: it would give or take other roles than both people read.
        LedgerError: it cannot be done any more, as when its day has begun.
    """
    await check_unit_change(
        conn, tenant_id=consent.tenant_id, matter=matter, asked_by=consent.asked_by
    )
    await do_unit_change(conn, matter=matter, caller_id=consent.asked_by, reason=consent.reason)
