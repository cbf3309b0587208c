"""What a backup says about itself, and the figures by which a restored database is recognised."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Numeric,
    cast,
    func,
    literal_column,
    null,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all

FORMAT = 1

#: Text of values must not depend on what a server's administrator prefers.
_SAME_TEXT_EVERYWHERE = (
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL timezone = 'UTC'",
)
_LIST_TABLES = """\
SELECT n.nspname AS schema_name, c.relname AS table_name, EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
) AS has_tenant
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspowner = to_regrole('gongzhang_owner')
ORDER BY n.nspname, c.relname"""
_LIST_SCHEMAS = """\
SELECT nspname AS schema_name FROM pg_namespace
WHERE nspowner = to_regrole('gongzhang_owner')
ORDER BY nspname"""


class Figures(msgspec.Struct, frozen=True):
    """Rows, and the sum of a number made from each row's text: equal for equal rows."""

    rows: int
    digest: str


class Proofs(msgspec.Struct, frozen=True):
    """What the proofs said about the books at that moment."""

    tenants: int
    rows_compared: int
    failures: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a backup."""

    format: int
    kind: Literal["dump", "base"]
    taken_at: datetime
    seconds: float
    product_version: str
    revision: str
    #: Empty in a backup of an earlier version.
    database: str = ""
    server_version: str
    #: SHA-256 of the sealed content, hexadecimal.
    sha256: str
    sealed_bytes: int
    tables: dict[str, Figures] = {}
    #: By the tenant's number.
    tenants: dict[str, Figures] = {}
    proofs: Proofs | None = None
    #: The installation's secrets are never in it; by their ids those at hand are compared.
    secret_ids: tuple[str, ...] = ()


async def list_schemas(conn: AsyncConnection) -> list[str]:
    """The schemas that are ours, sorted."""
    return [row.schema_name for row in await fetch_all(conn, _LIST_SCHEMAS)]


async def count_everything(
    conn: AsyncConnection,
) -> tuple[dict[str, Figures], dict[str, Figures]]:
    """Figures of each table, and of each tenant over all tables, as one snapshot shows them.

    The connection must be able to read every row, whatever the tenant.
    """
    for setting in _SAME_TEXT_EVERYWHERE:
        await execute(conn, setting)
    tables: dict[str, Figures] = {}
    of_tenants: dict[str, list[tuple[str, int, int]]] = {}
    for row in await fetch_all(conn, _LIST_TABLES):
        name = f"{row.schema_name}.{row.table_name}"
        counted = await _count_table(conn, row.schema_name, row.table_name, row.has_tenant)
        tables[name] = Figures(sum(c[1] for c in counted), str(sum(c[2] for c in counted)))
        for tenant, rows, digest in counted:
            if tenant is not None:
                of_tenants.setdefault(str(tenant), []).append((name, rows, digest))
    tenants = {tenant: _combine(parts) for tenant, parts in sorted(of_tenants.items())}
    return tables, tenants


async def _count_table(
    conn: AsyncConnection, schema: str, name: str, has_tenant: bool
) -> list[tuple[int | None, int, int]]:
    """Tenant, rows, digest; the tenant is None where rows have none."""
    source = table(name, schema=schema).alias("t")
    tenant = literal_column("t.tenant_id") if has_tenant else cast(null(), Integer)
    # 60 bits of a hash of the row's text: sums do not depend on the order of rows
    of_row: ColumnElement[Any] = literal_column(
        "('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric"
    )
    query = select(
        tenant.label("tenant"),
        func.count().label("rows"),
        cast(func.coalesce(func.sum(of_row), 0), Numeric).label("digest"),
    ).select_from(source)
    found = await conn.execute(query.group_by(tenant) if has_tenant else query)
    return [(row.tenant, row.rows, int(row.digest)) for row in found]


def _combine(parts: Sequence[tuple[str, int, int]]) -> Figures:
    text = "\n".join(f"{name} {rows} {digest}" for name, rows, digest in parts)
    return Figures(sum(part[1] for part in parts), hashlib.sha256(text.encode()).hexdigest())


def differences(expected: Manifest, tables: dict[str, Figures]) -> list[str]:
    """Tables that are not as the backup says, each with both figures."""
    found = []
    for name in sorted(expected.tables.keys() | tables.keys()):
        before, after = expected.tables.get(name), tables.get(name)
        if before != after:
            found.append(f"{name}: {_tell(before)} in the backup, {_tell(after)} restored")
    return found


def _tell(figures: Figures | None) -> str:
    return "missing" if figures is None else f"{figures.rows} rows ({figures.digest[-8:]})"
