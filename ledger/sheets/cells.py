"""Cells as people write them: full-width digits, padding, exotic dashes, dates in many spellings.

Every reader takes the text of a cell and returns a value or raises ``ValueError``; the caller
knows line and column and refuses the cell with them.
"""

import re
import unicodedata
from datetime import date

#: Stands for a formula that was saved without its value; no spreadsheet calls an error so.
NO_VALUE = "#FORMULA"

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-"))
#: Spreadsheets and databases put midnight behind a day.
_DATE = re.compile(
    r"(\d{4})(?:(\d{2})(\d{2})|[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?)"
    r"(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
)
#: A spreadsheet takes a cell that begins so for a formula, or for the end of one.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: What shows nothing by itself: Default_Ignorable_Code_Point of the Unicode Character Database
#: (DerivedCoreProperties.txt), as ranges.
UNSHOWN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
#: What turns the direction in which the text behind it is shown.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LOSSY_NUMBER = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
#: From 1927 to 2173, with or without the hour; fewer digits may be a year.
_DAY_NUMBER = re.compile(r"[1-9]\d{4}(?:\.\d+)?")


def plain(text: str) -> str:
    """Without padding, with full-width characters and exotic dashes made ordinary."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def header_word(cell: str) -> str:
    """A header cell as it is compared: no blanks, ordinary brackets and letters."""
    return "".join(plain(cell).split()).lower()


def read_text(cell: str) -> str:
    """What a person wrote, without the padding; a lone dash says that there is nothing."""
    text = " ".join(cell.split())
    return "" if plain(text).strip("-") == "" else text


def read_date(cell: str) -> date | None:
    """A calendar day in any of the usual spellings; None for an empty cell."""
    text = plain(cell)
    if text.strip("-") == "":
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("not a date")
    year, month, day, other_month, other_day = match.groups()
    return date(int(year), int(month or other_month), int(day or other_day))


def is_lossy_number(text: str) -> bool:
    """A number that a spreadsheet wrote as 6.2E+18: its last digits are lost."""
    return _LOSSY_NUMBER.fullmatch(plain(text)) is not None


def is_day_number(text: str) -> bool:
    """A number that may be a day as a spreadsheet counts them: 32939 for 1990-03-07.

    Which day it is depends on where the spreadsheet begins to count: nobody reads it as one.
    """
    return _DAY_NUMBER.fullmatch(plain(text)) is not None


def column_letters(place: int) -> str:
    """A column as spreadsheets call it; ``place`` counts from 0: A, B, …, Z, AA."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet takes a text for a formula, also behind blanks and unseen marks."""
    shown = UNSHOWN.sub("", text)
    return shown.startswith(_FORMULA_STARTS) or shown.lstrip().startswith(_FORMULA_STARTS)


def never_formula(text: str) -> str:
    """Text of others for a cell of a file that goes out: a mark before what would be a formula."""
    return f"'{text}" if begins_formula(text) else text


def turns_named(text: str) -> str:
    """Text with each mark that turns what is shown named before it: ``⟨U+202E⟩``.

    The mark stays: a cell that had it is refused again until somebody takes it away.
    """
    return _TURNS.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩{found[0]}", text)
