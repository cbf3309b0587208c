"""Asking for a payment out of an estate's account: what is owed, to whom, how much; then a second.

The account that is settled names the event and the payee. Nothing is booked before somebody else
approves; see ``api.web.approvals``.
"""

from typing import NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.approvals import approvals_home
from api.web.balance_changes import AskedMove, Change, list_changes
from api.web.callers import list_caller_names
from api.web.estate_home import HOME
from api.web.formatting import format_amount
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    require_whole_tenant,
    see,
    show,
)
from api.web.looked import digest_of, was_looked_at
from api.web.movements import account_name, event_name
from api.web.places import books_home, estate_home, estate_place
from api.web.refused import words_of_refusal
from api.web.statement_reading import OpenedAccount, open_account
from ledger.books.accounts import AccountName, get_accounts
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.free_words import holds_personal_number
from ledger.programmes.trust.month_sheet import BANK, BOOK
from ledger.programmes.trust.payables import COST, payment_events
from ledger.programmes.trust.payments import Payment, request_payment
from ledger.programmes.trust.waiting_payments import (
    PaidPayment,
    WaitingPayment,
    find_last_paid,
    find_payment_by_key,
    list_waiting_payments,
)
from reconciliation.bank_accounts import BankAccount, list_bank_accounts

ONE = HOME + "/books/accounts/{account_id:uuid}/payment"
LONGEST_PURPOSE = 200
_ACTS = frozenset({"look", "ask"})
_FIELDS = ("amount", "bank_account", "purpose")


def payment_href(call: GatedCall, account_id: UUID) -> str:
    """Where a payment that settles an account is asked for."""
    return f"{books_home(call.tenant)}/accounts/{account_id}/payment"


class _Opened(NamedTuple):
    """The account that a payment settles, its event, and the accounts that can pay."""

    account: OpenedAccount
    event: str
    banks: dict[str, BankAccount]
    #: What was asked for already and nobody has decided.
    waiting: list[WaitingPayment]


class _Typed(NamedTuple):
    """A form that can be read."""

    bank: BankAccount
    amount: int
    purpose: str


async def _open(conn: AsyncConnection, call: GatedCall, account_id: UUID) -> _Opened:
    """What the page is about.

    Raises:
        NotFound: no account of this estate, or none that is paid out of.
    """
    require_whole_tenant(call, "account")
    opened = await open_account(conn, call, account_id)
    event = payment_events().get(opened.account.account_code)
    if event is None:
        raise NotFound(kind="account", id=str(account_id))
    banks = await list_bank_accounts(conn, tenant_id=call.tenant_id)
    waiting = await list_waiting_payments(
        conn, tenant_id=call.tenant_id, event=event, payee_id=opened.account.holder_id
    )
    return _Opened(opened, event, {str(one.bank_account_id): one for one in banks}, waiting)


def _read(form: Form, opened: _Opened) -> _Typed | None:
    """What was typed; None when some field is wrong."""
    amount = form.amount("amount", "fen")
    bank = form.choice("bank_account", opened.banks)
    purpose = form.text("purpose", limit=LONGEST_PURPOSE)
    if purpose is not None and holds_personal_number(purpose):
        form.refuse("purpose", "payment.names_somebody")
    if form.errors:
        return None
    return _Typed(opened.banks[str(bank)], amount or 0, str(purpose))


async def _look(
    conn: AsyncConnection, call: GatedCall, form: Form, opened: _Opened, typed: _Typed
) -> list[Change]:
    """Both accounts before and after; what is not there is refused beside the amount."""
    name = AccountName(BOOK, BANK, typed.bank.bank_account_id)
    (bank,) = await get_accounts(conn, tenant_id=call.tenant_id, names=[name])
    ends = (opened.account.account, bank)
    changes = await list_changes(
        conn, call.tenant_id, [AskedMove(*ends, typed.amount)], form.language
    )
    floors = (ends[0].floor, 0)
    keys = ("payment.too_much", "payment.not_enough")
    for floor, change, key in zip(floors, changes, keys, strict=True):
        if floor is not None and change.after < floor:
            there = format_amount(change.before, "fen", form.language)
            form.refuse("amount", key, there=there)
    return changes


