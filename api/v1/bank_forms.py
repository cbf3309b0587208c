"""Bodies and views of bank files, matches, breaks and the 余额调节表."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from api.v1.forms import Command, Total, Words
from reconciliation.breaks import BreakKind
from reconciliation.masking import mask_counterparty, mask_in_text


class NewBankAccount(Command, frozen=True):
    """A co-managed account; of its number only the end is kept, and a blind index."""

    bank: Words
    account_name: Words
    account_no: Annotated[
        str, Meta(pattern=r"^[0-9 -]{8,40}\Z", examples=["6217 0000 0000 0000 123"])
    ]
    reconciled_from: Annotated[date | None, Meta(description="First day compared.")] = None


class SentFile(msgspec.Struct, frozen=True):
    """What is kept of a file sent: its digest stands for its bytes."""

    filename: str
    sha256: str


class NewRun(Command, frozen=True):
    """Match what is open."""

    as_of: date | None = None
    dry_run: bool = False


class Unmatching(Command, frozen=True):
    """Why a match is wrong."""

    reason: Words


class BankAccountView(msgspec.Struct, frozen=True):
    """A bank account and the days its statements cover."""

    bank_account_id: UUID
    bank: str
    account_name: str
    account_no_last4: str
    reconciled_from: date | None
    covered_from: date | None
    covered_to: date | None


class BankAccountList(msgspec.Struct, frozen=True):
    """The bank accounts of an estate."""

    items: list[BankAccountView]


class FindingView(msgspec.Struct, frozen=True):
    """Something the file says that does not add up; it stops nothing."""

    code: str
    line: int | None
    other_line: int | None
    expected_fen: int | None
    found_fen: int | None
    expected_count: int | None
    found_count: int | None


class ImportedStatementView(msgspec.Struct, frozen=True):
    """One account's part of a file."""

    statement_id: UUID
    bank_account_id: UUID
    period_from: date | None
    period_to: date | None
    opening_fen: int | None
    closing_fen: int | None
    record_count: int
    new_count: int
    known_count: int
    rejected_count: int
    findings: list[FindingView]


class ImportView(msgspec.Struct, frozen=True):
    """What an import brought; the same bytes again bring nothing."""

    statement_file_id: UUID
    name: str
    format: str
    replayed: bool
    record_count: int
    new_lines: int
    known_lines: int
    rejected_lines: int
    statements: list[ImportedStatementView]


class RunView(msgspec.Struct, frozen=True):
    """What a run of the matching rules did."""

    run_id: UUID | None
    as_of: date
    bank_line_count: int
    book_line_count: int
    matched: int
    open_bank_count: int
    open_book_count: int


class MatchView(msgspec.Struct, frozen=True):
    """A match with its reasons."""

    match_id: UUID
    run_id: UUID
    status: str
    rule: str
    rule_version: int
    score: int
    rivals: int
    residual_fen: Total
    evidence: list[str]
    matched_at: datetime
    statement_line_ids: list[UUID]
    entry_ids: list[UUID]
    release_reason: str | None
    released_at: datetime | None


class MatchPage(msgspec.Struct, frozen=True):
    """A page of matches, the newest first."""

    items: list[MatchView]
    next_cursor: str | None


class BreakView(msgspec.Struct, frozen=True):
    """A line without its counterpart (未达账项)."""

    kind: BreakKind
    on: date
    amount_fen: Total
    counterparty: str
    note: str
    age_days: int
    band: Literal["0-30", "31-60", "61-90", ">90"]
    escalates: bool
    statement_line_id: UUID | None
    entry_id: UUID | None
    voucher_no: int | None

    def __post_init__(self) -> None:
        """People are masked here as on the pages: owners read this too."""
        force_setattr(self, "note", mask_in_text(self.note, self.counterparty))
        force_setattr(self, "counterparty", mask_counterparty(self.counterparty))


class BreakPage(msgspec.Struct, frozen=True):
    """A page of what only one side has, oldest first."""

    items: list[BreakView]
    next_cursor: str | None


class AdjustmentGroupView(msgspec.Struct, frozen=True):
    """The items of one kind and their sum, fen."""

    kind: BreakKind
    total_fen: Total
    items: list[BreakView]


class AdjustmentView(msgspec.Struct, frozen=True):
    """银行存款余额调节表: both balances brought to one figure, fen."""

    bank_account_id: UUID
    bank: str
    account_name: str
    account_no_last4: str
    as_of: date
    compared_from: date
    covered_to: date | None
    book_balance_fen: Total
    bank_balance_fen: Total
    bank_in_not_booked: AdjustmentGroupView
    bank_out_not_booked: AdjustmentGroupView
    booked_in_not_at_bank: AdjustmentGroupView
    booked_out_not_at_bank: AdjustmentGroupView
    adjusted_book_fen: Total
    adjusted_bank_fen: Total
    difference_fen: Total
    opening_difference_fen: Total
    booked_late: Annotated[
        int, Meta(description="Entries booked until that day into months closed before.")
    ]
    booked_late_at: Annotated[datetime | None, Meta(description="The last of them; null: none.")]
    prepared_at: datetime


class Undone(msgspec.Struct, frozen=True):
    """A match that is no more."""

    match_id: UUID
