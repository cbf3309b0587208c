"""What a process of the service holds: engine, lanes, keys, caches. Made once, passed down."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth import Identities
from api.caches import TimedCache
from ledger.books.accounts import Account, list_accounts_by_public_id
from ledger.books.lanes import Lanes, lane_connector
from ledger.database import create_engine, read_transaction
from ledger.foundation.organisations import Tenant, find_tenant
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.settings import Settings

_TENANT_SECONDS = 60
#: Accounts are a few hundred bytes each in memory; beyond this the cache begins anew.
_ACCOUNTS_KEPT = 100_000


class Service:
    """One of it in each process; ``start`` and ``stop`` belong to the application's life."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: AsyncEngine = create_engine(
            settings.database_url, pool_size=settings.pool_size
        )
        self.lanes = Lanes(
            lane_connector(settings.database_url),
            count=settings.lanes,
            batch_cap=settings.batch_cap,
            queue_cap=settings.queue_cap,
        )
        self.personal_keys = PersonalDataKeys(settings.secret_key)
        self.identities = Identities(self.engine, settings)
        self.tenants: TimedCache[UUID, Tenant] = TimedCache(
            self._load_tenant, seconds=_TENANT_SECONDS
        )
        self._account_ids: dict[tuple[int, UUID], int] = {}

    async def start(self) -> None:
        """Connect the lanes."""
        await self.lanes.start()

    async def stop(self) -> None:
        """Answer what is queued, then disconnect."""
        await self.lanes.stop()
        await self.engine.dispose()

    def known_account_id(self, tenant_id: int, public_id: UUID) -> int | None:
        """The internal number of an account, if this process has met it; it never changes."""
        return self._account_ids.get((tenant_id, public_id))

    async def find_account_ids(self, tenant_id: int, public_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Internal numbers of those accounts that are this tenant's, all kept for next time."""
        async with read_transaction(self.engine, tenant_id=tenant_id) as conn:
            found: dict[UUID, Account] = await list_accounts_by_public_id(
                conn, tenant_id=tenant_id, public_ids=public_ids
            )
        if len(self._account_ids) + len(found) > _ACCOUNTS_KEPT:
            self._account_ids.clear()
        for public_id, account in found.items():
            self._account_ids[tenant_id, public_id] = account.account_id
        return {public_id: account.account_id for public_id, account in found.items()}

    async def _load_tenant(self, public_id: UUID) -> Tenant | None:
        async with read_transaction(self.engine) as conn:
            return await find_tenant(conn, public_id=public_id)
