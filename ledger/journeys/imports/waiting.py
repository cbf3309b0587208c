"""Files of which something is left to do: the worker writes confirmed ones and forgets old ones."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_all, load_sql, read_transaction, write_transaction
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.confirm import expire_import, write_lines
from ledger.journeys.imports.store import ImportClosed, get_import

_PACKAGE = "ledger.journeys.imports"
_FILES = 20


async def work_on_imports(
    engine: AsyncEngine, *, keys: PersonalDataKeys, go_on: Callable[[], bool]
) -> int:
    """Do what is due, file after file, as long as ``go_on`` says; returns how many batches.

    A file that fails holds up no other; what it failed by is raised when the others are done.
    """
    async with read_transaction(engine) as conn:
        rows = await fetch_all(conn, load_sql(_PACKAGE, "list_due"), now(), _FILES)
    done, failed = 0, []
    for row in rows:
        try:
            done += await _work_on(engine, row.scope_tenant_id, row.import_id, keys, go_on)
        except Exception as error:  # noqa: BLE001
            failed.append(error)
    if failed:
        raise failed[0]
    return done


async def _work_on(
    engine: AsyncEngine,
    tenant_id: int,
    import_id: UUID,
    keys: PersonalDataKeys,
    go_on: Callable[[], bool],
) -> int:
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        file = await get_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.state == "running":
        return await _write(engine, tenant_id, import_id, keys, go_on)
    await _expire(engine, tenant_id, import_id)
    return 1


async def _write(
    engine: AsyncEngine,
    tenant_id: int,
    import_id: UUID,
    keys: PersonalDataKeys,
    go_on: Callable[[], bool],
) -> int:
    batches, more = 0, True
    while more and go_on():
        try:
            step = await write_lines(engine, tenant_id=tenant_id, import_id=import_id, keys=keys)
        except ImportClosed:
            break
        more, batches = step.more, batches + 1
    return batches


async def _expire(engine: AsyncEngine, tenant_id: int, import_id: UUID) -> None:
    async def expire(conn: AsyncConnection) -> None:
        await expire_import(conn, tenant_id=tenant_id, import_id=import_id)

    await write_transaction(engine, expire, tenant_id=tenant_id)
