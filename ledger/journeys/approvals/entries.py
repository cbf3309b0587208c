"""Effects on the books: an entry reversed, a correction posted, a month reopened."""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import list_accounts_by_public_id
from ledger.books.entries import get_entry
from ledger.books.idempotency import fingerprint
from ledger.books.periods import check_reopenable, reopen_period
from ledger.books.posting import EntryRequest, Line, post_batch
from ledger.books.refusals import AccountNotFound, EntryAlreadyReversed
from ledger.books.reversals import ReversalRequest, reverse_entry
from ledger.foundation.approvals import decide_approval, get_approval, list_waiting_for_same
from ledger.foundation.named_accounts import (
    Move,
    check_entry_moves,
    check_event_of_two,
    check_reversible_event,
    position_of,
)
from ledger.foundation.named_holders import NamedLine, check_holders
from ledger.identifiers import uuid7
from ledger.journeys.approvals.consent import Consent, tried_only
from ledger.journeys.approvals.matters import Adjustment, PeriodReopening, Reversal
from ledger.journeys.approvals.notices import tell_of_decision
from ledger.programmes.service_records.awards import take_back_release


async def check_reversal(
    conn: AsyncConnection, *, tenant_id: int, matter: Reversal, asked_by: int
) -> None:
    """Refuse what could not be reversed now; the books try it and forget it.

    Raises:
        EntryNotFound: no such entry of this tenant.
        EventBelongsToProgramme: its programme corrects it together with its record.
        EntryAlreadyReversed: it was.
        LedgerError: the books would refuse it, for want of units or in a closed month.
    """
    async with tried_only(conn):
        await _mirror(conn, matter, _consent_of_one(tenant_id, asked_by))


async def reverse(conn: AsyncConnection, *, matter: Reversal, consent: Consent) -> None:
    """Post the mirror.

    Raises:
        LedgerError: the books refuse it now; nothing is decided then.
    """
    await _mirror(conn, matter, consent)
    await _end_others(conn, consent)


async def _end_others(conn: AsyncConnection, consent: Consent) -> None:
    """Requests to reverse the same entry again end with it: nobody could ever approve them."""
    tenant_id = consent.tenant_id
    approved = await get_approval(conn, tenant_id=tenant_id, approval_id=consent.approval_id)
    kind, asked = approved.kind, approved.asked
    waiting = await list_waiting_for_same(conn, tenant_id=tenant_id, kind=kind, asked=asked)
    for one in waiting:
        await decide_approval(
            conn,
            tenant_id=tenant_id,
            approval_id=one.approval_id,
            kind=kind,
            verdict="withdrawn" if one.requested_by == consent.approved_by else "declined",
            caller_id=consent.approved_by,
            reason=consent.reason,
        )
        ended = await get_approval(conn, tenant_id=tenant_id, approval_id=one.approval_id)
        await tell_of_decision(conn, tenant_id=tenant_id, approval=ended)


async def _mirror(conn: AsyncConnection, matter: Reversal, consent: Consent) -> None:
    tenant_id = consent.tenant_id
    entry = await get_entry(conn, tenant_id=tenant_id, entry_id=matter.entry_id)
    check_reversible_event(entry.head.event_code)
    if entry.reversed_by is not None:
        raise EntryAlreadyReversed(entry=str(matter.entry_id), reversal=str(entry.reversed_by))
    request = ReversalRequest(
        entry_id=consent.result_id,
        caller_id=consent.approved_by,
        key=consent.result_id,
        fingerprint=_fingerprint(consent),
        occurred_at=matter.occurred_at,
        booked_on=matter.booked_on,
        original_entry_id=matter.entry_id,
        memo=consent.reason,
    )
    await take_back_release(conn, tenant_id=tenant_id, entry=entry, reversal=request)
    await reverse_entry(conn, tenant_id=tenant_id, request=request)


