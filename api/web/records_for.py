"""Recording a service for others (替人登记): typed by number, looked at line by line, confirmed."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from litestar import get, post
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.form_once import OperationRefused, once_for_form
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.grounds import GROUNDS, read_ground
from api.web.line_problems import LineProblem, read_line_problem
from api.web.members import get_own_member
from api.web.places import staff_place, volunteer_home, volunteer_place
from api.web.records import category_names, list_categories, read_service
from api.web.refused import words_of_refusal
from api.web.rendering import Place
from api.web.texts import text
from ledger.clock import business_date, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.policies import policy_value
from ledger.foundation.policy_rules import ServiceCategory
from ledger.journeys.recording_for import (
    MOST_LINES,
    Line,
    LinesRefused,
    Recorded,
    ServiceDone,
    leads_a_team,
    record_services_for,
)
from ledger.programmes.service_records.preview import find_long_day

HOME = "/programmes/{programme_id:uuid}/services/new"
_NUMBER = re.compile(r"V[0-9]{10}\Z")
_BETWEEN = re.compile(r"[\s,、;/→>]+")
_SHOWN_OF_LINE = 40
_CONFIRM, _CHANGE = "confirm", "change"


class Desk(msgspec.Struct, frozen=True):
    """From where somebody records: the staff's desk, or a team's leader among her people."""

    place: Place
    back: str
    leader_member_id: UUID | None
    categories: Sequence[ServiceCategory]


class Sheet(msgspec.Struct, frozen=True):
    """What the form says, as it is written down."""

    service: ServiceDone
    lines: list[Line]
    ground: str


class Written(msgspec.Struct, frozen=True):
    """The answer that is kept for the form's key."""

    count: int


class _Rehearsed(Exception):
    """Ends the transaction in which everything was tried, so that nothing of it stays."""

    def __init__(self, made: list[Recorded]) -> None:
        super().__init__(len(made))
        self.made = made


async def _desk(conn: AsyncConnection, call: GatedCall) -> Desk:
    """For whom the caller may record.

    Raises:
        NotFound: only for herself.
    """
    categories = await list_categories(conn, call)
    if call.reach.everything:
        place = staff_place(call.tenant, call.who.permissions)
        return Desk(place, place.home, None, categories)
    member = await get_own_member(conn, call)
    if not await leads_a_team(conn, tenant_id=call.tenant_id, member_id=member.member_id):
        raise NotFound(kind="page", id="")
    place = volunteer_place(call.tenant, call.who.permissions)
    back = f"{volunteer_home(call.tenant)}/records"
    return Desk(place, back, member.member_id, categories)


@get(HOME, opt=may("service_records.propose"))
async def record_for_form(request: PageRequest, call: Call) -> Page:
    """An empty form; with whose number the address names."""
    whom = request.query_params.get("for", "")
    form = empty_form(request, day=today().isoformat(), lines=whom if _NUMBER.match(whom) else "")
    return await _form_page(request, call, form)


@post(HOME, opt=may("service_records.propose"))
async def record_for_sent(request: PageRequest, call: Call) -> Page:
    """Try it line by line and show what would be recorded; confirmed, record it, all or none."""
    form = await read_form(request)
    key_of_form(call)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        desk = await _desk(conn, call)
    lines, problems = _read_lines(form)
    sheet = _read_sheet(form, desk, lines)
    step = form.values.get("step")
    if sheet is None or step == _CHANGE:
        return await _form_page(request, call, form, problems=problems)
    try:
        if problems or step != _CONFIRM:
            made = await _rehearse(call, desk, sheet)
            if not problems:
                return await _check_page(request, call, desk, form, sheet, made)
        else:
            await _write(call, desk, sheet)
    except LinesRefused as refused:
        problems += [
            await read_line_problem(call, number, one, form.language)
            for number, one in refused.problems
        ]
    except OperationRefused as refused:
        form.errors["day"] = words_of_refusal(refused.refusal, form.language)
    if problems or form.errors:
        return await _form_page(request, call, form, problems=problems)
    return see(f"{_address(call)}?saved={len(sheet.lines)}")


def _address(call: GatedCall) -> str:
    return f"/programmes/{call.tenant.public_id}/services/new"


def _read_lines(form: Form) -> tuple[list[Line], list[LineProblem]]:
    """The lines that hold numbers, and what is wrong with the others; too many are noted."""
    lines, problems = [], []
    for number, words in enumerate(form.lines("lines"), start=1):
        served, whom = _numbers(words)
        if served:
            lines.append(Line(number, served, whom))
        elif words:
            typed = text(form.language, "record_for.line_wrong", typed=words[:_SHOWN_OF_LINE])
            problems.append(LineProblem(number, typed))
    count = len(lines) + len(problems)
    if not count:
        form.refuse("lines", "form.required")
    elif count > MOST_LINES:
        form.refuse("lines", "record_for.too_many", most=MOST_LINES, count=count)
        problems = []
    return lines, problems


