"""Telling members of one name apart, for who manages members: telephone and household."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.personal_data import PersonalDataKeys, open_words

_LIST_MARKS = load_sql("ledger.foundation", "list_marks")


class Marks(msgspec.Struct, frozen=True):
    """What tells a member from another; the telephone in clear for the caller to mask."""

    phone: str | None
    #: The number of the household where the member lives now.
    household: str | None


async def list_marks(
    conn: AsyncConnection, *, tenant_id: int, member_ids: Sequence[UUID], keys: PersonalDataKeys
) -> dict[UUID, Marks]:
    """By member; the caller answers for who may see them."""
    rows = await fetch_all(conn, _LIST_MARKS, tenant_id, list(member_ids))
    return {
        row.member_id: Marks(
            open_words(keys, row.data_key, "phone", row.phone_sealed), row.household
        )
        for row in rows
    }
