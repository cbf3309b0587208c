"""Evidence on pages: the files of a voucher with small pictures, and the form for one more."""

from typing import NamedTuple
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.attachments import MAY_READ, WORKING, attach, may_read_evidence, read_upload
from api.gate import Call
from api.policies import may_any
from api.v1.attachments import FILE_HEADERS, file_answer, find_file, take_file
from api.web.approvals import IN_ESTATE, IN_PROGRAMME, approvals_home
from api.web.frame import Page, PageRequest, key_of_form, language_of_page, see, show
from api.web.papers import evidence_kind
from api.web.places import books_home, reader_place
from api.web.refused import Way, words_of_refusal
from api.web.texts import text
from ledger.books.lanes import ServiceBusy
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approvals import get_approval
from ledger.foundation.file_kinds import LARGEST_UPLOAD
from ledger.foundation.files import Attachment, ObjectKind, list_attachments

_ROOM_AROUND = 64 * 1024
ENTRY_FILES = [
    "/programmes/{programme_id:uuid}/books/entries/{entry_id:uuid}/files",
    "/estates/{estate_id:uuid}/books/entries/{entry_id:uuid}/files",
]
APPROVAL_FILES = [f"{path}/{{approval_id:uuid}}/files" for path in (IN_PROGRAMME, IN_ESTATE)]
FILES = ["/programmes/{programme_id:uuid}/files", "/estates/{estate_id:uuid}/files"]


async def evidence_of_entry(conn: AsyncConnection, call: Call, entry_id: UUID) -> list[Attachment]:
    """The files of an entry that is being shown."""
    return await list_attachments(
        conn, tenant_id=call.tenant_id, object_kind="entry", object_id=entry_id
    )


class OwnEvidence(NamedTuple):
    """The files of an entry that its reader sees, and how many are kept from her."""

    files: list[Attachment]
    withheld: int


async def own_evidence(conn: AsyncConnection, call: Call, entry_id: UUID) -> OwnEvidence:
    """The files of an entry that somebody comes to by her own accounts."""
    files = await evidence_of_entry(conn, call, entry_id)
    if files and not await may_read_evidence(conn, call, "entry", entry_id):
        return OwnEvidence([], len(files))
    return OwnEvidence(files, 0)


def files_home(call: Call) -> str:
    """Where the files of a programme or estate are fetched."""
    return f"/{call.tenant.form}s/{call.tenant.public_id}/files"


def upload_address(call: Call, entry_id: UUID) -> str | None:
    """Where a file for an entry is sent; None for those who only read."""
    permissions = call.who.permissions
    if not any(permissions.reach(name, call.tenant_id) for name in WORKING["entry"]):
        return None
    return f"{books_home(call.tenant)}/entries/{entry_id}/files"


@post(
    ENTRY_FILES,
    opt=may_any(*WORKING["entry"], action="file.attach"),
    request_max_body_size=LARGEST_UPLOAD + _ROOM_AROUND,
)
async def file_sent(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """Attach a file to an entry, and show the voucher again; or say why not."""
    voucher = f"{books_home(call.tenant)}/entries/{entry_id}"
    back = Way(voucher, text(language_of_page(request), "voucher.title"))
    return await receive_file(request, call, "entry", entry_id, back)


@post(
    APPROVAL_FILES,
    opt=may_any(*WORKING["approval"], action="file.attach"),
    request_max_body_size=LARGEST_UPLOAD + _ROOM_AROUND,
)
async def approval_file_sent(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """Attach a file to what one has asked for, and show the request again; or say why not."""
    address = f"{approvals_home(call)}/{approval_id}"
    back = Way(address, text(language_of_page(request), "approval.title"))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        approval = await get_approval(conn, tenant_id=call.tenant_id, approval_id=approval_id)
    return await receive_file(request, call, evidence_kind(approval), approval_id, back)


async def receive_file(
    request: PageRequest, call: Call, kind: ObjectKind, object_id: UUID, back: Way
) -> Page:
    """Attach the file of a form to a thing whose page is ``back``."""
    key_of_form(call)
    upload = (await request.form()).get("file")
    sent = await upload.read() if isinstance(upload, UploadFile) else b""
    if not sent:
        words = text(language_of_page(request), "form.file_missing")
        return _refused(request, call, back, words)
    try:
        file = await read_upload(call, sent)

        async def act(conn: AsyncConnection) -> Attachment:
            return await attach(conn, call, kind, object_id, file=file, sent=sent)

        await write_transaction(call.service.engine, act, tenant_id=call.tenant_id)
    except (NotFound, ServiceBusy):
        raise
    except LedgerError as refusal:
        words = words_of_refusal(refusal, language_of_page(request))
        return _refused(request, call, back, words)
    return see(f"{back.href}#evidence")


def _refused(request: PageRequest, call: Call, back: Way, words: str) -> Page:
    return show(
        request,
        "evidence_form.html",
        reader_place(call.who.permissions, call.tenant),
        status=422,
        refusal=words,
        back=back,
        upload_href=f"{back.href}/files",
    )


@get([f"{home}/{{file_id:uuid}}" for home in FILES], opt=may_any(*MAY_READ))
async def file_saved(call: Call, file_id: FromPath[UUID]) -> Response[bytes]:
    """The file, to be saved."""
    return file_answer(await take_file(call, file_id))


@get([f"{home}/{{file_id:uuid}}/preview" for home in FILES], opt=may_any(*MAY_READ))
async def file_preview(call: Call, file_id: FromPath[UUID]) -> Response[bytes]:
    """A small picture of a picture."""
    file, _ = await find_file(call, file_id)
    if file.preview is None:
        raise NotFound(kind="file", id=str(file_id))
    return Response(file.preview, media_type="image/jpeg", headers=FILE_HEADERS)


ROUTES = [file_sent, approval_file_sent, file_saved, file_preview]
