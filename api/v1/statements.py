"""Statements: the movements of an account, page by page."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery
from msgspec import Meta

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.policies import may
from api.v1.accounts import account_in_reach
from api.v1.entry_forms import ENTRY_KINDS, EntryKind
from api.v1.forms import (
    BookedFrom,
    BookedTo,
    CursorText,
    PageSize,
    PathId,
    Total,
    UnitCode,
    WantedEvent,
    both,
    expiry,
)
from ledger.books.statements import StatementFilter, StatementLine, get_statement
from ledger.database import read_transaction


class _Kept(msgspec.Struct, frozen=True):
    """What a cursor of a statement keeps."""

    order: Literal["earliest_first", "latest_first"] = "latest_first"
    event_code: str | None = None
    booked_from: date | None = None
    booked_to: date | None = None


_CURSOR: CursorKind[_Kept, int] = CursorKind(_Kept, int)


class MovementView(msgspec.Struct, frozen=True):
    """One movement; amounts signed on the account's normal side."""

    version: int
    amount: Total
    balance: Total
    expires_on: date | None
    other_account_id: UUID
    other_account_code: str
    other_holder_id: UUID | None
    entry_id: UUID
    line_no: int
    kind: EntryKind
    event_code: str
    subject_id: UUID | None
    occurred_at: datetime
    booked_on: date
    posted_at: datetime
    memo: str | None


class StatementView(msgspec.Struct, frozen=True):
    """A page of movements with the balances around it."""

    account_id: UUID
    unit: UnitCode
    opening: Annotated[int | None, Meta(description="Balance before the earliest line shown.")]
    closing: Annotated[int | None, Meta(description="Balance after the latest line shown.")]
    lines: list[MovementView]
    next_cursor: str | None


@get(
    both("/accounts/{account_id:uuid}/statement"),
    opt=may("accounts.read"),
    summary="Read a statement",
    tags=["accounts"],
)
async def read_statement(
    call: Call,
    account_id: PathId,
    order: FromQuery[Literal["earliest_first", "latest_first"]] = "latest_first",
    event_code: WantedEvent = None,
    booked_from: BookedFrom = None,
    booked_to: BookedTo = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> StatementView:
    """Movements of an account; inserts while paging neither skip nor repeat a line."""
    kept, version = _CURSOR.read(
        cursor, _Kept(order, event_code, booked_from, booked_to), call.route
    )
    wanted = StatementFilter(
        None if kept.event_code is None else (kept.event_code,), kept.booked_from, kept.booked_to
    )
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        account = await account_in_reach(conn, call, account_id)
        page = await get_statement(
            conn,
            tenant_id=call.tenant_id,
            account=account,
            from_version=version,
            latest_first=kept.order == "latest_first",
            limit=limit,
            wanted=wanted,
        )
    following = (
        None if page.next_version is None else _CURSOR.write(kept, page.next_version, call.route)
    )
    lines = [_view(line) for line in page.lines]
    return StatementView(
        account_id, account.unit_code, page.opening, page.closing, lines, following
    )


def _view(line: StatementLine) -> MovementView:
    values = msgspec.structs.asdict(line)
    return MovementView(
        **{**values, "expires_on": expiry(line.expires_on), "kind": ENTRY_KINDS[line.kind]}
    )


ROUTES = (read_statement,)
