"""Data rows of a CSV layout as typed values, each cell checked, order and sign not yet decided."""

from collections.abc import Callable
from datetime import date, time
from typing import TypeVar

import msgspec

from ledger.sheets.cells import is_lossy_number, read_date, read_text
from reconciliation.intake.cells import (
    is_yuan,
    read_account_number,
    read_amount_fen,
    read_moment,
    read_time,
)
from reconciliation.intake.errors import (
    AccountNumberLossy,
    CurrencyNotSupported,
    RowContradictsItself,
    RowMisshapen,
    ValueNotUnderstood,
)
from reconciliation.intake.layout import CsvLayout, Field
from reconciliation.intake.text_file import Record

T = TypeVar("T")


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One data record, typed."""

    position: int
    line: int
    account_no: str
    account_name: str
    booked_on: date
    booked_time: time | None
    value_on: date | None
    #: Credit column less debit column; which of them is money in is not decided here.
    net_credit_fen: int
    in_debit_column: bool
    balance_fen: int | None
    name: str
    counter_account: str
    lossy_counter_account: bool
    summary: str
    remark: str
    reference: str
    #: The record as it stands; the same for two writings of one movement.
    raw: str


class RowReader:
    """Turns the records of one file into rows, by the places of its own header."""

    def __init__(self, layout: CsvLayout, places: dict[Field, int], header: list[str]) -> None:
        self._layout = layout
        self._places = places
        self._names = {field: header[place].strip() for field, place in places.items()}
        self._width = len(header)

    def read(self, record: Record, position: int) -> Row:
        """One row.

        Raises:
            RowMisshapen: cells missing or left over.
            ValueNotUnderstood: a date, time or amount that is none; names line and column.
            RowContradictsItself: both amount columns filled, or none, or the indicator disagrees.
            CurrencyNotSupported: another currency than yuan.
            AccountNumberLossy: the own account number is in exponent form.
        """
        cells = self._shaped(record)
        line = record.line
        day, clock = self._moment(cells, line)
        self._check_currency(cells, line)
        debit, credit = self._amounts(cells, line)
        counter_account = self._cell(cells, Field.COUNTER_ACCOUNT)
        lossy = is_lossy_number(counter_account)
        return Row(
            position=position,
            line=line,
            account_no=self._own_account(cells, line),
            account_name=read_text(self._cell(cells, Field.ACCOUNT_NAME)),
            booked_on=day,
            booked_time=clock,
            value_on=self._value(cells, Field.VALUE_DAY, read_date, "date", line),
            net_credit_fen=(credit or 0) - (debit or 0),
            in_debit_column=bool(debit),
            balance_fen=self._value(cells, Field.BALANCE, read_amount_fen, "amount", line),
            name=read_text(self._cell(cells, Field.NAME)),
            counter_account="" if lossy else read_account_number(counter_account),
            lossy_counter_account=lossy,
            summary=read_text(self._cell(cells, Field.SUMMARY)),
            remark=read_text(self._cell(cells, Field.REMARK)),
            reference=read_text(self._cell(cells, Field.REFERENCE)),
            raw=record.raw,
        )

    def _shaped(self, record: Record) -> list[str]:
        cells = record.cells
        if len(cells) > self._width and not any(cell.strip() for cell in cells[self._width :]):
            return cells[: self._width]
        if len(cells) != self._width:
            raise RowMisshapen(line=record.line, found_cells=len(cells), expected_cells=self._width)
        return cells

    def _cell(self, cells: list[str], field: Field) -> str:
        place = self._places.get(field)
        return "" if place is None else cells[place]

    def _value(
        self, cells: list[str], field: Field, read: Callable[[str], T], expected: str, line: int
    ) -> T:
        try:
            return read(self._cell(cells, field))
        except (ValueError, OverflowError):
            raise ValueNotUnderstood(
                line=line, column=self._names[field], expected=expected
            ) from None

    def _moment(self, cells: list[str], line: int) -> tuple[date, time | None]:
        moment = self._value(cells, Field.MOMENT, read_moment, "date", line)
        day = self._value(cells, Field.DAY, read_date, "date", line)
        clock = self._value(cells, Field.TIME, read_time, "time", line)
        if moment is not None:
            day, clock = day or moment[0], clock or moment[1]
        if day is None:
            field = Field.DAY if Field.DAY in self._names else Field.MOMENT
            raise ValueNotUnderstood(line=line, column=self._names[field], expected="date")
        return day, clock

    def _amounts(self, cells: list[str], line: int) -> tuple[int | None, int | None]:
        debit = self._value(cells, Field.DEBIT, read_amount_fen, "amount", line)
        credit = self._value(cells, Field.CREDIT, read_amount_fen, "amount", line)
        if (debit is None and credit is None) or (debit and credit):
            raise RowContradictsItself(line=line, column=self._names[Field.DEBIT])
        indicator = read_text(self._cell(cells, Field.INDICATOR))[:1]
        if (indicator == "借" and credit) or (indicator == "贷" and debit):
            raise RowContradictsItself(line=line, column=self._names[Field.INDICATOR])
        return debit, credit

    def _check_currency(self, cells: list[str], line: int) -> None:
        currency = self._cell(cells, Field.CURRENCY)
        if not is_yuan(currency):
            raise CurrencyNotSupported(line=line, currency=read_text(currency)[:8])

    def _own_account(self, cells: list[str], line: int) -> str:
        cell = self._cell(cells, Field.ACCOUNT)
        if is_lossy_number(cell):
            raise AccountNumberLossy(line=line, column=self._names[Field.ACCOUNT])
        return read_account_number(cell)
