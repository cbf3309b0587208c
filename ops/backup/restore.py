"""Bring a backup back into an empty database, and show that it is the same one.

Before anything is written the whole file is read and its seal checked. The data comes back in one
transaction. Then every table is counted and compared with what the backup says, the guards are
applied anew (and migrations, if this program is newer), and all proofs are run. Until then the
database bears a mark, and a new one another name: whoever is killed leaves nothing that could be
taken for a whole one.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import create_engine, execute, fetch_value, read_transaction
from ledger.foundation.key_rotation import count_people_by_key
from ops.backup.errors import BackupDamaged, BackupFailed, explain
from ops.backup.manifest import Manifest, Proofs, count_everything, differences
from ops.backup.programs import feed, programs_for, through
from ops.backup.shelf import content, read_manifest
from ops.backup.take import prove_books
from ops.database_roles import prepare_roles
from ops.guards import BACKUP_ROLE, OWNER_ROLE, SERVICE_ROLE
from ops.migrator import migrate
from ops.schema_state import (
    HALF_RESTORED,
    connection_of,
    known_revisions,
    refuse_half_restored,
)

#: Tables or schemas of ours, or anything else that a person has put there.
IS_EMPTY = """\
SELECT NOT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
)"""

#: pg_restore would write to a server itself, but not to an older one than itself.
_AS_STATEMENTS = ("--no-owner", "--no-privileges", "--file=-")
_ONLY_SINCE_17 = b"SET transaction_timeout = 0;\n"
#: Where the settings stand, long before the first data.
_HEAD_BYTES = 4096

#: Told what is done now, and how many bytes of how many.
Progress = Callable[[str, int, int], None]


class Restored(msgspec.Struct, frozen=True):
    """What came back, and what the comparison said."""

    revision: str
    revision_in_backup: str
    tables: int
    rows: int
    differences: tuple[str, ...]
    proofs: Proofs
    seconds: float

    @property
    def is_the_same(self) -> bool:
        """Every table is as it was, and the proofs say what they said then."""
        return not self.differences and not self.proofs.failures


def restore_backup(
    path: Path, admin_url: str, *, key: bytes, service_login: str | None, progress: Progress
) -> Restored:
    """Restore into the database of the address, which must be empty.

    Raises:
        BackupFailed: nothing was restored; the message says why.
        ServerUnsuitable: no connection, or a right is missing.
    """
    started = monotonic()
    manifest = read_manifest(path, key)
    if manifest.revision not in known_revisions():
        raise BackupFailed(
            f"{path} was taken by a newer version of this program (revision {manifest.revision}). "
            "Upgrade first: git pull && make install"
        )
    asyncio.run(_expect_empty(admin_url))
    check_whole(path, manifest, key, progress)
    asyncio.run(prepare_roles(admin_url))
    asyncio.run(_mark(admin_url, HALF_RESTORED))
    server_major = asyncio.run(_server_major(admin_url))
    made_by = int(manifest.server_version.split(".")[0].split()[0])
    programs = programs_for(max(server_major, made_by))
    data = _watched(path, manifest, key, "restoring", progress)
    feed(
        programs,
        "psql",
        admin_url,
        ("--single-transaction", "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--quiet", "--file=-"),
        _for_any_server(through(programs, "pg_restore", _AS_STATEMENTS, data)),
    )
    found = asyncio.run(_compare(admin_url, manifest))
    done = asyncio.run(
        migrate(admin_url, service_login=service_login, finish=True, always_guard=True)
    )
    proofs = asyncio.run(prove(admin_url))
    asyncio.run(_mark(admin_url, None))
    return Restored(
        revision=done.after,
        revision_in_backup=manifest.revision,
        tables=len(manifest.tables),
        rows=sum(figures.rows for figures in manifest.tables.values()),
        differences=tuple(found),
        proofs=proofs,
        seconds=round(monotonic() - started, 1),
    )


def _for_any_server(statements: Iterator[bytes]) -> Iterator[bytes]:
    """The same statements as the owner of all, without a setting that only newer servers know."""
    yield f"SET ROLE {OWNER_ROLE};\n".encode()
    head = b""
    for piece in statements:
        head += piece
        if len(head) >= _HEAD_BYTES:
            break
    yield head.replace(_ONLY_SINCE_17, b"", 1)
    yield from statements


def check_whole(path: Path, manifest: Manifest, key: bytes, progress: Progress) -> None:
    """Read a backup to its end, compare its checksum, and open every seal.

    Raises:
        BackupDamaged: it is not what was written.
    """
    digest = hashlib.sha256()
    left = manifest.sealed_bytes
    try:
        with path.open("rb") as file:
            while left > 0 and (piece := file.read(min(left, 1024 * 1024))):
                digest.update(piece)
                left -= len(piece)
    except OSError as error:
        raise explain(error, path) from error
    if digest.hexdigest() != manifest.sha256:
        raise BackupDamaged(path, "its checksum differs")
    for _ in _watched(path, manifest, key, "checking the seal", progress):
        pass


def _watched(
    path: Path, manifest: Manifest, key: bytes, what: str, progress: Progress
) -> Iterator[bytes]:
    """The content, with progress told on the way."""
    for piece in content(path, manifest, key):
        yield piece
        progress(what, len(piece), manifest.sealed_bytes)


async def _expect_empty(admin_url: str) -> None:
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn:
            is_empty = await fetch_value(conn, IS_EMPTY)
            if not is_empty:
                await refuse_half_restored(conn)
    finally:
        await engine.dispose()
    if not is_empty:
        raise BackupFailed(
            "The database is not empty, and a backup never overwrites anything. Restore beside it: "
            "gongzhang restore FILE --into-new-name NAME (on a server), or with an empty "
            "GONGZHANG_DATA_DIR=… (the embedded one)."
        )


async def _mark(admin_url: str, words: str | None) -> None:
    """Let the database say that it is half restored; None: it is whole."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn, conn.begin():
            name = await fetch_value(conn, "SELECT quote_ident(current_database())")
            text = await fetch_value(conn, "SELECT quote_nullable($1::text)", words)
            await execute(conn, f"COMMENT ON DATABASE {name} IS {text}")
    finally:
        await engine.dispose()


