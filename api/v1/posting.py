"""From a sent entry to the engine's command, and from its outcome to an answer."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from api.problems import problem_of
from api.service import Service
from api.v1.entry_forms import NewEntry, PostedView, ResultView
from api.web.formatting import Language
from ledger.books.idempotency import fingerprint
from ledger.books.posting import EntryRequest, Line, Outcome
from ledger.books.refusals import AccountNotFound, register_refusals
from ledger.foundation.event_catalogue import event_catalogue
from ledger.foundation.event_lines import UnknownEvent
from ledger.identifiers import uuid7

FIELDS = NewEntry.__struct_fields__
_EVENTS = frozenset(event_catalogue())
register_refusals(UnknownEvent)


def known_event(event_code: str) -> str:
    """The event itself, so that every entry can be read by the catalogue of accounting rules.

    Raises:
        UnknownEvent: the catalogue has no such event.
    """
    if event_code not in _EVENTS:
        raise UnknownEvent(event=event_code)
    return event_code


async def account_ids(
    service: Service, tenant_id: int, entries: Iterable[NewEntry]
) -> dict[UUID, int]:
    """Internal numbers of the accounts named; those of other tenants are simply not there."""
    wanted = {
        public_id
        for entry in entries
        for transfer in entry.transfers
        for public_id in (transfer.debit_account, transfer.credit_account)
    }
    known: dict[UUID, int] = {}
    for public_id in wanted:
        account_id = service.account_ids.peek(tenant_id, public_id)
        if account_id is not None:
            known[public_id] = account_id
    missing = [public_id for public_id in wanted if public_id not in known]
    if missing:
        known |= await service.account_ids.find(tenant_id, missing)
    return known


def entry_request(
    entry: NewEntry, *, ids: dict[UUID, int], caller_id: int, key: UUID, route: str
) -> EntryRequest:
    """The engine's command.

    Raises:
        AccountNotFound: an account is not one of this tenant; names the line.
        UnknownEvent: the catalogue has no such event.
    """
    event_code = known_event(entry.event_code)
    lines = []
    for number, transfer in enumerate(entry.transfers, start=1):
        debit, credit = ids.get(transfer.debit_account), ids.get(transfer.credit_account)
        if debit is None or credit is None:
            missing = transfer.debit_account if debit is None else transfer.credit_account
            raise AccountNotFound(account=str(missing), line=number)
        lines.append(Line(debit, credit, transfer.amount, transfer.expires_on))
    return EntryRequest(
        entry_id=uuid7(),
        caller_id=caller_id,
        key=key,
        fingerprint=entry_fingerprint(entry, route),
        field_names=FIELDS,
        occurred_at=entry.occurred_at,
        booked_on=entry.booked_on,
        event_code=event_code,
        lines=tuple(lines),
        subject_id=entry.subject_id,
        memo=entry.memo,
    )


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
