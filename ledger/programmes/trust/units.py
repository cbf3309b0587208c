"""Household units (房屋): registered with their accounts, listed with what they owe."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import open_accounts
from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.chart import ESTATE_BOOKS, accounts_of_holder
from ledger.foundation.organisations import check_page_size
from ledger.identifiers import uuid7

_PACKAGE = "ledger.programmes.trust"
_ADD = load_sql(_PACKAGE, "add_unit")
_LIST = load_sql(_PACKAGE, "list_units")


class UnitRegistered(LedgerError):
    """A room is registered once."""

    template = "{room} is registered already."


class Unit(msgspec.Struct, frozen=True):
    """A unit and where its accounts stand, fen."""

    unit_id: UUID
    building: str
    unit: str
    room: str
    #: 1/100 m².
    area_dm2: int
    billed_from: date
    #: Fees billed and not paid (1122).
    receivable_fen: int = 0
    #: Fees paid ahead (2203).
    prepaid_fen: int = 0
    #: To be given back to the owner (2205).
    refundable_fen: int = 0
    #: Deposit held (2206).
    deposit_fen: int = 0

    @property
    def label(self) -> str:
        """3-2-501, as statements and cash details write it."""
        return "-".join(part for part in (self.building, self.unit, self.room) if part)


async def add_household(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    building: str,
    room: str,
    area_dm2: int,
    billed_from: date,
    caller_id: int,
    unit: str = "",
) -> Unit:
    """Register a unit and open its accounts: 1122, 2203, 2205 and, for its deposit, 2206.

    Raises:
        UnitRegistered: the estate has this room already.
        InvalidInput: an area of nothing.
    """
    if area_dm2 < 1:
        raise InvalidInput(field="area_dm2", value=area_dm2, remedy="Give 1/100 m², above zero.")
    unit_id = uuid7()
    added = await fetch_optional(
        conn, _ADD, tenant_id, unit_id, building, unit, room, area_dm2, billed_from, caller_id
    )
    household = Unit(unit_id, building, unit, room, area_dm2, billed_from)
    if added is None:
        raise UnitRegistered(room=household.label)
    names = [
        *accounts_of_holder("unit", unit_id, ESTATE_BOOKS),
        *accounts_of_holder("deposit", unit_id, ESTATE_BOOKS),
    ]
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    return household


async def get_unit(conn: AsyncConnection, *, tenant_id: int, unit_id: UUID) -> Unit:
    """One unit with its balances.

    Raises:
        NotFound: not a unit of this estate.
    """
    rows = await fetch_all(conn, _LIST, tenant_id, unit_id, None, None, None, 1)
    if not rows:
        raise NotFound(kind="unit", id=str(unit_id))
    return Unit(*tuple(rows[0]))


async def list_units(
    conn: AsyncConnection, *, tenant_id: int, limit: int, after: Unit | None = None
) -> list[Unit]:
    """A page of units with their balances by building, unit and room, beginning after one."""
    place = (None, None, None) if after is None else (after.building, after.unit, after.room)
    rows = await fetch_all(conn, _LIST, tenant_id, None, *place, check_page_size(limit))
    return [Unit(*tuple(row)) for row in rows]
