"""Post business events: amounts and owners by name, transfers by the catalogue."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountName, get_accounts
from ledger.books.idempotency import fingerprint
from ledger.books.posting import EntryRequest, Line, Outcome, post_batch
from ledger.foundation.event_lines import (
    Accounts,
    Amounts,
    EventLine,
    Expiry,
    Owners,
    build_lines,
)
from ledger.identifiers import uuid7

#: What the fingerprint of an event covers unless its sender brings one, in this order.
FINGERPRINTED = ("owners", "amounts", "accounts", "expires_on", "booked_on", "subject_id")


class EventCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A business event to post. Amounts in the smallest unit of their book."""

    event: str
    key: UUID
    caller_id: int
    occurred_at: datetime
    amounts: Amounts
    owners: Owners = {}
    accounts: Accounts = {}
    expires_on: Expiry = None
    #: Accounting date; None: today in Shanghai.
    booked_on: date | None = None
    subject_id: UUID | None = None
    memo: str | None = None
    policy_version: int | None = None
    #: Public id of the entry; None: a new one.
    entry_id: UUID | None = None
    #: Digest of the command as its sender sent it; None: of the fields in FINGERPRINTED.
    fingerprint: bytes | None = None
    field_names: tuple[str, ...] = FINGERPRINTED


async def post_events(
    conn: AsyncConnection, *, tenant_id: int, commands: Sequence[EventCommand]
) -> list[Outcome]:
    """Post events in one batch; each stands or falls alone. Takes 1 to 1,000.

    Raises:
        BatchTooLarge: more than 1,000 events.
        AccountNotFound: an account was never opened; names its book, position and holder.
        UnknownEvent and the other refusals of ``build_lines``: nothing of the batch is posted.
    """
    drafts = [_lines_of(command) for command in commands]
    names = list({name: None for lines in drafts for x in lines for name in (x.debit, x.credit)})
    found = await get_accounts(conn, tenant_id=tenant_id, names=names)
    ids = {name: account.account_id for name, account in zip(names, found, strict=True)}
    requests = [
        _request(command, lines, ids) for command, lines in zip(commands, drafts, strict=True)
    ]
    return await post_batch(conn, tenant_id=tenant_id, requests=requests)


async def post_event(
    conn: AsyncConnection,
    event: str,
    *,
    tenant_id: int,
    key: UUID,
    caller_id: int,
    occurred_at: datetime,
    amounts: Amounts,
    owners: Owners | None = None,
    accounts: Accounts | None = None,
    expires_on: Expiry = None,
    booked_on: date | None = None,
    subject_id: UUID | None = None,
    memo: str | None = None,
    policy_version: int | None = None,
) -> Outcome:
    """Post one event.

    Raises:
        LedgerError: the event was refused; the class names the reason.
    """
    command = EventCommand(
        event=event,
        key=key,
        caller_id=caller_id,
        occurred_at=occurred_at,
        amounts=amounts,
        owners=owners or {},
        accounts=accounts or {},
        expires_on=expires_on,
        booked_on=booked_on,
        subject_id=subject_id,
        memo=memo,
        policy_version=policy_version,
    )
    (outcome,) = await post_events(conn, tenant_id=tenant_id, commands=(command,))
    if outcome.refusal is not None:
        raise outcome.error()
    return outcome


def _lines_of(command: EventCommand) -> tuple[EventLine, ...]:
    return build_lines(
        command.event,
        amounts=command.amounts,
        owners=command.owners,
        accounts=command.accounts,
        expires_on=command.expires_on,
    )


def _request(
    command: EventCommand, lines: Sequence[EventLine], ids: Mapping[AccountName, int]
) -> EntryRequest:
    return EntryRequest(
        entry_id=command.entry_id or uuid7(),
        caller_id=command.caller_id,
        key=command.key,
        fingerprint=command.fingerprint
        or fingerprint(command.event, [getattr(command, name) for name in FINGERPRINTED]),
        occurred_at=command.occurred_at,
        booked_on=command.booked_on,
        field_names=command.field_names,
        event_code=command.event,
        lines=tuple(
            Line(ids[line.debit], ids[line.credit], line.amount, line.expires_on) for line in lines
        ),
        subject_id=command.subject_id,
        policy_version=command.policy_version,
        memo=command.memo,
    )
