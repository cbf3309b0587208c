"""The volunteer's service records: what she did, what became of it, and the form for a new one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import msgspec
from litestar import get, post
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.form_once import OperationRefused, once_for_form
from api.web.formatting import Language, format_amount, format_day, format_time
from api.web.forms import FieldWay, Form, FormRefused
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
from api.web.member_pages import show_records
from api.web.members import get_own_member, may_here
from api.web.places import volunteer_home, volunteer_place
from api.web.refused import words_of_refusal
from api.web.texts import text
from ledger.clock import SHANGHAI, business_date, now, today
from ledger.database import read_transaction
from ledger.foundation.policies import policy_value
from ledger.foundation.policy_rules import ServiceCategory
from ledger.journeys.recording_for import leads_a_team
from ledger.programmes.service_records.preview import find_long_day
from ledger.programmes.service_records.records import (
    ServiceRecord,
    find_service_at_the_time,
    record_service,
)

HOME = "/programmes/{programme_id:uuid}/volunteer/records"
LONGEST_ACTIVITY = 60
#: Where what is wrong with a field of a service is shown; all else beside the day.
_FIELDS = {"activity": "activity", "place": "place_name"}


class NewService(msgspec.Struct, frozen=True, kw_only=True):
    """What the form says, as it is written down."""

    category: str
    activity: str
    place: str
    started_at: datetime
    ended_at: datetime


class Recorded(msgspec.Struct, frozen=True):
    """The answer that is kept for the form's key."""

    record_id: UUID


@get(HOME, opt=may("service_records.read"))
async def records_page(request: PageRequest, call: Call) -> Page:
    """Her records, newest first, and the minutes verified in all."""
    may_record = may_here(call, "service_records.propose")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        leads = may_record and await leads_a_team(
            conn, tenant_id=call.tenant_id, member_id=member.member_id
        )
    return await show_records(
        request,
        call,
        volunteer_place(call.tenant, call.who.permissions),
        member.member_id,
        may_record=may_record,
        team_href=f"/programmes/{call.tenant.public_id}/services/new" if leads else None,
    )


@get(HOME + "/new", opt=may("service_records.propose"))
async def record_form(request: PageRequest, call: Call) -> Page:
    """An empty form for a service that is done."""
    return await _form_page(request, call, empty_form(request, day=today().isoformat()))


@post(HOME + "/new", opt=may("service_records.propose"))
async def record_sent(request: PageRequest, call: Call) -> Page:
    """Write the service down, or show the form again with what is wrong."""
    form = await read_form(request)
    key_of_form(call)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        categories = await list_categories(conn, call)
    service = read_service(form, frozenset(one.code for one in categories))
    if service is None:
        return await _form_page(request, call, form, status=422)

    async def record(conn: AsyncConnection) -> Recorded:
        await _refuse_known_time(conn, call, member.member_id, service, form)
        await _refuse_unsure_length(conn, call, service, form)
        written = await record_service(
            conn,
            tenant_id=call.tenant_id,
            provider_id=member.member_id,
            caller_id=call.caller_id,
            **msgspec.structs.asdict(service),
        )
        return Recorded(written.record_id)

    try:
        await once_for_form(call, service, record)
    except FormRefused:
        return await _form_page(request, call, form, status=422)
    except OperationRefused as refused:
        place = _FIELDS.get(str(refused.refusal.attributes().get("field")), "day")
        form.errors[place] = words_of_refusal(refused.refusal, language_of_page(request))
        return await _form_page(request, call, form, status=422)
    return see(f"{volunteer_home(call.tenant)}/records?saved=1")


async def _refuse_known_time(
    conn: AsyncConnection, call: Call, member_id: UUID, service: NewService, form: Form
) -> None:
    """Nobody serves twice at a time: mostly the same service is being written down again.

    Raises:
        FormRefused: there is a record of this time, which is named beside the field.
    """
    known = await find_service_at_the_time(
        conn,
        tenant_id=call.tenant_id,
        provider_id=member_id,
        started_at=service.started_at,
        ended_at=service.ended_at,
    )
    if known is not None:
        form.refuse("from", "form.time_known", **words_of_service(known, form.language))
        records = f"{volunteer_home(call.tenant)}/records#{known.record_id}"
        form.ways["from"] = FieldWay(records, text(form.language, "records.see_it"))
    form.finish()


def words_of_service(record: ServiceRecord, language: Language) -> dict[str, str]:
    """What tells a record from others, for a sentence: activity, day and hours."""
    return {
        "activity": record.activity,
        "day": format_day(record.service_date, language),
        "hours": f"{format_time(record.started_at)}–{format_time(record.ended_at)}",
    }


async def _refuse_unsure_length(
    conn: AsyncConnection, call: Call, service: NewService, form: Form
) -> None:
    """A whole day is mostly a slip of the finger, and would leave no time for anything else.

    Raises:
        FormRefused: it is that long, and nobody said yet that it was.
    """
    minutes = (service.ended_at - service.started_at) // timedelta(minutes=1)
    counted = await find_long_day(
        conn,
        tenant_id=call.tenant_id,
        minutes=minutes,
        service_date=business_date(service.started_at),
    )
    if counted is not None and form.values.get("sure") != "yes":
        length, most = (
            str(format_amount(one, "minute", form.language)) for one in (minutes, counted)
        )
        form.refuse("sure", "form.long_day", length=length, most=most)
    form.finish()


def read_service(form: Form, categories: frozenset[str]) -> NewService | None:
    """The service a form describes; None when something is wrong, which is noted."""
    category = form.choice("category", categories)
    activity = form.text("activity", limit=LONGEST_ACTIVITY)
    day, begins, ends = form.day("day"), form.time_of_day("from"), form.time_of_day("to")
    place = form.text("place_name", limit=LONGEST_ACTIVITY)
    if not (category and activity and place and day and begins and ends):
        return None
    started_at, ended_at = _moment(day, begins), _moment(day, ends)
    if day > today():
        form.refuse("day", "form.day_to_come", last=format_day(today(), form.language))
    elif ended_at <= started_at:
        form.refuse("to", "form.time_order")
    elif ended_at > now():
        form.refuse("to", "form.future", value=form.values["to"])
    if form.errors:
        return None
    return NewService(
        category=category,
        activity=activity,
        place=place,
        started_at=started_at,
        ended_at=ended_at,
    )


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


async def list_categories(conn: AsyncConnection, call: GatedCall) -> Sequence[ServiceCategory]:
    """The kinds of service that can be recorded today."""
    rule = await policy_value(conn, key="service.categories", on=today(), tenant_id=call.tenant_id)
    categories: Sequence[ServiceCategory] = rule.value
    return categories


def category_names(categories: Sequence[ServiceCategory], language: Language) -> dict[str, str]:
    """Each category's name by its code."""
    return {one.code: one.en if language == "en" else one.zh for one in categories}


async def _form_page(request: PageRequest, call: Call, form: Form, *, status: int = 200) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_own_member(conn, call)
        categories = await list_categories(conn, call)
        rule = await policy_value(
            conn, key="service.late_entry_last_days", on=today(), tenant_id=call.tenant_id
        )
    return show(
        request,
        "volunteer/record_form.html",
        volunteer_place(call.tenant, call.who.permissions),
        current="nav.records",
        status=status,
        form=form,
        categories=list(category_names(categories, language_of_page(request)).items()),
        earliest=today() - timedelta(days=rule.value),
    )


ROUTES = [records_page, record_form, record_sent]
