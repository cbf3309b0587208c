"""Lists of people and organisations on pages: upload, preview, confirm, result, history.

The same pages serve a programme's staff and the platform, whose units are imported.
"""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.imports import IMPORTERS, kinds_of, require_kind, write_at_once
from api.policies import may_any, may_on_platform
from api.web.callers import list_caller_names
from api.web.formatting import shortened
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.import_lines import line_view, read_lines
from api.web.places import admin_place, staff_home, staff_place
from api.web.refused import words_of_refusal
from api.web.rendering import Place, address_with
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.confirm import cancel_import, confirm_import
from ledger.journeys.imports.preview import SentFile, preview_file
from ledger.journeys.imports.repeats import ImportMayRepeat, find_repeats
from ledger.journeys.imports.store import ImportClosed, ImportFile, get_import, list_imports
from ledger.sheets.rows import LARGEST_FILE, MIB

STAFF = "/programmes/{programme_id:uuid}/staff/imports"
ADMIN = "/admin/imports"
LISTED_FILES = 20
FILTERS = ("error", "warned", "ready", "skipped", "done")
_STATES = {"previewed": "wait", "running": "wait", "finished": "good"}


def imports_home(call: GatedCall) -> str:
    """Where the imports of this place are."""
    return ADMIN if call.tenant_or_none is None else f"{staff_home(call.tenant)}/imports"


def _place(call: GatedCall) -> Place:
    permissions = call.who.permissions
    if call.tenant_or_none is None:
        return admin_place(permissions)
    return staff_place(call.tenant, permissions)


async def get_allowed(conn: AsyncConnection, call: GatedCall, import_id: UUID) -> ImportFile:
    """A file of this place, of a kind that the caller may import.

    Raises:
        NotFound: there is none.
        PermissionMissing: of another kind.
    """
    file = await get_import(conn, tenant_id=call.scope_id, import_id=import_id)
    require_kind(call, file.kind)
    return file


async def _home_page(request: PageRequest, call: GatedCall, form: Form | None = None) -> Page:
    kinds = kinds_of(call)
    if not kinds:
        raise NotFound(kind="page", id="")
    before = read_uuid(request.query_params.get("before"))
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        files = await list_imports(conn, tenant_id=call.scope_id, limit=LISTED_FILES, before=before)
        callers = await list_caller_names(
            conn,
            callers=[one.uploaded_by for one in files],
            language=language_of_page(request),
        )
    following = str(files[-1].import_id) if len(files) == LISTED_FILES else None
    asked = request.query_params.get("kind", "")
    return show(
        request,
        "imports/home.html",
        _place(call),
        status=200 if form is None else 422,
        home=imports_home(call),
        form=form or empty_form(request, kind=asked if asked in kinds else kinds[0]),
        kinds=kinds,
        files=[(one, _STATES.get(one.state, "")) for one in files if one.kind in kinds],
        callers=callers,
        next_href=address_with(request, before=following) if following else None,
        largest_mib=LARGEST_FILE // MIB,
    )


async def _file_sent(request: PageRequest, call: GatedCall) -> Page:
    key_of_form(call)
    kinds: dict[str, ImportKind] = {kind: kind for kind in kinds_of(call)}
    sent = (await request.form()).get("file")
    form = await read_form(request)
    form.choice("kind", kinds)
    if not isinstance(sent, UploadFile) or not sent.filename:
        form.refuse("file", "form.file_missing")
    if form.errors or not isinstance(sent, UploadFile):
        return await _home_page(request, call, form)
    file = SentFile(sent.file, sent.filename, kinds[form.values["kind"]])  # type: ignore[arg-type]

    async def act(conn: AsyncConnection) -> ImportFile:
        return await preview_file(
            conn,
            tenant_id=call.scope_id,
            sent=file,
            keys=call.service.personal_keys,
            caller_id=call.caller_id,
        )

    with call.service.preview_turns.take(call.caller_id):
        try:
            made = await write_transaction(call.service.engine, act, tenant_id=call.scope_id)
        except LedgerError as refusal:
            form.errors["file"] = words_of_refusal(refusal, language_of_page(request))
    if form.errors:
        return await _home_page(request, call, form)
    return see(f"{imports_home(call)}/{made.import_id}")


async def _one_page(request: PageRequest, call: GatedCall, import_id: UUID) -> Page:
    language = language_of_page(request)
    asked = request.query_params.get("show")
    wanted: Any = asked if asked in FILTERS else None
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        file = await get_allowed(conn, call, import_id)
        shown = await read_lines(
            conn, call, file, wanted=wanted, after=request.query_params.get("after", "")
        )
        people = [file.uploaded_by, file.confirmed_by]
        callers = await list_caller_names(conn, callers=people, language=language)
        repeats = await find_repeats(conn, tenant_id=call.scope_id, file=file)
    return show(
        request,
        "imports/one.html",
        _place(call),
        home=imports_home(call),
        here=f"{imports_home(call)}/{import_id}",
        file=file,
        name=shortened(file.file_name),
        repeats=repeats,
        is_unchecked="unchecked" in request.query_params,
        is_late="late" in request.query_params and file.state != "previewed",
        tone=_STATES.get(file.state, ""),
        counts=[(one, getattr(file, f"{one}_count")) for one in FILTERS],
        wanted=wanted,
        lines=[line_view(call, file, one, shown, language) for one in shown.lines],
        next_href=address_with(request, after=shown.following) if shown.following else None,
        has_phones=file.kind != "org_units",
        written=file.done_count,
        left=file.ready_count,
        readable=file.data_key is not None,
        callers=callers,
    )


