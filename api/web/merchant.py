"""The counter: take a code and an amount, confirm, receipt; today's list; give points back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.problems import status_of
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
from api.web.places import merchant_place
from api.web.refused import Way, show_refusal, words_at_field
from api.web.rendering import Place
from api.web.texts import text
from ledger.books.command_kinds import CommandKind
from ledger.books.posting import Command, Outcome
from ledger.clock import now, today
from ledger.database import read_transaction
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.organisations import get_merchant
from ledger.programmes.redemption.checkout import (
    new_authorisation,
    new_capture,
    new_void,
)
from ledger.programmes.redemption.codes import hash_presented, read_code
from ledger.programmes.redemption.commands import AUTHORISE, CAPTURE, VOID_PURCHASE
from ledger.programmes.redemption.contracts import find_contract, price
from ledger.programmes.redemption.purchases import (
    Purchase,
    PurchaseStatus,
    get_purchase,
    total_day,
)
from ledger.programmes.redemption.terms import get_terms

HOME = "/programmes/{programme_id:uuid}/merchants/{merchant_id:uuid}"
#: Refusals after which nobody knows whether the points went.
_UNSURE = frozenset({"database_unavailable", "outcome_unknown"})
#: Refusals of a code alone: the next one is typed beside the amount that stays.
_OF_THE_CODE = frozenset(
    {
        "code_already_used",
        "code_expired",
        "code_not_for_this_merchant",
        "code_not_known",
        "code_of_another_programme",
        "code_replaced",
    }
)
#: Refusals of what went through before: points may well have been taken, only not once more.
_DONE_BEFORE = frozenset(
    {"hold_already_resolved", "idempotency_conflict", "refund_exceeds_capture"}
)
#: What the buttons of the second page do with the points that are held.
_ENDS: dict[str, tuple[Callable[..., Command], CommandKind]] = {
    "take": (new_capture, CAPTURE),
    "cancel": (new_void, VOID_PURCHASE),
}


async def get_counter(conn: AsyncConnection, call: Call, merchant_id: UUID) -> Place:
    """The frame of a merchant that the caller works for."""
    if not call.reach.includes(merchant_id):
        raise NotFound(kind="merchant", id=str(merchant_id))
    merchant = await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
    return merchant_place(call.tenant, merchant_id, merchant.name, call.who.permissions)


@get(HOME, opt=may("redemptions.capture"))
async def accept_page(request: PageRequest, call: Call, merchant_id: FromPath[UUID]) -> Page:
    """One form: code and amount."""
    return await _accept_form(request, call, merchant_id, empty_form(request))


@post(HOME, opt=may("redemptions.capture"))
async def code_presented(request: PageRequest, call: Call, merchant_id: FromPath[UUID]) -> Page:
    """Hold the points of whoever shows this code; the next page asks before taking them."""
    form = await read_form(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        terms = await get_terms(conn, tenant_id=call.tenant_id, on=today())
    try:
        code_hash, amount = await _hash_of(form, call), form.points("amount")
        if amount is None or code_hash is None:
            return await _accept_form(request, call, merchant_id, form, status=422)
        command = new_authorisation(
            key=key_of_form(call),
            caller_id=call.caller_id,
            terms=terms,
            merchant_id=merchant_id,
            amount=amount,
            code_hash=code_hash,
        )
        held = await submit(call, AUTHORISE, command)
    except LedgerError as refusal:
        if refusal.code not in _OF_THE_CODE:
            return refused_at_counter(request, place, refusal)
        form.errors["code"] = words_at_field(
            refusal, form.language, untouched="refusal.no_points_taken", family="counter"
        )
        return await _accept_form(request, call, merchant_id, form, status=status_of(refusal))
    return see(f"{place.home}/take/{held.entry_id}")


async def _hash_of(form: Form, call: Call) -> bytes | None:
    """What the presented code is found by; None when it cannot be a code, which is noted."""
    typed = form.code("code")
    if typed is None:
        return None
    try:
        presented = read_code(typed)
    except InvalidInput:
        form.refuse("code", "form.code", value=typed[:20])
        return None
    return await hash_presented(
        call.service.engine,
        presented,
        tenant_id=call.tenant_id,
        programme_id=call.tenant.public_id,
        keys=call.service.code_keys,
    )


async def submit(call: Call, kind: CommandKind, command: Command) -> Outcome:
    """Send a command down its lane.

    Raises:
        LedgerError: it was refused.
    """
    outcome = await call.service.lanes.submit(call.tenant_id, kind, command)
    if outcome.refusal is not None:
        raise outcome.error()
    return outcome


async def _accept_form(
    request: PageRequest, call: Call, merchant_id: UUID, form: Form, *, status: int = 200
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        totals = await total_day(
            conn, tenant_id=call.tenant_id, merchant_id=merchant_id, day=today()
        )
    return show(
        request,
        "merchant/accept.html",
        place,
        current="nav.accept",
        status=status,
        form=form,
        totals=totals,
    )


@get(HOME + "/take/{redemption_id:uuid}", opt=may("redemptions.capture"))
async def confirm_page(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], redemption_id: FromPath[UUID]
) -> Page:
    """What will be taken, and from whom; nothing is taken yet."""
    return await _confirm_form(request, call, merchant_id, redemption_id, empty_form(request))


async def _confirm_form(
    request: PageRequest,
    call: Call,
    merchant_id: UUID,
    redemption_id: UUID,
    form: Form,
    *,
    status: int = 200,
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
        purchase = await get_own_purchase(conn, call, merchant_id, redemption_id)
        contract = await find_contract(
            conn, tenant_id=call.tenant_id, merchant_id=merchant_id, on=today()
        )
    if purchase.status != PurchaseStatus.AUTHORISED or purchase.expires_at <= now():
        return see(f"{place.home}/receipts/{redemption_id}")
    worth = price(purchase.amount, contract.fen_per_100_points) if contract else None
    view: dict[str, Any] = {"form": form, "purchase": purchase, "worth": worth}
    return show(request, "merchant/confirm.html", place, status=status, **view)


async def get_own_purchase(
    conn: AsyncConnection, call: Call, merchant_id: UUID, redemption_id: UUID
) -> Purchase:
    """A purchase, if it is this merchant's.

    Raises:
        NotFound: it is not.
    """
    return await get_purchase(
        conn, tenant_id=call.tenant_id, redemption_id=redemption_id, merchant_id=merchant_id
    )


@post(HOME + "/take/{redemption_id:uuid}", opt=may("redemptions.capture"))
async def take_or_cancel(
    request: PageRequest, call: Call, merchant_id: FromPath[UUID], redemption_id: FromPath[UUID]
) -> Page:
    """Take the points, or let them go back; anything else does neither."""
    form = await read_form(request)
    act = form.choice("act", _ENDS)
    if act is None:
        return await _confirm_form(request, call, merchant_id, redemption_id, form, status=422)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        place = await get_counter(conn, call, merchant_id)
    build, kind = _ENDS[act]
    command = build(
        key=key_of_form(call),
        caller_id=call.caller_id,
        merchant_id=merchant_id,
        redemption_id=redemption_id,
    )
    try:
        await submit(call, kind, command)
    except LedgerError as refusal:
        return refused_at_counter(request, place, refusal, redemption_id=redemption_id)
    return see(f"{place.home}/receipts/{redemption_id}")


def state_of(purchase: Purchase) -> str:
    """The word for where a purchase stands."""
    if purchase.status == PurchaseStatus.AUTHORISED:
        return "authorised" if purchase.expires_at > now() else "expired"
    if purchase.status == PurchaseStatus.CAPTURED and purchase.refunded:
        return "refunded" if purchase.refunded == purchase.captured else "part_refunded"
    names = {PurchaseStatus.CAPTURED: "captured", PurchaseStatus.VOID: "voided"}
    return names.get(purchase.status, "expired")


def may_undo(purchase: Purchase) -> bool:
    """Whether something is left to be given back, and the contract allows it."""
    return bool(purchase.refundable) and purchase.captured > purchase.refunded


def refused_at_counter(
    request: PageRequest,
    place: Place,
    refusal: LedgerError,
    *,
    redemption_id: UUID | None = None,
    untouched: str = "refusal.no_points_taken",
) -> Page:
    """A refusal at the counter: what happened, what did not happen, what to do now.

    ``redemption_id`` is the purchase it was about, whose receipt says how it stands; without one
    nothing was held yet. ``untouched`` is the key of what an ordinary refusal leaves alone.
    """
    language = language_of_page(request)
    again = Way(place.home, text(language, "refusal.again"))
    day = Way(f"{place.home}/today", text(language, "today.title"))
    ways = (again, day)
    if redemption_id is not None:
        receipt = Way(f"{place.home}/receipts/{redemption_id}", text(language, "refusal.see_sale"))
        ways = (receipt, day)
    elif refusal.code in _UNSURE or refusal.code in _DONE_BEFORE:
        ways = (day, again)
    return show_refusal(
        request,
        place,
        refusal,
        untouched=_what_stayed(refusal.code, untouched),
        ways=ways,
        family="counter",
    )


def _what_stayed(code: str, untouched: str) -> str:
    if code in _UNSURE:
        return "error.unknown_result"
    return "refusal.not_twice" if code in _DONE_BEFORE else untouched


ROUTES = [
    accept_page,
    code_presented,
    confirm_page,
    take_or_cancel,
]
