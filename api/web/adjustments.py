"""Asking for a correction of one account (更正): what it holds now, what it would hold, and why."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.account_statement import PATHS as ACCOUNTS
from api.web.approvals import approvals_home
from api.web.balance_changes import AskedMove, list_changes
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
from api.web.looked import digest_of, was_looked_at
from api.web.movements import account_name, event_name
from api.web.places import books_home, reader_place
from api.web.refused import words_of_refusal
from api.web.statement_reading import open_account
from ledger.books.accounts import Account, get_accounts
from ledger.clock import now, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approvals import Approval
from ledger.foundation.event_catalogue import Event
from ledger.journeys.approvals.corrections import corrections_of
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import Adjustment, Move

PATHS = [f"{path}/adjustment" for path in ACCOUNTS]
LONGEST_REASON = 200
_ACTS = frozenset({"look", "ask"})
_FIELDS = ("event", "amount", "expires_on", "reason", "booked_on")


class _Offered(NamedTuple):
    """A correction that the page offers, with the account at its other end."""

    event: Event
    other: Account
    #: Whether the account asked about is debited.
    debits: bool


async def _offered(conn: AsyncConnection, tenant_id: int, account: Account) -> dict[str, _Offered]:
    """Every correction of an account by its event's code."""
    found = corrections_of(account)
    others = await get_accounts(conn, tenant_id=tenant_id, names=[one.other for one in found])
    return {
        one.event.event_code: _Offered(one.event, other, one.debits)
        for one, other in zip(found, others, strict=True)
    }


class _Typed(NamedTuple):
    """A form that can be read."""

    correction: _Offered
    amount: int
    reason: str
    booked_on: date | None
    expires_on: date | None

    def move(self, account: Account) -> AskedMove:
        """From where to where."""
        ends = (account, self.correction.other)
        debit, credit = ends if self.correction.debits else ends[::-1]
        return AskedMove(debit, credit, self.amount)

    def matter(self, account: Account) -> Adjustment:
        """What is asked."""
        asked = self.move(account)
        move = Move(
            debit_account=asked.debit.public_id,
            credit_account=asked.credit.public_id,
            amount=self.amount,
            expires_on=self.expires_on,
        )
        return Adjustment(
            event_code=self.correction.event.event_code,
            occurred_at=now(),
            transfers=(move,),
            booked_on=self.booked_on,
        )


def _read(form: Form, corrections: Mapping[str, _Offered], account: Account) -> _Typed | None:
    """What was typed; None when some field is wrong."""
    event = form.choice("event", corrections)
    amount = form.amount("amount", account.unit_code)
    reason = form.text("reason", limit=LONGEST_REASON)
    booked_on = form.day("booked_on") if form.values.get("booked_on") else None
    if booked_on is not None and booked_on > today():
        form.refuse("booked_on", "adjustment.not_yet")
    expires_on = form.day("expires_on") if form.values.get("expires_on") else None
    if event is not None and expires_on is not None:
        if not corrections[event].event.transfers[0].dated or not account.tracks_expiry:
            form.refuse("expires_on", "adjustment.no_expiry")
        elif expires_on < today():
            form.refuse("expires_on", "adjustment.expired")
    if form.errors:
        return None
    return _Typed(corrections[str(event)], amount or 0, str(reason), booked_on, expires_on)


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
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        opened = await open_account(conn, call, account_id)
        corrections = await _offered(conn, call.tenant_id, opened.account)
        if not corrections:
            raise NotFound(kind="account", id=str(account_id))
        typed = _read(form, corrections, opened.account) if sent and not form.errors else None
        changes = []
        if typed is not None:
            move = typed.move(opened.account)
            changes = await list_changes(conn, call.tenant_id, [move], language)
    account = opened.account
    return show(
        request,
        "approvals/adjustment.html",
        reader_place(call.who.permissions, call.tenant),
        status=409 if unseen and typed else 422 if sent and typed is None else status,
        keeps_sent=True,
        here=request.url.path,
        back_href=f"{books_home(call.tenant)}/accounts/{account_id}",
        form=form,
        opened=opened,
        name=account_name(account.book_code, account.account_code, language),
        unit=account.unit_code,
        events=[(code, f"{code} {event_name(code, language)}") for code in corrections],
        dated=account.tracks_expiry,
        changes=changes,
        looked=digest_of(form, _FIELDS),
        unseen=unseen,
    )


@get(PATHS, opt=may("entries.adjust"))
async def adjustment_page(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Page:
    """The account, the kinds of correction, and what happens next."""
    return await _page(request, call, account_id, empty_form(request))


@post(PATHS, opt=may("entries.adjust", step_up=True))
async def adjustment_asked(request: PageRequest, call: Call, account_id: FromPath[UUID]) -> Page:
    """Show what would become of both accounts; then ask a second person."""
    form = await read_form(request)
    if form.choice("act", _ACTS) != "ask":
        return await _page(request, call, account_id, form, sent=True)
    if not was_looked_at(form, _FIELDS):
        return await _page(request, call, account_id, form, sent=True, unseen=True)
    key_of_form(call)

    async def act(conn: AsyncConnection) -> Approval | None:
        opened = await open_account(conn, call, account_id)
        corrections = await _offered(conn, call.tenant_id, opened.account)
        typed = _read(form, corrections, opened.account)
        if typed is None:
            return None
        return await ask(
            conn,
            tenant_id=call.tenant_id,
            matter=typed.matter(opened.account),
            reason=typed.reason,
            caller_id=call.caller_id,
        )

    try:
        asked = await write_transaction(call.service.engine, act, tenant_id=call.tenant_id)
    except LedgerError as refusal:
        if isinstance(refusal, NotFound):
            raise
        form.errors["amount"] = words_of_refusal(refusal, form.language, family="books")
        return await _page(request, call, account_id, form, status=409)
    if asked is None:
        return await _page(request, call, account_id, form, status=422)
    return see(f"{approvals_home(call)}/{asked.approval_id}")


ROUTES = [adjustment_page, adjustment_asked]
