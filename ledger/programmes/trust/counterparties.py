"""Suppliers, payment providers and revenue contracts, with the accounts they hold."""

from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import open_accounts
from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError
from ledger.foundation.chart import ESTATE_BOOKS, accounts_of_holder
from ledger.identifiers import uuid7

_PACKAGE = "ledger.programmes.trust"
_ADD = load_sql(_PACKAGE, "add_counterparty")
_LIST = load_sql(_PACKAGE, "list_counterparties")

Kind = Literal["supplier", "psp", "contract"]


class CounterpartyRegistered(LedgerError):
    """A name is registered once a kind."""

    template = "{name} is registered already."


class Counterparty(msgspec.Struct, frozen=True):
    """Somebody, or a contract, that trust accounts are held for."""

    counterparty_id: UUID
    kind: str
    name: str


async def add_counterparty(
    conn: AsyncConnection, *, tenant_id: int, kind: Kind, name: str, caller_id: int
) -> Counterparty:
    """Register a supplier, a payment provider (psp) or a revenue contract; opens its accounts.

    Raises:
        CounterpartyRegistered: the estate has one of this kind and name.
    """
    counterparty_id = uuid7()
    added = await fetch_optional(conn, _ADD, tenant_id, counterparty_id, kind, name, caller_id)
    if added is None:
        raise CounterpartyRegistered(name=name)
    names = accounts_of_holder(kind, counterparty_id, ESTATE_BOOKS)
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    return Counterparty(counterparty_id, kind, name)


async def add_supplier(
    conn: AsyncConnection, *, tenant_id: int, name: str, caller_id: int
) -> Counterparty:
    """Register a supplier; opens its accounts 1131, 2201 and 2207.

    Raises:
        CounterpartyRegistered: the estate has a supplier of this name.
    """
    return await add_counterparty(
        conn, tenant_id=tenant_id, kind="supplier", name=name, caller_id=caller_id
    )


async def list_counterparties(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    kind: Kind | None,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[Counterparty]:
    """Those of a kind (None: of every kind) as they were registered; no limit: all of them."""
    rows = await fetch_all(conn, _LIST, tenant_id, kind, after, limit)
    return [Counterparty(*tuple(row)) for row in rows]


async def open_bank_account(
    conn: AsyncConnection, *, tenant_id: int, bank_account_id: UUID
) -> None:
    """Open the ledger accounts (1002, 1012) of a bank account; existing ones stay as they are."""
    names = accounts_of_holder("bank_account", bank_account_id, ESTATE_BOOKS)
    await open_accounts(conn, tenant_id=tenant_id, names=names)