async def _confirmed(request: PageRequest, call: GatedCall, import_id: UUID) -> Page:
    key_of_form(call)
    checked = "checked" in await request.form()

    async def act(conn: AsyncConnection) -> ImportFile:
        await get_allowed(conn, call, import_id)
        return await confirm_import(
            conn,
            tenant_id=call.scope_id,
            import_id=import_id,
            caller_id=call.caller_id,
            checked=checked,
        )

    here = f"{imports_home(call)}/{import_id}"
    try:
        file = await write_transaction(call.service.engine, act, tenant_id=call.scope_id)
    except (ImportClosed, ImportMayRepeat) as no:
        return see(f"{here}?{'late' if isinstance(no, ImportClosed) else 'unchecked'}=1")
    await write_at_once(call, file)
    return see(here)


async def _cancelled(call: GatedCall, import_id: UUID) -> Page:
    key_of_form(call)

    async def act(conn: AsyncConnection) -> ImportFile:
        await get_allowed(conn, call, import_id)
        return await cancel_import(
            conn, tenant_id=call.scope_id, import_id=import_id, caller_id=call.caller_id
        )

    here = f"{imports_home(call)}/{import_id}"
    try:
        await write_transaction(call.service.engine, act, tenant_id=call.scope_id)
    except ImportClosed:
        return see(f"{here}?late=1")
    return see(here)


@get(STAFF, opt=may_any(*IMPORTERS))
async def staff_imports(request: PageRequest, call: Call) -> Page:
    """The form for a file, and the files of before."""
    return await _home_page(request, call)


@post(
    STAFF,
    opt=may_any(*IMPORTERS, action="import.preview"),
    request_max_body_size=LARGEST_FILE + MIB,
)
async def staff_file_sent(request: PageRequest, call: Call) -> Page:
    """Read and judge a file."""
    return await _file_sent(request, call)


@get(STAFF + "/{import_id:uuid}", opt=may_any(*IMPORTERS))
async def staff_import(request: PageRequest, call: Call, import_id: FromPath[UUID]) -> Page:
    """A file's lines: before it is confirmed, while it is written, and after."""
    return await _one_page(request, call, import_id)


@post(STAFF + "/{import_id:uuid}/confirm", opt=may_any(*IMPORTERS, action="import.confirm"))
async def staff_import_confirmed(
    request: PageRequest, call: Call, import_id: FromPath[UUID]
) -> Page:
    """Write the ready lines."""
    return await _confirmed(request, call, import_id)


@post(STAFF + "/{import_id:uuid}/cancel", opt=may_any(*IMPORTERS, action="import.cancel"))
async def staff_import_cancelled(call: Call, import_id: FromPath[UUID]) -> Page:
    """Let go of a preview."""
    return await _cancelled(call, import_id)


@get(ADMIN, opt=may_on_platform("org_units.manage"))
async def admin_imports(request: PageRequest, call: Call) -> Page:
    """The form for a file of units, and the files of before."""
    return await _home_page(request, call)


@post(
    ADMIN,
    opt=may_on_platform("org_units.manage", action="import.preview"),
    request_max_body_size=LARGEST_FILE + MIB,
)
async def admin_file_sent(request: PageRequest, call: Call) -> Page:
    """Read and judge a file of units."""
    return await _file_sent(request, call)


@get(ADMIN + "/{import_id:uuid}", opt=may_on_platform("org_units.manage"))
async def admin_import(request: PageRequest, call: Call, import_id: FromPath[UUID]) -> Page:
    """A file's lines."""
    return await _one_page(request, call, import_id)


@post(
    ADMIN + "/{import_id:uuid}/confirm",
    opt=may_on_platform("org_units.manage", action="import.confirm"),
)
async def admin_import_confirmed(
    request: PageRequest, call: Call, import_id: FromPath[UUID]
) -> Page:
    """Write the ready lines."""
    return await _confirmed(request, call, import_id)


@post(
    ADMIN + "/{import_id:uuid}/cancel",
    opt=may_on_platform("org_units.manage", action="import.cancel"),
)
async def admin_import_cancelled(call: Call, import_id: FromPath[UUID]) -> Page:
    """Let go of a preview."""
    return await _cancelled(call, import_id)


ROUTES: list[Any] = [
    staff_imports,
    staff_file_sent,
    staff_import,
    staff_import_confirmed,
    staff_import_cancelled,
    admin_imports,
    admin_file_sent,
    admin_import,
    admin_import_confirmed,
    admin_import_cancelled,
]
