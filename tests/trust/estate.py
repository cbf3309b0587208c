"""An estate trust with a bank account, units 1-101 … and three persons who sign."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, get_accounts
from ledger.books.balances import list_balances
from ledger.database import read_transaction, write_transaction
from ledger.foundation.people import create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import create_estate as enrol_estate
from ledger.programmes.trust.bookings import Booking
from ledger.programmes.trust.counterparties import add_counterparty, open_bank_account
from ledger.programmes.trust.fees import set_fee_rate
from ledger.programmes.trust.units import Unit, add_household

FIRST_PERIOD = date(2025, 1, 1)
FEN_PER_M2 = 185
KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")


@dataclass
class Estate:
    """The trust, and what was registered in it by short names."""

    engine: AsyncEngine
    tenant_id: int
    bank: UUID
    manager: int
    committee: int
    clerk: int
    ids: dict[str, UUID] = field(default_factory=dict)

    async def write(self, operation: Any) -> Any:
        return await write_transaction(self.engine, operation, tenant_id=self.tenant_id)

    async def run(self, function: Any, *args: Any, **more: Any) -> Any:
        """One function of the trust in a transaction of its own."""
        return await self.write(
            lambda conn: function(conn, *args, tenant_id=self.tenant_id, **more)
        )

    def booking(self, caller_id: int | None = None, **more: Any) -> Booking:
        """A booking with a new key."""
        return Booking(**{"key": uuid7(), "caller_id": caller_id or self.clerk, **more})

    async def add_unit(self, room: str, area_dm2: int = 10000, **more: Any) -> UUID:
        """A unit of building 1."""
        wanted = {"building": "1", "room": room, "billed_from": FIRST_PERIOD, **more}
        unit: Unit = await self.run(
            add_household, area_dm2=area_dm2, caller_id=self.clerk, **wanted
        )
        self.ids[room] = unit.unit_id
        return unit.unit_id

    async def add(self, kind: str, name: str) -> UUID:
        """A supplier, payment provider or contract."""
        added = await self.run(add_counterparty, kind=kind, name=name, caller_id=self.clerk)
        self.ids[name] = added.counterparty_id
        return added.counterparty_id

    async def balance(self, account_code: str, holder: str | UUID | None = None) -> int:
        """Fen on an account; the holder by short name, by id, or none."""
        holder_id = self.ids[holder] if isinstance(holder, str) else holder
        name = AccountName("TR", account_code, holder_id)
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(conn, tenant_id=self.tenant_id, names=[name])
            (found,) = await list_balances(
                conn, tenant_id=self.tenant_id, account_ids=[account.account_id]
            )
            return found.balance


async def create_estate(engine: AsyncEngine) -> Estate:
    """Three units of 100 m² at 1.85 yuan: 185.00 yuan a month each."""

    async def create(conn: AsyncConnection) -> Estate:
        tenant = await enrol_estate(conn, name="春江花园", created_by=1, first_period=FIRST_PERIOD)
        callers = [
            (await create_person(conn, display_name=name, keys=KEYS)).caller_id
            for name in ("经理", "委员", "会计")
        ]
        bank = uuid7()
        await open_bank_account(conn, tenant_id=tenant.tenant_id, bank_account_id=bank)
        return Estate(engine, tenant.tenant_id, bank, *callers)

    estate = await write_transaction(engine, create)
    await estate.run(
        set_fee_rate,
        valid_from=FIRST_PERIOD,
        fen_per_m2=FEN_PER_M2,
        document_no="业主大会 2024-3",
        caller_id=estate.committee,
    )
    for room in ("101", "102", "201"):
        await estate.add_unit(room)
    return estate
