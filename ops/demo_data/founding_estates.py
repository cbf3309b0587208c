"""An estate trust on its first day: its books, its bank account, an account for every holder."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import open_accounts
from ledger.database import write_transaction
from ledger.foundation.chart import ESTATE_BOOKS, accounts_of_holder
from ledger.foundation.grants import grant_role
from ledger.foundation.people import Person
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import create_estate
from ledger.programmes.trust.counterparties import add_counterparty
from ledger.programmes.trust.fees import DM2_A_M2, set_fee_rate
from ledger.programmes.trust.units import add_household
from ops.demo_data.built import BuiltEstate
from ops.demo_data.days import month_before
from ops.demo_data.estates import EstatePlan
from ops.demo_data.fees import PROVIDERS
from ops.demo_data.people import SYSTEM, Crowd
from ops.demo_data.trust_events import Holder, TrustPlan
from reconciliation.bank_accounts import register_bank_account

#: Payment providers are planned by their codes; the books know their firms.
_FIRMS: dict[str, str] = {code: firm for code, (firm, _) in PROVIDERS.items()}


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
                granted_by=SYSTEM,
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
        await set_fee_rate(
            conn,
            tenant_id=tenant.tenant_id,
            valid_from=first,
            fen_per_m2=plan.form.fee_fen_per_square_metre,
            document_no=f"业主大会决议〔{first.year}〕1号",
            caller_id=staff["trustee"].caller_id,
        )
        holders = await _open_holders(conn, tenant.tenant_id, plan, trust, first, staff["trustee"])
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
    conn: AsyncConnection,
    tenant_id: int,
    plan: EstatePlan,
    trust: TrustPlan,
    first: date,
    manager: Person,
) -> dict[Holder, UUID]:
    """Everyone who holds an account: dwellings, and whom the events name."""
    holders: dict[Holder, UUID] = {}
    for household in plan.households:
        unit = await add_household(
            conn,
            tenant_id=tenant_id,
            building=household.building,
            unit=household.entrance,
            room=household.number,
            area_dm2=household.square_metres * DM2_A_M2,
            billed_from=first,
            caller_id=manager.caller_id,
        )
        holders["unit", household.room] = unit.unit_id
    named = dict.fromkeys(event.holder for event in trust.events if event.holder is not None)
    for kind, name in named:
        if kind == "trustee":
            holders[kind, name] = uuid7()
            names = accounts_of_holder(kind, holders[kind, name], ESTATE_BOOKS)
            await open_accounts(conn, tenant_id=tenant_id, names=names)
        elif kind != "unit":
            party = await add_counterparty(
                conn,
                tenant_id=tenant_id,
                kind=kind,
                name=_FIRMS.get(name, name),
                caller_id=manager.caller_id,
            )
            holders[kind, name] = party.counterparty_id
    return holders
