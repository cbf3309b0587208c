"""The chain over the audit log: who edits, removes or slips in a line later is found out.

A seal covers lines that are committed and not yet sealed, in the order of their numbers, and is
chained to the seal before. The order is that of sealing: a line whose transaction committed late
goes into a later seal, whatever its number, so no running transaction holds the chain up and none
is missed. Whoever owns the database could write the whole chain anew; so its head is shown, logged
and taken away by auditors, and a head once taken away is looked for in the chain.

Source: docs/decisions/0050-edge.md
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import (
    execute,
    fetch_all,
    fetch_one,
    load_sql,
    read_transaction,
    write_transaction,
)

logger = structlog.get_logger(__name__)

_PACKAGE = "ledger.foundation"
LINES_A_SEAL = 1000
_SEALS_AT_ONCE = 20
_BEFORE_THE_FIRST = bytes(32)
_FIELDS = (
    "audit_id", "at", "caller_id", "behalf_person_id", "scope_tenant_id", "action", "object_kind",
    "object_id", "reason", "request_id", "address",
)  # fmt: skip


class SealHead(msgspec.Struct, frozen=True):
    """The newest seal; number 0 and no hash while there is none."""

    seal_no: int
    chain_hash: bytes | None
    sealed_at: datetime | None


class AuditFault(msgspec.Struct, frozen=True):
    """One thing that is wrong: line_edited, line_removed, lines_differ, chain_broken, head_missing.

    ``audit_id`` names the line, ``seal_no`` the seal.
    """

    kind: str
    seal_no: int
    audit_id: int | None = None


class AuditCheck(msgspec.Struct, frozen=True):
    """What a check of the whole chain found."""

    lines: int
    seals: int
    unsealed: int
    head: str | None
    faults: tuple[AuditFault, ...]


def line_hash(row: Row[Any]) -> bytes:
    """Digest of one line: every column in order, absent ones as null, moments in UTC."""
    values = [getattr(row, name) for name in _FIELDS]
    return sha256(msgspec.json.encode(values)).digest()


async def get_seal_head(conn: AsyncConnection) -> SealHead:
    """The newest seal."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_audit_seal"))
    return SealHead(row.seal_no, row.chain_hash, row.sealed_at)


async def seal_audit_log(engine: AsyncEngine) -> int:
    """Seal every committed line that is not sealed yet; returns how many there were.

    Safe to run anywhere and at any time: of two at once one begins anew.
    """
    sealed = 0
    while True:
        try:
            count = await write_transaction(engine, _seal_some)
        except IntegrityError:
            continue
        sealed += count
        if count < LINES_A_SEAL:
            return sealed


async def _seal_some(conn: AsyncConnection) -> int:
    head = await fetch_one(conn, load_sql(_PACKAGE, "find_audit_seal"))
    statement = load_sql(_PACKAGE, "list_unsealed_lines")
    lines = await fetch_all(conn, statement, head.sealed_to, LINES_A_SEAL)
    if not lines:
        return 0
    ids = [int(line.audit_id) for line in lines]
    hashes = [line_hash(line) for line in lines]
    together = _lines_hash(zip(ids, hashes, strict=True))
    seal_no = int(head.seal_no) + 1
    chained = _chain_hash(head.chain_hash or _BEFORE_THE_FIRST, seal_no, together)
    await execute(
        conn,
        load_sql(_PACKAGE, "add_audit_seal"),
        seal_no,
        ids[-1],
        together,
        chained,
        now(),
        ids,
        hashes,
    )
    logger.info("audit_log_sealed", seal_no=seal_no, lines=len(ids), head=chained.hex())
    return len(ids)


def _lines_hash(links: Iterable[tuple[int, bytes]]) -> bytes:
    digest = sha256()
    for audit_id, hashed in links:
        digest.update(audit_id.to_bytes(8, "big") + hashed)
    return digest.digest()


def _chain_hash(before: bytes, seal_no: int, lines: bytes) -> bytes:
    return sha256(before + seal_no.to_bytes(8, "big") + lines).digest()


async def check_audit_log(engine: AsyncEngine, *, known_head: str | None = None) -> AuditCheck:
    """Compute the whole chain anew and compare; ``known_head`` was taken away earlier."""
    faults: list[AuditFault] = []
    lines = seals = 0
    before, head, is_head_found = _BEFORE_THE_FIRST, None, known_head is None
    async with read_transaction(engine) as conn:
        async for seal, rows in _iterate_seals(conn):
            seals += 1
            lines += len(rows)
            faults += _faults_of_lines(seal, rows)
            expected = _chain_hash(before, seals, bytes(seal.lines_hash))
            if seal.seal_no != seals or expected != bytes(seal.chain_hash):
                faults.append(AuditFault("chain_broken", seals))
            before, head = bytes(seal.chain_hash), bytes(seal.chain_hash).hex()
            is_head_found = is_head_found or head == known_head
            seals = int(seal.seal_no)
        unsealed = await _count_unsealed(conn)
    if not is_head_found:
        faults.append(AuditFault("head_missing", seals))
    return AuditCheck(lines, seals, unsealed, head, tuple(faults))


def _faults_of_lines(seal: Row[Any], rows: list[Row[Any]]) -> list[AuditFault]:
    """Lines that are gone or changed since the seal, and links that are not those it covered."""
    faults = []
    for row in rows:
        if row.audit_id is None:
            faults.append(AuditFault("line_removed", int(seal.seal_no), int(row.linked_id)))
        elif line_hash(row) != bytes(row.line_hash):
            faults.append(AuditFault("line_edited", int(seal.seal_no), int(row.linked_id)))
    links = [(int(row.linked_id), bytes(row.line_hash)) for row in rows]
    if len(links) != seal.line_count or _lines_hash(links) != bytes(seal.lines_hash):
        faults.append(AuditFault("lines_differ", int(seal.seal_no)))
    return faults


async def _iterate_seals(
    conn: AsyncConnection,
) -> AsyncIterator[tuple[Row[Any], list[Row[Any]]]]:
    """Each seal with its links, in bounded memory."""
    after = 0
    while seals := await fetch_all(
        conn, load_sql(_PACKAGE, "list_audit_seals"), after, _SEALS_AT_ONCE
    ):
        statement = load_sql(_PACKAGE, "list_sealed_lines")
        rows = await fetch_all(conn, statement, seals[0].seal_no, seals[-1].seal_no)
        for seal in seals:
            yield seal, [row for row in rows if row.seal_no == seal.seal_no]
        after = seals[-1].seal_no


async def _count_unsealed(conn: AsyncConnection) -> int:
    """Lines that no seal covers, looked for from the very first one."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "count_unsealed_lines"))
    return int(row.unsealed)
