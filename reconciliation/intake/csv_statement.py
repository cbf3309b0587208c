"""A bank's CSV export as statements: header found, lines checked, order and sign decided.

Source: docs/decisions/0020-statement-intake.md
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from reconciliation.intake.csv_rows import Row, RowReader
from reconciliation.intake.errors import (
    AccountNumberMissing,
    FileTooManyLines,
    FileTruncated,
    LayoutNotRecognised,
    RowContradictsItself,
    RowMisshapen,
    RowUnreadable,
    SignNotDecidable,
    StatementRefused,
    ValueNotUnderstood,
)
from reconciliation.intake.layout import CsvLayout, Field, count_known_columns, place_columns
from reconciliation.intake.line_key import number_twins
from reconciliation.intake.running_balance import Reading, Step, best_reading, find_breaks
from reconciliation.intake.statement import MOST_LINES, Finding, Statement, StatementLine
from reconciliation.intake.surroundings import (
    Surroundings,
    begins_ending,
    read_ending,
    read_preamble,
)
from reconciliation.intake.text_file import Record, iter_records

#: A preamble is never longer; the longest known is that of the Alipay bill, about 25 lines.
HEADER_WITHIN_LINES = 60
#: A row that names this share of a layout's columns, in percent, is meant to be its header.
HEADER_SHARE_PERCENT = 60


def find_header(text: str, layouts: Sequence[CsvLayout]) -> tuple[CsvLayout, Record]:
    """The layout and the header row of a text.

    Raises:
        LayoutNotRecognised: no row within the first lines looks like the header of a layout.
    """
    best: tuple[int, int, CsvLayout, Record] | None = None
    for record in iter_records(text):
        if record.line > HEADER_WITHIN_LINES:
            break
        for layout in layouts:
            known = count_known_columns(layout, record.cells)
            share = 100 * known // len(layout.columns)
            if share >= HEADER_SHARE_PERCENT and (best is None or (share, known) > best[:2]):
                best = (share, known, layout, record)
    if best is None:
        raise LayoutNotRecognised(
            searched_lines=HEADER_WITHIN_LINES,
            known=", ".join(layout.code for layout in layouts),
        )
    return best[2], best[3]


def parse_csv_statement(text: str, layout: CsvLayout, header: Record) -> tuple[Statement, ...]:
    """The statements of a file, one an account, lines oldest first.

    Raises:
        StatementRefused: any of its kinds; the file is refused as a whole.
    """
    places = place_columns(layout, header.cells, line=header.line)
    facts = Surroundings()
    try:
        rows = list(_read_rows(text, layout, header, places, facts))
    except (RowContradictsItself, RowMisshapen, RowUnreadable, ValueNotUnderstood) as refusal:
        raise _perhaps_cut(refusal, text, layout, facts) from None
    _check_ending(layout, facts, last_line=text.count("\n") + 1)
    by_account: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.account_no and facts.account_no and row.account_no != facts.account_no:
            raise RowContradictsItself(line=row.line, column="账号")
        by_account[row.account_no or facts.account_no].append(row)
    if not rows and facts.account_no:
        by_account[facts.account_no] = []
    if "" in by_account or not by_account:
        raise AccountNumberMissing
    alone = len(by_account) == 1
    return tuple(
        _build_statement(layout, account, lines, facts, alone=alone)
        for account, lines in by_account.items()
    )


def _read_rows(
    text: str, layout: CsvLayout, header: Record, places: dict[Field, int], facts: Surroundings
) -> Iterator[Row]:
    reader = RowReader(layout, places, header.cells)
    position, ended = 0, False
    for record in iter_records(text):
        if record.line == header.line or not any(cell.strip() for cell in record.cells):
            continue
        if record.line < header.line:
            read_preamble(facts, record)
        elif begins_ending(record.cells):
            ended = True
            read_ending(facts, record, places)
        elif not ended:
            yield reader.read(record, position)
            position += 1
            if position > MOST_LINES:
                raise FileTooManyLines(limit=MOST_LINES)
        elif len(record.cells) >= len(header.cells):
            raise RowMisshapen(line=record.line, found_cells=len(record.cells), expected_cells=1)


def _perhaps_cut(
    refusal: StatementRefused, text: str, layout: CsvLayout, facts: Surroundings
) -> StatementRefused:
    """The refusal, saying so when it is about the very last record and the ending is not there."""
    line = refusal.line
    behind = text.split("\n")[line:]
    if layout.endings <= facts.endings or any(rest.strip() for rest in behind):
        return refusal
    return type(refusal)(**refusal.attributes(), perhaps_cut=True)


def _check_ending(layout: CsvLayout, facts: Surroundings, *, last_line: int) -> None:
    if not layout.endings <= facts.endings:
        raise FileTruncated(line=last_line)


def _build_statement(
    layout: CsvLayout, account: str, rows: list[Row], facts: Surroundings, *, alone: bool
) -> Statement:
    opening = facts.opening_fen if alone else None
    closing = facts.closing_fen if alone else None
    repeats = _find_repeats(rows)
    counted = [row for row in rows if row.position not in repeats]
    steps = [Step(row.line, _moment(row), row.net_credit_fen, row.balance_fen) for row in counted]
    reading = _decide_reading(layout, steps, opening, closing)
    findings = _describe(rows, repeats)
    findings += find_breaks(steps, reading, opening_fen=opening, closing_fen=closing)
    findings += _check_totals(counted, facts, reading) if alone else []
    ordered = list(reversed(rows)) if reading.newest_first else rows
    days = [row.booked_on for row in rows]
    findings += _outside_period(rows, facts)
    return Statement(
        account_no=account,
        account_name=facts.account_name or next((row.account_name for row in rows), ""),
        period_from=min([*days, *([facts.period_from] if facts.period_from else [])], default=None),
        period_to=max([*days, *([facts.period_to] if facts.period_to else [])], default=None),
        opening_fen=opening,
        closing_fen=closing,
        lines=number_twins(
            _build_line(row, 1 if reading.credit_is_in else -1, repeats) for row in ordered
        ),
        findings=tuple(findings),
    )


def _decide_reading(
    layout: CsvLayout, steps: Sequence[Step], opening: int | None, closing: int | None
) -> Reading:
    """The balances decide; where they decide nothing, only a header that says so itself may."""
    reading = best_reading(steps, opening_fen=opening, closing_fen=closing)
    if not steps or reading.agrees():
        return reading
    if not layout.columns_say_direction:
        raise SignNotDecidable(line=steps[0].line, column=_name(layout, Field.DEBIT))
    return msgspec.structs.replace(reading, credit_is_in=True)


def _build_line(row: Row, sign: int, repeats: dict[int, Row]) -> StatementLine:
    first = repeats.get(row.position)
    return StatementLine(
        position=row.position,
        line=row.line,
        booked_on=row.booked_on,
        booked_time=row.booked_time,
        value_on=row.value_on,
        amount_fen=sign * row.net_credit_fen,
        balance_after_fen=row.balance_fen,
        counterparty_name=row.name,
        counterparty_account=row.counter_account,
        summary=row.summary,
        remark=row.remark,
        bank_reference=row.reference,
        raw=row.raw,
        repeats=None if first is None else first.position,
    )


def _moment(row: Row) -> tuple[object, ...]:
    return (row.booked_on, row.booked_time) if row.booked_time else (row.booked_on,)


def _name(layout: CsvLayout, field: Field) -> str:
    return next(column.aliases[0] for column in layout.columns if column.field is field)


def _find_repeats(rows: Sequence[Row]) -> dict[int, Row]:
    """Records written twice: equal to the letter although money moved between two balances.

    Apart from each other they need a reference in common, since X, -X, X within one second ends
    on the balance it began with.
    """
    first_of: dict[str, Row] = {}
    repeats: dict[int, Row] = {}
    for row in rows:
        first = first_of.setdefault(row.raw, row)
        if first is row or row.balance_fen is None or row.net_credit_fen == 0:
            continue
        if row.reference or row.position == first.position + 1:
            repeats[row.position] = first
    return repeats


def _describe(rows: Sequence[Row], repeats: dict[int, Row]) -> list[Finding]:
    findings = []
    for row in rows:
        if row.position in repeats:
            findings.append(
                Finding(code="line_repeated", line=row.line, other_line=repeats[row.position].line)
            )
        if row.lossy_counter_account:
            findings.append(Finding(code="counterparty_account_lossy", line=row.line))
        if row.net_credit_fen == 0:
            findings.append(Finding(code="line_without_amount", line=row.line))
    return findings


def _outside_period(rows: Sequence[Row], facts: Surroundings) -> list[Finding]:
    first, last = facts.period_from, facts.period_to
    return [
        Finding(code="line_outside_period", line=row.line)
        for row in rows
        if (first and row.booked_on < first) or (last and row.booked_on > last)
    ]


def _check_totals(rows: Sequence[Row], facts: Surroundings, reading: Reading) -> list[Finding]:
    debit_rows = [row for row in rows if row.in_debit_column]
    credit_rows = [row for row in rows if not row.in_debit_column and row.net_credit_fen]
    ins, outs = (credit_rows, debit_rows) if reading.credit_is_in else (debit_rows, credit_rows)
    debit_fen = -sum(row.net_credit_fen for row in debit_rows)
    credit_fen = sum(row.net_credit_fen for row in credit_rows)
    sums = (
        ("debit_total_differs", debit_fen, facts.debit_total_fen),
        ("credit_total_differs", credit_fen, facts.credit_total_fen),
    )
    counts = (
        ("debit_count_differs", len(debit_rows), facts.debit_count),
        ("credit_count_differs", len(credit_rows), facts.credit_count),
        ("in_count_differs", len(ins), facts.in_count),
        ("out_count_differs", len(outs), facts.out_count),
    )
    return [
        Finding(code=code, expected_fen=stated, found_fen=found)
        for code, found, stated in sums
        if stated is not None and stated != found
    ] + [
        Finding(code=code, expected_count=stated, found_count=found)
        for code, found, stated in counts
        if stated is not None and stated != found
    ]
