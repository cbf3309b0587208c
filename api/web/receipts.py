"""How a purchase ended: the receipt, what was done when by whom, and the vouchers of that."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.gate import Call
from api.policies import may
from api.web.callers import list_caller_names
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.members import may_here
from api.web.merchant import HOME, get_counter, get_own_purchase, may_undo, state_of
from api.web.movements import plain_event_name
from api.web.texts import text
from api.web.vouchers import entry_lines, voucher_view
from ledger.books.entries import get_entry
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.programmes.redemption.purchases import list_purchase_acts

RECEIPT = HOME + "/receipts/{redemption_id:uuid}"


@get(RECEIPT, opt=may("redemptions.read"))
async def receipt_page(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], redemption_id: FromPath[UUID]
) -> Page:
    """The receipt, or that nothing was taken."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        purchase = await get_own_purchase(conn, call, merchant_id, redemption_id)
        acts = await list_purchase_acts(conn, tenant_id=call.tenant_id, redemption_id=redemption_id)
        # the customer takes the receipt along, so nobody's name stands on it in full
        names = await list_caller_names(
            conn,
            callers=[one.caller_id for one in acts],
            language=language_of_page(request),
            masked=True,
        )
    return show(
        request,
        "merchant/receipt.html",
        place,
        purchase=purchase,
        state=state_of(purchase),
        acts=[(one, names.get(one.caller_id, "")) for one in acts],
        here=request.url.path,
        may_undo=may_undo(purchase) and may_here(call, "redemptions.refund"),
    )


@get(RECEIPT + "/vouchers/{entry_id:uuid}", opt=may("redemptions.read"))
async def receipt_voucher_page(
    request: PageRequest,
    call: Call,
    merchant_id: FromPath[UUID],
    redemption_id: FromPath[UUID],
    entry_id: FromPath[UUID],
) -> Page:
    """One entry of a purchase: how it is booked, but not what anybody has left.

    Raises:
        NotFound: it is not of this purchase, or the purchase is not this merchant's.
    """
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        purchase = await get_own_purchase(conn, call, merchant_id, redemption_id)
        acts = await list_purchase_acts(conn, tenant_id=call.tenant_id, redemption_id=redemption_id)
        if entry_id not in {one.entry_id for one in acts}:
            raise NotFound(kind="entry", id=str(entry_id))
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
    receipt = f"{place.home}/receipts/{redemption_id}"
    title = plain_event_name(entry.head.event_code, language)
    holders = {purchase.member_id: purchase.member_name, merchant_id: purchase.merchant_name}
    return show(
        request,
        "voucher.html",
        place,
        back_href=receipt,
        back_words=text(language, "receipt.title"),
        changes=[],
        signers=[],
        voucher=voucher_view(entry, f"{receipt}/vouchers", language, title),
        lines=entry_lines(entry, language, holders=holders),
    )


ROUTES = [receipt_page, receipt_voucher_page]
