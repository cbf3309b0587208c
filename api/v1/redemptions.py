"""Redemptions: authorise, capture, void, refund at a merchant; inquiry."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call, GatedCall
from api.policies import may
from api.refusals import InvalidBody, InvalidParameter
from api.tills import terminal_of
from api.v1.entry_forms import PostedView
from api.v1.forms import (
    PROGRAMMES,
    CursorText,
    PageSize,
    PathId,
    holder_in_reach,
)
from api.v1.posting import posted
from api.v1.redemption_forms import (
    CapturePurchase,
    NewAuthorisation,
    PurchasePage,
    PurchaseView,
    RefundPurchase,
    StatusName,
    VoidPurchase,
)
from ledger.books.command_kinds import CommandKind
from ledger.books.posting import Command as PostingCommand
from ledger.books.refusals import InsufficientBalance
from ledger.clock import today
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.programmes.redemption import purchases
from ledger.programmes.redemption.checkout import (
    new_authorisation,
    new_capture,
    new_refund,
    new_void,
)
from ledger.programmes.redemption.codes import hash_presented, read_code
from ledger.programmes.redemption.commands import AUTHORISE, CAPTURE, REFUND, VOID_PURCHASE
from ledger.programmes.redemption.refusals import DailyCapExceeded
from ledger.programmes.redemption.terms import Terms, get_terms


class _Filter(msgspec.Struct, frozen=True):
    merchant_id: UUID | None = None
    member_id: UUID | None = None


_CURSOR: CursorKind[_Filter, UUID] = CursorKind(_Filter, UUID)


@post(
    PROGRAMMES + "/redemptions",
    opt=may("redemptions.place"),
    summary="Authorise a purchase",
    tags=["redemptions"],
)
async def authorise(call: Call, data: JSONBody[NewAuthorisation]) -> PostedView:
    """Hold points of whoever shows the code; the purchase's id is the id of this entry."""
    holder_in_reach(call, "merchant", data.merchant_id)
    command = new_authorisation(
        key=call.key,
        caller_id=call.caller_id,
        terms=await _terms(call),
        merchant_id=data.merchant_id,
        amount=data.amount,
        code_hash=await hash_presented(
            call.service.engine,
            read_code(data.code),
            tenant_id=call.tenant_id,
            programme_id=call.tenant.public_id,
            keys=call.service.code_keys,
        ),
        terminal=await terminal_of(call, data.merchant_id, data.terminal),
        merchant_reference=data.merchant_reference,
    )
    return await _submit(call, AUTHORISE, command)


@post(
    PROGRAMMES + "/redemptions/{redemption_id:uuid}/capture",
    opt=may("redemptions.capture"),
    summary="Capture a purchase",
    tags=["redemptions"],
)
async def capture(call: Call, redemption_id: PathId, data: JSONBody[CapturePurchase]) -> PostedView:
    """Take what is held, whole or in part; the rest is the member's again."""
    command = new_capture(
        key=call.key,
        caller_id=call.caller_id,
        merchant_id=holder_in_reach(call, "merchant", data.merchant_id),
        redemption_id=redemption_id,
        amount=data.amount,
        terminal=await terminal_of(call, data.merchant_id, data.terminal),
    )
    return await _submit(call, CAPTURE, command)


@post(
    PROGRAMMES + "/redemptions/{redemption_id:uuid}/void",
    opt=may("redemptions.void"),
    summary="Void a purchase",
    tags=["redemptions"],
)
async def void(call: Call, redemption_id: PathId, data: JSONBody[VoidPurchase]) -> PostedView:
    """Release what is held; an operator names the own merchant."""
    if not call.reach.includes(data.merchant_id):
        raise NotFound(kind="redemption", id=str(redemption_id))
    command = new_void(
        key=call.key,
        caller_id=call.caller_id,
        redemption_id=redemption_id,
        merchant_id=data.merchant_id,
        booked_on=_chosen_date(call, data.booked_on),
    )
    return await _submit(call, VOID_PURCHASE, command)


