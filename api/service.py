"""What a process of the service holds: engine, lanes, keys, caches. Made once, passed down."""

import asyncio
from collections import defaultdict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from api.account_ids import AccountIds
from api.auth import CACHE_SECONDS, Identities
from api.caches import TimedCache
from api.clock_watch import ClockWatch
from api.identity_provider import IdentityProvider
from api.large_bodies import LargeBodies
from api.rate_limits import RateLimits
from api.turns import Turns
from ledger.books.lanes import Lanes, lane_connector
from ledger.database import Patience, create_engine, read_transaction
from ledger.foundation.organisations import Tenant, find_tenant
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import open_secrets
from ledger.foundation.terminals import Terminal, find_terminal_of_key
from ledger.programmes.redemption.codes import CodeKeys
from ledger.settings import Settings

#: The longest statement of a page or a download takes some seconds; a dead wire takes for ever.
PATIENCE = Patience(connection=5, lock=10, statement=60, idle_transaction=120)
_TENANT_SECONDS = 60
_BATCHES_AT_ONCE = 2
_PREVIEWS_AT_ONCE = 2
#: One is read, in a second or two, and the others wait for it.
_UPLOADS_AT_ONCE = 5


class Service:
    """One of it in each process; ``start`` and ``stop`` belong to the application's life."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: AsyncEngine = create_engine(
            settings.database_url, pool_size=settings.pool_size, patience=PATIENCE
        )
        self.lanes = Lanes(
            lane_connector(settings.database_url),
            count=settings.lanes,
            batch_cap=settings.batch_cap,
            queue_cap=settings.queue_cap,
        )
        #: By tenant: more batches at once would only wait for each other's accounts.
        self.batches: defaultdict[int, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_BATCHES_AT_ONCE)
        )
        self.large_bodies = LargeBodies()
        #: By caller: a preview holds a connection and much of a processor while a list is judged.
        self.preview_turns = Turns(_PREVIEWS_AT_ONCE)
        #: By caller: files that are read, for evidence.
        self.upload_turns = Turns(_UPLOADS_AT_ONCE)
        #: Of lists that were confirmed, one is written at once; the worker writes the others.
        self.import_turns = Turns(1)
        self.secrets = open_secrets(settings)
        self.personal_keys = PersonalDataKeys(self.secrets)
        self.code_keys = CodeKeys(self.secrets)
        self.rate_limits = RateLimits(settings.rate_limit_percent)
        self.identity_provider = IdentityProvider(settings)
        self.clocks = ClockWatch(self.engine)
        self.identities = Identities(self.engine, settings, self.secrets)
        self.tenants: TimedCache[UUID, Tenant] = TimedCache(
            self._load_tenant, seconds=_TENANT_SECONDS
        )
        self.account_ids = AccountIds(self.engine)
        #: The till of an API key in a tenant; in a tuple, since most keys have none.
        self.terminals: TimedCache[tuple[int, UUID], tuple[Terminal | None]] = TimedCache(
            self._load_terminal, seconds=CACHE_SECONDS
        )

    async def start(self) -> None:
        """Connect the lanes."""
        await self.lanes.start()

    async def stop(self) -> None:
        """Answer what is queued, then disconnect."""
        await self.lanes.stop()
        await self.engine.dispose()

    async def _load_terminal(self, of_key: tuple[int, UUID]) -> tuple[Terminal | None]:
        tenant_id, api_key_id = of_key
        async with read_transaction(self.engine, tenant_id=tenant_id) as conn:
            return (await find_terminal_of_key(conn, tenant_id=tenant_id, api_key_id=api_key_id),)

    async def _load_tenant(self, public_id: UUID) -> Tenant | None:
        async with read_transaction(self.engine) as conn:
            return await find_tenant(conn, public_id=public_id)