def _consent_of_one(tenant_id: int, asked_by: int) -> Consent:
    """What stands in for an approval while something is only tried."""
    return Consent(
        tenant_id=tenant_id,
        approval_id=uuid7(),
        reason="",
        asked_by=asked_by,
        approved_by=asked_by,
        result_id=uuid7(),
    )


def _fingerprint(consent: Consent) -> bytes:
    return fingerprint("approval", [consent.approval_id.bytes])


async def check_adjustment(
    conn: AsyncConnection, *, tenant_id: int, matter: Adjustment, asked_by: int
) -> None:
    """Refuse what is no correction, or what the books would not take now; they try and forget it.

    Raises:
        InvalidInput, UnknownEvent: not an event of two people.
        AccountNotFound: an account is not one of this tenant.
        AccountsUnlikeEvent, HeldAccountMisplaced: the event does not move these.
        EventIncomplete, EventAmountsDiffer: it moves more than these.
        LedgerError: for want of units, in a closed month, on a frozen account.
    """
    async with tried_only(conn):
        await adjust(conn, matter=matter, consent=_consent_of_one(tenant_id, asked_by))


async def adjust(conn: AsyncConnection, *, matter: Adjustment, consent: Consent) -> None:
    """Post the correction.

    Raises:
        LedgerError: the books refuse it now; nothing is decided then.
    """
    request = EntryRequest(
        entry_id=consent.result_id,
        caller_id=consent.approved_by,
        key=consent.result_id,
        fingerprint=_fingerprint(consent),
        occurred_at=matter.occurred_at,
        booked_on=matter.booked_on,
        event_code=matter.event_code,
        lines=await _lines(conn, consent.tenant_id, matter),
        subject_id=matter.subject_id,
        memo=consent.reason,
    )
    (outcome,) = await post_batch(conn, tenant_id=consent.tenant_id, requests=(request,))
    if outcome.refusal is not None:
        raise outcome.error()


async def _lines(conn: AsyncConnection, tenant_id: int, matter: Adjustment) -> tuple[Line, ...]:
    check_event_of_two(matter.event_code)
    wanted = [x for one in matter.transfers for x in (one.debit_account, one.credit_account)]
    known = await list_accounts_by_public_id(conn, tenant_id=tenant_id, public_ids=wanted)
    lines, named = [], []
    for number, transfer in enumerate(matter.transfers, start=1):
        for public_id in (transfer.debit_account, transfer.credit_account):
            if public_id not in known:
                raise AccountNotFound(account=str(public_id), line=number)
        debit, credit = known[transfer.debit_account], known[transfer.credit_account]
        positions = (position_of(one.book_code, one.account_code) for one in (debit, credit))
        named.append(NamedLine(Move(*positions), debit.holder_id, credit.holder_id))
        lines.append(
            Line(debit.account_id, credit.account_id, transfer.amount, transfer.expires_on)
        )
    amounts = [line.amount for line in lines]
    check_entry_moves(matter.event_code, [one.move for one in named], amounts)
    check_holders(matter.event_code, named)
    return tuple(lines)


async def check_reopening(
    conn: AsyncConnection, *, tenant_id: int, matter: PeriodReopening, asked_by: int
) -> None:
    """Refuse a month that could not be reopened.

    Raises:
        PeriodNotClosed, LaterPeriodClosed: not a month to be reopened.
    """
    await check_reopenable(conn, tenant_id=tenant_id, book_code=matter.book, month=matter.month)


async def reopen(conn: AsyncConnection, *, matter: PeriodReopening, consent: Consent) -> None:
    """Open the month for a day.

    Raises:
        PeriodNotClosed, LaterPeriodClosed: not a month to be reopened any more.
    """
    await reopen_period(
        conn,
        tenant_id=consent.tenant_id,
        book_code=matter.book,
        month=matter.month,
        reason=consent.reason,
        caller_id=consent.asked_by,
        approver_id=consent.approved_by,
        change_id=consent.result_id,
    )
