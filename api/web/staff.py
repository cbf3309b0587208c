"""Community staff: a to-do list first, and the service records to verify or decline."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may, may_any
from api.web.formatting import format_amount
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    language_of_page,
    read_day,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.holders import list_holder_names
from api.web.member_pages import TONES
from api.web.places import STAFF_HOME_PERMISSIONS, staff_home, staff_place
from api.web.records import category_names, words_of_service
from api.web.refused import Way, show_refusal
from api.web.rendering import address_with
from api.web.texts import text
from api.web.todo import by_deadline, read_tenant_todo
from api.web.todo_approvals import approvals_to_decide
from api.web.todo_sources import TENANT_SOURCES
from api.web.ways import ways_of_tenant
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.people import find_person_of_caller
from ledger.foundation.policies import policy_value
from ledger.programmes.service_records.preview import preview_credit
from ledger.programmes.service_records.records import (
    ServiceRecord,
    find_service_at_the_time,
    get_service,
    list_services,
)
from ledger.programmes.service_records.refusals import ServiceAlreadyDecided, ServiceOverlaps
from ledger.programmes.service_records.verification import (
    decline_service,
    last_day_to_object,
    verify_service,
)

HOME = "/programmes/{programme_id:uuid}/staff"
LISTED = 30
LONGEST_REASON = 200
_ACTS = frozenset({"verify", "decline"})
_DONE = ("recorded", "verified", "declined")


@get(HOME, opt=may_any(*STAFF_HOME_PERMISSIONS))
async def todo_page(request: PageRequest, call: Call) -> Page:
    """What waits for this person, before any menu."""
    records: list[ServiceRecord] = []
    names: dict[UUID, str] = {}
    permissions = call.who.permissions
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        if permissions.reach("service_records.verify", call.tenant_id):
            records = await list_services(
                conn,
                tenant_id=call.tenant_id,
                status="recorded",
                after=read_uuid(request.query_params.get("after")),
                limit=LISTED,
            )
            names = await list_holder_names(
                conn, tenant_id=call.tenant_id, holders=[one.provider_id for one in records]
            )
        items = await read_tenant_todo(conn, permissions, call.tenant, TENANT_SOURCES)
        items += await approvals_to_decide(conn, call, language_of_page(request), call.tenant)
    more = records[-1].record_id if len(records) == LISTED else None
    return show(
        request,
        "staff/todo.html",
        staff_place(call.tenant, permissions),
        current="nav.todo",
        done=done_of(request, _DONE),
        until=read_day(request.query_params.get("until")),
        records=[(record, names[record.provider_id]) for record in records],
        items=by_deadline(items),
        ways=ways_of_tenant(permissions, call.tenant),
        next_href=address_with(request, after=str(more), done=None, until=None) if more else None,
    )


@get(HOME + "/records/{record_id:uuid}", opt=may("service_records.verify"))
async def record_page(request: PageRequest, call: Call, record_id: FromPath[UUID]) -> Page:
    """One record with everything needed to decide."""
    return await _record_page(request, call, record_id, empty_form(request))


async def _record_page(
    request: PageRequest, call: Call, record_id: UUID, form: Form, *, status: int = 200
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        record = await get_service(conn, tenant_id=call.tenant_id, record_id=record_id)
        people = [record.provider_id, record.recipient_id]
        other = await find_service_at_the_time(
            conn,
            tenant_id=call.tenant_id,
            provider_id=record.provider_id,
            started_at=record.started_at,
            ended_at=record.ended_at,
            besides=record.record_id,
        )
        names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=people)
        recorder = await find_person_of_caller(conn, caller_id=record.recorded_by)
        categories = await policy_value(
            conn, key="service.categories", on=record.service_date, tenant_id=call.tenant_id
        )
        window = await policy_value(
            conn, key="service.objection_days", on=today(), tenant_id=call.tenant_id
        )
        credit = None
        if record.status == "recorded":
            credit = await preview_credit(conn, tenant_id=call.tenant_id, record=record)
    known = category_names(categories.value, language_of_page(request))
    return show(
        request,
        "staff/record.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.todo",
        status=status,
        form=form,
        record=record,
        credit=credit,
        day_cap=None
        if credit is None or credit.day_cap is None
        else str(format_amount(credit.day_cap, "minute", language_of_page(request))),
        tone=TONES[record.status],
        other=other,
        volunteer=names[record.provider_id],
        recipient=names.get(record.recipient_id) if record.recipient_id else None,
        recorder=recorder.display_name if recorder else None,
        category=known.get(record.category, record.category),
        objection_until=last_day_to_object(today(), window.value),
    )


@post(HOME + "/records/{record_id:uuid}", opt=may("service_records.verify"))
async def record_decided(request: PageRequest, call: Call, record_id: FromPath[UUID]) -> Page:
    """Verify, or decline with a reason the volunteer will read."""
    form = await read_form(request)
    act = form.choice("act", _ACTS)
    declined = act == "decline"
    reason = form.text("reason", limit=LONGEST_REASON) if declined else ""
    if act is None or reason is None:
        return await _record_page(request, call, record_id, form, status=422)

    async def decide(conn: AsyncConnection) -> ServiceRecord:
        if declined:
            return await decline_service(
                conn,
                tenant_id=call.tenant_id,
                record_id=record_id,
                reason=str(reason),
                caller_id=call.caller_id,
            )
        return await verify_service(
            conn, tenant_id=call.tenant_id, record_id=record_id, caller_id=call.caller_id
        )

    home = staff_home(call.tenant)
    try:
        record = await write_transaction(call.service.engine, decide, tenant_id=call.tenant_id)
    except ServiceAlreadyDecided:
        return see(f"{home}/records/{record_id}")
    except ServiceOverlaps as refusal:
        return await _overlaps(request, call, UUID(refusal.record_id))
    except LedgerError as refusal:
        return _refused(request, call, refusal)
    until = f"&until={record.objection_until}" if record.objection_until is not None else ""
    return see(f"{home}?done={record.status}{until}")


async def _overlaps(request: PageRequest, call: Call, other_id: UUID) -> Page:
    """The refusal names the service that was verified first, and leads to it."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        other = await get_service(conn, tenant_id=call.tenant_id, record_id=other_id)
    language = language_of_page(request)
    refusal = ServiceOverlaps(record_id=str(other_id), **words_of_service(other, language))
    see_it = Way(f"{staff_home(call.tenant)}/records/{other_id}", text(language, "records.see_it"))
    return _refused(request, call, refusal, see_it)


def _refused(request: PageRequest, call: Call, refusal: LedgerError, *ways: Way) -> Page:
    place = staff_place(call.tenant, call.who.permissions)
    back = Way(place.home, text(language_of_page(request), "todo.title"))
    return show_refusal(
        request, place, refusal, untouched="refusal.nothing_changed", ways=(*ways, back)
    )


ROUTES = [todo_page, record_page, record_decided]
