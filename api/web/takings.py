"""A merchant's day: what was taken and given back, and giving points back."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.forms import Form
from api.web.frame import Page, PageRequest, empty_form, key_of_form, read_uuid, see, show
from api.web.merchant import (
    HOME,
    get_counter,
    get_own_purchase,
    may_undo,
    refused_at_counter,
    state_of,
    submit,
)
from api.web.numbers import read_number
from api.web.places import merchant_home
from api.web.rendering import address_with
from ledger.clock import today
from ledger.database import read_transaction
from ledger.errors import LedgerError
from ledger.programmes.redemption.checkout import new_refund
from ledger.programmes.redemption.commands import REFUND
from ledger.programmes.redemption.purchases import (
    Purchase,
    list_day,
    list_purchases,
    total_day,
)
from ledger.programmes.redemption.terms import get_terms

LISTED = 100
_TONES = {"captured": "good", "authorised": "wait", "part_refunded": "wait"}


@get(HOME + "/today", opt=may("redemptions.read"))
async def today_page(request: PageRequest, call: Call, merchant_id: FromPath[UUID]) -> Page:
    """What was taken and given back today; with a receipt's number: that receipt."""
    search = asked_number(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        found = await find_receipt(conn, call, merchant_id, search)
        totals = await total_day(
            conn, tenant_id=call.tenant_id, merchant_id=merchant_id, day=today()
        )
        sales = await list_day(
            conn,
            tenant_id=call.tenant_id,
            merchant_id=merchant_id,
            day=today(),
            limit=LISTED,
            after=read_uuid(request.query_params.get("after")),
        )
    if found is not None:
        return see(f"{place.home}/receipts/{found.redemption_id}")
    more = sales[-1].redemption_id if len(sales) == LISTED else None
    return show(
        request,
        "merchant/today.html",
        place,
        current="nav.today",
        status=404 if search.errors else 200,
        search=search,
        day=today(),
        totals=totals,
        sales=[(sale, state_of(sale), _TONES.get(state_of(sale), "")) for sale in sales],
        next_href=address_with(request, after=str(more)) if more else None,
    )


def asked_number(request: PageRequest) -> Form:
    """The search for a receipt, as the address has it."""
    return empty_form(request, number=request.query_params.get("number", ""))


async def find_receipt(
    conn: AsyncConnection, call: Call, merchant_id: UUID, search: Form
) -> Purchase | None:
    """The merchant's purchase with the number that is searched; what is wrong with it is noted."""
    typed = search.values["number"].strip()
    if not typed:
        return None
    numbers = read_number(typed)
    if numbers is None:
        search.refuse("number", "today.not_a_number", value=typed[:20])
        return None
    least, after_those = numbers
    found = await list_purchases(
        conn, tenant_id=call.tenant_id, merchant_id=merchant_id, limit=1, after=after_those
    )
    if not found or found[0].redemption_id < least:
        search.refuse("number", "today.not_found", value=typed[:20])
        return None
    return found[0]


@get(HOME + "/undo/{redemption_id:uuid}", opt=may("redemptions.refund"))
async def undo_page(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], redemption_id: FromPath[UUID]
) -> Page:
    """Ask before points go back."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        purchase = await get_own_purchase(conn, call, merchant_id, redemption_id)
    if not may_undo(purchase):
        return see(f"{place.home}/receipts/{redemption_id}")
    return show(request, "merchant/undo.html", place, current="nav.today", purchase=purchase)


@post(HOME + "/undo/{redemption_id:uuid}", opt=may("redemptions.refund"))
async def undo_confirmed(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], redemption_id: FromPath[UUID]
) -> Page:
    """Give back all that is left."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        terms = await get_terms(conn, tenant_id=call.tenant_id, on=today())
    refund = new_refund(
        key=key_of_form(call),
        caller_id=call.caller_id,
        terms=terms,
        merchant_id=merchant_id,
        redemption_id=redemption_id,
    )
    try:
        await submit(call, REFUND, refund)
    except LedgerError as refusal:
        return refused_at_counter(
            request,
            place,
            refusal,
            redemption_id=redemption_id,
            untouched="refusal.no_points_returned",
        )
    return see(f"{merchant_home(call.tenant, merchant_id)}/receipts/{redemption_id}")


ROUTES = [today_page, undo_page, undo_confirmed]