async def _server_major(admin_url: str) -> int:
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn:
            number = await fetch_value(conn, "SELECT current_setting('server_version_num')")
            return int(number) // 10000
    finally:
        await engine.dispose()


async def _compare(admin_url: str, manifest: Manifest) -> list[str]:
    """Tables that did not come back as they were."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.begin() as conn:
            await execute(conn, f"SET LOCAL ROLE {OWNER_ROLE}")
            for figures in sorted(manifest.tables):
                schema, _, name = figures.partition(".")
                await _let_backup_read(conn, schema, name)
        async with engine.connect() as conn:
            await conn.execution_options(isolation_level="REPEATABLE READ")
            await execute(conn, f"SET LOCAL ROLE {BACKUP_ROLE}")
            tables, _ = await count_everything(conn)
    finally:
        await engine.dispose()
    return differences(manifest, tables)


async def _let_backup_read(conn: AsyncConnection, schema: str, name: str) -> None:
    quoted = await fetch_value(conn, "SELECT quote_ident($1)", schema)
    whole = await fetch_value(conn, "SELECT format('%I.%I', $1::text, $2::text)", schema, name)
    await execute(conn, f"GRANT USAGE ON SCHEMA {quoted} TO {BACKUP_ROLE}")
    await execute(conn, f"GRANT SELECT ON {whole} TO {BACKUP_ROLE}")


async def prove(admin_url: str) -> Proofs:
    """Run every proof over every tenant of a database."""
    engine = create_engine(admin_url, role=SERVICE_ROLE, pool_size=1)
    try:
        async with read_transaction(engine) as conn:
            return await prove_books(conn)
    finally:
        await engine.dispose()


async def secrets_in_use(admin_url: str) -> tuple[str, ...]:
    """Ids of the secrets that people's keys are under, hexadecimal; none when one is not known.

    A backup names all that were in force; after a rotation nobody needs the old one.
    """
    engine = create_engine(admin_url, role=SERVICE_ROLE, pool_size=1)
    try:
        async with read_transaction(engine) as conn:
            found = await count_people_by_key(conn)
    finally:
        await engine.dispose()
    return () if None in found else tuple(key_id.hex() for key_id in found if key_id is not None)
