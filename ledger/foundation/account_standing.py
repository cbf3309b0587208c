"""Freezing, closing and reopening somebody's account, for a reason that names nobody.

The books know no people, so what may stand in the reason is looked at here.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account, AccountStatus, set_account_status
from ledger.foundation.free_words import refuse_numbers
from ledger.foundation.words_about import refuse_names


async def change_account_status(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: Account,
    status: AccountStatus,
    reason: str,
    caller_id: int,
) -> None:
    """As ``set_account_status``.

    Raises:
        InvalidInput: a reason with the holder's name, or somebody's number.
        AccountNotEmpty: closing an account that has a balance.
    """
    refuse_numbers("reason", reason)
    await set_account_status(
        conn,
        tenant_id=tenant_id,
        account=account,
        status=status,
        reason=reason,
        caller_id=caller_id,
    )
    if account.holder_id is not None:
        await refuse_names(conn, "reason", reason, members=(tenant_id, [account.holder_id]))
