"""Lists of people, merchants and partners: sent, looked at line by line, confirmed or cancelled."""

from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, QueryParameter, RawBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call, GatedCall
from api.idempotency import once
from api.imports import IMPORTERS, kinds_of, problem_words, require_kind, write_at_once
from api.policies import may_any
from api.v1.forms import PROGRAMMES, CursorText, PageSize, PathId
from api.v1.import_forms import (
    ImportLinePage,
    ImportLineView,
    LineProblemView,
    ListImportPage,
    ListImportView,
    view_import,
    view_imports,
)
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.journeys.imports.confirm import cancel_import, confirm_import
from ledger.journeys.imports.preview import SentFile, preview_file
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import (
    ImportClosed,
    ImportFile,
    get_import,
    list_imports,
    list_lines,
)
from ledger.sheets.rows import LARGEST_FILE

IMPORTS = PROGRAMMES + "/imports"
ONE = IMPORTS + "/{import_id:uuid}"
LIST_TYPES = (
    "application/octet-stream",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
Kind = Literal["people", "merchants", "partners"]
LineState = Literal["ready", "skipped", "error", "done", "warned"]
FileName = Annotated[
    str, QueryParameter(min_length=1, max_length=100, description="Kept for people; means nothing.")
]

Checked = Annotated[
    bool,
    QueryParameter(
        description="Somebody looked at bare names that a member or an earlier line has, and at a "
        "list that was confirmed before; without it such a list is refused."
    ),
]


class _NoFilter(msgspec.Struct, frozen=True):
    """Imports have no filters yet."""


class _LineFilter(msgspec.Struct, frozen=True):
    line_state: LineState | None = None


_IMPORTS: CursorKind[_NoFilter, UUID] = CursorKind(_NoFilter, UUID)
_LINES: CursorKind[_LineFilter, int] = CursorKind(_LineFilter, int)


class SentList(msgspec.Struct, frozen=True):
    """What was sent, for its fingerprint."""

    kind: Kind
    filename: str
    sha256: str


class ImportAct(msgspec.Struct, frozen=True):
    """What is done with an import, for its fingerprint."""

    import_id: UUID
    act: Literal["confirm", "cancel"]
    checked: bool = False


async def _get(conn: AsyncConnection, call: GatedCall, import_id: UUID) -> ImportFile:
    file = await get_import(conn, tenant_id=call.tenant_id, import_id=import_id)
    require_kind(call, file.kind)
    return file


@post(
    IMPORTS,
    opt=may_any(*IMPORTERS, media_types=LIST_TYPES, action="import.preview"),
    request_max_body_size=LARGEST_FILE,
    summary="Send a list to be previewed",
    tags=["people"],
)
async def preview_list(
    call: Call, body: RawBody, kind: FromQuery[Kind], filename: FileName = "list"
) -> Response[ListImportView]:
    """Each line is judged; nothing is enrolled. The preview is kept sealed for seven days.

    Of each caller one list is judged at a time; while it is, or while lists of two others are,
    the answer is 503 with Retry-After.
    """
    require_kind(call, kind)

    async def act(conn: AsyncConnection) -> ListImportView:
        file = await preview_file(
            conn,
            tenant_id=call.tenant_id,
            sent=SentFile(BytesIO(body), filename, kind),
            keys=call.service.personal_keys,
            caller_id=call.caller_id,
        )
        return await view_import(conn, file)

    with call.service.preview_turns.take(call.caller_id):
        return await once(call, SentList(kind, filename, sha256(body).hexdigest()), act)


@get(IMPORTS, opt=may_any(*IMPORTERS), summary="List imports", tags=["people"])
async def list_all_imports(
    call: Call, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> ListImportPage:
    """The lists that were sent, of the kinds that the caller may import."""
    kinds = kinds_of(call)
    if not kinds:
        raise NotFound(kind="import", id="")
    wanted, before = _IMPORTS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_imports(conn, tenant_id=call.tenant_id, limit=limit, before=before)
        shown = await view_imports(conn, [one for one in found if one.kind in kinds])
    following = found[-1].import_id if len(found) == limit else None
    return ListImportPage(
        shown,
        None if following is None else _IMPORTS.write(wanted, following, call.route),
    )


@get(ONE, opt=may_any(*IMPORTERS), summary="Read an import", tags=["people"])
async def read_import(call: Call, import_id: PathId) -> ListImportView:
    """How far a list is."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await view_import(conn, await _get(conn, call, import_id))


@get(ONE + "/lines", opt=may_any(*IMPORTERS), summary="List lines of an import", tags=["people"])
async def list_import_lines(
    call: Call,
    import_id: PathId,
    line_state: FromQuery[LineState | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> ImportLinePage:
    """What becomes or became of each line, and why; without what was written there."""
    wanted, after = _LINES.read(cursor, _LineFilter(line_state), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        file = await _get(conn, call, import_id)
        found = await list_lines(
            conn,
            tenant_id=call.tenant_id,
            file=file,
            keys=call.service.personal_keys,
            limit=limit,
            wanted=wanted.line_state,
            after=after or 0,
        )
    following = found[-1].line if len(found) == limit else None
    return ImportLinePage(
        [
            ImportLineView(
                one.line,
                one.state,
                [_problem(file, problem) for problem in one.problems],
                [_problem(file, problem) for problem in one.warnings],
                one.object_id,
            )
            for one in found
        ],
        None if following is None else _LINES.write(wanted, following, call.route),
    )


def _problem(file: ImportFile, problem: Problem) -> LineProblemView:
    message = problem_words(file.kind, problem, None, "en")
    return LineProblemView(problem.field, problem.reason, problem.line, message)


@post(
    ONE + "/confirm",
    opt=may_any(*IMPORTERS, action="import.confirm"),
    summary="Confirm an import",
    tags=["people"],
)
async def confirm_list(
    call: Call, import_id: PathId, checked: Checked = False
) -> Response[ListImportView]:
    """Let the ready lines be written: the first at once, more by a worker within a minute.

    The answer shows the list as it was confirmed; read the import to see how far it is.
    """
    confirmed: ImportFile | None = None

    async def act(conn: AsyncConnection) -> ListImportView:
        nonlocal confirmed
        await _get(conn, call, import_id)
        confirmed = await confirm_import(
            conn,
            tenant_id=call.tenant_id,
            import_id=import_id,
            caller_id=call.caller_id,
            checked=checked,
        )
        return await view_import(conn, confirmed)

    answer = await once(call, ImportAct(import_id, "confirm", checked), act)
    if confirmed is not None:
        with suppress(ImportClosed):  # the answer stands; reading the import tells the rest
            await write_at_once(call, confirmed)
    return answer


@post(
    ONE + "/cancel",
    opt=may_any(*IMPORTERS, action="import.cancel"),
    summary="Cancel an import",
    tags=["people"],
)
async def cancel_list(call: Call, import_id: PathId) -> Response[ListImportView]:
    """Let go of a preview; what it held is destroyed."""

    async def act(conn: AsyncConnection) -> ListImportView:
        await _get(conn, call, import_id)
        file = await cancel_import(
            conn, tenant_id=call.tenant_id, import_id=import_id, caller_id=call.caller_id
        )
        return await view_import(conn, file)

    return await once(call, ImportAct(import_id, "cancel"), act)


ROUTES = (preview_list, list_all_imports, read_import, list_import_lines, confirm_list, cancel_list)
