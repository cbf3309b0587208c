"""Those who signed an entry, by name, for its voucher."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.callers import list_caller_names
from api.web.formatting import Language
from ledger.books.entries import Entry
from ledger.journeys.signatures import list_signatures


class Signer(NamedTuple):
    """A name under a voucher."""

    #: As in ``Signature.act``.
    act: str
    name: str
    signed_at: datetime | None


async def list_signers(
    conn: AsyncConnection, call: GatedCall, entry: Entry, language: Language, *, masked: bool
) -> list[Signer]:
    """Maker before checker; nobody where no second person was needed."""
    found = await list_signatures(
        conn,
        tenant_id=call.tenant_id,
        entry_id=entry.head.entry_id,
        subject_id=entry.head.subject_id,
    )
    if not found:
        return []
    names = await list_caller_names(
        conn, callers=[one.caller_id for one in found], language=language, masked=masked
    )
    return [Signer(one.act, names.get(one.caller_id, ""), one.signed_at) for one in found]
