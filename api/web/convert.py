"""Hours into points: how many, please check, done. One way only, and said so beforehand."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.addresses import with_query
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
from api.web.looked import NotLookedAt, digest_of, require_looked_at
from api.web.member_books import AVAILABLE, read_member_books
from api.web.members import get_own_member
from api.web.places import volunteer_home, volunteer_place
from api.web.refused import refuse_shortage, words_of_refusal
from api.web.vouchers import changes_for, holders_of
from ledger.books.entries import get_entry
from ledger.books.refusals import InsufficientBalance
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.earning import points_for
from ledger.foundation.organisations import Member
from ledger.foundation.policies import policy_value
from ledger.programmes.time_bank import Conversion, convert_minutes

HOME = "/programmes/{programme_id:uuid}/volunteer/convert"
_FIELDS = ("hours",)


@get(HOME, opt=may("conversions.request"))
async def convert_page(request: PageRequest, call: Call) -> Page:
    """How many hours, at today's rate; with hours in the address, what they come to.

    So the way back from a refusal, or from what was done, is a page that opens again.
    """
    typed = request.query_params.get("hours")
    if typed is None:
        return await _convert_page(request, call, empty_form(request))
    form = empty_form(request, hours=typed)
    if "change" in request.query_params:
        return await _convert_page(request, call, form)
    minutes = form.minutes("hours")
    status = 200 if minutes is not None else 422
    return await _convert_page(request, call, form, minutes=minutes, status=status)


@post(HOME, opt=may("conversions.request"))
async def hours_sent(request: PageRequest, call: Call) -> Page:
    """First show what it comes to; then, confirmed, do it."""
    form = await read_form(request)
    minutes = form.minutes("hours")
    if minutes is None:
        return await _convert_page(request, call, form, status=422)
    if form.values.get("step") != "confirm":
        page = await _convert_page(request, call, form, minutes=minutes)
        address = with_query(request.url.path, "", {"hours": form.values["hours"]})
        return page if form.errors else see(address)
    key = key_of_form(call)

    async def convert(conn: AsyncConnection) -> Conversion:
        member = await get_own_member(conn, call)
        done = await convert_minutes(
            conn,
            tenant_id=call.tenant_id,
            member_id=member.member_id,
            minutes=minutes,
            key=key,
            caller_id=call.caller_id,
        )
        if not done.replayed:  # the rate may be another one since midnight
            require_looked_at(form, _FIELDS, str(done.points))
        return done

    try:
        done = await write_transaction(call.service.engine, convert, tenant_id=call.tenant_id)
    except NotLookedAt:
        return await _convert_page(request, call, form, minutes=minutes, unseen=True, status=409)
    except InsufficientBalance as refusal:
        refuse_shortage(form, "hours", "form.too_many_hours", refusal)
        return await _convert_page(request, call, form, status=422)
    except InvalidInput as refusal:
        form.errors["hours"] = words_of_refusal(refusal, language_of_page(request))
        return await _convert_page(request, call, form, status=422)
    return see(f"{volunteer_home(call.tenant)}/convert/{done.entry_id}")


@get(HOME + "/{entry_id:uuid}", opt=may("conversions.request"))
async def converted_page(request: PageRequest, call: Call, entry_id: FromPath[UUID]) -> Page:
    """What was given and what was received, with the way to the voucher."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_own_member(conn, call)
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
    if member.member_id not in holders_of(entry):
        raise NotFound(kind="entry", id=str(entry_id))
    return show(
        request,
        "volunteer/converted.html",
        volunteer_place(call.tenant, call.who.permissions),
        changes=changes_for(entry, member.member_id, (AVAILABLE,)),
        voucher_href=f"{volunteer_home(call.tenant)}/vouchers/{entry_id}",
    )


async def _convert_page(
    request: PageRequest,
    call: Call,
    form: Form,
    *,
    minutes: int | None = None,
    unseen: bool = False,
    status: int = 200,
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member: Member = await get_own_member(conn, call)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member.member_id)
        rule = await policy_value(
            conn, key="points.rate_per_hour", on=today(), tenant_id=call.tenant_id
        )
    available = books["TB"].available
    if minutes is not None and minutes > available:
        short = InsufficientBalance(available=available, needed=minutes, unit="minute")
        refuse_shortage(form, "hours", "form.too_many_hours", short)
        minutes, status = None, 422
    points = None if minutes is None else points_for(minutes, rate_per_hour=rule.value)
    return show(
        request,
        "volunteer/convert.html",
        volunteer_place(call.tenant, call.who.permissions),
        status=status,
        form=form,
        available=available,
        rate=rule.value,
        minutes=minutes,
        points=points,
        looked=digest_of(form, _FIELDS, str(points)),
        unseen=unseen,
    )


ROUTES = [convert_page, hours_sent, converted_page]
