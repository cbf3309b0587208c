"""What stands above the header row and below the last line: account, period, balances, totals."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from ledger.sheets.cells import is_lossy_number, plain, read_date, read_text
from reconciliation.intake.cells import is_yuan, read_account_number, read_amount_fen
from reconciliation.intake.errors import (
    AccountNumberLossy,
    CurrencyNotSupported,
    ValueNotUnderstood,
)
from reconciliation.intake.layout import Ending, Field
from reconciliation.intake.text_file import Record

_LABELS = {
    "account_no": ("账号", "帐号", "本方账号", "本方帐号", "查询账号", "查询帐号"),
    "account_name": ("账户名称", "帐户名称", "户名", "本方户名"),
    "currency": ("币种", "币别"),
    "period_from": ("起始日期", "开始日期"),
    "period_to": ("结束日期", "截止日期", "终止日期"),
    "period": ("起止日期", "查询起止日期", "查询时段", "查询期间", "查询日期"),
    "opening_fen": ("期初余额", "上期余额", "承前余额", "上期结余"),
    "closing_fen": ("期末余额", "本期余额", "本期结余"),
    "out_count": ("支出笔数", "付款笔数"),
    "in_count": ("收入笔数", "收款笔数"),
    "debit_count": ("借方笔数",),
    "credit_count": ("贷方笔数",),
}
_MEANING = {word: field for field, words in _LABELS.items() for word in words}
_TOTALS_WORDS = frozenset({"合计", "总计", "人民币合计", "本期合计", "全部合计"})
_LABEL_AND_VALUE = re.compile(r"([^:\d]{2,10}):\s*(.*)")
_TOTALS_SENTENCE = re.compile(
    r"借方合计\s*(\d+)\s*笔\s*([\d,.\-]+)\s*贷方合计\s*(\d+)\s*笔\s*([\d,.\-]+)"
)
_DAY = re.compile(r"\d{8}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")


class Surroundings(msgspec.Struct, kw_only=True):
    """Facts about the file as a whole, as far as it states them."""

    account_no: str = ""
    account_name: str = ""
    period_from: date | None = None
    period_to: date | None = None
    opening_fen: int | None = None
    closing_fen: int | None = None
    debit_total_fen: int | None = None
    credit_total_fen: int | None = None
    debit_count: int | None = None
    credit_count: int | None = None
    in_count: int | None = None
    out_count: int | None = None
    endings: set[Ending] = msgspec.field(default_factory=set)


def begins_ending(cells: Sequence[str]) -> bool:
    """Whether a row below the header belongs to the end of the file rather than to its lines."""
    first = next((plain(cell) for cell in cells if cell.strip()), "")
    label = first.split(":", 1)[0].strip()
    return label in _TOTALS_WORDS or label in _MEANING or bool(_TOTALS_SENTENCE.match(first))


def read_preamble(facts: Surroundings, record: Record) -> None:
    """Take the labelled values of one row above the header."""
    for label, value in _labelled(record.cells):
        _take(facts, label, value, line=record.line)


def read_ending(facts: Surroundings, record: Record, places: dict[Field, int]) -> None:
    """Take the totals, counts and balances of one row below the last line."""
    cells = [plain(cell) for cell in record.cells]
    first = next((cell for cell in cells if cell), "")
    sentence = _TOTALS_SENTENCE.search(" ".join(cells))
    if sentence is not None:
        facts.debit_count = _count(sentence[1], "借方合计", record.line)
        facts.credit_count = _count(sentence[3], "贷方合计", record.line)
        facts.debit_total_fen = _amount(sentence[2], "借方合计", record.line)
        facts.credit_total_fen = _amount(sentence[4], "贷方合计", record.line)
        facts.endings.add(Ending.TOTALS)
    elif first in _TOTALS_WORDS:
        _take_column_totals(facts, record, places)
    else:
        for label, value in _labelled(record.cells):
            _take(facts, label, value, line=record.line)
            if label == "closing_fen":
                facts.endings.add(Ending.CLOSING_BALANCE)


def _take_column_totals(facts: Surroundings, record: Record, places: dict[Field, int]) -> None:
    values = {
        field: _amount(record.cells[place], field, record.line)
        for field, place in places.items()
        if field in (Field.DEBIT, Field.CREDIT, Field.BALANCE) and place < len(record.cells)
    }
    facts.debit_total_fen = values.get(Field.DEBIT)
    facts.credit_total_fen = values.get(Field.CREDIT)
    if values.get(Field.BALANCE) is not None:
        facts.closing_fen = values[Field.BALANCE]
    if facts.debit_total_fen is not None and facts.credit_total_fen is not None:
        facts.endings.add(Ending.TOTALS)


def _labelled(cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``label：value`` in one cell, or a label with its value in the next filled cell."""
    filled = [plain(cell) for cell in cells if cell.strip()]
    index = 0
    while index < len(filled):
        match = _LABEL_AND_VALUE.fullmatch(filled[index])
        label = _MEANING.get(match[1].strip() if match else filled[index])
        value = match[2].strip() if match else ""
        following = filled[index + 1] if index + 1 < len(filled) else ""
        if label is not None and not value and not _is_label(following):
            index += 1
            value = following
        if label is not None and value:
            yield label, value
        index += 1


def _is_label(text: str) -> bool:
    return text.split(":", 1)[0].strip() in _MEANING


def _take(facts: Surroundings, label: str, value: str, *, line: int) -> None:
    match label:
        case "account_no":
            if is_lossy_number(value):
                raise AccountNumberLossy(line=line, column="账号")
            facts.account_no = read_account_number(value)
        case "account_name":
            facts.account_name = read_text(value)
        case "currency":
            if not is_yuan(value):
                raise CurrencyNotSupported(line=line, currency=value[:3])
        case "period":
            days = [_day(text, line) for text in _DAY.findall(value)]
            if len(days) == 2:
                facts.period_from, facts.period_to = days
        case "period_from" | "period_to":
            setattr(facts, label, _day(value, line))
        case "opening_fen" | "closing_fen":
            setattr(facts, label, _amount(value, label, line))
        case _:
            setattr(facts, label, _count(value, label, line))


def _day(text: str, line: int) -> date | None:
    try:
        return read_date(text)
    except ValueError:
        raise ValueNotUnderstood(line=line, column="period", expected="date") from None


def _amount(text: str, column: str, line: int) -> int | None:
    try:
        return read_amount_fen(text)
    except ValueError:
        raise ValueNotUnderstood(line=line, column=column, expected="amount") from None


def _count(text: str, column: str, line: int) -> int:
    digits = text.removesuffix("笔").strip()
    if not digits.isdecimal() or len(digits) > 9:
        raise ValueNotUnderstood(line=line, column=column, expected="count")
    return int(digits)