def _read_sheet(form: Form, desk: Desk, lines: list[Line]) -> Sheet | None:
    """What the form says; None when something else than a line is wrong, or no line is left."""
    service = read_service(form, frozenset(one.code for one in desk.categories))
    ground = read_ground(form)
    if service is None or ground is None or form.errors or not lines:
        return None
    done = ServiceDone(**msgspec.structs.asdict(service))
    return Sheet(done, lines, ground)


def _numbers(words: str) -> tuple[str, str | None]:
    """The numbers of a line: who served, and whom; the first is empty when it is something else."""
    plain = unicodedata.normalize("NFKC", words).upper()
    found = [one for one in _BETWEEN.split(plain) if one]
    if not 1 <= len(found) <= 2 or not all(_NUMBER.match(one) for one in found):
        return "", None
    return found[0], found[1] if len(found) == 2 else None


async def _record(
    conn: AsyncConnection, call: GatedCall, desk: Desk, sheet: Sheet
) -> list[Recorded]:
    return await record_services_for(
        conn,
        tenant_id=call.tenant_id,
        service=sheet.service,
        lines=sheet.lines,
        ground=sheet.ground,
        caller_id=call.caller_id,
        leader_member_id=desk.leader_member_id,
    )


async def _rehearse(call: GatedCall, desk: Desk, sheet: Sheet) -> list[Recorded]:
    """What would be recorded, by recording it and letting go of it: no rule is written twice."""

    async def rehearse(conn: AsyncConnection) -> None:
        try:
            made = await _record(conn, call, desk, sheet)
        except LedgerError as refusal:
            raise OperationRefused(refusal) from refusal
        raise _Rehearsed(made)

    try:
        await write_transaction(call.service.engine, rehearse, tenant_id=call.tenant_id)
    except _Rehearsed as rehearsed:
        return rehearsed.made
    raise AssertionError("a rehearsal ends by letting go")


async def _write(call: GatedCall, desk: Desk, sheet: Sheet) -> None:
    async def record(conn: AsyncConnection) -> Written:
        return Written(len(await _record(conn, call, desk, sheet)))

    await once_for_form(call, sheet, record, personal=True)


async def _check_page(
    request: PageRequest,
    call: GatedCall,
    desk: Desk,
    form: Form,
    sheet: Sheet,
    made: Sequence[Recorded],
) -> Page:
    names = category_names(desk.categories, language_of_page(request))
    minutes = made[0].record.minutes
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        counted = await find_long_day(
            conn,
            tenant_id=call.tenant_id,
            minutes=minutes,
            service_date=business_date(sheet.service.started_at),
        )
    return show(
        request,
        "staff/record_for_check.html",
        desk.place,
        back=desk.back,
        keeps_sent=True,
        here=_address(call),
        service=sheet.service,
        category=names[sheet.service.category],
        ground=sheet.ground,
        minutes=minutes,
        counted=counted,
        made=made,
        typed=[(name, form.values.get(name, "")) for name in _FIELDS],
    )


_FIELDS = ("category", "activity", "day", "from", "to", "place_name", "lines", "ground", "reason")


async def _form_page(
    request: PageRequest, call: GatedCall, form: Form, *, problems: Sequence[LineProblem] = ()
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        desk = await _desk(conn, call)
        late = await policy_value(
            conn, key="service.late_entry_last_days", on=today(), tenant_id=call.tenant_id
        )
    if problems:
        form.refuse("lines", "record_for.lines_refused", count=len(problems))
    saved = request.query_params.get("saved", "")
    language = language_of_page(request)
    return show(
        request,
        "staff/record_for.html",
        desk.place,
        current="nav.records",
        status=422 if form.errors else 200,
        back=desk.back,
        keeps_sent=True,
        here=_address(call),
        form=form,
        is_leader=desk.leader_member_id is not None,
        categories=list(category_names(desk.categories, language).items()),
        grounds=[(one, text(language, f"ground.{one}")) for one in GROUNDS],
        earliest=today() - timedelta(days=late.value),
        most=MOST_LINES,
        problems=sorted(problems),
        saved=int(saved) if saved.isdecimal() and len(saved) <= len(str(MOST_LINES)) else None,
    )


ROUTES = [record_for_form, record_for_sent]
