"""Imported bank statements and their lines; files about whichever accounts of the estate."""

import asyncio
from datetime import date, datetime, time
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, QueryParameter, RawBody
from msgspec import Meta
from msgspec.structs import force_setattr
from sqlalchemy.ext.asyncio import AsyncConnection

from api.bodies import FILE_TYPES, LARGEST_FILE
from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.bank_forms import FindingView, ImportView, SentFile
from api.v1.forms import ESTATES, CursorText, PageSize, PathId, Total, view
from ledger.database import read_transaction
from reconciliation.bank_accounts import get_bank_account
from reconciliation.import_statement import store_statement_file
from reconciliation.intake.detection import parse_statement_file
from reconciliation.masking import mask_counterparty, mask_in_text
from reconciliation.statement_lines import LineCursor, list_statement_lines
from reconciliation.statements import list_statements


class _StatementFilter(msgspec.Struct, frozen=True):
    bank_account_id: UUID | None = None
    statement_file_id: UUID | None = None


class _LineFilter(msgspec.Struct, frozen=True):
    booked_from: date | None = None
    booked_to: date | None = None


_STATEMENTS: CursorKind[_StatementFilter, UUID] = CursorKind(_StatementFilter, UUID)
_LINES: CursorKind[_LineFilter, LineCursor] = CursorKind(_LineFilter, LineCursor)

FirstDay = Annotated[date | None, QueryParameter(description="First day booked by the bank.")]
LastDay = Annotated[date | None, QueryParameter(description="Last day booked by the bank.")]
FileName = Annotated[
    str, QueryParameter(min_length=1, max_length=200, description="Kept for people; means nothing.")
]


class BankStatementView(msgspec.Struct, frozen=True):
    """One account over one period as a file states it, fen; counts are of its records."""

    statement_id: UUID
    statement_file_id: UUID
    bank_account_id: UUID
    name: Annotated[str, Meta(description="Name of the file.", examples=["march.csv"])]
    format: Annotated[str, Meta(examples=["ccb_csv"])]
    imported_at: datetime
    period_from: date | None
    period_to: date | None
    opening_fen: int | None
    closing_fen: int | None
    record_count: int
    new_count: int
    known_count: Annotated[int, Meta(description="Stored before, by another file.")]
    rejected_count: Annotated[int, Meta(description="Not booked by the bank yet.")]
    findings: list[FindingView]


class BankStatementPage(msgspec.Struct, frozen=True):
    """A page of statements, the newest import first."""

    items: list[BankStatementView]
    next_cursor: str | None


class StatementLineView(msgspec.Struct, frozen=True):
    """A movement as the bank reports it; in positive, out negative."""

    statement_line_id: UUID
    file_line: Annotated[int, Meta(description="Line of the file it came from.")]
    booked_on: date
    booked_time: time | None
    value_on: date | None
    amount_fen: Total
    balance_after_fen: int | None
    counterparty_name: str
    counterparty_account_last4: str
    summary: str
    remark: str
    bank_reference: str
    repeated: Annotated[bool, Meta(description="The export wrote it twice; this one is no money.")]
    match_id: Annotated[UUID | None, Meta(description="The match it belongs to.")]

    def __post_init__(self) -> None:
        """People are masked here as on the pages."""
        for name in ("summary", "remark"):
            force_setattr(self, name, mask_in_text(getattr(self, name), self.counterparty_name))
        force_setattr(self, "counterparty_name", mask_counterparty(self.counterparty_name))


class StatementLinePage(msgspec.Struct, frozen=True):
    """A page of lines, the oldest first."""

    items: list[StatementLineView]
    next_cursor: str | None


@post(
    ESTATES + "/statement-files",
    opt=may("bank_statements.import", media_types=FILE_TYPES),
    request_max_body_size=LARGEST_FILE,
    summary="Import a bank file about several accounts",
    tags=["bank"],
)
async def import_any_file(
    call: Call, body: RawBody, filename: FileName = "statement"
) -> Response[ImportView]:
    """Each statement goes to the account whose number it carries; one unknown refuses the file."""
    file = await asyncio.to_thread(parse_statement_file, body, filename)

    async def act(conn: AsyncConnection) -> ImportView:
        result = await store_statement_file(
            conn,
            tenant_id=call.tenant_id,
            file=file,
            keys=call.service.personal_keys,
            caller_id=call.caller_id,
        )
        return view(ImportView, result)

    return await once(call, SentFile(filename, sha256(body).hexdigest()), act)


@get(
    ESTATES + "/bank-statements",
    opt=may("bank_statements.read"),
    summary="List imported statements",
    tags=["bank"],
)
async def list_all_statements(
    call: Call,
    bank_account_id: FromQuery[UUID | None] = None,
    statement_file_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> BankStatementPage:
    """What each file brought, and what in it does not add up."""
    given = _StatementFilter(bank_account_id, statement_file_id)
    wanted, before = _STATEMENTS.read(cursor, given, call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_statements(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=wanted.bank_account_id,
            statement_file_id=wanted.statement_file_id,
            before=before,
            limit=limit,
        )
    following = found[-1].statement_id if len(found) == limit else None
    return BankStatementPage(
        [view(BankStatementView, statement) for statement in found],
        None if following is None else _STATEMENTS.write(wanted, following, call.route),
    )


@get(
    ESTATES + "/bank-accounts/{bank_account_id:uuid}/statement-lines",
    opt=may("bank_statements.read"),
    summary="List lines of statements",
    tags=["bank"],
)
async def list_all_lines(
    call: Call,
    bank_account_id: PathId,
    booked_from: FirstDay = None,
    booked_to: LastDay = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> StatementLinePage:
    """The movements of a bank account as its statements tell them."""
    wanted, after = _LINES.read(cursor, _LineFilter(booked_from, booked_to), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_bank_account(conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id)
        found = await list_statement_lines(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            booked_from=wanted.booked_from,
            booked_to=wanted.booked_to,
            after=after,
            limit=limit,
        )
    following = found[-1].cursor if len(found) == limit else None
    return StatementLinePage(
        [view(StatementLineView, line) for line in found],
        None if following is None else _LINES.write(wanted, following, call.route),
    )


ROUTES = (import_any_file, list_all_statements, list_all_lines)
