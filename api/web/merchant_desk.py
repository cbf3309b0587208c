"""The merchants of a programme, for its staff: a list, and each with its tills and operators."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from api.gate import Call, GatedCall
from api.policies import may
from api.web.act_types import find_act
from api.web.acts import act_page, act_sent
from api.web.frame import Page, PageRequest, done_of, read_uuid, show
from api.web.merchant_acts import ACTS, ENROL, merchants_home
from api.web.people import TONES
from api.web.places import staff_place
from api.web.rendering import address_with
from ledger.database import read_transaction
from ledger.foundation.organisations import get_merchant, list_merchants
from ledger.foundation.participation import list_standings
from ledger.foundation.terminals import (
    list_operators,
    list_terminals,
)
from ledger.programmes.redemption.contracts import list_contracts

HOME = "/programmes/{programme_id:uuid}/staff/merchants"
ONE = HOME + "/{merchant_id:uuid}"
LISTED = 50


@get(HOME, opt=may("merchants.manage"))
async def merchants_page(request: PageRequest, call: Call) -> Page:
    """The merchants by name."""
    wanted = read_uuid(request.query_params.get("after"))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        after = None
        if wanted is not None:
            last = await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=wanted)
            after = (last.name_sort_key, wanted)
        found = await list_merchants(conn, tenant_id=call.tenant_id, limit=LISTED, after=after)
    more = str(found[-1].merchant_id) if len(found) == LISTED else None
    return show(
        request,
        "staff/merchants.html",
        staff_place(call.tenant, call.who.permissions),
        home=merchants_home(call),
        found=[(one, TONES[one.status]) for one in found],
        next_href=address_with(request, after=more) if more else None,
    )


@get(HOME + "/new", opt=may("merchants.manage"))
async def new_merchant_form(request: PageRequest, call: Call) -> Page:
    """The form for a merchant with its first operator."""
    return await act_page(request, call, ENROL, subject_id=None, back=merchants_home(call))


@post(HOME + "/new", opt=may("merchants.manage"))
async def new_merchant_sent(request: PageRequest, call: Call) -> Page:
    """Enrol both."""
    return await act_sent(request, call, ENROL, subject_id=None, back=merchants_home(call))


@get(ONE, opt=may("merchants.manage"))
async def merchant_page(request: PageRequest, call: Call, merchant_id: FromPath[UUID]) -> Page:
    """Standing, tills, operators and contracts of a merchant."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        key = {"merchant_id": merchant_id, "tenant_id": call.tenant_id}
        merchant = await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
        tills = await list_terminals(conn, **key)  # type: ignore[arg-type]
        operators = await list_operators(conn, **key)  # type: ignore[arg-type]
        contracts = await list_contracts(conn, **key)  # type: ignore[arg-type]
        standings = await list_standings(conn, tenant_id=call.tenant_id, subject_id=merchant_id)
    return show(
        request,
        "staff/merchant.html",
        staff_place(call.tenant, call.who.permissions),
        back=merchants_home(call),
        here=f"{merchants_home(call)}/{merchant_id}",
        merchant=merchant,
        tone=TONES[merchant.status],
        tills=[(one, TONES[one.status]) for one in tills],
        operators=operators,
        contracts=list(reversed(contracts)),
        standings=standings,
        done=done_of(request, {*ACTS, ENROL.name}),
    )


async def _act(request: PageRequest, call: GatedCall, merchant_id: UUID, name: str) -> Page:
    act = find_act(ACTS, name)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
    perform = act_sent if request.method == "POST" else act_page
    back = f"{merchants_home(call)}/{merchant_id}"
    return await perform(request, call, act, subject_id=merchant_id, back=back)


@get(ONE + "/{merchant_act:str}", opt=may("merchants.manage"))
async def merchant_act_form(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], merchant_act: FromPath[str]
) -> Page:
    """The form of an act on a merchant."""
    return await _act(request, call, merchant_id, merchant_act)


@post(ONE + "/{merchant_act:str}", opt=may("merchants.manage"))
async def merchant_act_sent(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], merchant_act: FromPath[str]
) -> Page:
    """Do it."""
    return await _act(request, call, merchant_id, merchant_act)


ROUTES = [
    merchants_page,
    new_merchant_form,
    new_merchant_sent,
    merchant_page,
    merchant_act_form,
    merchant_act_sent,
]
