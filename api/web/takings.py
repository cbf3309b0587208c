"""A merchant's day: what was taken and given back, and giving points back."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from api.gate import Call
from api.policies import may
from api.web.frame import Page, PageRequest, key_of_form, read_uuid, see, show
from api.web.merchant import (
    HOME,
    get_counter,
    get_own_purchase,
    may_undo,
    refused_at_counter,
    state_of,
    submit,
)
from api.web.places import merchant_home
from api.web.rendering import address_with
from ledger.clock import today
from ledger.database import read_transaction
from ledger.errors import LedgerError
from ledger.programmes.redemption.checkout import new_refund
from ledger.programmes.redemption.commands import REFUND
from ledger.programmes.redemption.purchases import list_day, total_day
from ledger.programmes.redemption.terms import get_terms

LISTED = 100
_TONES = {"captured": "good", "authorised": "wait", "part_refunded": "wait"}


@get(HOME + "/today", opt=may("redemptions.read"))
async def today_page(request: PageRequest, call: Call, merchant_id: FromPath[UUID]) -> Page:
    """What was taken and given back today."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
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
    more = sales[-1].redemption_id if len(sales) == LISTED else None
    return show(
        request,
        "merchant/today.html",
        place,
        current="nav.today",
        day=today(),
        totals=totals,
        sales=[(sale, state_of(sale), _TONES.get(state_of(sale), "")) for sale in sales],
        next_href=address_with(request, after=str(more)) if more else None,
    )


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
        return refused_at_counter(request, place, refusal)
    return see(f"{merchant_home(call.tenant, merchant_id)}/receipts/{redemption_id}")


ROUTES = [today_page, undo_page, undo_confirmed]
