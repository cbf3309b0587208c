"""A programme on its first day: staff, branches, shops with contracts, members with accounts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Tenant
from ledger.foundation.party_branches import ensure_branch
from ledger.foundation.people import Person
from ledger.journeys.enrolment import (
    admit_operator,
    create_programme,
    enrol_member,
    enrol_merchant,
)
from ledger.programmes.redemption.contracts import agree_contract
from ops.demo_data.built import BuiltMember, BuiltProgramme, BuiltShop
from ops.demo_data.district import MemberPlan, ProgrammePlan, ShopPlan
from ops.demo_data.people import SYSTEM, Crowd
from ops.demo_data.posting import in_batches
from ops.demo_data.progress import Progress

_MEMBERS_A_TRANSACTION = 25


async def found_programme(
    engine: AsyncEngine,
    plan: ProgrammePlan,
    community: UUID,
    *,
    first: date,
    admin: Person,
    crowd: Crowd,
    progress: Progress,
) -> BuiltProgramme:
    """A programme of a community, with everybody in it."""
    built = await write_transaction(
        engine, lambda conn: _found(conn, plan, community, first, admin, crowd)
    )
    members: list[BuiltMember] = []
    for batch in in_batches(plan.members, _MEMBERS_A_TRANSACTION):

        async def enrol(
            conn: AsyncConnection, batch: Sequence[MemberPlan] = batch
        ) -> list[BuiltMember]:
            return [await _enrol(conn, built, member, first, crowd) for member in batch]

        members += await write_transaction(engine, enrol)
        progress.advance(len(batch))
    return msgspec.structs.replace(built, members=tuple(members))


async def _found(
    conn: AsyncConnection,
    plan: ProgrammePlan,
    community: UUID,
    first: date,
    admin: Person,
    crowd: Crowd,
) -> BuiltProgramme:
    """The programme with everybody but its members."""
    tenant = await create_programme(
        conn,
        name=plan.name,
        created_by=admin.caller_id,
        first_period=first,
        org_unit_id=community,
    )

    async def employ(role: str) -> Person:
        person = await crowd.newcomer(conn)
        await grant_role(
            conn,
            caller_id=person.caller_id,
            role=role,
            tenant_id=tenant.tenant_id,
            granted_by=SYSTEM,
        )
        return person

    recorder = await employ("community_staff")
    branches = [
        await ensure_branch(conn, tenant_id=tenant.tenant_id, name=name) for name in plan.branches
    ]
    shops = [await _found_shop(conn, shop, tenant, first, recorder, crowd) for shop in plan.shops]
    return BuiltProgramme(
        plan=plan,
        tenant=tenant,
        members=(),
        shops=tuple(shops),
        branches=tuple(branch.branch_id for branch in branches),
        recorder=recorder,
        verifier=await employ("community_staff"),
        secretary=await employ("branch_secretary"),
    )


async def _found_shop(
    conn: AsyncConnection,
    plan: ShopPlan,
    tenant: Tenant,
    first: date,
    staff: Person,
    crowd: Crowd,
) -> BuiltShop:
    merchant = await enrol_merchant(
        conn, tenant_id=tenant.tenant_id, name=plan.name, enrolled_by=staff.caller_id
    )
    await agree_contract(
        conn,
        tenant_id=tenant.tenant_id,
        merchant_id=merchant.merchant_id,
        valid_from=first,
        caller_id=staff.caller_id,
        fen_per_100_points=plan.fen_per_100_points,
        discount_share_bp=plan.discount_share_bp,
        refunds_allowed=plan.refunds_allowed,
    )
    operator = await crowd.newcomer(conn)
    await admit_operator(
        conn,
        tenant_id=tenant.tenant_id,
        person=operator,
        merchant_id=merchant.merchant_id,
        admitted_by=staff.caller_id,
    )
    return BuiltShop(merchant, operator)


async def _enrol(
    conn: AsyncConnection, built: BuiltProgramme, plan: MemberPlan, first: date, crowd: Crowd
) -> BuiltMember:
    person = await crowd.named(conn, plan.name, plan.phone)
    branch_id = built.branches[plan.number % len(built.branches)] if plan.in_party else None
    member = await enrol_member(
        conn,
        tenant_id=built.tenant.tenant_id,
        person=person,
        enrolled_by=built.recorder.caller_id,
        branch_id=branch_id,
        joined_on=first,
    )
    return BuiltMember(member, person)
