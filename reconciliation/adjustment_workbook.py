"""The 余额调节表 as an XLSX workbook: one A4 page in the usual two columns, details below.

Texts from bank and books are written as text, with the mark that keeps a spreadsheet from reading
them as formulas; amounts are numbers in yuan with two decimals, days are days. Labels, figures and
masked names are those of the page.
"""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ledger.clock import SHANGHAI
from reconciliation.adjustment_statement import AdjustmentGroup, AdjustmentStatement
from reconciliation.masking import mask_counterparty, mask_in_text
from reconciliation.wording import Language, say

_A4 = 9
#: Of each column in characters: a name, and beside it amounts up to 999,999,999.99.
_WIDTHS = (26, 13, 17, 26, 26, 17)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MONEY = "#,##0.00;[Red]-#,##0.00"
_DAY = "yyyy-mm-dd"
_MOMENT = "yyyy-mm-dd hh:mm"
_SIGN_HERE = "_" * 16


def adjustment_workbook(statement: AdjustmentStatement, language: Language = "zh-CN") -> bytes:
    """The workbook's bytes."""
    target = BytesIO()
    workbook = Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = _Sheet(workbook, language)
    sheet.write(statement)
    workbook.close()
    return target.getvalue()


class _Sheet:
    """One page being written from top to bottom."""

    def __init__(self, workbook: Workbook, language: Language) -> None:
        self._language = language
        self._sheet: Worksheet = workbook.add_worksheet(self._say("title")[:31])
        base = {"font_size": 10, "valign": "vcenter"}
        box = {**base, "border": 1, "border_color": "#999999"}
        self._plain = workbook.add_format(base)
        self._text = workbook.add_format({**box, "text_wrap": True})
        self._guarded = workbook.add_format({**box, "text_wrap": True, "quote_prefix": True})
        self._head = workbook.add_format({**box, "bold": True, "align": "center"})
        self._strong = workbook.add_format({**box, "bold": True, "text_wrap": True})
        self._money = workbook.add_format({**box, "num_format": _MONEY})
        self._sum = workbook.add_format({**box, "num_format": _MONEY, "bold": True})
        self._day = workbook.add_format({**box, "num_format": _DAY, "align": "left"})
        self._plain_day = workbook.add_format({**base, "num_format": _DAY, "align": "left"})
        self._plain_moment = workbook.add_format({**base, "num_format": _MOMENT, "align": "left"})
        self._count = workbook.add_format({**box, "num_format": "0"})
        self._title = workbook.add_format({"bold": True, "font_size": 16, "align": "center"})
        self._row = 0
        self._set_up_page()

    def _set_up_page(self) -> None:
        sheet = self._sheet
        sheet.set_paper(_A4)
        sheet.set_portrait()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(Decimal("0.5"), Decimal("0.5"), Decimal("0.6"), Decimal("0.6"))
        sheet.center_horizontally()
        sheet.set_footer("&C&P / &N")
        sheet.hide_gridlines(2)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)

    def write(self, statement: AdjustmentStatement) -> None:
        """The whole page."""
        self._write_heading(statement)
        self._write_balances(statement)
        self._write_verdict(statement)
        self._write_details(statement)
        self._write_signatures(statement)

    def _say(self, key: str, **attributes: Any) -> str:
        return say(self._language, "adjustment", key, **attributes)

    def _write_heading(self, statement: AdjustmentStatement) -> None:
        last = len(_WIDTHS) - 1
        self._sheet.merge_range(0, 0, 0, last, self._say("title"), self._title)
        bank = f"{statement.bank} ****{statement.account_no_last4}"
        self._write_pair(1, 0, self._say("account"), statement.account_name)
        self._write_pair(1, 3, self._say("bank"), bank)
        self._sheet.write_string(2, 0, self._say("as_of"), self._plain)
        self._sheet.write_datetime(2, 1, statement.as_of, self._plain_day)
        self._sheet.write_string(2, 3, self._say("unit"), self._plain)
        self._row = 4

    def _write_pair(self, row: int, column: int, name: str, value: str) -> None:
        self._sheet.write_string(row, column, f"{name}  {value}", self._plain)

    def _write_balances(self, statement: AdjustmentStatement) -> None:
        start = self._row
        sides = (
            (
                self._balance_name("book_balance", statement, statement.as_of),
                statement.book_balance_fen,
                statement.bank_in_not_booked,
                statement.bank_out_not_booked,
                statement.adjusted_book_fen,
            ),
            (
                self._balance_name("bank_balance", statement, statement.bank_balance_on()),
                statement.bank_balance_fen,
                statement.booked_in_not_at_bank,
                statement.booked_out_not_at_bank,
                statement.adjusted_bank_fen,
            ),
        )
        for side, (name, balance_fen, plus, minus, adjusted_fen) in enumerate(sides):
            column = 3 * side
            self._row = start
            self._write_amount(column, self._say("item"), None)
            self._write_amount(column, name, balance_fen)
            self._write_amount(column, self._say("plus", kind=self._kind(plus)), plus.total_fen)
            self._write_amount(column, self._say("minus", kind=self._kind(minus)), minus.total_fen)
            self._write_amount(column, self._say("adjusted"), adjusted_fen, strong=True)
        self._row += 1

    def _balance_name(self, key: str, statement: AdjustmentStatement, on: date) -> str:
        """What a balance is called; with its day where the two balances are of different days."""
        if statement.bank_balance_on() == statement.as_of:
            return self._say(key)
        return self._say(f"{key}_on", on=on.isoformat())

    def _kind(self, group: AdjustmentGroup) -> str:
        return say(self._language, "break", group.kind)

    def _write_amount(
        self, column: int, name: str, amount_fen: int | None, *, strong: bool = False
    ) -> None:
        """A name over two cells and its amount; without an amount the heads of the columns."""
        sheet, row = self._sheet, self._row
        last = column + 2
        if amount_fen is None:
            sheet.merge_range(row, column, row, column + 1, name, self._head)
            sheet.write_string(row, last, self._say("amount"), self._head)
        else:
            label = self._strong if strong else self._text
            sheet.merge_range(row, column, row, column + 1, name, label)
            sheet.write_number(row, last, _yuan(amount_fen), self._sum if strong else self._money)
        self._row += 1

    def _write_verdict(self, statement: AdjustmentStatement) -> None:
        lines = [
            self._say("adds_up")
            if statement.difference_fen == 0
            else self._say("differs", difference_fen=statement.difference_fen)
        ]
        if statement.opening_difference_fen:
            lines.append(
                self._say(
                    "opening_difference",
                    compared_from=statement.compared_from.isoformat(),
                    opening_difference_fen=statement.opening_difference_fen,
                )
            )
        if not statement.is_covered():
            lines.append(self._say("not_covered", covered_to=str(statement.covered_to)))
        for line in lines:
            self._sheet.write_string(self._row, 0, line, self._plain)
            self._row += 1
        self._row += 1

    def _write_details(self, statement: AdjustmentStatement) -> None:
        sheet = self._sheet
        sheet.write_string(self._row, 0, self._say("details"), self._plain)
        self._row += 1
        heads = ("kind", "date", "amount", "counterparty", "note", "age_days")
        for column, key in enumerate(heads):
            sheet.write_string(self._row, column, self._say(key), self._head)
        sheet.repeat_rows(self._row)
        self._row += 1
        for group in (
            statement.bank_in_not_booked,
            statement.bank_out_not_booked,
            statement.booked_in_not_at_bank,
            statement.booked_out_not_at_bank,
        ):
            self._write_group(group)
        self._row += 1

    def _write_group(self, group: AdjustmentGroup) -> None:
        sheet = self._sheet
        for item in group.items:
            note = mask_in_text(item.note, item.counterparty)
            if item.voucher_no is not None:
                note = f"记-{item.voucher_no} {note}"
            sheet.write_string(self._row, 0, self._kind(group), self._text)
            sheet.write_datetime(self._row, 1, item.on, self._day)
            sheet.write_number(self._row, 2, _yuan(abs(item.amount_fen)), self._money)
            self._write_foreign(3, mask_counterparty(item.counterparty))
            self._write_foreign(4, note)
            sheet.write_number(self._row, 5, item.age_days, self._count)
            self._row += 1

    def _write_foreign(self, column: int, text: str) -> None:
        """A text that others wrote: never a formula, whatever it begins with."""
        guarded = text.startswith(_FORMULA_STARTS)
        self._sheet.write_string(self._row, column, text, self._guarded if guarded else self._text)

    def _write_signatures(self, statement: AdjustmentStatement) -> None:
        moment = statement.prepared_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
        self._write_pair(self._row, 0, self._say("prepared"), _SIGN_HERE)
        self._write_pair(self._row, 3, self._say("reviewed"), _SIGN_HERE)
        self._sheet.write_string(self._row + 1, 0, self._say("prepared_at"), self._plain)
        self._sheet.write_datetime(self._row + 1, 1, moment, self._plain_moment)
        self._sheet.write_string(self._row + 2, 0, self._say("posts_nothing"), self._plain)
        if statement.booked_late_at is not None:
            self._sheet.write_string(
                self._row + 3,
                0,
                self._say(
                    "booked_late",
                    entries=statement.booked_late,
                    at=f"{statement.booked_late_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
                ),
                self._plain,
            )


def _yuan(amount_fen: int) -> Decimal:
    return Decimal(amount_fen).scaleb(-2)
