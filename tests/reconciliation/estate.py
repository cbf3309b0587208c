"""An estate trust with a registered bank account, and entries in its books."""

from datetime import date, datetime, time
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, open_accounts
from ledger.books.reversals import ReversalRequest, reverse_entry
from ledger.clock import SHANGHAI
from ledger.database import write_transaction
from ledger.foundation.events import post_event
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from reconciliation.bank_accounts import BankAccount, register_bank_account
from reconciliation.import_statement import ImportResult, import_statement
from reconciliation.runs import RunResult, run_matching
from tests.events.books import CALLER, create_estate, holder
from tests.reconciliation.bank_files import ACCOUNT, FIRST, NAME, OPENING

KEYS = PersonalDataKeys("a secret of the tests")
#: Files of March were made after March was over.
IMPORTED_AT = datetime(2025, 4, 2, 9, 0, tzinfo=SHANGHAI)


class Estate(msgspec.Struct, frozen=True):
    """Where a test works."""

    engine: AsyncEngine
    tenant_id: int
    account: BankAccount

    async def import_file(
        self, data: bytes, filename: str = "march.csv", *, at: datetime = IMPORTED_AT
    ) -> ImportResult:
        """Import a file in a transaction of its own."""
        return await write_transaction(
            self.engine,
            lambda conn: import_statement(
                conn,
                tenant_id=self.tenant_id,
                data=data,
                filename=filename,
                keys=KEYS,
                caller_id=CALLER,
                imported_at=at,
            ),
            tenant_id=self.tenant_id,
        )

    async def add_account(self, account_no: str) -> BankAccount:
        """Register one more bank account."""
        return await write_transaction(
            self.engine,
            lambda conn: _register(conn, self.tenant_id, account_no),
            tenant_id=self.tenant_id,
        )

    async def run(
        self, as_of: date, *, dry_run: bool = False, undone_stays: bool = False
    ) -> RunResult:
        """Run the rules in a transaction of their own."""
        return await write_transaction(
            self.engine,
            lambda conn: run_matching(
                conn,
                tenant_id=self.tenant_id,
                bank_account_id=self.account.bank_account_id,
                caller_id=CALLER,
                as_of=as_of,
                dry_run=dry_run,
                undone_stays=undone_stays,
            ),
            tenant_id=self.tenant_id,
        )

    async def receive(self, day: date, fen: int, memo: str) -> UUID:
        """Book money in as fees of a household received in advance."""
        return await self._post("TR03", day, {"in_advance": fen}, memo)

    async def receive_for_bills(self, day: date, billed: int, ahead: int, memo: str) -> UUID:
        """Book bills and money in against them, with something left over in advance."""
        await self._post("TR01", day, {"billed": billed}, memo)
        return await self._post("TR02", day, {"received": billed, "in_advance": ahead}, memo)

    async def pay(self, day: date, fen: int, memo: str) -> UUID:
        """Book a bank fee, the simplest money out."""
        return await self._post("TR21", day, {"fee": fen}, memo)

    async def earn_interest(self, day: date, fen: int, memo: str = "利息") -> UUID:
        """Book interest."""
        return await self._post("TR20", day, {"interest": fen}, memo)

    async def reverse(self, entry_id: UUID, day: date, memo: str) -> UUID:
        """Reverse an entry on a day."""
        key = uuid7()
        outcome = await write_transaction(
            self.engine,
            lambda conn: reverse_entry(
                conn,
                tenant_id=self.tenant_id,
                request=ReversalRequest(
                    entry_id=uuid7(),
                    key=key,
                    caller_id=CALLER,
                    fingerprint=b"",
                    occurred_at=noon(day),
                    booked_on=day,
                    original_entry_id=entry_id,
                    memo=memo,
                ),
            ),
            tenant_id=self.tenant_id,
        )
        return outcome.entry_id

    async def _post(self, event: str, day: date, amounts: dict[str, int], memo: str) -> UUID:
        owners = {} if event == "TR01" else {"bank": self.account.bank_account_id}
        if event in ("TR01", "TR02", "TR03"):
            owners["unit"] = holder("unit")
        outcome = await write_transaction(
            self.engine,
            lambda conn: post_event(
                conn,
                event,
                tenant_id=self.tenant_id,
                key=uuid7(),
                caller_id=CALLER,
                occurred_at=noon(day),
                booked_on=day,
                amounts=amounts,
                owners=owners,
                memo=memo,
            ),
            tenant_id=self.tenant_id,
        )
        return outcome.entry_id


async def create_estate_with_bank(engine: AsyncEngine, *, account_no: str = ACCOUNT) -> Estate:
    """An estate whose books begin March 2025 with the bank's opening balance."""
    tenant_id = await create_estate(engine)
    account = await write_transaction(
        engine, lambda conn: _register(conn, tenant_id, account_no), tenant_id=tenant_id
    )
    estate = Estate(engine, tenant_id, account)
    await estate.receive(date(2025, 2, 28), OPENING, "期初余额")
    return estate


async def _register(conn: AsyncConnection, tenant_id: int, account_no: str) -> BankAccount:
    account = await register_bank_account(
        conn,
        tenant_id=tenant_id,
        bank="中国建设银行",
        account_name=NAME,
        account_no=account_no,
        keys=KEYS,
        caller_id=CALLER,
    )
    names = [AccountName("TR", code, holder("unit")) for code in ("1122", "2203")]
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    return account


def noon(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime.combine(day, time(12), SHANGHAI)


def march(day: int) -> date:
    """A day of the month that the files cover."""
    return FIRST.replace(day=day)
