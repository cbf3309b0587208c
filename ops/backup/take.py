"""Take a backup: one consistent moment of a database, sealed, with figures to compare with.

Works on a database in use. Everything (pg_dump, figures, proofs) looks at one snapshot, which is
the moment of the backup: what was committed before it is in, what came later is not.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.proofs import list_tenant_ids, run_proofs
from ledger.clock import now
from ledger.database import create_engine, execute, fetch_value, read_transaction
from ledger.journeys.proofs import register_programme_proofs
from ops.backup.errors import BackupFailed, LoginCannotReadAll
from ops.backup.manifest import (
    FORMAT,
    Figures,
    Manifest,
    Proofs,
    count_everything,
    list_schemas,
)
from ops.backup.programs import programs_for, read_from
from ops.backup.sealed_files import Sealer
from ops.backup.shelf import ShelvedBackup, name_of, new_file, write_manifest
from ops.guards import BACKUP_ROLE, SERVICE_ROLE
from ops.schema_state import connection_of, read_state, refuse_half_restored

LOCK_WAIT_TIMEOUT = "30s"

#: Told how many bytes were sealed since the last time.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class _Moment:
    """One snapshot and what it shows."""

    snapshot: str
    database: str
    schemas: list[str]
    revision: str
    server_version: str
    server_major: int
    tables: dict[str, Figures]
    tenants: dict[str, Figures]
    proofs: Proofs


def take_backup(
    admin_url: str,
    directory: Path,
    *,
    key: bytes,
    secret_ids: tuple[str, ...] = (),
    progress: Progress,
) -> ShelvedBackup:
    """Write a backup of the database into the directory.

    `admin_url` is the login that migrates; `secret_ids` name the installation's secrets.

    Raises:
        BackupFailed: nothing was written.
    """
    return asyncio.run(_take(admin_url, directory, key, secret_ids, progress))


def product_version() -> str:
    """The version of this program; a clone that is not installed has none."""
    try:
        return version("gongzhang")
    except PackageNotFoundError:
        return "of a clone"


async def _take(
    admin_url: str, directory: Path, key: bytes, secret_ids: tuple[str, ...], progress: Progress
) -> ShelvedBackup:
    started, taken_at = monotonic(), now()
    name = name_of("dump", taken_at)
    with new_file(directory, name) as file:
        async with _one_moment(admin_url) as moment:
            sealer = Sealer(file, key)
            for piece in read_from(
                programs_for(moment.server_major),
                "pg_dump",
                admin_url,
                "--format=custom",
                "--compress=1",
                f"--snapshot={moment.snapshot}",
                f"--role={BACKUP_ROLE}",
                "--enable-row-security",  # whose policy shows this role every row
                "--no-owner",
                "--no-privileges",
                f"--lock-wait-timeout={LOCK_WAIT_TIMEOUT}",
                *(f"--schema={schema}" for schema in moment.schemas),
            ):
                sealer.write(piece)
                progress(len(piece))
            sealer.finish()
        manifest = Manifest(
            format=FORMAT,
            kind="dump",
            taken_at=taken_at,
            seconds=round(monotonic() - started, 1),
            product_version=product_version(),
            revision=moment.revision,
            database=moment.database,
            server_version=moment.server_version,
            sha256=sealer.digest.hexdigest(),
            sealed_bytes=sealer.written,
            tables=moment.tables,
            tenants=moment.tenants,
            proofs=moment.proofs,
            secret_ids=secret_ids,
        )
        write_manifest(file, manifest, key)
    return ShelvedBackup(directory / name, manifest)


@asynccontextmanager
async def _one_moment(admin_url: str) -> AsyncIterator[_Moment]:
    """A snapshot that others can look at while the block runs."""
    reader = create_engine(admin_url, role=BACKUP_ROLE, pool_size=1)
    prover = create_engine(admin_url, role=SERVICE_ROLE, pool_size=1)
    try:
        async with (
            connection_of(reader, without_role=LoginCannotReadAll) as first,
            read_transaction(reader) as conn,
        ):
            await refuse_half_restored(first)
            snapshot = await fetch_value(conn, "SELECT pg_export_snapshot()")
            state = await read_state(conn)
            if state.revision is None:
                raise BackupFailed(
                    "There is nothing to back up: the database is empty. If the address is right, "
                    "run: gongzhang migrate"
                )
            number = int(await fetch_value(conn, "SELECT current_setting('server_version_num')"))
            tables, tenants = await count_everything(conn)
            yield _Moment(
                snapshot,
                await fetch_value(conn, "SELECT current_database()"),
                await list_schemas(conn),
                state.revision,
                await fetch_value(conn, "SELECT current_setting('server_version')"),
                number // 10000,
                tables,
                tenants,
                await _prove(prover, snapshot),
            )
    finally:
        await reader.dispose()
        await prover.dispose()


async def _prove(engine: AsyncEngine, snapshot: str) -> Proofs:
    """Run every proof at the moment of the snapshot."""
    async with connection_at(engine, snapshot) as conn:
        return await prove_books(conn)


@asynccontextmanager
async def connection_at(engine: AsyncEngine, snapshot: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that sees what the snapshot sees."""
    async with read_transaction(engine) as conn:
        await execute(conn, f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        yield conn


async def prove_books(conn: AsyncConnection) -> Proofs:
    """Run every proof over every tenant, as the service's role, in this transaction."""
    register_programme_proofs()
    tenant_ids = await list_tenant_ids(conn)
    rows, failures = 0, []
    for tenant_id in tenant_ids:
        for result in await run_proofs(conn, tenant_id=tenant_id):
            rows += int(result.checked)
            failures += [f"tenant {tenant_id}: {result.name}: {fact}" for fact in result.failures]
    return Proofs(len(tenant_ids), rows, tuple(failures))