def _refuse_what_waits(form: Form, opened: _Opened, payable: Change) -> None:
    """Note beside the amount that with what was asked for already it is more than is owed."""
    waits = sum(one.amount_fen for one in opened.waiting)
    floor = opened.account.account.floor
    if waits and floor is not None and payable.after - waits < floor:
        there, asked = (format_amount(fen, "fen", form.language) for fen in (payable.before, waits))
        form.refuse("amount", "payment.asked_already", there=there, asked=asked)


async def _paid_before(
    conn: AsyncConnection, call: GatedCall, opened: _Opened
) -> tuple[PaidPayment, str] | None:
    """What this payee was paid last, with where it stands: perhaps it is what is asked for."""
    paid = await find_last_paid(
        conn,
        tenant_id=call.tenant_id,
        event=opened.event,
        payee_id=opened.account.account.holder_id,
    )
    return None if paid is None else (paid, f"{approvals_home(call)}/{paid.payment_id}")


async def _page(
    request: PageRequest,
    call: GatedCall,
    account_id: UUID,
    form: Form,
    *,
    sent: bool = False,
    unseen: bool = False,
    status: int = 200,
) -> Page:
    language, changes = language_of_page(request), []
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        opened = await _open(conn, call, account_id)
        if not sent and len(opened.banks) == 1:
            form.values.setdefault("bank_account", next(iter(opened.banks)))
        typed = _read(form, opened) if sent and not form.errors else None
        if typed is not None:
            changes = await _look(conn, call, form, opened, typed)
            _refuse_what_waits(form, opened, changes[0])
        paid = await _paid_before(conn, call, opened) if "amount" in form.errors else None
        callers = [one.requested_by for one in opened.waiting]
        names = await list_caller_names(conn, callers=callers, language=language)
    account = opened.account.account
    return show(
        request,
        "estate/payment.html",
        estate_place(call.tenant, call.who.permissions),
        status=_status(form, status, unseen=unseen),
        keeps_sent=True,
        here=payment_href(call, account_id),
        back_href=f"{estate_home(call.tenant)}/payments/new",
        form=form,
        opened=opened.account,
        is_owed=account.account_code != COST,
        event=f"{opened.event} {event_name(opened.event, language)}",
        waiting=[
            (one, f"{approvals_home(call)}/{one.payment_id}", names[one.requested_by])
            for one in opened.waiting
        ],
        paid=paid,
        name=account_name(account.book_code, account.account_code, language),
        banks=[
            (code, f"{one.bank} ****{one.account_no_last4}") for code, one in opened.banks.items()
        ],
        changes=[] if form.errors else changes,
        looked=digest_of(form, _FIELDS),
        unseen=unseen,
    )


def _status(form: Form, status: int, *, unseen: bool) -> int:
    if status != 200:
        return status
    return 422 if form.errors else 409 if unseen else 200


@get(ONE, opt=may("payments.request"))
async def payment_page(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Page:
    """What is owed, and how much of it is to be paid."""
    return await _page(request, call, account_id, empty_form(request))


@post(ONE, opt=may("payments.request"))
async def payment_asked(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Page:
    """Show what would become of both accounts; then ask for the second signature."""
    form = await read_form(request)
    if form.choice("act", _ACTS) != "ask":
        return await _page(request, call, account_id, form, sent=True)
    if not was_looked_at(form, _FIELDS):
        return await _page(request, call, account_id, form, sent=True, unseen=True)
    key = key_of_form(call)

    async def act(conn: AsyncConnection) -> Payment | None:
        opened = await _open(conn, call, account_id)
        typed = _read(form, opened)
        known = {"tenant_id": call.tenant_id, "caller_id": call.caller_id}
        if typed is not None and await find_payment_by_key(conn, **known, key=key) is None:
            await _look(conn, call, form, opened, typed)
        if typed is None or form.errors:
            return None
        return await request_payment(
            conn,
            **known,
            event=opened.event,
            amount=typed.amount,
            bank_account_id=typed.bank.bank_account_id,
            purpose=typed.purpose,
            payee_id=opened.account.account.holder_id,
            key=key,
        )

    try:
        asked = await write_transaction(call.service.engine, act, tenant_id=call.tenant_id)
    except LedgerError as refusal:
        if isinstance(refusal, NotFound):
            raise
        form.errors["amount"] = words_of_refusal(refusal, form.language)
        return await _page(request, call, account_id, form, status=409)
    if asked is None:
        return await _page(request, call, account_id, form, status=422)
    return see(f"{approvals_home(call)}/{asked.payment_id}")


ROUTES = [payment_page, payment_asked]
