"""An estate trust on its first day: its books, its bank account, an account for every holder."""

from datetime import date
from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import open_accounts
from ledger.database import write_transaction
from ledger.foundation.chart import ESTATE_BOOKS, HolderKind, accounts_of_holder
from ledger.foundation.grants import grant_role
from ledger.foundation.people import Person
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import create_estate
from ops.demo_data.built import BuiltEstate
from ops.demo_data.days import month_before
from ops.demo_data.estates import EstatePlan
from ops.demo_data.people import Crowd
from ops.demo_data.trust_events import BANK, Holder, TrustPlan
from reconciliation.bank_accounts import register_bank_account

_KINDS: frozenset[str] = frozenset(get_args(HolderKind))


async def found_estate(
    engine: AsyncEngine,
    plan: EstatePlan,
    community: UUID,
    trust: TrustPlan,
    *,
    first: date,
    admin: Person,
    crowd: Crowd,
) -> BuiltEstate:
    """An estate whose books begin with the opening balance on the eve of the history."""

    async def found(conn: AsyncConnection) -> BuiltEstate:
        tenant = await create_estate(
            conn,
            name=plan.form.name,
            created_by=admin.caller_id,
            first_period=month_before(first),
            org_unit_id=community,
        )
        staff = {}
        for role in ("trustee", "committee_member"):
            staff[role] = await crowd.newcomer(conn)
            await grant_role(
                conn,
                caller_id=staff[role].caller_id,
                role=role,
                tenant_id=tenant.tenant_id,
                granted_by=admin.caller_id,
            )
        account = await register_bank_account(
            conn,
            tenant_id=tenant.tenant_id,
            bank=plan.form.bank,
            account_name=plan.account_name,
            account_no=plan.form.bank_account_no,
            keys=crowd.keys,
            caller_id=staff["trustee"].caller_id,
            reconciled_from=first,
        )
        holders = await _open_holders(conn, tenant.tenant_id, plan, trust)
        holders[BANK, BANK] = account.bank_account_id
        return BuiltEstate(
            plan=plan,
            tenant=tenant,
            bank_account_id=account.bank_account_id,
            holders=holders,
            manager=staff["trustee"],
            committee=staff["committee_member"],
        )

    return await write_transaction(engine, found)


async def _open_holders(
    conn: AsyncConnection, tenant_id: int, plan: EstatePlan, trust: TrustPlan
) -> dict[Holder, UUID]:
    """An id for everyone whom an event names, with the accounts of that kind of holder."""
    named: dict[Holder, UUID] = {("unit", household.room): uuid7() for household in plan.households}
    for event in trust.events:
        for holder in event.owners.values():
            if holder[0] != BANK and holder not in named:
                named[holder] = uuid7()
    names = [
        name
        for (kind, _), holder_id in named.items()
        for name in accounts_of_holder(_known(kind), holder_id, ESTATE_BOOKS)
    ]
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    return named


def _known(kind: str) -> HolderKind:
    assert kind in _KINDS, f"{kind} holds no account"
    return kind  # type: ignore[return-value]
