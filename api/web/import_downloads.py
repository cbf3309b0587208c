"""Templates of lists, and the wrong lines of a file, to take away."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.imports import IMPORTERS, kinds_of
from api.policies import may_any, may_on_platform
from api.web.frame import PageRequest, language_of_page
from api.web.import_sheets import MEDIA_TYPES, template, wrong_lines
from api.web.imports import ADMIN, STAFF, get_allowed
from ledger.database import write_transaction
from ledger.errors import NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.store import StoredLine, list_lines

#: More than anybody mends by hand; the rest comes with the file that is sent again.
_MOST_LINES = 20_000
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def _file(content: bytes, name: str, form: str) -> Response[bytes]:
    headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def _template(request: PageRequest, call: GatedCall, name: str) -> Response[bytes]:
    """The template of an address such as ``people.xlsx``.

    Raises:
        NotFound: no such kind here, or another form.
    """
    kind_name, _, form = name.partition(".")
    kind = next((one for one in kinds_of(call) if one == kind_name), None)
    if kind is None or form not in MEDIA_TYPES:
        raise NotFound(kind="template", id=name[:40])
    return _file(template(kind, form, language_of_page(request)), f"template-{kind}", form)


async def _wrong(
    request: PageRequest, call: GatedCall, import_id: UUID, name: str
) -> Response[bytes]:
    """The wrong lines as ``lines.csv`` or ``lines.xlsx``, with all that they say: it is on record.

    Raises:
        NotFound: there are none that can be read any more.
    """
    stem, _, form = name.partition(".")
    if stem != "lines" or form not in MEDIA_TYPES:
        raise NotFound(kind="file", id=name[:40])

    async def read(conn: AsyncConnection) -> tuple[ImportKind, list[StoredLine]]:
        file = await get_allowed(conn, call, import_id)
        if file.data_key is None:
            raise NotFound(kind="file", id=name)
        found: list[StoredLine] = []
        while len(found) < _MOST_LINES:
            lines = await list_lines(
                conn,
                tenant_id=call.scope_id,
                file=file,
                keys=call.service.personal_keys,
                limit=LARGEST_PAGE,
                wanted="error",
                after=found[-1].line if found else 0,
            )
            found += lines
            if len(lines) < LARGEST_PAGE:
                break
        await record_action(
            conn,
            caller_id=call.caller_id,
            action="import.take_lines",
            tenant_id=call.scope_id or None,
            object_kind="import",
            object_id=str(import_id),
        )
        return file.kind, found

    kind, found = await write_transaction(call.service.engine, read, tenant_id=call.scope_id)
    content = await wrong_lines(kind, form, language_of_page(request), found)
    return _file(content, f"lines-{kind}", form)


@get(STAFF + "/templates/{template_name:str}", opt=may_any(*IMPORTERS))
async def staff_template(
    request: PageRequest, call: Call, template_name: FromPath[str]
) -> Response[bytes]:
    """An empty table."""
    return _template(request, call, template_name)


@get(STAFF + "/{import_id:uuid}/files/{file_name:str}", opt=may_any(*IMPORTERS))
async def staff_wrong_lines(
    request: PageRequest, call: Call, import_id: FromPath[UUID], file_name: FromPath[str]
) -> Response[bytes]:
    """The wrong lines."""
    return await _wrong(request, call, import_id, file_name)


@get(ADMIN + "/templates/{template_name:str}", opt=may_on_platform("org_units.manage"))
async def admin_template(
    request: PageRequest, call: Call, template_name: FromPath[str]
) -> Response[bytes]:
    """An empty table of units."""
    return _template(request, call, template_name)


@get(ADMIN + "/{import_id:uuid}/files/{file_name:str}", opt=may_on_platform("org_units.manage"))
async def admin_wrong_lines(
    request: PageRequest, call: Call, import_id: FromPath[UUID], file_name: FromPath[str]
) -> Response[bytes]:
    """The wrong lines."""
    return await _wrong(request, call, import_id, file_name)


ROUTES = [staff_template, staff_wrong_lines, admin_template, admin_wrong_lines]
