"""Bank accounts of a tenant: registered with their ledger account, found by number, locked.

The number is kept sealed: its last four characters are shown, a blind index finds it again.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountName, open_accounts
from ledger.clock import now
from ledger.database import execute, fetch_all, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.sheets.cells import is_lossy_number
from reconciliation.intake.cells import read_account_number

_PACKAGE = "reconciliation"
_FIELD = "bank_account_no"
_LEDGER_BOOK, _LEDGER_CODE = "TR", "1002"
_SHORTEST_NUMBER, _LONGEST_NUMBER = 8, 34


class BankAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a bank; ``bank_account_id`` also holds its ledger account."""

    bank_account_id: UUID
    bank: str
    account_name: str
    account_no_last4: str
    account_no_digest: bytes
    #: Id of the secret that the digest is made with; None: from before there were ids.
    key_id: bytes | None
    ledger_account_id: int
    #: First day compared; None: the day its statements begin.
    reconciled_from: date | None
    covered_from: date | None
    covered_to: date | None

    def compared_from(self) -> date | None:
        """The first day on which both sides are held against each other, once it is known."""
        return self.reconciled_from or self.covered_from


async def register_bank_account(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank: str,
    account_name: str,
    account_no: str,
    keys: PersonalDataKeys,
    caller_id: int,
    bank_account_id: UUID | None = None,
    reconciled_from: date | None = None,
) -> BankAccount:
    """Register an account and open its ledger account; a number known already returns its account.

    ``bank_account_id`` names the holder of a ledger account (TR-1002) that exists already.

    Raises:
        InvalidInput: no account number, or one that a spreadsheet has destroyed.
    """
    number = read_account_number(account_no)
    if is_lossy_number(account_no) or not _SHORTEST_NUMBER <= len(number) <= _LONGEST_NUMBER:
        raise InvalidInput(
            field="account_no", value=_masked(number), remedy="Give the full number of 8 to 34."
        )
    digests = account_no_digests(keys, number)
    known = await find_bank_accounts(conn, tenant_id=tenant_id, digests=digests)
    if known:
        return known[0]
    holder_id = bank_account_id or uuid7()
    key_id = keys.current_id
    (ledger_account,) = await open_accounts(
        conn, tenant_id=tenant_id, names=[AccountName(_LEDGER_BOOK, _LEDGER_CODE, holder_id)]
    )
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_bank_account"),
        tenant_id,
        holder_id,
        bank,
        account_name,
        keys.blind_index(_FIELD, number, key_id),
        number[-4:],
        ledger_account.account_id,
        reconciled_from,
        caller_id,
        now(),
        keys.seal_for_all(_FIELD, number),
        key_id,
    )
    (account,) = await find_bank_accounts(conn, tenant_id=tenant_id, digests=digests)
    return account


async def list_bank_accounts(conn: AsyncConnection, *, tenant_id: int) -> list[BankAccount]:
    """Every bank account of the tenant, in order of registration."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_bank_accounts"), tenant_id, None, None)
    return [_read(row) for row in rows]


async def get_bank_account(
    conn: AsyncConnection, *, tenant_id: int, bank_account_id: UUID
) -> BankAccount:
    """One bank account.

    Raises:
        NotFound: not an account of this tenant.
    """
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_bank_accounts"), tenant_id, bank_account_id, None
    )
    if not rows:
        raise NotFound(kind="bank account", id=str(bank_account_id))
    return _read(rows[0])


async def find_bank_accounts(
    conn: AsyncConnection, *, tenant_id: int, digests: Sequence[bytes]
) -> list[BankAccount]:
    """The accounts among these blind indexes of numbers."""
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_bank_accounts"), tenant_id, None, list(digests)
    )
    return [_read(row) for row in rows]


async def lock_bank_accounts(
    conn: AsyncConnection, *, tenant_id: int, bank_account_ids: Sequence[UUID]
) -> None:
    """Wait for other imports into these accounts and runs over them, and keep them waiting."""
    await fetch_all(
        conn, load_sql(_PACKAGE, "lock_bank_accounts"), tenant_id, list(bank_account_ids)
    )


def account_no_digests(keys: PersonalDataKeys, account_no: str) -> list[bytes]:
    """The blind indexes by which an own account number is found, one for each secret in force."""
    return keys.blind_indexes(_FIELD, account_no)


async def renew_account_index(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: BankAccount,
    account_no: str,
    keys: PersonalDataKeys,
) -> bool:
    """Put an account's index and number under the current secret; False: they were already."""
    key_id = keys.current_id
    if account.key_id == key_id:
        return False
    await execute(
        conn,
        load_sql(_PACKAGE, "renew_account_index"),
        tenant_id,
        account.bank_account_id,
        keys.blind_index(_FIELD, account_no, key_id),
        keys.seal_for_all(_FIELD, account_no),
        key_id,
    )
    return True


async def renew_account_indexes(
    conn: AsyncConnection, *, tenant_id: int, keys: PersonalDataKeys
) -> int:
    """Renew every account of a tenant whose number is kept; the others wait for a statement."""
    renewed = 0
    for row in await fetch_all(conn, load_sql(_PACKAGE, "list_sealed_account_numbers"), tenant_id):
        number = keys.open_for_all(_FIELD, bytes(row.account_no_sealed))
        account = await get_bank_account(
            conn, tenant_id=tenant_id, bank_account_id=row.bank_account_id
        )
        renewed += await renew_account_index(
            conn, tenant_id=tenant_id, account=account, account_no=number, keys=keys
        )
    return renewed


def _masked(number: str) -> str:
    return f"…{number[-4:]}"


def _read(row: Any) -> BankAccount:
    return BankAccount(
        bank_account_id=row.bank_account_id,
        bank=row.bank,
        account_name=row.account_name,
        account_no_last4=row.account_no_last4,
        account_no_digest=row.account_no_digest,
        key_id=row.key_id,
        ledger_account_id=row.ledger_account_id,
        reconciled_from=row.reconciled_from,
        covered_from=row.covered_from,
        covered_to=row.covered_to,
    )
