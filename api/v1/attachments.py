"""Files as evidence of entries, service records and payments, for those who may see these."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter, RawBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.attachments import (
    MAY_READ,
    MAY_WORK,
    Reading,
    attach,
    check_may_detach,
    check_may_read,
    check_may_work,
    find_reading,
    read_upload,
)
from api.gate import Call
from api.idempotency import once
from api.policies import may_any
from api.v1.forms import Command, PathId, both, view
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.file_kinds import LARGEST_UPLOAD, FileKind
from ledger.foundation.files import (
    MOST_ATTACHMENTS,
    ObjectKind,
    StoredFile,
    detach_file,
    get_attachment,
    get_file,
    list_attachments,
    record_reading,
)

UPLOAD_TYPES = ("image/jpeg", "image/png", "image/webp", "application/pdf")
_ROOM_AROUND = 64 * 1024
#: A file is opened outside of our pages: it may do nothing in them.
FILE_HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-store",
}

WantedKind = Annotated[ObjectKind, QueryParameter(description="Kind of the thing.")]
WantedId = Annotated[UUID, QueryParameter(description="Id of the thing.")]


class AttachmentView(msgspec.Struct, frozen=True):
    """A file as evidence of something."""

    attachment_id: UUID
    file_id: UUID
    object_kind: ObjectKind
    object_id: UUID
    kind: FileKind
    size_bytes: int
    width: Annotated[int | None, Meta(description="Pixels; absent: no picture.")]
    height: int | None
    attached_at: datetime


class AttachmentList(msgspec.Struct, frozen=True):
    """All evidence of a thing, the oldest first."""

    items: Annotated[list[AttachmentView], Meta(max_length=MOST_ATTACHMENTS)]


class Detaching(Command, frozen=True):
    """An empty command."""


class Detached(msgspec.Struct, frozen=True):
    """What was taken away."""

    attachment_id: UUID


class _SentFile(msgspec.Struct, frozen=True):
    """What an upload is told apart by."""

    object_kind: str
    object_id: UUID
    sha256: str


@post(
    both("/attachments"),
    opt=may_any(*MAY_WORK, media_types=UPLOAD_TYPES, action="file.attach"),
    request_max_body_size=LARGEST_UPLOAD + _ROOM_AROUND,
    summary="Attach a file",
    tags=["files"],
)
async def create(
    call: Call, body: RawBody, object_kind: WantedKind, object_id: WantedId
) -> Response[AttachmentView]:
    """JPEG, PNG, WebP or PDF of up to 10 MiB, as the body; pictures are written anew.

    What the file is follows from its first bytes, not from its content type. Of each caller one
    file is read at a time; while it is, or while many wait, the answer is 503 with Retry-After.
    """
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await check_may_work(conn, call, object_kind, object_id)
    file = await read_upload(call, body)

    async def act(conn: AsyncConnection) -> AttachmentView:
        made = await attach(conn, call, object_kind, object_id, file=file, sent=body)
        return view(AttachmentView, made)

    return await once(call, _SentFile(object_kind, object_id, sha256(body).hexdigest()), act)


@get(both("/attachments"), opt=may_any(*MAY_READ), summary="List attachments", tags=["files"])
async def list_all(call: Call, object_kind: WantedKind, object_id: WantedId) -> AttachmentList:
    """Every file that is evidence of a thing."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await check_may_read(conn, call, object_kind, object_id)
        found = await list_attachments(
            conn, tenant_id=call.tenant_id, object_kind=object_kind, object_id=object_id
        )
    return AttachmentList([view(AttachmentView, one) for one in found])


@post(
    both("/attachments/{attachment_id:uuid}/detaching"),
    opt=may_any(*MAY_WORK, action="file.detach"),
    summary="Take an attachment away",
    tags=["files"],
    status_code=200,
)
async def detach(
    call: Call, attachment_id: PathId, data: JSONBody[Detaching]
) -> Response[Detached]:
    """By whoever attached it or decides; what is about an entry or a decision stays."""

    async def act(conn: AsyncConnection) -> Detached:
        one = await get_attachment(conn, tenant_id=call.tenant_id, attachment_id=attachment_id)
        await check_may_detach(conn, call, one)
        await detach_file(
            conn,
            tenant_id=call.tenant_id,
            attachment_id=attachment_id,
            caller_id=call.caller_id,
        )
        return Detached(attachment_id)

    return await once(call, data, act, status=200)


@get(
    both("/files/{file_id:uuid}"),
    opt=may_any(*MAY_READ),
    summary="Read a file",
    tags=["files"],
    media_type="application/octet-stream",
)
async def read_one(call: Call, file_id: PathId) -> Response[bytes]:
    """The file itself, to be saved; never to be shown inside a page.

    Who reads by office what is about a person leaves a line in the audit log.
    """
    return file_answer(await take_file(call, file_id))


async def find_file(call: Call, file_id: UUID) -> tuple[StoredFile, Reading]:
    """A file that the caller may see, and how she comes to it.

    Raises:
        NotFound: there is none for this caller.
    """
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        reading = await find_reading(conn, call, file_id)
        if reading is None:
            raise NotFound(kind="file", id=str(file_id))
        return await get_file(conn, tenant_id=call.tenant_id, file_id=file_id), reading


async def take_file(call: Call, file_id: UUID) -> StoredFile:
    """A file to be taken away; what is about somebody goes on record first.

    Raises:
        NotFound: there is none for this caller.
    """
    file, reading = await find_file(call, file_id)
    if reading == "about_somebody":
        await write_transaction(
            call.service.engine,
            lambda conn: record_reading(
                conn, tenant_id=call.tenant_id, caller_id=call.caller_id, file_id=file_id
            ),
        )
    return file


def file_answer(file: StoredFile) -> Response[bytes]:
    """A file to be saved under its own id."""
    return Response(
        file.content,
        media_type=file.media_type,
        headers={**FILE_HEADERS, "content-disposition": f'attachment; filename="{file.name}"'},
    )


ROUTES = (create, list_all, detach, read_one)