@post(
    PROGRAMMES + "/redemptions/{redemption_id:uuid}/refund",
    opt=may("redemptions.refund"),
    summary="Refund a purchase",
    tags=["redemptions"],
)
async def refund(call: Call, redemption_id: PathId, data: JSONBody[RefundPurchase]) -> PostedView:
    """Give captured points back under the dates they had, within the refund window."""
    command = new_refund(
        key=call.key,
        caller_id=call.caller_id,
        terms=await _terms(call),
        merchant_id=holder_in_reach(call, "merchant", data.merchant_id),
        redemption_id=redemption_id,
        amount=data.amount,
        terminal=await terminal_of(call, data.merchant_id, data.terminal),
        booked_on=_chosen_date(call, data.booked_on),
    )
    return await _submit(call, REFUND, command)


def _chosen_date(call: GatedCall, booked_on: date | None) -> date | None:
    """The accounting date asked for; what happens at a counter is booked on its own day."""
    if booked_on is not None and not call.reach.everything:
        raise InvalidBody(field="booked_on", reason="only the programme's staff choose it")
    return booked_on


@get(
    PROGRAMMES + "/redemptions/{redemption_id:uuid}",
    opt=may("redemptions.read"),
    summary="Inquire about a purchase",
    tags=["redemptions"],
)
async def read_one(call: Call, redemption_id: PathId) -> PurchaseView:
    """A purchase as it stands: what a terminal asks after a lost answer."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await purchases.get_purchase(
            conn, tenant_id=call.tenant_id, redemption_id=redemption_id
        )
    if not any(map(call.reach.includes, (found.member_id, found.merchant_id))):
        raise NotFound(kind="redemption", id=str(redemption_id))
    return _view(found)


@get(
    PROGRAMMES + "/redemptions",
    opt=may("redemptions.read"),
    summary="List purchases",
    tags=["redemptions"],
)
async def list_all(
    call: Call,
    merchant_id: FromQuery[UUID | None] = None,
    member_id: FromQuery[UUID | None] = None,
    merchant_reference: Annotated[
        str | None, QueryParameter(max_length=64, description="With merchant_id.")
    ] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> PurchasePage:
    """Purchases within reach: a merchant's own key names the merchant, a member's the member."""
    wanted, after = _CURSOR.read(cursor, _Filter(merchant_id, member_id), call.route)
    _check_reach(call, wanted)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        if merchant_reference is not None:
            if wanted.merchant_id is None:
                raise InvalidParameter(parameter="merchant_id", reason="name the merchant as well")
            found = await purchases.find_by_reference(
                conn,
                tenant_id=call.tenant_id,
                merchant_id=wanted.merchant_id,
                merchant_reference=merchant_reference,
            )
            return PurchasePage([_view(one) for one in found], None)
        found = await purchases.list_purchases(
            conn,
            tenant_id=call.tenant_id,
            limit=limit,
            merchant_id=wanted.merchant_id,
            member_id=wanted.member_id,
            after=after,
        )
    following = found[-1].redemption_id if len(found) == limit else None
    return PurchasePage(
        [_view(one) for one in found],
        None if following is None else _CURSOR.write(wanted, following, call.route),
    )


def _check_reach(call: GatedCall, wanted: _Filter) -> None:
    """Let a list be read whole, or for a member or merchant the caller acts for."""
    named = [one for one in (wanted.merchant_id, wanted.member_id) if one is not None]
    if call.reach.everything or any(map(call.reach.includes, named)):
        return
    if not named:
        raise InvalidParameter(parameter="merchant_id", reason="name it, or a member_id of yours")
    raise NotFound(kind="holder", id=str(named[0]))


async def _terms(call: GatedCall, on: date | None = None) -> Terms:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await get_terms(conn, tenant_id=call.tenant_id, on=on or today())


async def _submit(call: GatedCall, kind: CommandKind, command: PostingCommand) -> PostedView:
    try:
        return posted(await call.service.lanes.submit(call.tenant_id, kind, command))
    except (InsufficientBalance, DailyCapExceeded) as refusal:
        read = call.who.permissions.reach("accounts.read", call.tenant_id)
        if read is not None and read.everything:
            raise
        # a till learns that it is not enough: what the member has, or spent elsewhere, is not its
        # to know
        known = ("needed", "unit", "cap")
        facts = refusal.attributes()
        raise type(refusal)(**{name: facts[name] for name in known if name in facts}) from None


def _view(found: purchases.Purchase) -> PurchaseView:
    names = PurchaseView.__struct_fields__
    values = {name: getattr(found, name) for name in names if name != "status"}
    status: StatusName = found.status.name.lower()  # type: ignore[assignment]
    return PurchaseView(**values, status=status)


ROUTES = (authorise, capture, void, refund, read_one, list_all)
