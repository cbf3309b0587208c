"""The effect on rules: a value that holds from a day to come."""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.org_units import get_org_unit, get_unit_in_force
from ledger.foundation.organisations import find_tenant
from ledger.foundation.policies import (
    PolicyRetroactive,
    approve_policy,
    check_value,
    propose_policy,
)
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.matters import PolicyChange


async def check_policy_change(
    conn: AsyncConnection, *, tenant_id: int, matter: PolicyChange, asked_by: int
) -> None:
    """Refuse what is no rule, no value of it, or not to come.

    In a programme, rules are asked for in the unit where it lies on their first day; all others on
    the platform.

    Raises:
        InvalidInput: no such rule, a value outside its bounds, or in a programme no unit.
        PolicyRetroactive: its first day has begun.
        NotFound: not a unit, or not that of the programme.
        UnitNotBegun, UnitEnded: the unit does not stand on the first day.
    """
    check_value(matter.key, matter.value)
    decided_on = business_date(now())
    if matter.valid_from <= decided_on:
        raise PolicyRetroactive(key=matter.key, valid_from=matter.valid_from, decided_on=decided_on)
    if tenant_id != PLATFORM:
        tenant = await find_tenant(conn, tenant_id=tenant_id)
        if tenant is None or tenant.org_unit_id is None:
            remedy = "This programme lies in no unit: ask on the platform."
            raise InvalidInput(field="org_unit_id", value=None, remedy=remedy)
        if matter.org_unit_id is None:
            remedy = "Name the unit in which the programme lies."
            raise InvalidInput(field="org_unit_id", value=None, remedy=remedy)
        there = await get_unit_in_force(conn, org_unit_id=tenant.org_unit_id, on=matter.valid_from)
        if matter.org_unit_id not in (tenant.org_unit_id, there.org_unit_id):
            raise NotFound(kind="organisation unit", id=str(matter.org_unit_id))
    if matter.org_unit_id is not None:
        await get_org_unit(conn, org_unit_id=matter.org_unit_id, on=matter.valid_from)


async def change_policy(conn: AsyncConnection, *, matter: PolicyChange, consent: Consent) -> None:
    """Let the value hold from its first day.

    Raises:
        PolicyRetroactive: that day has begun meanwhile.
        UnitEnded: the unit is gone by then.
        NotFound: the programme lies elsewhere.
    """
    await check_policy_change(
        conn, tenant_id=consent.tenant_id, matter=matter, asked_by=consent.asked_by
    )
    proposal_id = await propose_policy(
        conn,
        org_unit_id=matter.org_unit_id,
        key=matter.key,
        value=matter.value,
        valid_from=matter.valid_from,
        document_no=matter.document_no,
        caller_id=consent.asked_by,
        at=consent.at,
        proposal_id=consent.result_id,
    )
    await approve_policy(
        conn, proposal_id=proposal_id, caller_id=consent.approved_by, at=consent.at
    )
