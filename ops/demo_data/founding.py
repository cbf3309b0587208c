"""The first day of the district: units, then programmes and estates side by side."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.foundation.grants import grant_role
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.programmes.star_points.items import example_items, set_items
from ops.demo_data.built import BuiltDistrict
from ops.demo_data.district import DISTRICT, SUBDISTRICT, DistrictPlan
from ops.demo_data.founding_estates import found_estate
from ops.demo_data.founding_programmes import found_programme
from ops.demo_data.people import SYSTEM, Crowd
from ops.demo_data.progress import Progress
from ops.demo_data.trust_events import TrustPlan


async def found_district(
    engine: AsyncEngine,
    plan: DistrictPlan,
    trusts: Iterable[TrustPlan],
    *,
    first: date,
    keys: PersonalDataKeys,
    progress: Progress,
) -> BuiltDistrict:
    """Everybody and everything of the first day of the history."""
    # Each calls its people from a list of its own, so that the order of work is no matter.
    count = 1 + len(plan.programmes) + len(plan.estates)
    crowds = [Crowd(iter(plan.other_names[place::count]), keys) for place in range(count)]
    admin, communities = await _found_units(engine, plan, first, crowds[0])
    programmes = [
        found_programme(
            engine, programme, community, first=first, admin=admin, crowd=crowd, progress=progress
        )
        for programme, community, crowd in zip(
            plan.programmes, communities, crowds[1:], strict=False
        )
    ]
    estates = [
        found_estate(
            engine,
            estate,
            communities[min(estate.form.community, len(communities) - 1)],
            trust,
            first=first,
            admin=admin,
            crowd=crowd,
        )
        for estate, trust, crowd in zip(
            plan.estates, trusts, crowds[1 + len(programmes) :], strict=True
        )
    ]
    built = await asyncio.gather(asyncio.gather(*programmes), asyncio.gather(*estates))
    return BuiltDistrict(first, tuple(built[0]), tuple(built[1]), admin)


async def _found_units(
    engine: AsyncEngine, plan: DistrictPlan, first: date, crowd: Crowd
) -> tuple[Person, Sequence[UUID]]:
    """The administrator, and the communities in the order of their programmes."""

    async def found(conn: AsyncConnection) -> tuple[Person, Sequence[UUID]]:
        admin = await crowd.newcomer(conn)
        await grant_role(conn, caller_id=admin.caller_id, role="platform_admin", granted_by=SYSTEM)
        district = await create_org_unit(conn, level="district", name=DISTRICT, valid_from=first)
        street = await create_org_unit(
            conn,
            level="subdistrict",
            name=SUBDISTRICT,
            valid_from=first,
            parent_id=district.org_unit_id,
        )
        communities = [
            await create_org_unit(
                conn,
                level="community",
                name=programme.community,
                valid_from=first,
                parent_id=street.org_unit_id,
            )
            for programme in plan.programmes
        ]
        await set_items(
            conn, org_unit_id=district.org_unit_id, items=example_items(), valid_from=first
        )
        return admin, [community.org_unit_id for community in communities]

    return await write_transaction(engine, found)
