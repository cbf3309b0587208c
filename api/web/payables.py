"""What an estate owes and to whom, and the costs that are paid as they arise."""

from collections import defaultdict
from uuid import UUID

from litestar import get

from api.gate import Call
from api.policies import may
from api.web.estate_home import HOME
from api.web.frame import (
    Page,
    PageRequest,
    language_of_page,
    read_version,
    require_whole_tenant,
    show,
)
from api.web.holders import list_holder_names
from api.web.movements import account_name, event_name
from api.web.payments import payment_href
from api.web.places import estate_home, estate_place
from api.web.rendering import address_with
from ledger.books.account_list import AccountFilter, list_accounts
from ledger.database import read_transaction
from ledger.programmes.trust.month_sheet import BOOK
from ledger.programmes.trust.payables import COST, list_payables, payment_events
from ledger.programmes.trust.waiting_payments import list_waiting_payments
from reconciliation.bank_accounts import list_bank_accounts

NEW = HOME + "/payments/new"
PAYABLES_LISTED = 100


@get(NEW, opt=may("payments.request"))
async def payables_page(request: PageRequest, call: Call) -> Page:
    """What is owed and to whom, and the costs that are paid as they arise."""
    require_whole_tenant(call, "estate")
    code, last = request.query_params.get("code", ""), request.query_params.get("after")
    after = (code, read_version(last) or 0) if code in payment_events() else ("", 0)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        owed = await list_payables(
            conn, tenant_id=call.tenant_id, limit=PAYABLES_LISTED, after=after
        )
        names = await list_holder_names(
            conn, tenant_id=call.tenant_id, holders=[one.holder_id for one in owed]
        )
        costs = await list_accounts(
            conn, tenant_id=call.tenant_id, wanted=AccountFilter(BOOK, COST), limit=1
        )
        banks = await list_bank_accounts(conn, tenant_id=call.tenant_id)
        waiting = await list_waiting_payments(conn, tenant_id=call.tenant_id)
    asked: dict[tuple[str, UUID | None], int] = defaultdict(int)
    for payment in waiting:
        asked[payment.event, payment.payee_id] += payment.amount_fen
    language = language_of_page(request)
    more = owed[-1] if len(owed) == PAYABLES_LISTED else None
    return show(
        request,
        "estate/payables.html",
        estate_place(call.tenant, call.who.permissions),
        owed=[
            (
                one,
                event_name(payment_events()[one.account_code], language),
                names.get(one.holder_id) if one.holder_id else None,
                payment_href(call, one.public_id),
                asked[payment_events()[one.account_code], one.holder_id],
            )
            for one in owed
        ],
        costs=[
            (account_name(BOOK, one.account_code, language), payment_href(call, one.public_id))
            for one in costs
        ],
        has_bank=bool(banks),
        home=estate_home(call.tenant),
        next_href=address_with(request, code=more.account_code, after=str(more.account_id))
        if more
        else None,
    )


ROUTES = [payables_page]
