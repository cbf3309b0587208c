"""Files as evidence: each kept once in its tenant, attached to what it proves.

Whether somebody may see the thing that a file is evidence of is the caller's to decide; nothing
here is found without its tenant. Evidence of entries and of what two people decide stays; of other
things it can be taken away.

Source: docs/decisions/0050-edge.md
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Literal, get_args
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.file_kinds import FileKind, ReadFile
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
ObjectKind = Literal["entry", "service_record", "payment", "approval"]
OBJECT_KINDS: tuple[ObjectKind, ...] = get_args(ObjectKind)
MOST_ATTACHMENTS = 20
_MEDIA_TYPES: dict[FileKind, tuple[str, str]] = {
    "jpeg": ("image/jpeg", "jpg"),
    "png": ("image/png", "png"),
    "webp": ("image/webp", "webp"),
    "pdf": ("application/pdf", "pdf"),
}


class FileSpaceFull(LedgerError):
    """A tenant keeps no more than its share."""

    template = "The files of this place take {used_mib} MiB of {quota_mib}; nothing was stored."


class TooManyAttachments(LedgerError):
    """One thing has so many pieces of evidence at most."""

    template = "At most {limit} files are attached to one thing."


class EvidenceStays(LedgerError):
    """What proves an entry, or led to a decision, is never taken away."""

    template = "Evidence of entries and of what is decided stays; attach a better copy beside it."


class Attachment(msgspec.Struct, frozen=True):
    """A file as evidence of something."""

    attachment_id: UUID
    file_id: UUID
    object_kind: ObjectKind
    object_id: UUID
    kind: FileKind
    size_bytes: int
    width: int | None
    height: int | None
    attached_at: datetime
    attached_by: int

    @property
    def has_preview(self) -> bool:
        """It is a picture."""
        return self.width is not None


class StoredFile(msgspec.Struct, frozen=True):
    """A file with its content."""

    file_id: UUID
    kind: FileKind
    content: bytes
    preview: bytes | None

    @property
    def media_type(self) -> str:
        """As which it is sent."""
        return _MEDIA_TYPES[self.kind][0]

    @property
    def name(self) -> str:
        """The name under which it is saved."""
        return file_name(self.file_id, self.kind)


def file_name(file_id: UUID, kind: FileKind) -> str:
    """The name under which a file is saved: its own id, whatever it was called."""
    return f"{file_id}.{_MEDIA_TYPES[kind][1]}"


async def attach_file(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    object_kind: ObjectKind,
    object_id: UUID,
    file: ReadFile,
    sent: bytes,
    caller_id: int,
    quota_mib: int,
) -> Attachment:
    """Keep a file and attach it; the same bytes are kept once, and attached once to a thing.

    Raises:
        FileSpaceFull: the tenant's share is used up.
        TooManyAttachments: the thing has enough.
    """
    present = await list_attachments(
        conn, tenant_id=tenant_id, object_kind=object_kind, object_id=object_id
    )
    file_id = await _keep(conn, tenant_id, file, sha256(sent).digest(), caller_id, quota_mib)
    for one in present:
        if one.file_id == file_id:
            return one
    if len(present) >= MOST_ATTACHMENTS:
        raise TooManyAttachments(limit=MOST_ATTACHMENTS)
    made = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "attach_file"),
        tenant_id,
        uuid7(),
        file_id,
        object_kind,
        object_id,
        caller_id,
        now(),
    )
    if made is None:  # somebody attached the same file at the same moment
        present = await list_attachments(
            conn, tenant_id=tenant_id, object_kind=object_kind, object_id=object_id
        )
        return next(one for one in present if one.file_id == file_id)
    attachment_id = UUID(bytes=made.attachment_id.bytes)
    await _record(conn, tenant_id, caller_id, "attach", attachment_id)
    return await get_attachment(conn, tenant_id=tenant_id, attachment_id=attachment_id)


async def _keep(
    conn: AsyncConnection,
    tenant_id: int,
    file: ReadFile,
    sent_hash: bytes,
    caller_id: int,
    quota_mib: int,
) -> UUID:
    """The id of the file with these bytes, stored now or earlier."""
    known = await fetch_optional(conn, load_sql(_PACKAGE, "find_file_id"), tenant_id, sent_hash)
    if known is not None:
        return UUID(bytes=known.file_id.bytes)
    used = await fetch_one(conn, load_sql(_PACKAGE, "sum_file_sizes"), tenant_id)
    if used.used_bytes + len(file.content) > quota_mib * 1024 * 1024:
        used_mib = used.used_bytes // (1024 * 1024)
        raise FileSpaceFull(used_mib=used_mib, quota_mib=quota_mib)
    row = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "store_file"),
        tenant_id,
        uuid7(),
        sent_hash,
        sha256(file.content).digest(),
        *msgspec.structs.astuple(file),
        caller_id,
        now(),
    )
    if row is None:  # somebody sent the same bytes at the same moment
        row = await fetch_one(conn, load_sql(_PACKAGE, "find_file_id"), tenant_id, sent_hash)
    return UUID(bytes=row.file_id.bytes)


async def list_attachments(
    conn: AsyncConnection, *, tenant_id: int, object_kind: ObjectKind, object_id: UUID
) -> list[Attachment]:
    """What is evidence of a thing, the oldest first."""
    statement = load_sql(_PACKAGE, "list_attachments")
    rows = await fetch_all(conn, statement, tenant_id, object_kind, object_id, None)
    return [msgspec.convert(row, Attachment, from_attributes=True) for row in rows]


async def get_attachment(
    conn: AsyncConnection, *, tenant_id: int, attachment_id: UUID
) -> Attachment:
    """One attachment.

    Raises:
        NotFound: there is none here.
    """
    statement = load_sql(_PACKAGE, "list_attachments")
    row = await fetch_optional(conn, statement, tenant_id, None, None, attachment_id)
    if row is None:
        raise NotFound(kind="attachment", id=str(attachment_id))
    return msgspec.convert(row, Attachment, from_attributes=True)


async def get_file(conn: AsyncConnection, *, tenant_id: int, file_id: UUID) -> StoredFile:
    """A file with its content.

    Raises:
        NotFound: there is none here.
    """
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_file"), tenant_id, file_id)
    if row is None:
        raise NotFound(kind="file", id=str(file_id))
    return StoredFile(file_id, row.kind, row.content, row.preview)


async def list_private_holders(
    conn: AsyncConnection, *, tenant_id: int, holders: Iterable[UUID | None]
) -> set[UUID]:
    """Those of the holders whose papers are their own: everybody but merchants."""
    wanted = sorted({holder for holder in holders if holder is not None})
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_private_holders"), tenant_id, wanted)
    return {UUID(bytes=row.holder_id.bytes) for row in rows}


async def record_reading(
    conn: AsyncConnection, *, tenant_id: int, caller_id: int, file_id: UUID
) -> None:
    """Put on record that somebody took away a file about somebody else."""
    await record_action(
        conn,
        caller_id=caller_id,
        action="file.read",
        tenant_id=tenant_id,
        object_kind="file",
        object_id=str(file_id),
    )


async def lock_evidence(conn: AsyncConnection, *, tenant_id: int, object_id: UUID) -> None:
    """Let nobody else attach to a request, or decide on it by its papers, until the end."""
    await execute(conn, load_sql(_PACKAGE, "lock_names"), tenant_id, f"evidence {object_id}")


async def carry_evidence(
    conn: AsyncConnection, *, tenant_id: int, kind: ObjectKind, object_id: UUID, entry_id: UUID
) -> None:
    """What was evidence of a request is evidence of the entry that came of it."""
    statement = load_sql(_PACKAGE, "carry_evidence")
    await execute(conn, statement, tenant_id, kind, object_id, entry_id, now())


async def detach_file(
    conn: AsyncConnection, *, tenant_id: int, attachment_id: UUID, caller_id: int
) -> None:
    """Take evidence away; the file itself stays, for it may prove something else.

    Raises:
        NotFound: no such attachment.
        EvidenceStays: it proves an entry, or is before two people.
    """
    one = await get_attachment(conn, tenant_id=tenant_id, attachment_id=attachment_id)
    if one.object_kind in ("entry", "approval"):
        raise EvidenceStays
    statement = load_sql(_PACKAGE, "detach_file")
    await execute(conn, statement, tenant_id, attachment_id, caller_id, now())
    await _record(conn, tenant_id, caller_id, "detach", attachment_id)


async def _record(
    conn: AsyncConnection, tenant_id: int, caller_id: int, act: str, attachment_id: UUID
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"file.{act}",
        tenant_id=tenant_id,
        object_kind="attachment",
        object_id=str(attachment_id),
    )
