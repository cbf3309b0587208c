"""What every format is read into: statements of one account, their lines, and findings.

Amounts are fen from the account holder's point of view: money in is positive, money out negative.
"""

from datetime import date, time

import msgspec

#: A large estate has some ten thousand a year.
MOST_LINES = 200_000


class StatementLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One booked movement as the bank reports it."""

    #: 0-based data record in the file, in the file's own order.
    position: int
    #: 1-based physical line in the file, for people.
    line: int
    booked_on: date
    booked_time: time | None = None
    value_on: date | None = None
    amount_fen: int
    balance_after_fen: int | None = None
    counterparty_name: str = ""
    counterparty_account: str = ""
    #: The bank's word for the kind of movement (摘要, 交易类型).
    summary: str = ""
    #: What the payer wrote (附言, 用途, 备注).
    remark: str = ""
    bank_reference: str = ""
    raw: str = ""
    #: Position of the record that this one repeats in full, running balance included: the export
    #: wrote one movement twice. Such a line is kept but never counted or matched.
    repeats: int | None = None
    #: Counts equal lines of one statement, oldest first, so that true twins both stay.
    ordinal: int = 0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something the file says that does not add up. Findings never stop an import."""

    code: str
    line: int | None = None
    other_line: int | None = None
    expected_fen: int | None = None
    found_fen: int | None = None
    expected_count: int | None = None
    found_count: int | None = None

    def difference_fen(self) -> int | None:
        """Found less expected, for findings about money."""
        if self.expected_fen is None or self.found_fen is None:
            return None
        return self.found_fen - self.expected_fen


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One account over one period, lines oldest first."""

    account_no: str
    account_name: str = ""
    currency: str = "CNY"
    period_from: date | None = None
    period_to: date | None = None
    opening_fen: int | None = None
    closing_fen: int | None = None
    lines: tuple[StatementLine, ...] = ()
    #: Records of the file that are not movements of the account yet (pending, informative).
    rejected_count: int = 0
    findings: tuple[Finding, ...] = ()

    def record_count(self) -> int:
        """Raw records: what is kept and what was set aside, nothing lost in between."""
        return len(self.lines) + self.rejected_count


class StatementFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its identity and the statements in it."""

    format: str
    name: str
    sha256: bytes
    size_bytes: int
    statements: tuple[Statement, ...]
