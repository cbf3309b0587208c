"""Who can act for others: of age, and in need of no guardian."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now, today
from ledger.database import fetch_one, load_sql
from ledger.errors import InvalidInput
from ledger.foundation.details import read_birthday
from ledger.foundation.identity_numbers import day_of_majority
from ledger.foundation.personal_data import PersonalDataKeys

_PACKAGE = "ledger.foundation"


async def require_capacity(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    person_id: int,
    field: str,
    value: UUID,
    keys: PersonalDataKeys,
) -> None:
    """Refuse who cannot lead a team or speak for a partner; ``field`` and ``value`` named her.

    Somebody whose birthday is not on record passes.

    Raises:
        InvalidInput: a minor, or somebody who has a guardian.
    """
    born = await find_birthday(conn, person_id, keys)
    if born is not None and today() < day_of_majority(born):
        raise InvalidInput(field=field, value=str(value), remedy="Name somebody who is of age.")
    statement = load_sql(_PACKAGE, "find_guardian_chain")
    if (await fetch_one(conn, statement, tenant_id, person_id, None, now())).guardian_is_ward:
        remedy = "Name somebody who has no guardian."
        raise InvalidInput(field=field, value=str(value), remedy=remedy)


async def find_birthday(
    conn: AsyncConnection, person_id: int, keys: PersonalDataKeys
) -> date | None:
    """A person's birthday; None: it is not on record."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_sealed_data"), person_id)
    return read_birthday(row, keys)
