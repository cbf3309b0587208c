"""Entries and holds that name their accounts: nothing leaves a member who does not take part.

Source: docs/decisions/0045-named-accounts.md
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.command_kinds import CommandKind
from ledger.books.holds import HoldAccounts, place_arguments
from ledger.books.posting import batch_arguments
from ledger.books.refusals import register_refusals
from ledger.database import load_sql
from ledger.foundation.organisations import find_member
from ledger.foundation.participation import MemberNotActive

_PACKAGE = "ledger.foundation"
register_refusals(MemberNotActive)

NAMED_ENTRY = CommandKind("entry", load_sql(_PACKAGE, "post_named_entries"), batch_arguments)
NAMED_HOLD = CommandKind("place_hold", load_sql(_PACKAGE, "place_named_holds"), place_arguments)


async def check_holder_takes_part(
    conn: AsyncConnection, *, tenant_id: int, hold: HoldAccounts
) -> None:
    """Refuse to take what is held for a member who was suspended or left meanwhile; it goes back.

    What was captured before stays so.

    Raises:
        MemberNotActive: suspended, or gone.
    """
    if hold.capture_code is not None or hold.holder_id is None:
        return
    member = await find_member(conn, tenant_id=tenant_id, member_id=hold.holder_id)
    if member is not None and member.status != "active":
        raise MemberNotActive
