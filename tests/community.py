"""A programme with members and staff, made through the public functions, and short reads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import (
    AccountName,
    AccountStatus,
    get_accounts,
    open_accounts,
    set_account_status,
)
from ledger.books.balances import list_balances, list_expiring
from ledger.clock import SHANGHAI
from ledger.database import read_transaction, write_transaction
from ledger.foundation.chart import PROGRAMME_BOOKS, accounts_of_holder
from ledger.foundation.org_units import OrgUnit, create_org_unit
from ledger.foundation.organisations import Member, create_member, register_tenant
from ledger.foundation.people import Person, create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.policies import approve_policy, propose_policy
from ledger.identifiers import uuid7
from tests.events.books import create_books

T = TypeVar("T")

KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
BEGIN = date(2025, 1, 1)
#: Rules of the tests are approved this day and hold from BEGIN's year on.
BEFORE = datetime(2024, 12, 1, 9, tzinfo=SHANGHAI)


def moment(text: str) -> datetime:
    """``2025-11-03 09:30`` in Shanghai."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@dataclass
class Community:
    """One programme in one community of one district."""

    engine: AsyncEngine
    tenant_id: int
    district: OrgUnit
    unit: OrgUnit
    staff: dict[str, Person] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    async def run(self, function: Callable[..., Awaitable[T]], **arguments: Any) -> T:
        """Call a domain function in a transaction of its own."""
        return await write_transaction(
            self.engine,
            lambda conn: function(conn, tenant_id=self.tenant_id, **arguments),
            tenant_id=self.tenant_id,
        )

    async def clerk(self, name: str) -> int:
        """The caller of a member of staff, hired when first named."""
        if name not in self.staff:
            self.staff[name] = await write_transaction(
                self.engine, lambda conn: create_person(conn, display_name=name, keys=KEYS)
            )
        return self.staff[name].caller_id

    async def enrol(self, name: str, branch_id: UUID | None = None) -> UUID:
        """A new member with every account a member has."""

        async def enrol(conn: AsyncConnection) -> None:
            person = await create_person(conn, display_name=name, keys=KEYS)
            member = await create_member(
                conn,
                tenant_id=self.tenant_id,
                person=person,
                joined_on=BEGIN,
                branch_id=branch_id,
            )
            names = accounts_of_holder("member", member.member_id, PROGRAMME_BOOKS)
            await open_accounts(conn, tenant_id=self.tenant_id, names=names)
            self.people[name], self.members[name] = person, member

        await write_transaction(self.engine, enrol, tenant_id=self.tenant_id)
        return self.members[name].member_id

    async def decide(self, key: str, value: Any, valid_from: date = BEGIN) -> int:
        """Let the community decide a rule, by two people."""

        async def decide(conn: AsyncConnection) -> int:
            proposal_id = await propose_policy(
                conn,
                org_unit_id=self.unit.org_unit_id,
                key=key,
                value=value,
                valid_from=valid_from,
                document_no="测试",
                caller_id=await self.clerk("policy proposer"),
                at=BEFORE,
            )
            return await approve_policy(
                conn,
                proposal_id=proposal_id,
                caller_id=await self.clerk("policy approver"),
                at=BEFORE,
            )

        return await write_transaction(self.engine, decide)

    async def balance(self, position: str, holder: str | None = None) -> int:
        """What ``TB-2101`` of a member, or of the programme, holds now."""
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(
                conn, tenant_id=self.tenant_id, names=[self.name(position, holder)]
            )
            (found,) = await list_balances(
                conn, tenant_id=self.tenant_id, account_ids=[account.account_id]
            )
            return found.balance

    async def lots(self, position: str, holder: str) -> dict[date, int]:
        """What of an account expires when."""
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(
                conn, tenant_id=self.tenant_id, names=[self.name(position, holder)]
            )
            expiring = await list_expiring(
                conn, tenant_id=self.tenant_id, account_id=account.account_id
            )
            return {lot.expires_on: lot.amount for lot in expiring if lot.amount}

    async def set_status(self, position: str, holder: str, status: AccountStatus) -> None:
        """Freeze or reopen an account."""

        async def change(conn: AsyncConnection) -> None:
            (account,) = await get_accounts(
                conn, tenant_id=self.tenant_id, names=[self.name(position, holder)]
            )
            await set_account_status(
                conn,
                tenant_id=self.tenant_id,
                account=account,
                status=status,
                reason="test",
                caller_id=1,
            )

        await write_transaction(self.engine, change, tenant_id=self.tenant_id)

    def name(self, position: str, holder: str | None) -> AccountName:
        """``TB-2101`` of somebody as the books name it."""
        book, code = position.split("-")
        return AccountName(book, code, holder and self.members[holder].member_id)


async def create_community(engine: AsyncEngine) -> Community:
    """An empty programme in its own district."""

    async def create(conn: AsyncConnection) -> Community:
        district = await create_org_unit(conn, level="district", name="城东区", valid_from=BEGIN)
        unit = await create_org_unit(
            conn,
            level="community",
            name="梧桐社区",
            valid_from=BEGIN,
            parent_id=district.org_unit_id,
        )
        tenant_id = await create_books(conn, PROGRAMME_BOOKS)
        await register_tenant(
            conn,
            tenant_id=tenant_id,
            public_id=uuid7(),
            form="programme",
            name="梧桐社区时间银行",
            kind="community",
            org_unit_id=unit.org_unit_id,
        )
        return Community(engine, tenant_id, district, unit)

    return await write_transaction(engine, create)
