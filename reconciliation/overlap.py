"""A new statement against what is stored of the same days: agrees, adds, or is refused whole.

A day that was over when an earlier file was made cannot gain, lose or change a line any more. The
last day of a file made on that very day may still gain lines.
"""

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Literal

import msgspec

from ledger.errors import LedgerError
from reconciliation.intake.line_key import line_key
from reconciliation.intake.statement import Statement, StatementLine

Kind = Literal["edited", "missing", "additional"]
LineIdentity = tuple[bytes, int]


class OverlapDisagrees(LedgerError):
    """A file covers days that are stored, and tells them differently."""

    template = (
        "The file disagrees with {known_file} about {booked_on}: a line of {amount_fen} fen is "
        "{kind} (line {line} here, line {known_line} of {known_amount_fen} fen there). Nothing was "
        "imported."
    )


class CoveredPeriod(msgspec.Struct, frozen=True):
    """Days that an earlier statement of the account covers."""

    period_from: date
    period_to: date
    complete_to: date | None
    closing_fen: int | None
    file_name: str

    def is_complete(self, day: date) -> bool:
        """The day was over when that statement was made."""
        return self.complete_to is not None and self.period_from <= day <= self.complete_to


class StoredLine(msgspec.Struct, frozen=True):
    """What a comparison needs of a line in the database; lists of them are oldest first."""

    identity: LineIdentity
    repeated: bool
    booked_on: date
    booked_time: time | None
    amount_fen: int
    file_line: int
    file_name: str


def identity_of(line: StatementLine) -> LineIdentity:
    """What is the same for the same movement in every export."""
    return line_key(line), line.ordinal


def find_new_lines(
    statement: Statement, stored: Sequence[StoredLine], covered: Sequence[CoveredPeriod]
) -> list[tuple[int, StatementLine]]:
    """The lines to store, each with its chronological place in the statement.

    Raises:
        OverlapDisagrees: an edited, missing or additional line; the first of them is named.
    """
    known = {line.identity for line in stored}
    fresh = [
        (sequence, line)
        for sequence, line in enumerate(statement.lines)
        if identity_of(line) not in known
    ]
    listed = {identity_of(line) for line in statement.lines}
    missing = [line for line in stored if line.identity not in listed and not line.repeated]
    additional = [
        line
        for _, line in fresh
        if line.repeats is None and any(p.is_complete(line.booked_on) for p in covered)
    ]
    if missing or additional:
        raise _disagreement(missing, additional, covered)
    return fresh


def _disagreement(
    missing: Sequence[StoredLine],
    additional: Sequence[StatementLine],
    covered: Iterable[CoveredPeriod],
) -> OverlapDisagrees:
    here = min(additional, key=_moment, default=None)
    there = min(missing, key=_moment, default=None)
    if here is not None and there is not None and here.booked_on == there.booked_on:
        return _describe("edited", here, there, there.file_name)
    if here is not None and (there is None or _moment(here) < _moment(there)):
        files = [period.file_name for period in covered if period.is_complete(here.booked_on)]
        return _describe("additional", here, None, files[0])
    assert there is not None, "called with a disagreement"
    return _describe("missing", None, there, there.file_name)


def _describe(
    kind: Kind, here: StatementLine | None, there: StoredLine | None, known_file: str
) -> OverlapDisagrees:
    shown = here or there
    assert shown is not None, "one side has the line"
    return OverlapDisagrees(
        kind=kind,
        booked_on=shown.booked_on,
        amount_fen=shown.amount_fen,
        line=here.line if here else None,
        known_line=there.file_line if there else None,
        known_amount_fen=there.amount_fen if there else None,
        known_file=known_file,
    )


def _moment(line: StatementLine | StoredLine) -> tuple[date, time]:
    """When it was; of several at one moment the first of a list, which is in order, comes first."""
    return line.booked_on, line.booked_time or time.min
