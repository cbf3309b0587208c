"""A programme, an estate and persons with roles, to ask and to approve."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, get_accounts
from ledger.books.balances import list_balances
from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.foundation.approvals import Approval, get_approval
from ledger.foundation.events import post_event
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Tenant
from ledger.foundation.people import Person, create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.journeys.approvals.deciding import approve, ask, decline, withdraw
from ledger.journeys.approvals.matters import Matter, Reversal
from ledger.journeys.enrolment import create_programme, enrol_member

SYSTEM = 1
KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
T = TypeVar("T")


@dataclass
class Office:
    """A programme whose two accountants ask and approve; minutes were given to a member."""

    engine: AsyncEngine
    programme: Tenant
    maker: Person
    checker: Person
    member_id: UUID
    entry_id: UUID

    @property
    def tenant_id(self) -> int:
        return self.programme.tenant_id

    async def run(self, act: Callable[..., Awaitable[T]], **given: Any) -> T:
        """One journey in a transaction of its own."""
        given.setdefault("tenant_id", self.tenant_id)
        place = given["tenant_id"]
        return await write_transaction(
            self.engine, lambda conn: act(conn, **given), tenant_id=place
        )

    async def ask(self, matter: Matter | None = None, **given: Any) -> Approval:
        """The maker asks; for the reversal of the entry unless told otherwise."""
        given.setdefault("caller_id", self.maker.caller_id)
        given.setdefault("reason", "记错了人")
        return await self.run(ask, matter=matter or self.reversal(), **given)

    async def approve(self, asked: Approval, by: Person | None = None, **given: Any) -> Approval:
        caller = (by or self.checker).caller_id
        return await self.run(approve, approval_id=asked.approval_id, caller_id=caller, **given)

    async def decline(self, asked: Approval, by: Person | None = None) -> Approval:
        caller = (by or self.checker).caller_id
        return await self.run(
            decline, approval_id=asked.approval_id, caller_id=caller, reason="凭证有误"
        )

    async def withdraw(self, asked: Approval, by: Person) -> Approval:
        return await self.run(withdraw, approval_id=asked.approval_id, caller_id=by.caller_id)

    async def see(self, asked: Approval, tenant_id: int | None = None) -> Approval:
        place = self.tenant_id if tenant_id is None else tenant_id
        async with read_transaction(self.engine, tenant_id=place) as conn:
            return await get_approval(conn, tenant_id=place, approval_id=asked.approval_id)

    def reversal(self) -> Reversal:
        return Reversal(entry_id=self.entry_id, occurred_at=now())

    async def minutes(self) -> int:
        """What the member has."""
        name = AccountName("TB", "2101", self.member_id)
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(conn, tenant_id=self.tenant_id, names=[name])
            (found,) = await list_balances(
                conn, tenant_id=self.tenant_id, account_ids=[account.account_id]
            )
        return found.balance

    async def account_id(self, code: str, holder: UUID | None = None) -> UUID:
        """Public id of an account of time."""
        name = AccountName("TB", code, holder)
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(conn, tenant_id=self.tenant_id, names=[name])
        return account.public_id


async def person_with(
    engine: AsyncEngine, role: str | None, tenant_id: int | None = None, **more: Any
) -> Person:
    """A new person; with a role in a tenant, or on the platform."""

    async def make(conn: AsyncConnection) -> Person:
        person = await create_person(conn, display_name="陈静", keys=KEYS)
        if role is not None:
            await grant_role(
                conn,
                caller_id=person.caller_id,
                role=role,
                tenant_id=tenant_id,
                granted_by=SYSTEM,
                **more,
            )
        return person

    return await write_transaction(engine, make)


async def create_office(engine: AsyncEngine, **place: Any) -> Office:
    """A programme with two accountants, and 300 minutes given to a member."""

    async def create(conn: AsyncConnection) -> tuple[Tenant, UUID, UUID]:
        programme = await create_programme(
            conn, name="东湖社区", created_by=SYSTEM, first_period=date(2025, 1, 1), **place
        )
        person = await create_person(conn, display_name="王小明", keys=KEYS)
        member = await enrol_member(
            conn, tenant_id=programme.tenant_id, person=person, enrolled_by=SYSTEM
        )
        given = await post_event(
            conn,
            "TB07",
            tenant_id=programme.tenant_id,
            key=uuid7(),
            caller_id=SYSTEM,
            occurred_at=now(),
            amounts={"granted": 300},
            owners={"member": member.member_id},
        )
        return programme, member.member_id, given.entry_id

    programme, member_id, entry_id = await write_transaction(engine, create)
    maker, checker = [
        await person_with(engine, "programme_accountant", programme.tenant_id) for _ in range(2)
    ]
    return Office(engine, programme, maker, checker, member_id, entry_id)
