"""Cells of a line as values: each complaint names its column and a reason, never the value."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from ledger.clock import today
from ledger.foundation.names import (
    UNSEEN,
    is_odd_name,
    is_odd_title,
    name_fault,
    settle_name,
    settle_person_name,
)
from ledger.foundation.phones import is_phone, plain_phone
from ledger.journeys.imports.columns import surplus_cells
from ledger.sheets.cells import (
    NO_VALUE,
    header_word,
    is_day_number,
    is_lossy_number,
    plain,
    read_date,
    read_text,
)

LONGEST_NAME = 60
_BETWEEN_DIGITS = re.compile(r"[\s\-()]+")
_CELL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)\Z")
#: A mark before what a spreadsheet would take for a formula; our own files of lines have it.
_MARKED = re.compile(r"'(?=[=+\-@＝＋－＠])")
#: Marks without width that come along when something is copied: dropped in silence.
_HARMLESS = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a line, or odd about it: a column, a reason, perhaps another line."""

    field: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        """As it is stored: ``phone:phone``, ``household:two_heads:17``."""
        end = "" if self.line is None else f":{self.line}"
        return f"{self.field}:{self.reason}{end}"

    @classmethod
    def read(cls, written: str) -> "Problem":
        """The problem that was stored."""
        field, reason, *line = written.split(":")
        return cls(field, reason, int(line[0]) if line else None)


class Cells:
    """The cells of one line while they are read; what is wrong is collected."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems = [Problem(one, "no_heading") for one in surplus_cells(values)[:1]]
        self.warnings: list[Problem] = []

    def refuse(self, field: str, reason: str, line: int | None = None) -> None:
        """Note what is wrong."""
        self.problems.append(Problem(field, reason, line))

    def text(self, field: str, *, limit: int, required: bool = False) -> str | None:
        """Words in one Unicode form, without characters nobody can see."""
        typed = _MARKED.sub("", self._values.get(field, "").strip(), count=1)
        words = unicodedata.normalize("NFC", read_text(typed.translate(_HARMLESS)))
        if not words:
            if required:
                self.refuse(field, "required")
            return None
        if words == NO_VALUE:
            self.refuse(field, "formula_unsaved")
        elif _CELL_ERROR.match(words):
            self.refuse(field, "cell_error")
        elif any(unicodedata.category(char) in UNSEEN for char in words):
            self.refuse(field, "unseen")
        elif len(words) > limit:
            self.refuse(field, "too_long")
        else:
            return words
        return None

    def title(self, field: str, *, required: bool = False) -> str | None:
        """The name of anything; an odd one is pointed out."""
        return self._named(field, required=required, of_person=False)

    def name(self, field: str, *, required: bool = False) -> str | None:
        """The name of a person; one with signs that names do not have is pointed out."""
        return self._named(field, required=required, of_person=True)

    def _named(self, field: str, *, required: bool, of_person: bool) -> str | None:
        name = self.text(field, limit=LONGEST_NAME, required=required)
        if name is None:
            return None
        fault = name_fault(name, of_person=of_person)
        if fault is not None:
            self.refuse(field, fault)
            return None
        if is_odd_name(name) if of_person else is_odd_title(name):
            self.warnings.append(Problem(field, "odd_name"))
        return settle_person_name(name) if of_person else settle_name(name)

    def digits(self, field: str) -> str | None:
        """A number as people write it, in ordinary digits, unless a spreadsheet destroyed it."""
        words = self.text(field, limit=LONGEST_NAME)
        if words is None:
            return None
        if is_lossy_number(words):
            self.refuse(field, "lossy_number")
            return None
        return _BETWEEN_DIGITS.sub("", plain(words)).upper()

    def phone(self, field: str) -> str | None:
        """A telephone in its plain form."""
        digits = self.digits(field)
        if digits is None or is_phone(phone := plain_phone(digits)):
            return None if digits is None else phone
        self.refuse(field, "phone")
        return None

    def day(self, field: str, *, may_come: bool = False) -> date | None:
        """A day; ``may_come``: also one after today."""
        words = self.text(field, limit=LONGEST_NAME)
        if words is None:
            return None
        try:
            day = read_date(words)
        except ValueError:
            day = None
        if day is None or day.year < 1900:
            self.refuse(field, "day_number" if is_day_number(words) else "date")
            return None
        if day > today() and not may_come:
            self.refuse(field, "future")
            return None
        return day

    def choice(
        self, field: str, choices: Mapping[str, tuple[str, ...]], *, required: bool
    ) -> Any | None:
        """The code of a word; ``choices``: what people write for each code.

        One that nobody knows is refused, or pointed out where none is required.
        """
        words = self.text(field, limit=LONGEST_NAME, required=required)
        if words is None:
            return None
        asked = header_word(words)
        for code, names in choices.items():
            if asked in map(header_word, names):
                return code
        if required:
            self.refuse(field, "choice")
        else:
            self.warnings.append(Problem(field, "choice_unknown"))
        return None
