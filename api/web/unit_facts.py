"""A change of units in words: what it is, which places lie there, who gets and loses which role."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import Language, format_day
from api.web.texts import label, text
from ledger.foundation.org_units import get_unit_history
from ledger.foundation.organisations import find_tenant, list_tenants
from ledger.foundation.people import get_person
from ledger.foundation.roles import shipped_roles
from ledger.foundation.unit_rights import UnitRight
from ledger.journeys.approvals.matters import OrgUnitChange
from ledger.journeys.approvals.units import UnitEffect

#: A key below ``approval_fact`` and the words beside it.
UnitFact = tuple[str, str]


async def unit_facts(
    conn: AsyncConnection, matter: OrgUnitChange, language: Language
) -> list[UnitFact]:
    """Everything that whoever decides about the change must see."""

    async def name_of(unit_id: UUID) -> str:
        return (await get_unit_history(conn, org_unit_id=unit_id)).name

    facts = [
        ("action", label(language, "unit_act", matter.act)),
        ("unit", await name_of(matter.org_unit_id)),
        ("valid_from", format_day(matter.valid_from, language)),
    ]
    if matter.other_id is not None:
        facts.append(("merged_with", await name_of(matter.other_id)))
    if matter.name is not None:
        facts.append(("new_name", matter.name))
    if matter.act == "move":
        top = text(language, "units.top")
        above = await name_of(matter.parent_id) if matter.parent_id else top
        facts.append(("lies_in", above))
    if matter.parts:
        facts.append(("parts", text(language, "units.and").join(matter.parts)))
    for key, rights in (("gains", matter.gains), ("loses", matter.loses)):
        facts += [(key, await _right(conn, one, language)) for one in rights]
    return facts


async def lying_there(conn: AsyncConnection, effect: UnitEffect) -> Sequence[UnitFact]:
    """The programmes, estates and units that change with it, each by its name."""
    tenants = await list_tenants(conn, tenant_ids=effect.tenant_ids)
    return [
        *(("place", one.name) for one in tenants),
        *(("unit_within", one.name) for one in effect.units),
    ]


async def _right(conn: AsyncConnection, right: UnitRight, language: Language) -> str:
    place = await find_tenant(conn, public_id=right.place_id)
    who = text(language, "grant.system")
    if right.person_id is not None:
        person = await get_person(conn, public_id=right.person_id)
        who = f"{person.display_name} {person.volunteer_no}"
    role = shipped_roles()[right.role].name_in(language)
    where = place.name if place is not None else ""
    return text(language, "units.right", who=who, role=role, place=where)
