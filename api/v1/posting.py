"""From a sent entry to the engine's command, and from its outcome to an answer."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from api.account_ids import KnownAccount
from api.problems import problem_of
from api.service import Service
from api.v1.entry_forms import NewEntry, PostedView, ResultView
from api.web.formatting import Language
from ledger.books.idempotency import fingerprint
from ledger.books.posting import EntryRequest, Line, Outcome
from ledger.books.refusals import AccountNotFound
from ledger.clock import business_date, now
from ledger.errors import InvalidInput
from ledger.foundation.event_lines import UnknownEvent
from ledger.foundation.named_accounts import (
    AccountsUnlikeEvent,
    EventAmountsDiffer,
    EventBelongsToProgramme,
    EventIncomplete,
    EventNeedsApproval,
    EventNeedsHold,
    HeldAccountMisplaced,
    Move,
    check_entry_moves,
    free_entry_moves,
    has_parts,
)
from ledger.foundation.named_holders import (
    EntryForOneself,
    HoldersDiffer,
    NamedLine,
    check_holders,
    check_not_own,
    has_shared_roles,
)
from ledger.foundation.named_lots import check_new_lots
from ledger.identifiers import uuid7

#: So long a caller repeats what it got no answer to.
_SENT_AGAIN = timedelta(days=1)

FIELDS = NewEntry.__struct_fields__
#: Why an entry is refused before the engine sees it; in a batch its neighbours are not.
REFUSED_BEFORE = (
    InvalidInput,
    UnknownEvent,
    EventBelongsToProgramme,
    EventNeedsApproval,
    EventNeedsHold,
    AccountNotFound,
    AccountsUnlikeEvent,
    HeldAccountMisplaced,
    EventIncomplete,
    EventAmountsDiffer,
    HoldersDiffer,
    EntryForOneself,
)


async def known_accounts(
    service: Service, tenant_id: int, entries: Iterable[NewEntry]
) -> dict[UUID, KnownAccount]:
    """The accounts named; those of other tenants are simply not there."""
    wanted = {
        public_id
        for entry in entries
        for transfer in entry.transfers
        for public_id in (transfer.debit_account, transfer.credit_account)
    }
    known: dict[UUID, KnownAccount] = {}
    for public_id in wanted:
        account = service.account_ids.peek(tenant_id, public_id)
        if account is not None:
            known[public_id] = account
    missing = [public_id for public_id in wanted if public_id not in known]
    if missing:
        known |= await service.account_ids.find(tenant_id, missing)
    return known


def entry_request(
    entry: NewEntry,
    *,
    accounts: dict[UUID, KnownAccount],
    caller_id: int,
    own: frozenset[UUID],
    key: UUID,
    route: str,
) -> EntryRequest:
    """The engine's command; ``own`` are the holders that the caller is, or answers for.

    Raises:
        UnknownEvent: the catalogue has no such event.
        EventBelongsToProgramme: a programme posts it with a record of its own.
        EventNeedsApproval: two people post it.
        EventNeedsHold: it is posted with a hold.
        AccountNotFound: an account is not one of this tenant; names the line.
        AccountsUnlikeEvent: the event does not move units between accounts of these positions.
        HeldAccountMisplaced: only a hold moves what lies there.
        EventIncomplete: a transfer that the event always makes is missing.
        EventAmountsDiffer: the event moves one amount twice, and these are two.
        HoldersDiffer: one role of the event would be two holders.
        EntryForOneself: it moves an account of the caller's own.
        InvalidInput: units would be given that have expired.
    """
    moves = free_entry_moves(entry.event_code)
    lines, is_like_event, has_dates = [], True, False
    for number, transfer in enumerate(entry.transfers, start=1):
        debit = accounts.get(transfer.debit_account)
        credit = accounts.get(transfer.credit_account)
        if debit is None or credit is None:
            missing = transfer.debit_account if debit is None else transfer.credit_account
            raise AccountNotFound(account=str(missing), line=number)
        if credit[1] not in moves.get(debit[1], ()):
            is_like_event = False
        if transfer.expires_on is not None:
            has_dates = True
        lines.append(Line(debit[0], credit[0], transfer.amount, transfer.expires_on))
    if not is_like_event or has_parts(entry.event_code):
        amounts = [transfer.amount for transfer in entry.transfers]
        check_entry_moves(entry.event_code, _moves_of(entry, accounts), amounts)
    if own or has_shared_roles(entry.event_code):
        named = _lines_of(entry, accounts)
        check_not_own(own, named)
        check_holders(entry.event_code, named)
    if has_dates:
        dates = [transfer.expires_on for transfer in entry.transfers]
        lots = zip(_moves_of(entry, accounts), dates, strict=True)
        check_new_lots(lots, on=entry.booked_on or day_of_booking(entry.occurred_at))
    return EntryRequest(
        entry_id=uuid7(),
        caller_id=caller_id,
        key=key,
        fingerprint=entry_fingerprint(entry, route),
        field_names=FIELDS,
        occurred_at=entry.occurred_at,
        booked_on=entry.booked_on,
        event_code=entry.event_code,
        lines=tuple(lines),
        subject_id=entry.subject_id,
        memo=entry.memo,
    )


def day_of_booking(occurred_at: datetime) -> date:
    """Today, or yesterday while it happened then: sent again at midnight, an entry is the same."""
    at = now()
    return business_date(occurred_at if at - _SENT_AGAIN < occurred_at < at else at)


def _moves_of(entry: NewEntry, accounts: dict[UUID, KnownAccount]) -> list[Move]:
    return [
        Move(accounts[transfer.debit_account][1], accounts[transfer.credit_account][1])
        for transfer in entry.transfers
    ]


def _lines_of(entry: NewEntry, accounts: dict[UUID, KnownAccount]) -> list[NamedLine]:
    return [
        NamedLine(move, accounts[transfer.debit_account][2], accounts[transfer.credit_account][2])
        for move, transfer in zip(_moves_of(entry, accounts), entry.transfers, strict=True)
    ]


def entry_fingerprint(entry: NewEntry, route: str) -> bytes:
    """Digest of the entry as it was sent."""
    transfers: list[Any] = [
        (
            transfer.debit_account.bytes,
            transfer.credit_account.bytes,
            transfer.amount,
            transfer.expires_on,
        )
        for transfer in entry.transfers
    ]
    return fingerprint(
        route,
        (
            entry.event_code,
            entry.occurred_at,
            transfers,
            entry.booked_on,
            entry.subject_id,
            entry.memo,
        ),
    )


def posted(outcome: Outcome) -> PostedView:
    """The answer to an entry that was posted; refused ones are raised.

    Raises:
        LedgerError: the refusal of the outcome.
    """
    if outcome.refusal is not None:
        raise outcome.error()
    assert outcome.posted_at is not None
    assert outcome.booked_on is not None
    return PostedView(outcome.entry_id, outcome.posted_at, outcome.booked_on, outcome.replayed)


def results(
    outcomes: Sequence[Outcome], *, language: Language, request_id: str
) -> list[ResultView]:
    """One result an entry."""
    return [_result(outcome, language, request_id) for outcome in outcomes]


def _result(outcome: Outcome, language: Language, request_id: str) -> ResultView:
    if outcome.refusal is None:
        return ResultView(
            "posted",
            outcome.replayed,
            outcome.entry_id,
            outcome.posted_at,
            outcome.booked_on,
            None,
        )
    problem = problem_of(outcome.error(), language=language, request_id=request_id)
    return ResultView("refused", outcome.replayed, None, None, None, problem)
