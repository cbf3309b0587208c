"""What a bank's CSV layout looks like, as data; one module a bank holds nothing but this.

Header words are compared without blanks, in full-width-insensitive form. A column that the layout
needs and the header row lacks refuses the file, so that a parse is never shifted by a rename.
"""

from enum import StrEnum

import msgspec

from ledger.sheets.cells import header_word
from reconciliation.intake.errors import ColumnMissing, ColumnRepeated


class Field(StrEnum):
    """What a column means to us."""

    ACCOUNT = "account"
    ACCOUNT_NAME = "account_name"
    MOMENT = "moment"  # a day, or a day with its time
    DAY = "day"
    TIME = "time"
    VALUE_DAY = "value_day"
    DEBIT = "debit"
    CREDIT = "credit"
    INDICATOR = "indicator"
    BALANCE = "balance"
    CURRENCY = "currency"
    NAME = "name"
    COUNTER_ACCOUNT = "counter_account"
    SUMMARY = "summary"
    REMARK = "remark"
    REFERENCE = "reference"


class Column(msgspec.Struct, frozen=True):
    """A needed column: its meaning and the names banks give it, the usual one first."""

    field: Field
    aliases: tuple[str, ...]


class Ending(StrEnum):
    """What the last rows of a complete file hold."""

    TOTALS = "totals"
    CLOSING_BALANCE = "closing_balance"


class CsvLayout(msgspec.Struct, frozen=True, kw_only=True):
    """One bank's layout."""

    code: str
    columns: tuple[Column, ...]
    #: A complete file has all of these behind its rows; without them it was cut.
    endings: frozenset[Ending]
    #: True where the credit column is money in by the words of the header itself.
    columns_say_direction: bool = False


def count_known_columns(layout: CsvLayout, cells: list[str]) -> int:
    """How many of the layout's columns a row of cells names."""
    words = {header_word(cell) for cell in cells}
    return sum(
        1
        for column in layout.columns
        if any(header_word(alias) in words for alias in column.aliases)
    )


def place_columns(layout: CsvLayout, cells: list[str], *, line: int) -> dict[Field, int]:
    """Where each needed column stands in the header row.

    Raises:
        ColumnMissing: one of them is renamed or left out; it is named.
        ColumnRepeated: two columns claim the same meaning.
    """
    words = [header_word(cell) for cell in cells]
    places: dict[Field, int] = {}
    for column in layout.columns:
        known = {header_word(alias) for alias in column.aliases}
        found = [index for index, word in enumerate(words) if word in known]
        if not found:
            raise ColumnMissing(line=line, column=column.aliases[0], layout=layout.code)
        if len(found) > 1:
            raise ColumnRepeated(line=line, column=column.aliases[0])
        places[column.field] = found[0]
    return places
