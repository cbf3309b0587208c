"""Accounts by public id: their internal numbers and places on the chart, which never change.

Requests that miss the cache at the same time share one look-up: the next one takes whatever was
asked for during the last, so a process that has just started is not slowed by its first minute.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.accounts import list_accounts_by_public_id
from ledger.database import read_transaction
from ledger.foundation.named_accounts import position_of

#: An account takes about 330 bytes here; beyond this the cache begins anew.
MOST_KEPT = 100_000

#: Internal number, position, as TB-2101, and whose it is; a plain tuple, which the collector soon
#: leaves alone.
KnownAccount = tuple[int, str, UUID | None]


class AccountIds:
    """The cache; one of it in each process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        #: Tenant → its accounts.
        self._kept: defaultdict[int, dict[UUID, KnownAccount]] = defaultdict(dict)
        #: Tenant → what its next look-up will ask for, and who waits for it.
        self._asked: dict[int, tuple[set[UUID], asyncio.Future[dict[UUID, KnownAccount]]]] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    def peek(self, tenant_id: int, public_id: UUID) -> KnownAccount | None:
        """An account this process has met."""
        return self._kept[tenant_id].get(public_id)

    async def find(self, tenant_id: int, public_ids: Sequence[UUID]) -> dict[UUID, KnownAccount]:
        """Those accounts that are this tenant's."""
        waiting = self._asked.get(tenant_id)
        if waiting is None:
            waiting = (set(), asyncio.get_running_loop().create_future())
            self._asked[tenant_id] = waiting
        waiting[0].update(public_ids)
        if tenant_id not in self._running:
            self._running[tenant_id] = asyncio.create_task(self._work(tenant_id))
        found = await asyncio.shield(waiting[1])
        return {public_id: found[public_id] for public_id in public_ids if public_id in found}

    async def _work(self, tenant_id: int) -> None:
        """Look up what was asked for until nothing is asked any more."""
        while tenant_id in self._asked:
            wanted, answer = self._asked.pop(tenant_id)
            try:
                answer.set_result(await self._load(tenant_id, list(wanted)))
            except Exception as error:  # noqa: BLE001  everyone who waits is told
                answer.set_exception(error)
        del self._running[tenant_id]

    async def _load(self, tenant_id: int, public_ids: Sequence[UUID]) -> dict[UUID, KnownAccount]:
        async with read_transaction(self._engine, tenant_id=tenant_id) as conn:
            accounts = await list_accounts_by_public_id(
                conn, tenant_id=tenant_id, public_ids=public_ids
            )
        found = {
            public_id: (
                account.account_id,
                position_of(account.book_code, account.account_code),
                account.holder_id,
            )
            for public_id, account in accounts.items()
        }
        if sum(map(len, self._kept.values())) + len(found) > MOST_KEPT:
            self._kept.clear()
        self._kept[tenant_id].update(found)
        return found
