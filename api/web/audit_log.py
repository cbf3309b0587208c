"""The audit log as pages and as a file: of the whole platform, of one programme, of one estate."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from litestar import Response, get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.csv_files import csv_answer
from api.gate import Call
from api.policies import may, may_on_platform
from api.refusals import InvalidParameter
from api.web.audit_words import audit_object, audit_reason
from api.web.formatting import Language, format_exact, mask_name
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    language_of_page,
    read_day,
    read_version,
    require_whole_tenant,
    show,
)
from api.web.places import admin_place, audit_place
from api.web.rendering import Place, address_with
from api.web.sealed_words import read_typed
from api.web.texts import catalogue, label, text
from ledger.clock import SHANGHAI
from ledger.database import read_transaction
from ledger.foundation.audit_reading import (
    AuditLine,
    AuditSearch,
    list_audit_actions,
    list_audit_lines,
)
from ledger.foundation.audit_seals import get_seal_head
from ledger.foundation.organisations import list_tenants
from ledger.foundation.people import plain_volunteer_no

PLATFORM = "/admin/audit-log"
PROGRAMME = "/programmes/{programme_id:uuid}/staff/audit-log"
ESTATE = "/estates/{estate_id:uuid}/audit-log"
LISTED = 25
MOST_EXPORTED = 20_000
LONGEST_WORD = 100
_FIELDS = ("who", "action", "object", "request_no", "since", "until")
_COLUMNS = (
    "audit_column.number",
    "audit_column.at",
    "audit_column.who",
    "audit_column.volunteer_no",
    "audit_column.behalf",
    "audit_column.what",
    "audit_column.code",
    "audit_column.kind",
    "audit_column.object",
    "audit_column.where",
    "audit_column.reason",
    "audit_column.request",
    "audit_column.address",
    "audit_column.sealed",
)


class LineView(NamedTuple):
    """A line in words."""

    line: AuditLine
    who: str
    tenant: str
    #: What the line is about.
    about: str
    reason: str | None


@get(PLATFORM, opt=may_on_platform("audit_log.read"))
async def platform_log(request: PageRequest, call: Call) -> Page:
    """Every line of the platform."""
    return await _log_page(request, call, admin_place(call.who.permissions), PLATFORM)


@get([PROGRAMME, ESTATE], opt=may("audit_log.read"))
async def tenant_log(request: PageRequest, call: Call) -> Page:
    """The lines of one programme or estate."""
    require_whole_tenant(call, "audit log")
    place = audit_place(call.who.permissions, call.tenant)
    return await _log_page(request, call, place, request.url.path)


@get(PLATFORM + ".csv", opt=may_on_platform("audit_log.read"))
async def platform_file(request: PageRequest, call: Call) -> Response[bytes]:
    """The lines that were searched for, as a file."""
    return await _log_file(request, call)


@get([PROGRAMME + ".csv", ESTATE + ".csv"], opt=may("audit_log.read"))
async def tenant_file(request: PageRequest, call: Call) -> Response[bytes]:
    """The lines of one programme or estate that were searched for, as a file."""
    require_whole_tenant(call, "audit log")
    return await _log_file(request, call)


async def _log_page(request: PageRequest, call: Call, place: Place, address: str) -> Page:
    form = _asked(request, call)
    after = read_version(request.query_params.get("after"))
    async with read_transaction(call.service.engine) as conn:
        lines = []
        if not form.errors:  # what another period holds could be taken for what was asked for
            lines = await list_audit_lines(
                conn, search=_search(form, call), limit=LISTED + 1, after=after
            )
        actions = await list_audit_actions(conn)
        head = await get_seal_head(conn)
        views = await _views(conn, lines[:LISTED], language_of_page(request))
    more = lines[LISTED - 1].audit_id if len(lines) > LISTED else None
    language = language_of_page(request)
    return show(
        request,
        "auditor/audit_log.html",
        place,
        current="nav.audit_log",
        form=form,
        filters_in_use=sum(bool(form.values[name]) for name in _FIELDS),
        address=address,
        actions=sorted((label(language, "audit_action", one), one) for one in actions),
        views=views,
        head=head,
        file_href=address_with(request, after=None, lang=None, type=None).replace(
            address, f"{address}.csv", 1
        ),
        first_href=address_with(request, after=None) if after is not None else None,
        next_href=address_with(request, after=str(more)) if more is not None else None,
    )


async def _log_file(request: PageRequest, call: Call) -> Response[bytes]:
    """The file of a search.

    Raises:
        InvalidParameter: a day is none; a file has no place to say so.
    """
    language = language_of_page(request)
    form = _asked(request, call)
    for name, complaint in form.errors.items():
        raise InvalidParameter(parameter=name, reason=complaint)
    search = _search(form, call)
    async with read_transaction(call.service.engine) as conn:
        lines = await list_audit_lines(conn, search=search, limit=MOST_EXPORTED + 1)
        views = await _views(conn, lines[:MOST_EXPORTED], language)
    titles = [text(language, key) for key in _COLUMNS]
    rows = [titles, *(_cells(view, language) for view in views)]
    if len(lines) > MOST_EXPORTED:
        rows.append([text(language, "audit_log.cut_off", count=MOST_EXPORTED)])
    days = [read_day(form.values[name]) for name in ("since", "until")]
    name = "-".join(["audit-log", *(day.isoformat() for day in days if day is not None)])
    return csv_answer(f"{name}.csv", rows)


def _cells(view: LineView, language: Language) -> Sequence[object]:
    line = view.line
    return (
        line.audit_id,
        format_exact(line.at),
        view.who,
        line.volunteer_no,
        line.behalf_volunteer_no,
        label(language, "audit_action", line.action),
        line.action,
        view.about,
        line.object_id,
        view.tenant,
        view.reason,
        line.request_id,
        line.address,
        text(language, f"audit_log.{line.seal}"),
    )


async def _views(
    conn: AsyncConnection, lines: Sequence[AuditLine], language: Language
) -> list[LineView]:
    ids = sorted({line.tenant_id for line in lines if line.tenant_id is not None})
    names = {one.tenant_id: one.name for one in await list_tenants(conn, tenant_ids=ids)}
    return [
        LineView(
            line,
            _who(line, language),
            names.get(line.tenant_id or 0, ""),
            audit_object(line.object_kind, language),
            audit_reason(line.action, line.reason, language),
        )
        for line in lines
    ]


def _who(line: AuditLine, language: Language) -> str:
    """A person masked, or what kind of system it was."""
    if line.person_name is not None:
        return mask_name(line.person_name)
    if line.caller_kind == "system":
        return text(language, "audit_log.by_system")
    return text(language, "audit_log.by_integration", number=line.caller_id)


def _asked(request: PageRequest, call: Call) -> Form:
    """What was typed into the search, as far as it can be shown again."""
    typed = read_typed(request, call)
    given = {name: typed.get(name, "")[:LONGEST_WORD] for name in _FIELDS}
    form = empty_form(request, **{name: value.strip() for name, value in given.items()})
    for name in ("since", "until"):
        if form.values[name] and read_day(form.values[name]) is None:
            form.refuse(name, "form.date", value=form.values[name])
    if form.values["action"] and f"audit_action.{form.values['action']}" not in catalogue("zh-CN"):
        form.values["action"] = ""
    return form


def _search(form: Form, call: Call) -> AuditSearch:
    until = read_day(form.values["until"])
    return AuditSearch(
        tenant_id=None if call.tenant_or_none is None else call.tenant_id,
        volunteer_no=plain_volunteer_no(form.values["who"]) or None,
        action=form.values["action"] or None,
        object_id=form.values["object"].lower() or None,
        request_id=form.values["request_no"].lower() or None,
        since=_midnight(form.values["since"]),
        before=None if until is None else _midnight((until + timedelta(days=1)).isoformat()),
    )


def _midnight(day: str) -> datetime | None:
    """The moment at which a day begins in Shanghai."""
    read = read_day(day)
    return None if read is None else datetime.combine(read, time(), SHANGHAI)


ROUTES = [platform_log, tenant_log, platform_file, tenant_file]
